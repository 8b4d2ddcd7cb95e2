package dish

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/answers"
)

// fields is a JSON object whose names are not documented for certain: a value is looked for under every name a carrier
// would give it, whatever its case. Numbers keep their digits.
type fields map[string]json.RawMessage

// Where a status, an error code and its text may stand. Only "status" is documented (SPS - Subscriptions v5); the more
// telling name wins, because beside a transactionStatus a plain status may be that of the answer itself.
var (
	statusNames = []string{"transactionStatus", "status", "state"}
	codeNames   = []string{"code", "errorCode", "reasonCode"}
	reasonNames = []string{"reason", "reasonDesc", "message", "errorMessage", "description", "detail", "error_description", "error"}
	errorNames  = []string{"error", "errors", "fault"}
)

// parse reads a JSON object, or a list that holds nothing but one. Its error repeats nothing of the body.
func parse(body []byte) (fields, error) {
	var f fields
	if err := answers.Decode(body, &f); err != nil {
		return nil, err
	}
	return f, nil
}

// text returns the first of the names that holds a string with more than space in it, or a number; else "".
func (f fields) text(names ...string) string {
	for _, raw := range f.values(names) {
		var t carriers.Text
		if json.Unmarshal(raw, &t) == nil && strings.TrimSpace(t.String()) != "" {
			return t.String()
		}
	}
	return ""
}

// object returns the first of the names that holds an object, or a list that begins with one; else nil.
func (f fields) object(names ...string) fields {
	for _, raw := range f.values(names) {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
			raw = list[0]
		}
		if inner, err := parse(raw); err == nil {
			return inner
		}
	}
	return nil
}

// has reports whether one of the names is there and not null.
func (f fields) has(names ...string) bool {
	return slices.ContainsFunc(f.values(names), func(raw json.RawMessage) bool { return string(raw) != "null" })
}

// values returns what stands under the names, in their order.
func (f fields) values(names []string) (found []json.RawMessage) {
	for _, name := range names {
		if raw, ok := f[name]; ok {
			found = append(found, raw)
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(f)) {
			if strings.EqualFold(key, name) {
				found = append(found, f[key])
			}
		}
	}
	return found
}

// status returns the status word, redacted in case it is more than a word.
func (f fields) status() string { return carriers.Redact(f.text(statusNames...)) }

// explanation returns the code and the text of an error, from the object itself or from the error inside it.
func (f fields) explanation() (code, reason string) {
	code, reason = f.text(codeNames...), f.text(reasonNames...)
	if inner := f.object(errorNames...); inner != nil {
		if code == "" {
			code = inner.text(codeNames...)
		}
		if reason == "" {
			reason = inner.text(reasonNames...)
		}
	}
	return code, reason
}
