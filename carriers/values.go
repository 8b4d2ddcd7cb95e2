package carriers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Text is an identifier that carriers send as a JSON string or a bare number. It is kept digit by digit: an ICCID of
// 19 or 20 digits never passes through a float64. null becomes "". It is always written as a string.
type Text string

// UnmarshalJSON accepts a string, a number or null.
func (t *Text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		*t = ""
		return nil
	case len(data) > 0 && data[0] == '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*t = Text(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return notOfKind[Text]()
	}
	*t = Text(n)
	return nil
}

// notOfKind is the error for another kind of JSON value. encoding/json adds the name of the field to errors of this type
// alone.
func notOfKind[T any]() error {
	return &json.UnmarshalTypeError{Value: "another kind of value", Type: reflect.TypeFor[T]()}
}

// String returns the text.
func (t Text) String() string { return string(t) }

// Object is a JSON object whose inner fields the carrier does not document. It travels byte by byte, so no number in
// it changes on the way.
type Object json.RawMessage

// MarshalJSON writes the object as it was read.
func (o Object) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// UnmarshalJSON keeps the bytes; anything but an object (or null) is an error.
func (o *Object) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if bytes.Equal(data, []byte("null")) {
		*o = nil
		return nil
	}
	if len(data) == 0 || data[0] != '{' {
		return notOfKind[Object]()
	}
	*o = append((*o)[:0], data...)
	return nil
}

// JSONSchema says that any object will do.
func (Object) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "object"} }

// Duration is a time.Duration written in JSON as Go writes it: "90s", "15m", "36h".
type Duration time.Duration

// Std returns the standard library's form.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the duration as people do: "1m30s", but "10m" and "48h".
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText writes the duration as [time.Duration.String] does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what [time.ParseDuration] reads.
func (d *Duration) UnmarshalText(text []byte) error {
	std, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 90s, 15m or 36h", text)
	}
	*d = Duration(std)
	return nil
}

// JSONSchema describes the text form: a positive duration in Go's notation.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:        "string",
		Pattern:     `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`,
		Description: `a duration such as "90s", "15m" or "36h"`,
	}
}

// Timestamp is a carrier's point in time. Carriers write zero to seven fractional digits, "Z" or an offset, and
// sometimes only a date; what cannot be read is kept as Raw with a zero Time, because no carrier answer is refused for
// the sake of a date.
type Timestamp struct {
	time.Time
	// Raw is the carrier's text.
	Raw string
}

// UnmarshalJSON reads a string or null.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	var raw Text
	if err := raw.UnmarshalJSON(data); err != nil {
		return err
	}
	*t = Timestamp{Raw: strings.TrimSpace(string(raw))}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if parsed, err := time.Parse(layout, t.Raw); err == nil {
			t.Time = parsed
			break
		}
	}
	return nil
}

// MarshalJSON writes the carrier's text, or null when there is none.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	switch {
	case t.Raw != "":
		return json.Marshal(t.Raw)
	case t.IsZero():
		return []byte("null"), nil
	}
	return t.Time.MarshalJSON()
}

// JSONSchema describes the text form.
func (Timestamp) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "null"}}}
}
