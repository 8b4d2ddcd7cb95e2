package metrics

import (
	"cmp"
	"strconv"

	"github.com/carrierflow/carrierflow/carriers"
)

// The outcomes of a run, and what a label is where there is nothing to say.
const (
	completed = "completed"
	failed    = "failed"
	canceled  = "canceled"
	none      = "none"
	unknown   = "unknown"
)

// statusOf is the label of an answer, or of there being none.
func statusOf(x carriers.Exchange) string {
	switch {
	case x.Status >= 100 && x.Status < 600:
		return strconv.Itoa(x.Status)
	case x.Status != 0:
		return unknown
	case x.Connected:
		return "no answer"
	}
	return "no connection"
}

// carrierOf is the label of an operation's carrier.
func carrierOf(operation string) string {
	return cmp.Or(string(carriers.CarrierOf(operation)), unknown)
}
