package activities

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// Observer is told what the activities do, for metrics. It is called from many goroutines.
type Observer interface {
	// Checked is called after each attempt of a check. result is [Decided], or the type of the error that it returned, such as
	// [Pending].
	Checked(operation, result string)
	// Paced is called when a check has found the time to the next one: what the operation's timings ask for, and what it gets
	// because of the carrier's limit.
	Paced(c carriers.Carrier, wanted, given time.Duration)
	// LookedUp is called after each look-up before a second send, or before a refusal is believed. finding is a
	// [carriers.Presence], or [NotLookedUp].
	LookedUp(operation, finding string)
	// SentAgain is called before a request is sent that an earlier attempt may have sent, which look-ups have shown to be absent.
	SentAgain(operation string)
}

// SweepObserver is told what a sweep does, for metrics.
type SweepObserver interface {
	// SweepRead is called after each page, with how many operations were told, and with why it could not be read or told.
	SweepRead(c carriers.Carrier, told int, err error)
	// SweepCompleted is called with the time of the last complete pass, also of one that another worker has made.
	SweepCompleted(c carriers.Carrier, at time.Time)
}

const (
	// Decided is the result of a check that has returned an outcome.
	Decided = "Decided"
	// NotLookedUp is the finding of a look-up that did not succeed.
	NotLookedUp = "failed"
	// otherError is the result of a check that ended with an error of another kind, for example because its worker stops.
	otherError = "other"
)

// checkResult is the result of a check that returned an error, or none.
func checkResult(err error) string {
	if err == nil {
		return Decided
	}
	if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok && failure.Type() != "" {
		return failure.Type()
	}
	return otherError
}
