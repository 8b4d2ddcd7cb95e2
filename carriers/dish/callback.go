package dish

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/carrierflow/carrierflow/carriers"
)

// What DISH documents about its callbacks is that one is sent to the URL configured in the developer hub upon
// completion of provisioning activities (SPS - Subscriptions v5); nothing about its body. Everything in this file is
// ours: the shape we expect is
//
//	{"eventId":"…","eventType":"TransactionStatus","eventTime":"2024-03-15T12:00:00Z",
//	 "partnerTransactionId":"…","status":"Success","code":"…","reason":"…"}
//
// and, because the real one will look different, the values are also found under other usual names (those of fields.go)
// and inside an envelope.
var (
	envelopeNames = []string{"event", "data", "content"}
	eventIDNames  = []string{"eventId", "notificationId"}
	timeNames     = []string{"eventTime", "timestamp", "time"}
)

const (
	transactionIDName = "partnerTransactionId"
	// longestTransactionID is documented, in characters (SPS - Subscriptions v5).
	longestTransactionID = 36
	// mostLayers bounds how many envelopes are opened.
	mostLayers = 8
)

// decodeCallback is Client.DecodeCallback.
func decodeCallback(words Words, body []byte) (Callback, error) {
	outer, err := parse(body)
	if err != nil {
		return Callback{}, errors.New("the callback cannot be read: " + err.Error())
	}
	layers := outer.layers()
	id := firstText(layers, transactionIDName)
	layers = startingWith(layers, transactionIDName)

	var faults []error
	switch {
	case id == "":
		faults = append(faults, errors.New("the callback has no partnerTransactionId"))
	case utf8.RuneCountInString(id) > longestTransactionID:
		faults = append(faults, errors.New("the callback's partnerTransactionId has more than 36 characters"))
	}
	status := carriers.Redact(firstText(layers, statusNames...))
	if status == "" {
		faults = append(faults, errors.New("the callback has no status"))
	}
	if len(faults) > 0 {
		return Callback{}, errors.Join(faults...)
	}

	callback := Callback{
		PartnerTransactionID: id, Status: status, State: words.StateOf(status), EventID: firstText(layers, eventIDNames...),
	}
	for _, layer := range layers {
		code, reason := layer.explanation()
		if code != "" || reason != "" {
			callback.Code, callback.Reason = carriers.Redact(code), carriers.Redact(reason)
			break
		}
	}
	if raw := firstText(layers, timeNames...); raw != "" {
		var at carriers.Timestamp
		if quoted, err := json.Marshal(raw); err == nil && at.UnmarshalJSON(quoted) == nil {
			callback.At = at.Time
		}
	}
	return callback, nil
}

// layers are the object and the envelopes inside it, from the outside in.
func (f fields) layers() []fields {
	all := []fields{f}
	for from := 0; from < len(all) && len(all) < mostLayers; from++ {
		for _, name := range envelopeNames {
			if inner := all[from].object(name); inner != nil {
				all = append(all, inner)
			}
		}
	}
	return all
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
