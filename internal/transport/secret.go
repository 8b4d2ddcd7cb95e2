package transport

import (
	"fmt"
	"io"
)

// Secret is a setting that is not shown when the configuration around it is printed, logged or marshalled. Its value is
// string(s).
type Secret string

const hidden = "***"

func (s Secret) shown() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format prints a placeholder whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.shown()) }

// MarshalText writes the placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.shown()), nil }
