package plans

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// valuesSource is the source of a selector that stands for the plan's own values.
const valuesSource = "values"

// selectorPattern is the form of a selector: a source, and the way to a value in it. A list's items are counted from 0.
const selectorPattern = `^[a-z0-9][a-z0-9-]*(\.[A-Za-z0-9_-]+)+$`

var selectorForm = regexp.MustCompile(selectorPattern)

// selector names a value of the plan, or of the result or answer of a step: "values.card", "line.line.number", "sim.sims.0.status".
type selector struct {
	source string
	path   []string
}

func parseSelector(text string) (s selector, ok bool) {
	if !selectorForm.MatchString(text) {
		return s, false
	}
	words := strings.Split(text, ".")
	return selector{words[0], words[1:]}, true
}

// selectsFrom reports whether a selector has a source.
func selectsFrom(text, source string) bool {
	s, ok := parseSelector(text)
	return ok && s.source == source
}

// Sources are what selectors select from: the plan's values, and the results and answers of its steps.
type Sources map[string]json.RawMessage

// Select finds the value that a selector names; ok is false when it is missing. null is missing too.
func (s Sources) Select(text string) (value json.RawMessage, ok bool) {
	parsed, ok := parseSelector(text)
	if !ok {
		return nil, false
	}
	return valueAt(s[parsed.source], parsed.path)
}

// valueAt follows a path into a value.
func valueAt(value json.RawMessage, path []string) (json.RawMessage, bool) {
	for _, word := range path {
		var object map[string]json.RawMessage
		var items []json.RawMessage
		//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on value alone
		isObject, isList := json.Unmarshal(value, &object) == nil, json.Unmarshal(value, &items) == nil
		switch at, err := strconv.Atoi(word); {
		case isObject:
			value = object[word]
		case isList && err == nil && at >= 0 && at < len(items):
			value = items[at]
		default:
			return nil, false
		}
	}
	return value, len(value) > 0 && string(value) != "null"
}
