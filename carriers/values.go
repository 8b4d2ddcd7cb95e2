package carriers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// Text is an identifier that carriers send as a JSON string or a bare number. It is kept digit by digit: an ICCID of 19 or
// 20 digits never passes through a float64. A whole number has one form: 55001.0 and 5.5001e4 are 55001; any other number
// is kept as written. A string keeps its leading zeros and loses the blanks around it. null becomes "". It is always
// written as a string.
type Text string

// UnmarshalJSON accepts a string, a number or null.
func (t *Text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		*t = ""
		return nil
	case len(data) > 0 && data[0] == '"':
		s, plain := plainString(data)
		if !plain {
			if err := json.Unmarshal(data, &s); err != nil {
				return err
			}
		}
		*t = Text(identifiers.Trim(s))
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return notOfKind[Text]()
	}
	*t = Text(n)
	if digits, whole := identifiers.Whole(n.String()); whole {
		*t = Text(digits)
	}
	return nil
}

// plainString reads a JSON string that stands for itself, as nearly all do. ok is false for one with an escape or an invalid
// byte, which encoding/json has to read.
func plainString(data []byte) (s string, ok bool) {
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return "", false
	}
	inside := data[1 : len(data)-1]
	for _, b := range inside {
		if b < ' ' || b == '"' || b == '\\' {
			return "", false
		}
	}
	return string(inside), utf8.Valid(inside)
}

// notOfKind is the error for another kind of JSON value. It has this type because encoding/json adds the name of the field
// to no other.
func notOfKind[T any]() error {
	return &json.UnmarshalTypeError{Value: "another kind of value", Type: reflect.TypeFor[T]()}
}

// String returns the text.
func (t Text) String() string { return string(t) }

// Object is a JSON object whose fields the carrier does not document. Its bytes are kept, so no number in it changes.
type Object json.RawMessage

// MarshalJSON writes the object as it was read.
func (o Object) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// UnmarshalJSON keeps the bytes; anything but an object or null is an error.
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

// JSONSchema allows any object.
func (Object) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "object"} }

// Duration is a time.Duration as people write it in JSON, in flags and in updates: "90s", "15m", "36h", "2d", "1d12h".
type Duration time.Duration

// day is the only unit that [time.ParseDuration] does not have. It is always 24 hours.
const day = 24 * time.Hour

var days = regexp.MustCompile(`([0-9]+(?:\.[0-9]+)?)d`)

// ParseDuration reads what [time.ParseDuration] reads, and days of 24 hours: "90s", "36h", "2d", "1d12h".
func ParseDuration(text string) (Duration, error) {
	refuse := func() (Duration, error) {
		return 0, fmt.Errorf("%q is not a duration such as 90s, 15m, 36h or 2d", text)
	}
	rest, negative := strings.CutPrefix(text, "-")
	var sum time.Duration
	for _, found := range days.FindAllStringSubmatch(rest, -1) {
		asHours, err := time.ParseDuration(found[1] + "h")
		if err != nil || asHours > (math.MaxInt64-sum)/24 {
			return refuse()
		}
		sum += 24 * asHours
	}
	if other := days.ReplaceAllString(rest, ""); other != "" || rest == "" {
		std, err := time.ParseDuration(other)
		if err != nil || strings.ContainsAny(other, "+-") && (negative || other != rest) || std > math.MaxInt64-sum {
			return refuse()
		}
		sum += std
	}
	if negative {
		sum = -sum
	}
	return Duration(sum), nil
}

// Std returns the standard library's form.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the duration in short form: "1m30s", but "10m" and "48h", and whole days from three on: "14d".
func (d Duration) String() string {
	if std := time.Duration(d); std >= 3*day && std%day == 0 {
		return strconv.FormatInt(int64(std/day), 10) + "d"
	}
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText writes the duration as [time.Duration.String] does, which every version of carrierflow reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what [ParseDuration] reads.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDuration(string(text))
	return err
}

// durationForm is a duration that is not negative, in the notation of [ParseDuration].
var durationForm = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$`)

// JSONSchema describes the text form.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:        "string",
		Pattern:     durationForm.String(),
		Description: `a duration such as "90s", "15m", "36h" or "2d"`,
	}
}

// Timestamp is a carrier's point in time, read with [identifiers.ParseTime]. A text that cannot be read is kept as Raw with
// a zero Time, because no carrier answer is refused because of a date. Compare timestamps with [Timestamp.Compare] only:
// the Time of a date alone is its midnight in UTC, and a time without a zone has no Time.
type Timestamp struct {
	// Time is the instant, or the midnight of a date; zero when the text shows neither.
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
	*t = Timestamp{Raw: raw.String()}
	if at, precision := identifiers.ParseTime(t.Raw); precision == identifiers.Instant || precision == identifiers.Day {
		t.Time = at
	}
	return nil
}

// Precision says how much of the point in time is known.
func (t Timestamp) Precision() identifiers.Precision {
	_, precision := t.known()
	return precision
}

// Ordered reports whether the point in time can be compared with others of its kind.
func (t Timestamp) Ordered() bool { return t.Precision() != identifiers.Unreadable }

// Compare says whether t is before or after other. Only Before and After may decide a choice; see
// [identifiers.CompareTimes].
func (t Timestamp) Compare(other Timestamp) identifiers.Order {
	at, precision := t.known()
	othersAt, othersPrecision := other.known()
	return identifiers.Later(at, precision, othersAt, othersPrecision)
}

func (t Timestamp) known() (time.Time, identifiers.Precision) {
	if t.Raw == "" && !t.IsZero() {
		return t.Time, identifiers.Instant // one of ours
	}
	return identifiers.ParseTime(t.Raw)
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
