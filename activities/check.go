package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

// fewestRepeats is how many reads fit at least into the time a change has to come into effect.
const fewestRepeats = 8

// progress is what a check remembers from attempt to attempt, as the details of its heartbeat.
type progress struct {
	// DoneSince is when the carrier first said "done" while its read did not show the change.
	DoneSince time.Time `json:"doneSince"`
}

// check asks the carrier once. What it returns has been read at the carrier and is final; until then it fails as
// Pending, and Temporal's retry of that failure is the next poll.
func (c change[R]) check(ctx context.Context, in CheckInput[R]) (carriers.Outcome, error) {
	seen, err := c.look(ctx, in)
	if err != nil {
		return seen, c.notAnswered(err, in)
	}
	if in.Told == carriers.Done && !seen.State.Final() && seen.Effect == carriers.Shown {
		seen.State = carriers.Done // the status lags behind, but the callback and the read agree
	}
	switch seen.State {
	case carriers.Failed:
		return seen, nil
	case carriers.Done:
		if !in.Confirm || seen.Effect != carriers.Missing {
			return seen, nil
		}
		return c.notYetInEffect(ctx, in, seen)
	case carriers.Unknown:
		return seen, c.raiseOrWait(in, UnknownStatus, in.Every.Std(), Problem{CarrierStatus: seen.Status, Code: seen.Code, Reason: seen.Reason},
			fmt.Sprintf("%s answers with a status nobody knows, %q; neither success nor failure", c.carrier, seen.Status))
	}
	return seen, pending(in.Every.Std(), Problem{CarrierStatus: seen.Status}, waitingFor(c.carrier, seen))
}

func waitingFor(c carriers.Carrier, seen carriers.Outcome) string {
	if seen.Status == "" {
		return fmt.Sprintf("%s does not show the outcome yet", c)
	}
	return fmt.Sprintf("%s says %q, which is not final", c, seen.Status)
}

// notYetInEffect waits a limited time for the carrier's read to agree with its word, and then returns the outcome with
// the effect still missing.
func (c change[R]) notYetInEffect(ctx context.Context, in CheckInput[R], seen carriers.Outcome) (carriers.Outcome, error) {
	var memory progress
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &memory); err != nil {
			return seen, fmt.Errorf("reading what the last attempt remembered: %w", err)
		}
	}
	now := time.Now()
	if memory.DoneSince.IsZero() {
		memory.DoneSince = now
	}
	if now.Sub(memory.DoneSince) >= in.ConfirmWithin.Std() {
		return seen, nil
	}
	activity.RecordHeartbeat(ctx, memory)
	next := min(in.Every.Std(), in.ConfirmWithin.Std()/fewestRepeats)
	return seen, pending(next, Problem{CarrierStatus: seen.Status},
		fmt.Sprintf("%s says %q, but its own read does not show the change yet", c.carrier, seen.Status))
}

// notAnswered decides what it means that the carrier could not be asked. Nothing of it ends the wait: the request is
// with the carrier, and a refusal to be asked about it is a matter for the operators.
func (c change[R]) notAnswered(err error, in CheckInput[R]) error {
	failure := asCarrierError(c.carrier, c.operation, in.Reference, err)
	problem := problemOf(failure)
	next := max(failure.RetryAfter, in.Every.Std())
	switch failure.Class {
	case carriers.Unauthorized:
		return c.raiseOrWait(in, Unauthorized, next, problem, failure.Error())
	case carriers.Rejected, carriers.Conflict:
		return c.raiseOrWait(in, UnknownStatus, next, problem, failure.Error())
	}
	return pending(next, problem, "not asked yet: "+failure.Error())
}

// raiseOrWait ends the check so that the workflow can tell the operators, unless it has told them this already.
func (c change[R]) raiseOrWait(in CheckInput[R], kind string, next time.Duration, problem Problem, message string) error {
	if slices.Contains(in.Raised, kind) {
		return pending(next, problem, message)
	}
	return applicationError(message, kind, true, 0, problem)
}

// pending is the error whose retry is the next poll.
func pending(next time.Duration, problem Problem, message string) error {
	return applicationError(fmt.Sprintf("%s; next check in %s", message, next), Pending, false, next, problem)
}
