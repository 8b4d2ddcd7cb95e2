package dish

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/answers"
)

// What DISH documents about its callbacks is that one is sent to the URL configured in the developer hub upon
// completion of provisioning activities (SPS - Subscriptions v5); nothing about its body. Everything in this file is
// ours: the shape we expect is
//
//	{"eventId":"…","eventType":"TransactionStatus","eventTime":"2024-03-15T12:00:00Z",
//	 "partnerTransactionId":"…","status":"Success","code":"…","reason":"…"}
//
// and, because the real one will look different, the values are also found under other usual names (those of answers.go),
// inside an envelope, and as a list of several notices, with or without an envelope. Nothing is guessed where that could
// lose a notice: a body is read whole or refused.
var (
	envelopeNames = []string{"event", "events", "data", "content", "notifications"}
	eventIDNames  = []string{"eventId", "notificationId"}
	timeNames     = []string{"eventTime", "timestamp", "time"}
	// noticeNames are all names that a notice has values under.
	noticeNames = slices.Concat([]string{transactionIDName}, statusNames, codeNames, reasonNames, errorNames, eventIDNames, timeNames)
)

const (
	// longestTransactionID is documented, in characters (SPS - Subscriptions v5).
	longestTransactionID = 36
	// mostLayers bounds how many envelopes one notice may have, and how deep lists may be nested.
	mostLayers = 8
)

// ReadCallbacks reads the notices in a callback's body, in their order: one, or a list of them. DISH documents nothing
// about the body (SPS - Subscriptions v5 says only that a notification comes upon completion); the names it is searched
// for, with and without an envelope, are ours. Each notice needs a partnerTransactionId of 1 to 36 characters and a status
// word. When one cannot be read, none is: the error names it by its place in the list, says what is missing, and repeats
// nothing of the body. Code and reason are redacted, and empty beside a success.
func (c *client) ReadCallbacks(body []byte) ([]carriers.Notice, error) {
	return readCallbacks(c.cfg.Words, body)
}

// Callbacks returns what reads DISH's callbacks; it needs only the status words.
func (c Config) Callbacks() (carriers.CallbackReader, error) {
	if err := faultsOf(c.Words.vocabulary()); err != nil {
		return nil, err
	}
	return c.Words, nil
}

// ReadCallbacks is [client.ReadCallbacks] without a connection.
func (w Words) ReadCallbacks(body []byte) ([]carriers.Notice, error) { return readCallbacks(w, body) }

func readCallbacks(words Words, body []byte) ([]carriers.Notice, error) {
	read, err := notices{words.vocabulary()}.in(body, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("the callback cannot be read: %w", err)
	}
	return read, nil
}

// notices reads the notices of a body.
type notices struct{ words carriers.Vocabulary }

// in reads what a JSON value holds: one notice, or a list of them. outer are the layers around it.
func (n notices) in(raw []byte, outer []fields, depth int) ([]carriers.Notice, error) {
	if depth > mostLayers {
		return nil, errors.New("its lists are nested too deep")
	}
	if list, ok := listIn(raw); ok && depth == 0 {
		return n.list(list, outer, depth)
	}
	object, err := parse(raw)
	if err != nil {
		return nil, err
	}
	layers, list, err := object.open()
	if err != nil {
		return nil, err
	}
	one, err := isOne(layers, list)
	if err != nil {
		return nil, err
	}
	if !one {
		return n.list(list, slices.Concat(restrict(layers), outer), depth)
	}
	notice, err := n.one(slices.Concat(layers, outer))
	if err != nil {
		return nil, err
	}
	return []carriers.Notice{notice}, nil
}

// list reads a list of notices: all of them, or none.
func (n notices) list(list []json.RawMessage, outer []fields, depth int) ([]carriers.Notice, error) {
	if len(list) == 0 {
		return nil, errors.New("it is an empty list")
	}
	var all []carriers.Notice
	for i, raw := range list {
		some, err := n.in(raw, outer, depth+1)
		if err != nil && len(list) > 1 {
			err = fmt.Errorf("notice %d of %d: %w", i+1, len(list), err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// isOne tells whether an object with these layers and this list inside is one notice, to which the list is a detail. It
// is not when the notices are in the list, and it is an error when it looks like both.
func isOne(layers []fields, list []json.RawMessage) (bool, error) {
	id, status := strings.TrimSpace(firstText(layers, transactionIDName)), firstText(layers, statusNames...)
	isOther := func(f fields) bool {
		other := strings.TrimSpace(f.text(transactionIDName))
		return other != "" && other != id
	}
	if slices.ContainsFunc(layers, isOther) {
		return false, errors.New("it names several transactions outside a list")
	}
	switch {
	case len(list) == 0:
		return true, nil
	case id == "" || status == "":
		return false, nil
	}
	others := anyIn(list, 0, isOther)
	beside := startingWith(layers, transactionIDName)[0].text(statusNames...) != ""
	switch {
	case others && beside:
		return false, errors.New("it is about one transaction and holds a list of others")
	case beside:
		return true, nil
	}
	return !others && !anyIn(list, 0, func(f fields) bool { return f.text(statusNames...) != "" }), nil
}

// anyIn reports whether an object in the list, or in an envelope there, is as wanted.
func anyIn(list []json.RawMessage, depth int, wanted func(fields) bool) bool {
	return depth <= mostLayers && slices.ContainsFunc(list, func(raw json.RawMessage) bool {
		object, err := parse(raw)
		if err != nil {
			return false
		}
		layers, inner, err := object.open()
		return err == nil && (slices.ContainsFunc(layers, wanted) || anyIn(inner, depth+1, wanted))
	})
}

// one reads the notice that the layers make together.
func (n notices) one(layers []fields) (carriers.Notice, error) {
	id := strings.TrimSpace(firstText(layers, transactionIDName))
	layers = startingWith(layers, transactionIDName)
	var faults []string
	switch {
	case id == "":
		faults = append(faults, "it has no partnerTransactionId")
	case utf8.RuneCountInString(id) > longestTransactionID:
		faults = append(faults, "its partnerTransactionId has more than 36 characters")
	}
	status := strings.TrimSpace(carriers.Redact(firstText(layers, statusNames...)))
	if status == "" {
		faults = append(faults, "it has no status")
	}
	if len(faults) > 0 {
		return carriers.Notice{}, errors.New(strings.Join(faults, ", "))
	}
	notice := carriers.Notice{
		Reference: id, Outcome: carriers.Outcome{State: n.words.StateOf(status), Status: status}, EventID: strings.TrimSpace(firstText(layers, eventIDNames...)),
	}
	if notice.Outcome.State != carriers.Done { // what stands beside a success explains no failure
		notice.Outcome.Code, notice.Outcome.Reason = explanation(layers)
	}
	if raw := firstText(layers, timeNames...); raw != "" {
		var at carriers.Timestamp
		if quoted, err := json.Marshal(raw); err == nil && at.UnmarshalJSON(quoted) == nil {
			notice.At = at.Time
		}
	}
	return notice, nil
}

// explanation is the first one that says something.
func explanation(layers []fields) (code, reason string) {
	for _, layer := range layers {
		code, reason := layer.explanation()
		if isSuccess(code) { // of the delivery, or of nothing at all: an error inside knows better
			code = ""
			if inner := layer.object(errorNames...); inner != nil {
				code = inner.text(codeNames...)
			}
		}
		if isSuccess(code) {
			code = ""
		}
		if isSuccess(reason) {
			reason = ""
		}
		if code != "" || reason != "" {
			return carriers.Redact(code), carriers.Redact(reason)
		}
	}
	return "", ""
}

// isSuccess reports whether a code or a text says that all is well, in the ways that APIs usually say it.
func isSuccess(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return text != "" && (strings.Trim(text, "0") == "" || slices.Contains([]string{"200", "ok", "success"}, text))
}

// open returns the object and the envelopes inside it, from the outside in, and what the lists in their place hold. A
// list of one object is an envelope.
func (f fields) open() (layers []fields, list []json.RawMessage, err error) {
	layers = []fields{f}
	for from := 0; from < len(layers); from++ {
		for raw := range layers[from].values(envelopeNames) {
			elements, isList := listIn(raw)
			if isList && len(elements) == 1 {
				raw = elements[0]
			} else if isList {
				list = append(list, elements...)
				continue
			}
			if inner, err := parse(raw); err == nil {
				layers = append(layers, inner)
			}
			if len(layers) > mostLayers {
				return nil, nil, fmt.Errorf("it has more than %d envelopes", mostLayers)
			}
		}
	}
	return layers, list, nil
}

// listIn returns the elements of a JSON list; ok is false for anything else.
func listIn(raw []byte) (list []json.RawMessage, ok bool) {
	return list, bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) && answers.Decode(raw, &list) == nil
}

// restrict keeps of each layer what a notice can have, because it is searched once for each notice of a list.
func restrict(layers []fields) []fields {
	kept := make([]fields, len(layers))
	for i, layer := range layers {
		kept[i] = fields{}
		for name, raw := range layer {
			if slices.ContainsFunc(noticeNames, func(known string) bool { return strings.EqualFold(known, name) }) {
				kept[i][name] = raw
			}
		}
	}
	return kept
}

// startingWith puts the layer that has a name first: beside the transaction's id stands the transaction's status, while
// a status in another layer may be that of the delivery.
func startingWith(layers []fields, name string) []fields {
	for i, layer := range layers {
		if layer.text(name) != "" {
			return append([]fields{layer}, append(layers[:i:i], layers[i+1:]...)...)
		}
	}
	return layers
}

func firstText(layers []fields, names ...string) string {
	for _, layer := range layers {
		if text := layer.text(names...); text != "" {
			return text
		}
	}
	return ""
}
