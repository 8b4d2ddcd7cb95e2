package plans

import (
	"encoding/json"
	"regexp"
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
)

// Unexpected says which expectation an answer or a result does not meet; "" when it meets all.
func (s Step) Unexpected(answer json.RawMessage) string {
	for _, field := range sortedKeys(s.Expect) {
		path, _ := parseSelector("answer." + field)
		value, ok := valueAt(answer, path.path)
		if !ok {
			return carriers.Redact(field + " is missing, expected " + listed(s.Expect[field]))
		}
		if !slices.ContainsFunc(s.Expect[field], func(allowed any) bool { return same(value, allowed) }) {
			found := string(value)
			if !oneWord.MatchString(found) { // it could be a name
				found = "another"
			}
			return carriers.Redact(field + " is " + found + ", expected " + listed(s.Expect[field]))
		}
	}
	return ""
}

// oneWord is a status word, a number or a truth value, as JSON.
var oneWord = regexp.MustCompile(`^("[A-Z][A-Za-z_]{0,30}"|"[a-z][a-z_]{0,30}"|true|false|[0-9]{1,4})$`)

// same compares a value with one that is allowed.
func same(value json.RawMessage, allowed any) bool {
	var found any
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on value alone
	if json.Unmarshal(value, &found) != nil {
		return false
	}
	switch allowed.(type) {
	case string, bool, float64:
		return found == allowed
	}
	return false
}

// listed writes the values that are allowed.
func listed(allowed []any) string {
	text := ""
	for i, value := range allowed {
		//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on value alone
		written, err := json.Marshal(value)
		if err != nil {
			continue // it was read from JSON
		}
		if i > 0 {
			text += " or "
		}
		text += string(written)
	}
	return text
}
