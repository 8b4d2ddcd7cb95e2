package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Checker collects what is wrong with a request.
type Checker struct{ problems []error }

// Problem returns everything that is wrong in one sentence, nothing for a good request.
func (c *Checker) Problem() string {
	if len(c.problems) == 0 {
		return ""
	}
	return strings.ReplaceAll(errors.Join(c.problems...).Error(), "\n", "; ")
}

// That notes a problem unless a condition holds.
func (c *Checker) That(ok bool, problem string) {
	if !ok {
		c.problems = append(c.problems, errors.New(problem))
	}
}

// Text checks a text's length and pattern; nil is an absent one.
func (c *Checker) Text(name string, value *string, required bool, longest int, pattern *regexp.Regexp) {
	if value == nil {
		c.That(!required, name+" is required")
		return
	}
	length := len([]rune(*value))
	c.That(length >= 1 && length <= longest, fmt.Sprintf("%s must have 1 to %d characters", name, longest))
	c.That(pattern.MatchString(*value), name+" must match "+pattern.String())
}

// Enum checks that a text is one of the allowed words; nil is an absent one.
func (c *Checker) Enum(name string, value *string, required bool, allowed ...string) {
	if value == nil {
		c.That(!required, name+" is required")
		return
	}
	c.That(slices.Contains(allowed, *value), name+" must be one of "+strings.Join(allowed, ", "))
}

// Object checks that a value is a JSON object.
func (c *Checker) Object(name string, value json.RawMessage) {
	c.That(len(value) > 0 && value[0] == '{', name+" must be an object")
}

// TextOf returns the text that a pointer points to, and an empty one for nil.
func TextOf[T ~string](value *T) string {
	if value == nil {
		return ""
	}
	return string(*value)
}
