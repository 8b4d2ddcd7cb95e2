package planrun

import (
	"strings"
)

// sentence is a message as a part of a sentence: without a full stop.
func sentence(message string) string { return strings.TrimSuffix(message, ".") }
