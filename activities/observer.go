package activities

import (
	"context"
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

// observedCheck is check, reported to the observer.
func (c change) observedCheck(ctx context.Context, in CheckInput) (CheckResult, error) {
	seen, err := c.check(ctx, in)
	if c.options.Observer != nil {
		c.options.Observer.Checked(c.name, checkResult(err))
	}
	return seen, err
}

func checkResult(err error) string {
	if err == nil {
		return Decided
	}
	if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok && failure.Type() != "" {
		return failure.Type()
	}
	return otherError
}

func (c change) observePace(wanted, given time.Duration) {
	if c.options.Observer != nil {
		c.options.Observer.Paced(c.adapter.Carrier, wanted, given)
	}
}

func (c change) observeLookUp(found carriers.Finding, err error) {
	if c.options.Observer == nil {
		return
	}
	finding := string(found.Presence)
	if err != nil {
		finding = NotLookedUp
	}
	c.options.Observer.LookedUp(c.name, finding)
}

func (c change) observeSentAgain() {
	if c.options.Observer != nil {
		c.options.Observer.SentAgain(c.name)
	}
}

func (s *Sweeper) observe(at SweepProgress, told int, err error) {
	if s.Observer != nil {
		s.Observer.SweepRead(s.Adapter.Carrier, told, err)
		s.Observer.SweepCompleted(s.Adapter.Carrier, at.LastPass)
	}
}
