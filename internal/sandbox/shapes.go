package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
)

// letter is an answer, or a callback, on its way out: the JSON in it and how it is packed.
type letter struct {
	carrier   carriers.Carrier
	operation string
	status    int
	body      any // of map, list, text, json.Number, bool and nil
	// mark puts a byte order mark in front; zipped compresses, where the receiver says it reads that.
	mark, zipped bool
	contentType  string // empty is none
}

// shaper changes how a letter looks and leaves alone what it says.
type shaper func(*letter, *rand.Rand)

// shaping is a shaper with the dice it is to use.
type shaping struct {
	shape shaper
	dice  *rand.Rand
}

// jsonType is the content type of everything that is not packed otherwise.
const jsonType = "application/json"

// newLetter takes the JSON of a body apart.
func newLetter(c carriers.Carrier, operation string, status int, body any) *letter {
	l := &letter{carrier: c, operation: operation, status: status, contentType: jsonType}
	decoder := json.NewDecoder(bytes.NewReader(encode(body)))
	decoder.UseNumber()
	if err := decoder.Decode(&l.body); err != nil {
		panic(err) // our own encoding
	}
	return l
}

// bytes is the body as it travels.
func (l *letter) bytes() []byte {
	text := encode(l.body)
	if l.mark {
		text = append([]byte("\xef\xbb\xbf"), text...)
	}
	if !l.zipped {
		return text
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(text) // into memory
	_ = w.Close()
	return packed.Bytes()
}

// sendShaped writes an answer in other shapes.
func (on stage) sendShaped(answer reply) {
	if answer.body == nil {
		write(on.w, answer)
		return
	}
	l := newLetter(on.x.carrier, on.x.operation, answer.status, answer.body)
	for _, s := range on.shapes {
		s.shape(l, s.dice)
	}
	l.zipped = l.zipped && strings.Contains(on.r.Header.Get("Accept-Encoding"), "gzip")
	header := on.w.Header()
	for name, value := range answer.header {
		header.Set(name, value)
	}
	header["Content-Type"] = nil // which keeps net/http from guessing one
	if l.contentType != "" {
		header.Set("Content-Type", l.contentType)
	}
	if l.zipped {
		header.Set("Content-Encoding", "gzip")
	}
	on.w.WriteHeader(answer.status)
	_, _ = on.w.Write(l.bytes())
}

// packedOtherwise leaves the JSON and changes what is around it.
func packedOtherwise(l *letter, dice *rand.Rand) {
	switch dice.IntN(3) {
	case 0:
		l.mark = true
	case 1:
		l.zipped = true
	}
	types := []string{
		jsonType, `application/json; charset="UTF8"`, "application/json;charset=utf8", "application/problem+json", "text/json", "",
	}
	l.contentType = types[dice.IntN(len(types))]
}

// codeZero adds the fields of the carrier's error body to a good answer, saying that there is none. Which values mean that
// differs between implementations.
func codeZero(l *letter, dice *rand.Rand) {
	object, ok := l.body.(map[string]any)
	if !ok || !good(l.status) || readsLines(l.operation) {
		return
	}
	zero := []any{json.Number("0"), "0", "200", nil}[dice.IntN(4)]
	switch {
	case object["code"] != nil || object["responseStatus"] != nil: // what is there says something
	case l.carrier == carriers.STN:
		object["responseStatus"] = []any{map[string]any{"errorCode": zero, "message": "OK", "errors": []any{}}, nil}[dice.IntN(2)]
	default:
		object["code"], object["message"] = zero, "OK"
	}
}

// readsLines reports whether an operation reads a line: its answer is neither an acknowledgement nor a status.
func readsLines(operation string) bool {
	switch operation {
	case opSubscription, opQuerySubscription, opDevices, opRecharges:
		return true
	}
	return false
}

// lists are the lists of the carriers' answers, by their names.
var lists = map[string]bool{"subscriptions": true, "resources": true, "products": true, "results": true, "devices": true}

// nullList takes the list out of an answer that is there to list something.
func nullList(l *letter, dice *rand.Rand) {
	object, ok := l.body.(map[string]any)
	if !ok || !good(l.status) {
		return
	}
	for _, name := range []string{"subscriptions", "results", "devices"} {
		switch _, there := object[name]; {
		case !there:
		case name == "devices" && dice.IntN(2) == 0:
			delete(object, name)
		default:
			object[name] = nil
		}
	}
}

// oneForList puts the one in the place of a list of one, as implementations do that come from XML.
func oneForList(l *letter, _ *rand.Rand) {
	if !good(l.status) {
		return
	}
	if list, ok := l.body.([]any); ok && len(list) == 1 {
		l.body = list[0]
	}
	l.each(func(name string, value any) any {
		if list, ok := value.([]any); ok && lists[name] && len(list) == 1 {
			return list[0]
		}
		return value
	})
}
