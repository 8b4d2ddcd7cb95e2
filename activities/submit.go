package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// verdict is what a look-up can say about a request that may have been sent.
type verdict int

const (
	absent     verdict = iota // the carrier does not have it
	repeatable                // the carrier does not show it, and sending it again does no harm
	present                   // the carrier has it
	cannotTell                // what can be read shows neither
)

// change is one operation that changes something, as its carrier speaks it. R is the request without our own fields.
type change[R any] struct {
	carrier   carriers.Carrier
	operation string
	// before reads the state that the change will alter, where that is the only way to see the change later. Optional.
	before func(ctx context.Context, in SubmitInput[R]) (*carriers.Line, error)
	// send makes the request.
	send func(ctx context.Context, in SubmitInput[R]) (carriers.Acknowledgement, error)
	// find looks up whether the carrier has the request. line is what before read when it was first to be sent, or nil.
	find func(ctx context.Context, in SubmitInput[R], line *carriers.Line) (carriers.Acknowledgement, verdict, error)
	// look reads how far the carrier is and whether the change is in effect.
	look func(ctx context.Context, in CheckInput[R]) (carriers.Outcome, error)
}

// register makes the two registrations of a change.
func (c change[R]) register() []registration {
	return []registration{{SubmitName(c.operation), c.submit}, {CheckName(c.operation), c.check}}
}

// Intent is written down durably before anything is sent, and read by the next attempt.
type Intent struct {
	// Sent is true from just before the request leaves, unless its answer proves that it was not taken.
	Sent bool `json:"sent"`
	// Refusal is set once the carrier has refused the request in a way that may mean "I have it already": it is never
	// sent again, only looked up.
	Refusal *Problem       `json:"refusal,omitempty"`
	Before  *carriers.Line `json:"before,omitempty"`
}

// record stores an intent with the server, as the details of a heartbeat, and returns only when it is stored. Tests
// without a server replace it.
var record = func(ctx context.Context, i Intent) error {
	return activity.GetClient(ctx).RecordActivityHeartbeat(ctx, activity.GetInfo(ctx).TaskToken, i)
}

// submit sends the request unless the carrier already has it.
//
// The promise "none sent twice" is kept in three steps. Before sending, the intent is stored with the Temporal server,
// so a later attempt knows whether an earlier one can have sent. From the second attempt on, and after a reset, the
// carrier is asked first. Where the carrier cannot tell and something may have been sent, the operation is left to an
// operator.
func (c change[R]) submit(ctx context.Context, in SubmitInput[R]) (carriers.Acknowledgement, error) {
	earlier := Intent{Before: in.Before}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &earlier); err != nil {
			return carriers.Acknowledgement{}, fmt.Errorf("reading what the last attempt wrote down: %w", err)
		}
	}
	earlier.Sent = earlier.Sent || in.LookUpFirst
	if activity.GetInfo(ctx).Attempt > 1 || earlier.Sent {
		ack, done, err := c.lookUp(ctx, in, earlier)
		if done || err != nil {
			return ack, err
		}
	}

	if c.before != nil && earlier.Before == nil {
		line, err := c.before(ctx, in)
		if err != nil {
			return carriers.Acknowledgement{}, lookUpError(c.carrier, c.operation, in.Reference, err, earlier)
		}
		earlier.Before = line
	}
	if err := record(ctx, Intent{Sent: true, Before: earlier.Before}); err != nil {
		return carriers.Acknowledgement{}, applicationError(
			fmt.Sprintf("%s, reference %s: nothing was sent now, because Temporal did not store that we are about to: %v", c.operation, in.Reference, err),
			Retrying, false, 0, earlier.problem(Problem{Class: carriers.Unreachable}))
	}
	ack, err := c.send(ctx, in)
	if err != nil {
		return ack, c.notAcknowledged(ctx, err, in, earlier)
	}
	ack.Before = earlier.Before
	return ack, nil
}

// takenBack stores an earlier intent again. After a cancellation the server says so, and has stored it.
func takenBack(ctx context.Context, earlier Intent) bool {
	err := record(ctx, earlier)
	return err == nil || temporal.IsCanceledError(err)
}

// problem adds to a problem what the intent knows.
func (i Intent) problem(p Problem) Problem {
	p.MaybeSent, p.Before = i.Sent, i.Before
	return p
}

// lookUp asks the carrier whether it has the request. done tells that the submit ends here, with ack or with err.
func (c change[R]) lookUp(ctx context.Context, in SubmitInput[R], earlier Intent) (ack carriers.Acknowledgement, done bool, err error) {
	ack, found, err := c.find(ctx, in, earlier.Before)
	switch {
	case err != nil:
		return ack, true, lookUpError(c.carrier, c.operation, in.Reference, err, earlier)
	case found == present:
		ack.Found, ack.Before = true, earlier.Before
		return ack, true, nil
	case found == cannotTell && earlier.Sent:
		return ack, true, applicationError(
			fmt.Sprintf("%s, reference %s: the request may have reached %s, and nothing that can be read there tells; it is not sent again",
				c.operation, in.Reference, c.carrier.Name()),
			OutcomeUnknown, true, 0, earlier.problem(Problem{}))
	case earlier.Refusal != nil:
		return ack, true, applicationError(
			fmt.Sprintf("%s, reference %s: %s refused it with HTTP %d and does not have it", c.operation, in.Reference, c.carrier.Name(), earlier.Refusal.HTTPStatus),
			refusedAs(earlier.Refusal.Class), true, 0, *earlier.Refusal)
	}
	return ack, false, nil
}

// notAcknowledged decides what a failed send means. earlier is what was known before it.
func (c change[R]) notAcknowledged(ctx context.Context, err error, in SubmitInput[R], earlier Intent) error {
	failure := asCarrierError(c.carrier, c.operation, in.Reference, err)
	problem := earlier.problem(problemOf(failure))
	switch failure.Class {
	case carriers.Uncertain:
		problem.MaybeSent = true
	case carriers.Unreachable, carriers.Throttled:
		// Surely not taken this time. Take the intent back, so that no later attempt has to wonder; if that fails, it will.
		problem.MaybeSent = !takenBack(ctx, earlier) || earlier.Sent
		return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, problem)
	default:
		// 409 means "look it up", and so does any refusal after a request that may have arrived: the second may be refused
		// because of the first. The next attempt looks up, and nothing is sent again.
		if failure.Class != carriers.Conflict && !earlier.Sent {
			return refused(failure)
		}
		refusal := problem
		problem.MaybeSent = true
		_ = record(ctx, Intent{Sent: true, Refusal: &refusal, Before: earlier.Before}) // else the next attempt only knows that it was sent
	}
	// Left alone for a while: what the carrier has just recorded may not be visible to a look-up yet.
	return applicationError(failure.Error(), Retrying, false, max(failure.RetryAfter, in.Settle.Std()), problem)
}

// foundAs is the acknowledgement of a request that a look-up found under its transaction id.
func foundAs(transactionID, status string) carriers.Acknowledgement {
	return carriers.Acknowledgement{
		TransactionID: transactionID,
		Outcome:       carriers.Outcome{State: carriers.Pending, Status: status},
		At:            time.Now().UTC(),
	}
}
