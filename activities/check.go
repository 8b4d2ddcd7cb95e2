package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

// Progress is what a check remembers from attempt to attempt, as the details of its heartbeat.
type Progress struct {
	// DoneSince is when the carrier first said "done" while no read showed the change.
	DoneSince time.Time `json:"doneSince,omitzero"`
	// Word is the carrier's latest word: an attempt that cannot ask still has to tell it.
	Word string `json:"word,omitempty"`
}

// remembered reads what the attempts before have kept. What cannot be read counts as nothing.
func remembered(ctx context.Context) (p Progress) {
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &p) != nil {
		return Progress{}
	}
	return p
}

// keep remembers the carrier's word for the attempts that come, when it is a new one.
func (in CheckInput[R]) keep(ctx context.Context, word string) {
	memory := remembered(ctx)
	if word == "" || word == cmp.Or(memory.Word, in.Acknowledgement.Outcome.Status) {
		return
	}
	memory.Word = word
	activity.RecordHeartbeat(ctx, memory)
}

// check asks the carrier once. What it returns has been read at the carrier and is final; until then it fails as
// Pending, and Temporal's retry of that failure is the next poll. A single look returns what it sees.
func (c change[R]) check(ctx context.Context, in CheckInput[R]) (CheckResult, error) {
	var presence carriers.Presence
	if in.Unsure {
		finding, err := c.seek(ctx, &in)
		if err != nil {
			return CheckResult{}, c.notAnswered(ctx, err, in)
		}
		presence = finding.Presence
	}
	outcome, err := c.look(ctx, in)
	seen := CheckResult{Outcome: outcome, Found: in.found, Presence: presence}
	if err != nil {
		return seen, c.notAnswered(ctx, err, in)
	}
	seen.Outcome = withCallback(seen.Outcome, in.Told)
	if in.Once {
		return seen, nil
	}
	next := in.At(time.Now())
	if !seen.State.Final() {
		in.keep(ctx, seen.Status)
	}
	switch seen.State {
	case carriers.Failed:
		return seen, nil
	case carriers.Done:
		switch {
		case !in.Confirm:
			return seen, nil
		case seen.NotReadable != "":
			return c.notConfirmed(ctx, in, seen, next)
		case seen.Effect == carriers.Missing:
			return c.notYetInEffect(ctx, in, seen)
		}
		return seen, nil
	case carriers.Unknown:
		return seen, raiseOrWait(ctx, in, UnknownStatus, next, problemSeen(seen), notUnderstood(c.carrier, seen))
	}
	switch {
	case in.found != nil:
		return seen, applicationError(c.carrier.Name()+" has the request; it is waited for as usual", Found, true, 0, problemSeen(seen))
	case in.recovered():
		return seen, applicationError(c.carrier.Name()+" can be asked again, and answers in known words", Recovered, true, 0, problemSeen(seen))
	}
	return seen, pending(ctx, next, problemSeen(seen), waitingFor(c.carrier, seen))
}

// recovered reports whether operators were told of something that an ordinary answer shows to be over.
func (in CheckInput[R]) recovered() bool {
	return !in.Quiet && (in.told(UnknownStatus) || in.told(Unauthorized) || in.told(NotServed))
}

// taken reports whether the carrier is known to have the request: only then does an effect that shows mean that the request was
// carried out. Whether an effect tells that the request was taken is decided by the look-up of an unsure request.
func (in CheckInput[R]) taken() bool { return !in.Unsure || in.found != nil }

// withCallback weighs what was read against the final word of a callback. Done is believed when a read shows the change,
// even while the carrier's status lags behind. Failed is believed unless the status or the read contradicts it. A word that
// somebody else has already had confirmed by the carrier's status is left as it is.
func withCallback(seen, told carriers.Outcome) carriers.Outcome {
	if seen.State.Final() {
		return seen
	}
	switch {
	case told.State == carriers.Done && seen.Effect == carriers.Shown:
		seen.State = carriers.Done
	case told.State == carriers.Failed && seen.Effect != carriers.Shown && (seen.NotReadable == "" || seen.Effect == carriers.Incomparable):
		told.Effect, told.Line = seen.Effect, seen.Line
		return told
	}
	return seen
}

// seek looks for a request of which nobody could tell whether it was taken, as a submit does before it sends again. When
// the carrier has it, the check goes on as if it had been acknowledged.
func (c change[R]) seek(ctx context.Context, in *CheckInput[R]) (carriers.Finding, error) {
	before := in.Acknowledgement.Before
	finding, err := c.find(ctx, SubmitInput[R]{Reference: in.Reference, Request: in.Request, StartedAt: in.StartedAt}, before)
	if err == nil && finding.Presence == carriers.Present {
		ack := finding.Acknowledgement
		ack.Found, ack.Before = true, before
		in.Acknowledgement, in.found = ack, &ack
	}
	return finding, err
}

// withEffect adds what the line shows: where the outcome depends on it, and in a single look also where it does not. A read
// that fails takes nothing away from what the carrier has said.
func withEffect[R any](in CheckInput[R], outcome carriers.Outcome, needed bool, read func() (carriers.Effect, *carriers.Line, error)) carriers.Outcome {
	if !needed && !in.Once {
		return outcome
	}
	effect, line, err := read()
	if err != nil {
		return unread(outcome, err)
	}
	outcome.Effect, outcome.Line = effect, line
	return outcome
}

// unread keeps the carrier's word when the read fails that would show the effect. A read that is not possible leaves nothing to
// compare; one that only failed may succeed later.
func unread(outcome carriers.Outcome, err error) carriers.Outcome {
	outcome.NotReadable = err.Error()
	if failure, ok := errors.AsType[*carriers.Error](err); ok && notPossible(failure) {
		outcome.Effect = carriers.Incomparable
	}
	return outcome
}

// notPossible tells a read that the carrier refuses for good from one that failed. A 401 is about our credentials, a 408 or
// 429 about the moment.
func notPossible(failure *carriers.Error) bool {
	switch failure.HTTPStatus {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return failure.HTTPStatus >= 400 && failure.HTTPStatus < 500
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
	if confirmingIsOver(ctx, in, seen.Status) {
		return seen, nil
	}
	next := ConfirmEvery(in.Every.Std(), in.ConfirmWithin.Std())
	return seen, pending(ctx, next, problemSeen(seen), c.saysDone(seen)+"but its own read does not show the change yet")
}

// notConfirmed waits a limited time for a read that fails. After it, a read that is not possible leaves the effect
// incomparable; for one that only failed it goes on waiting, and the operators are told.
func (c change[R]) notConfirmed(ctx context.Context, in CheckInput[R], seen CheckResult, next time.Duration) (CheckResult, error) {
	message := c.saysDone(seen) + "but the read that would show the change fails: " + seen.NotReadable
	problem := problemSeen(seen)
	problem.Reason = seen.NotReadable
	switch {
	case !confirmingIsOver(ctx, in, seen.Status):
		return seen, pending(ctx, ConfirmEvery(in.Every.Std(), in.ConfirmWithin.Std()), problem, message)
	case seen.Effect == carriers.Incomparable:
		return seen, nil
	}
	return seen, raiseOrWait(ctx, in, Unconfirmed, next, problem, message)
}

func (c change[R]) saysDone(seen CheckResult) string {
	if seen.Status == "" {
		return c.carrier.Name() + " says done, "
	}
	return fmt.Sprintf("%s says %q, ", c.carrier.Name(), seen.Status)
}

// confirmingIsOver reports whether the time has passed that a change may take to show, counted from the first attempt that met
// a "done", and remembers that attempt and the carrier's word.
func confirmingIsOver[R any](ctx context.Context, in CheckInput[R], word string) bool {
	memory, now := remembered(ctx), time.Now()
	if memory.DoneSince.IsZero() {
		memory.DoneSince = now
	}
	if now.Sub(memory.DoneSince) >= in.ConfirmWithin.Std() || in.told(Unconfirmed) {
		return true
	}
	memory.Word = cmp.Or(word, memory.Word)
	activity.RecordHeartbeat(ctx, memory)
	return false
}

// notAnswered decides what it means that the carrier could not be asked. Nothing of it ends the wait: the request is
// with the carrier, and a refusal to be asked about it is a matter for the operators.
func (c change[R]) notAnswered(ctx context.Context, err error, in CheckInput[R]) error {
	failure := asCarrierError(c.carrier, c.operation, in.Reference, err)
	problem := problemOf(failure)
	problem.Found, problem.CarrierStatus = in.found, remembered(ctx).Word
	if in.Once {
		return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, problem)
	}
	next := max(failure.RetryAfter, in.At(time.Now()))
	switch {
	case failure.Class == carriers.Unauthorized:
		return raiseOrWait(ctx, in, Unauthorized, next, problem, failure.Error())
	case failure.Class == carriers.Rejected, failure.Class == carriers.NotFound, failure.Class == carriers.Conflict, failure.Unreadable:
		return raiseOrWait(ctx, in, UnknownStatus, next, problem, failure.Error())
	}
	return pending(ctx, next, problem, "not asked yet: "+failure.Error())
}

// raiseOrWait ends the check so that the workflow can tell the operators, unless it has told them this already.
func raiseOrWait[R any](ctx context.Context, in CheckInput[R], kind string, next time.Duration, problem Problem, message string) error {
	if in.told(kind) {
		return pending(ctx, next, problem, message)
	}
	return applicationError(message, kind, true, 0, problem)
}

// pending is the error whose retry is the next poll.
func pending(ctx context.Context, next time.Duration, problem Problem, message string) error {
	next = inWindow(next, activity.GetInfo(ctx), time.Now())
	return applicationError(fmt.Sprintf("%s; next check in %s", message, carriers.Duration(next.Round(time.Millisecond))), Pending, false, next, problem)
}

// undecided is the state of a request about which only its acknowledgement says something, and that is not final.
func undecided(ack carriers.Acknowledgement) carriers.State {
	if ack.Outcome.State == carriers.Unknown && ack.Outcome.Status != "" {
		return carriers.Unknown // a word that nobody knows, which an operator has to hear of
	}
	return carriers.Pending
}
