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

// ConfirmEvery is the time between two reads while a change that is said to be done does not show yet: the usual pace, or
// faster, so that several reads fit into the time it has to come into effect.
func ConfirmEvery(every, within time.Duration) time.Duration { return min(every, within/fewestRepeats) }

// progress is what a check remembers from attempt to attempt, as the details of its heartbeat.
type progress struct {
	// DoneSince is when the carrier first said "done" while its read did not show the change.
	DoneSince time.Time `json:"doneSince"`
}

// check asks the carrier once. What it returns has been read at the carrier and is final; until then it fails as
// Pending, and Temporal's retry of that failure is the next poll. A single look returns what it sees.
func (c change[R]) check(ctx context.Context, in CheckInput[R]) (CheckResult, error) {
	var sought verdict
	var err error
	if in.Unsure {
		if in, sought, err = c.seek(ctx, in); err != nil {
			return CheckResult{}, c.notAnswered(ctx, err, in)
		}
	}
	outcome, err := c.look(ctx, in)
	seen := CheckResult{Outcome: outcome, Found: in.found, Absent: in.Unsure && sought == absent}
	if err != nil {
		return seen, c.notAnswered(ctx, err, in)
	}
	if in.Told == carriers.Done && !seen.State.Final() && seen.Effect == carriers.Shown {
		seen.State = carriers.Done // the status lags behind, but the callback and the read agree
	}
	if in.Once {
		return seen, nil
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
		return seen, raiseOrWait(ctx, in, UnknownStatus, in.Every.Std(), problemSeen(seen),
			notUnderstood(c.carrier, seen))
	}
	return seen, pending(ctx, in.Every.Std(), problemSeen(seen), waitingFor(c.carrier, seen))
}

// seek looks for a request of which nobody could tell whether it was taken, as a submit does before it sends again. When
// the carrier has it, the check goes on as if it had been acknowledged.
func (c change[R]) seek(ctx context.Context, in CheckInput[R]) (CheckInput[R], verdict, error) {
	before := in.Acknowledgement.Before
	ack, found, err := c.find(ctx, SubmitInput[R]{Reference: in.Reference, Request: in.Request, StartedAt: in.StartedAt}, before)
	if err == nil && found == present {
		ack.Found, ack.Before = true, before
		in.Acknowledgement, in.found = ack, &ack
	}
	return in, found, err
}

// withEffect adds what the line shows: where the outcome depends on it, and in a single look also where it does not; then a
// read that fails takes nothing away from what the carrier has said.
func withEffect[R any](in CheckInput[R], outcome carriers.Outcome, needed bool, read func() (carriers.Effect, *carriers.Line, error)) (carriers.Outcome, error) {
	if !needed && !in.Once {
		return outcome, nil
	}
	effect, line, err := read()
	switch {
	case err == nil:
		outcome.Effect, outcome.Line = effect, line
	case needed:
		return outcome, err
	}
	return outcome, nil
}

func problemSeen(seen CheckResult) Problem {
	return Problem{CarrierStatus: seen.Status, Code: seen.Code, Reason: seen.Reason, Found: seen.Found}
}

func waitingFor(c carriers.Carrier, seen CheckResult) string {
	if seen.Status == "" {
		return c.Name() + " does not show the outcome yet"
	}
	return fmt.Sprintf("%s says %q, which is not final", c.Name(), seen.Status)
}

func notUnderstood(c carriers.Carrier, seen CheckResult) string {
	if seen.Status == "" {
		return c.Name() + " answers without a status; neither success nor failure"
	}
	return fmt.Sprintf("%s answers with a status nobody knows, %q; neither success nor failure", c.Name(), seen.Status)
}

// notYetInEffect waits a limited time for the carrier's read to agree with its word, and then returns the outcome with
// the effect still missing.
func (c change[R]) notYetInEffect(ctx context.Context, in CheckInput[R], seen CheckResult) (CheckResult, error) {
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
	next := ConfirmEvery(in.Every.Std(), in.ConfirmWithin.Std())
	return seen, pending(ctx, next, problemSeen(seen),
		fmt.Sprintf("%s says %q, but its own read does not show the change yet", c.carrier.Name(), seen.Status))
}

// notAnswered decides what it means that the carrier could not be asked. Nothing of it ends the wait: the request is
// with the carrier, and a refusal to be asked about it is a matter for the operators.
func (c change[R]) notAnswered(ctx context.Context, err error, in CheckInput[R]) error {
	failure := asCarrierError(c.carrier, c.operation, in.Reference, err)
	problem := problemOf(failure)
	problem.Found = in.found
	if in.Once {
		return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, problem)
	}
	next := max(failure.RetryAfter, in.Every.Std())
	switch failure.Class {
	case carriers.Unauthorized:
		return raiseOrWait(ctx, in, Unauthorized, next, problem, failure.Error())
	case carriers.Rejected, carriers.Conflict:
		return raiseOrWait(ctx, in, UnknownStatus, next, problem, failure.Error())
	}
	return pending(ctx, next, problem, "not asked yet: "+failure.Error())
}

// raiseOrWait ends the check so that the workflow can tell the operators, unless it has told them this already.
func raiseOrWait[R any](ctx context.Context, in CheckInput[R], kind string, next time.Duration, problem Problem, message string) error {
	if slices.Contains(in.Raised, kind) {
		return pending(ctx, next, problem, message)
	}
	return applicationError(message, kind, true, 0, problem)
}

// pending is the error whose retry is the next poll.
func pending(ctx context.Context, next time.Duration, problem Problem, message string) error {
	next = inWindow(next, activity.GetInfo(ctx), time.Now())
	return applicationError(fmt.Sprintf("%s; next check in %s", message, carriers.Duration(next)), Pending, false, next, problem)
}

// undecided is the state of a request about which only its acknowledgement says something, and that is not final.
func undecided(ack carriers.Acknowledgement) carriers.State {
	if ack.Outcome.State == carriers.Unknown && ack.Outcome.Status != "" {
		return carriers.Unknown // a word that nobody knows, which an operator has to hear of
	}
	return carriers.Pending
}

// inWindow shortens a delay that reaches beyond the activity's window, so that the last look comes just before the window
// closes: Temporal fails an activity at once when its next attempt would start too late, and after a Retry-After of hours
// the wait would be given up hours before its time.
func inWindow(next time.Duration, info activity.Info, now time.Time) time.Duration {
	left := info.ScheduledTime.Add(info.ScheduleToCloseTimeout).Sub(now)
	margin := min(next, info.StartToCloseTimeout)
	if info.ScheduleToCloseTimeout > 0 && next >= left && left > margin {
		return left - margin
	}
	return next
}
