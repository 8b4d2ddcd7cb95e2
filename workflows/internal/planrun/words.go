package planrun

import (
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
)

// listed joins faults in one line.
func listed(faults []carriers.Fault) string {
	named := make([]string, len(faults))
	for i, fault := range faults {
		named[i] = fault.String()
	}
	return strings.Join(named, "; ")
}

// sentence is a message as a part of a sentence: without a full stop.
func sentence(message string) string { return strings.TrimSuffix(message, ".") }
