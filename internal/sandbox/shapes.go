package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// message is an answer, or a callback, before it is sent: the JSON in it and how it is packed.
type message struct {
	carrier *Carrier
	kind    Kind
	status  int
	body    any // of map, list, text, json.Number, bool and nil
	// mark puts a byte order mark in front; zipped compresses, where the receiver says it reads that.
	mark, zipped bool
	contentType  string // empty is none
}

// shaper changes how a message looks, and not what it says.
type shaper func(*message, *rand.Rand)

// shaping is a shaper with the random source it is to use.
type shaping struct {
	shape  shaper
	random *rand.Rand
}

// jsonType is the content type of everything that is not packed otherwise.
const jsonType = "application/json"

// newMessage decodes the JSON of a body.
func newMessage(c *Carrier, kind Kind, status int, body any) *message {
	m := &message{carrier: c, kind: kind, status: status, contentType: jsonType}
	decoder := json.NewDecoder(bytes.NewReader(Encode(body)))
	decoder.UseNumber()
	if err := decoder.Decode(&m.body); err != nil {
		panic(err) // our own encoding
	}
	return m
}

// bytes is the body as it is sent.
func (m *message) bytes() []byte {
	text := Encode(m.body)
	if m.mark {
		text = append([]byte("\xef\xbb\xbf"), text...)
	}
	if !m.zipped {
		return text
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(text) // into memory
	_ = w.Close()
	return packed.Bytes()
}

// sendShaped writes an answer in other shapes.
func (on stage) sendShaped(answer Reply) {
	if answer.Body == nil {
		write(on.w, answer)
		return
	}
	m := newMessage(on.x.carrier, on.x.operation.Kind, answer.Status, answer.Body)
	for _, s := range on.shapes {
		s.shape(m, s.random)
	}
	m.zipped = m.zipped && strings.Contains(on.r.Header.Get("Accept-Encoding"), "gzip")
	header := on.w.Header()
	for name, value := range answer.Header {
		header.Set(name, value)
	}
	header["Content-Type"] = nil // which keeps net/http from guessing one
	if m.contentType != "" {
		header.Set("Content-Type", m.contentType)
	}
	if m.zipped {
		header.Set("Content-Encoding", "gzip")
	}
	on.w.WriteHeader(answer.Status)
	_, _ = on.w.Write(m.bytes())
}

// packedOtherwise leaves the JSON and changes what is around it.
func packedOtherwise(m *message, random *rand.Rand) {
	switch random.IntN(3) {
	case 0:
		m.mark = true
	case 1:
		m.zipped = true
	}
	types := []string{
		jsonType, `application/json; charset="UTF8"`, "application/json;charset=utf8", "application/problem+json", "text/json", "",
	}
	m.contentType = types[random.IntN(len(types))]
}

// codeZero adds the fields of the carrier's error body to a good answer, saying that there is no error. Which values mean
// that differs between implementations. What reads a line has no place for them.
func codeZero(m *message, random *rand.Rand) {
	object, ok := m.body.(map[string]any)
	if !ok || !good(m.status) || m.kind == KindRead {
		return
	}
	zero := []any{json.Number("0"), "0", "200", nil}[random.IntN(4)]
	added := m.carrier.NoError(zero, random)
	for name := range added {
		if object[name] != nil {
			return // what is there says something
		}
	}
	maps.Copy(object, added)
}

// nullList takes the list out of an answer that is there to list something.
func nullList(m *message, random *rand.Rand) {
	object, ok := m.body.(map[string]any)
	if !ok || !good(m.status) {
		return
	}
	for _, list := range m.carrier.Answers.Listings {
		switch _, isList := object[list.Name].([]any); {
		case !isList:
		case list.MayBeAbsent && random.IntN(2) == 0:
			delete(object, list.Name)
		default:
			object[list.Name] = nil
		}
	}
}

// unorderedList shuffles the lists of an answer.
func unorderedList(m *message, random *rand.Rand) {
	object, ok := m.body.(map[string]any)
	if !ok || !good(m.status) {
		return
	}
	for _, list := range m.carrier.Answers.Listings {
		if entries, isList := object[list.Name].([]any); isList {
			random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		}
	}
}

// oneForList puts the one in the place of a list of one, as implementations do that come from XML.
func oneForList(m *message, _ *rand.Rand) {
	if !good(m.status) {
		return
	}
	if list, ok := m.body.([]any); ok && len(list) == 1 {
		m.body = list[0]
	}
	m.each(func(name string, value any) any {
		if list, ok := value.([]any); ok && slices.Contains(m.carrier.Answers.Lists, name) && len(list) == 1 {
			return list[0]
		}
		return value
	})
}
