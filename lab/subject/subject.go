// Package subject makes requests for every operation that changes something, each on its own line, from the examples of the
// operations. Chaos runs, fault tables and recorded histories use them, so a new operation is part of all of them.
package subject

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows"
)

// Subject is one operation that changes something.
type Subject struct {
	carriers.Info
	// example is the request that the operation documents first, in JSON form.
	example map[string]json.RawMessage
	// field is where the example names its line, and line how.
	field, line string
	// alike are the fields of the example with another identifier of the line's kind, for example a line's next number.
	alike map[string]string
}

// Changes lists every operation that changes something, in the order of the registry.
func Changes() (all []Subject) {
	for _, o := range registry.Operations() {
		if o.Info().Kind == carriers.KindChange {
			all = append(all, of(o))
		}
	}
	return all
}

// Of finds the subject of an operation type.
func Of(operation string) Subject {
	for _, s := range Changes() {
		if s.Type == operation {
			return s
		}
	}
	panic("there is no change " + operation)
}

// of reads the example. It panics on a mistake in the example, which the tests of the registry find.
func of(o carriers.Operation) Subject {
	s := Subject{Info: o.Info()}
	raw, err := json.Marshal(s.Examples[0].Request)
	if err == nil {
		err = json.Unmarshal(raw, &s.example)
	}
	if err != nil {
		panic(err)
	}
	description, err := o.Describe(raw, time.Now())
	if err != nil {
		panic(err)
	}
	s.line, s.alike = description.Line, map[string]string{}
	for name, value := range s.example {
		if text := strings.Trim(string(value), `"`); text == s.line && s.line != "" {
			s.field = name
		} else if text, err := strconv.Unquote(string(value)); err == nil && s.hasAlike(text) {
			s.alike[name] = text
		}
	}
	if s.field == "" {
		panic(fmt.Sprintf("no field of the example of %s is its line", s.Type))
	}
	return s
}

// hasAlike reports whether a value has the form of the line: as many digits, of which the first are others.
func (s Subject) hasAlike(value string) bool {
	return len(value) == len(s.line) && len(value) > keptDigits && value[:keptDigits] != s.line[:keptDigits] &&
		onlyDigits.MatchString(value) && onlyDigits.MatchString(s.line)
}

var onlyDigits = regexp.MustCompile(`^[0-9]+$`)

var lastDigits = regexp.MustCompile(`[0-9]+$`)

const (
	// codeDigits is how many digits of a line choose the sandbox's scenario.
	codeDigits = 2
	// maxDigits is the maximum number of digits of a line that are replaced.
	maxDigits = 9
	// minDigits is the minimum number, so that a run has enough lines for its operations.
	minDigits = 6
	// keptDigits is how many of a number's first digits are kept, because they show the kind of number.
	keptDigits = 4
)

// Line makes a line for the operation from that of the example, with other digits at its end. No other number has the same
// line, and its last two digits choose a scenario of the sandbox.
func (s Subject) Line(number, code int) string {
	digits := lastDigits.FindString(s.line)
	rest := strings.TrimSuffix(s.line, digits)
	width := len(digits)
	if rest == "" {
		width -= keptDigits
	}
	width = min(width, maxDigits)
	kept := digits[:len(digits)-max(width, 0)]
	if width < minDigits { // an id without a fixed length
		width, kept = maxDigits, digits[:1]
	}
	return fmt.Sprintf("%s%s%0*d%0*d", rest, kept, width-codeDigits, number, codeDigits, code)
}

// Request is the example with a reference, on a line, with additional or other values for its fields. A field that is nil
// is left out. Another identifier of the line's kind gets the line's last digits, so that no two requests have the same.
func (s Subject) Request(reference, line string, further map[string]any) json.RawMessage {
	fields := map[string]any{}
	for name, value := range s.example {
		fields[name] = value
	}
	fields["reference"], fields[s.field] = reference, line
	for name, value := range s.alike {
		if len(line) == len(value) {
			fields[name] = value[:keptDigits] + line[keptDigits:]
		}
	}
	if _, err := strconv.Unquote(string(s.example[s.field])); err != nil { // the line is a number
		fields[s.field] = json.Number(line)
	}
	for name, value := range further {
		if fields[name] = value; value == nil {
			delete(fields, name)
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		panic(err) // texts, numbers and what was read from JSON
	}
	return raw
}

// WorkflowID is the id of the workflow of a request.
func (s Subject) WorkflowID(reference string) string {
	return workflows.WorkflowID(s.Carrier(), reference)
}
