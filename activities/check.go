package activities

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

// Progress is what a check remembers between attempts, as the details of its heartbeat.
type Progress struct {
	// DoneSince is when the carrier first said "done" while no read showed the change.
	DoneSince time.Time `json:"doneSince,omitzero"`
	// Status is the carrier's latest status. An attempt that cannot ask the carrier reports it too.
	Status string `json:"word,omitempty"`
}

// remembered reads what earlier attempts stored; what cannot be read is empty.
func remembered(ctx context.Context) (p Progress) {
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &p) != nil {
		return Progress{}
	}
	return p
}

// rememberStatus stores a new status of the carrier for the next attempts.
func (in CheckInput) rememberStatus(ctx context.Context, status string) {
	memory := remembered(ctx)
	if status == "" || status == cmp.Or(memory.Status, in.Acknowledgement.Outcome.Status) {
		return
	}
	memory.Status = status
	activity.RecordHeartbeat(ctx, memory)
}

// check asks the carrier once. A result was read at the carrier and is final; until then the check fails as Pending, and
// Temporal's retry of that failure is the next poll. With Once it returns what it reads.
func (c change) check(ctx context.Context, in CheckInput) (CheckResult, error) {
	request, err := c.bind(in.Reference, in.StartedAt, in.Request)
	if err != nil {
		return CheckResult{}, err
	}
	if wait := c.tooEarly(ctx, in); wait > 0 {
		return CheckResult{}, pending(ctx, wait, Problem{}, "not asked yet: a sweep of the carrier is expected to tell the outcome")
	}
	var presence carriers.Presence
	if in.Unsure {
		finding, err := findUnsure(ctx, request, &in)
		if err != nil {
			return CheckResult{}, c.notAnswered(ctx, err, in)
		}
		presence = finding.Presence
	}
	outcome, err := request.Look(ctx, in.inquiry())
	seen := CheckResult{Outcome: outcome, Found: in.found, Presence: presence}
	if err != nil {
		return seen, c.notAnswered(ctx, err, in)
	}
	seen.Outcome = withCallback(seen.Outcome, in.CallbackOutcome)
	if in.Once {
		return seen, nil
	}
	next := c.next(in)
	if !seen.State.Final() {
		in.rememberStatus(ctx, seen.Status)
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
		return seen, raiseOrWait(ctx, in, UnknownStatus, next, problemSeen(seen), notUnderstood(c.adapter.Name, seen))
	}
	switch {
	case in.found != nil:
		return seen, applicationError(c.adapter.Name+" has the request; the checks continue as usual", Found, true, 0, problemSeen(seen))
	case in.recovered():
		return seen, applicationError(c.adapter.Name+" can be asked again, and its answer is known", Recovered, true, 0, problemSeen(seen))
	}
	return seen, pending(ctx, next, problemSeen(seen), waitingFor(c.adapter.Name, seen))
}

// next is the time to the next check: the operation's own pace, or more where the carrier's limit needs it.
func (c change) next(in CheckInput) time.Duration {
	planned := in.At(time.Now())
	if in.CallbackOutcome.State != "" { // its outcome is to be confirmed
		return planned
	}
	given := max(planned, c.options.pollsApart(in.Acknowledgement.Swept))
	c.options.paced(c.adapter.Carrier, planned, given)
	return given
}

// tooEarly is how long the first check of an operation waits that a sweep is expected to tell about its outcome; 0 when it is time to
// ask.
func (c change) tooEarly(ctx context.Context, in CheckInput) time.Duration {
	if in.Once || in.Unsure || in.CallbackOutcome.State != "" || !in.Acknowledgement.Swept || activity.GetInfo(ctx).Attempt > 1 {
		return 0
	}
	return c.options.pollsApart(true) - time.Since(in.Acknowledgement.At)
}

// recovered reports whether operators were told of a problem that an ordinary answer shows to have passed.
func (in CheckInput) recovered() bool {
	return !in.Quiet && (in.alreadyRaised(UnknownStatus) || in.alreadyRaised(Unauthorized) || in.alreadyRaised(NotServed))
}

// inquiry is the check's question to the carrier's adapter. The request counts as taken once a look-up of an unsure one has
// found it.
func (in CheckInput) inquiry() carriers.Inquiry {
	return carriers.Inquiry{
		Acknowledgement: in.Acknowledgement, Taken: !in.Unsure || in.found != nil, Told: in.CallbackOutcome, Confirm: in.Confirm, Once: in.Once,
	}
}

// withCallback combines what was read with the final outcome of a callback. Done is believed when a read shows the change,
// although the status is older. Failed is believed unless the status or the read contradicts it. A final status that was read is
// kept.
func withCallback(seen, callback carriers.Outcome) carriers.Outcome {
	if seen.State.Final() {
		return seen
	}
	switch {
	case callback.State == carriers.Done && seen.Effect == carriers.Shown:
		seen.State = carriers.Done
	case callback.State == carriers.Failed && seen.Effect != carriers.Shown && (seen.NotReadable == "" || seen.Effect == carriers.Incomparable):
		callback.Effect, callback.Line = seen.Effect, seen.Line
		return callback
	}
	return seen
}

// findUnsure looks up an unsure request, as a submit does before it sends again. When the carrier has it, the check continues as
// if it had been acknowledged.
func findUnsure(ctx context.Context, request carriers.BoundChange, in *CheckInput) (carriers.Finding, error) {
	before := in.Acknowledgement.Before
	finding, err := request.Find(ctx, before)
	if err == nil && finding.Presence == carriers.Present {
		ack := finding.Acknowledgement
		ack.Found, ack.Before = true, before
		in.Acknowledgement, in.found = ack, &ack
	}
	return finding, err
}

func problemSeen(seen CheckResult) Problem {
	return Problem{CarrierStatus: seen.Status, Code: seen.Code, Reason: seen.Reason, Found: seen.Found}
}

func waitingFor(carrier string, seen CheckResult) string {
	if seen.Status == "" {
		return carrier + " does not show the outcome yet"
	}
	return fmt.Sprintf("%s says %q, which is not final", carrier, seen.Status)
}

func notUnderstood(carrier string, seen CheckResult) string {
	if seen.Status == "" {
		return carrier + " answers without a status; neither success nor failure"
	}
	return fmt.Sprintf("%s answers with an unknown status, %q; neither success nor failure", carrier, seen.Status)
}

// notYetInEffect waits a limited time until the carrier's read shows the change, and then returns the outcome with the
// effect still missing.
func (c change) notYetInEffect(ctx context.Context, in CheckInput, seen CheckResult) (CheckResult, error) {
	if confirmingIsOver(ctx, in, seen.Status) {
		return seen, nil
	}
	next := ConfirmEvery(in.Every.Std(), in.ConfirmWithin.Std())
	return seen, pending(ctx, next, problemSeen(seen), c.saysDone(seen)+"but its own read does not show the change yet")
}

// notConfirmed waits a limited time for a read that fails. After it, an impossible read leaves the effect incomparable; for one
// that only failed the check continues, and the operators are told.
func (c change) notConfirmed(ctx context.Context, in CheckInput, seen CheckResult, next time.Duration) (CheckResult, error) {
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

func (c change) saysDone(seen CheckResult) string {
	if seen.Status == "" {
		return c.adapter.Name + " says done, "
	}
	return fmt.Sprintf("%s says %q, ", c.adapter.Name, seen.Status)
}

// confirmingIsOver reports whether the time for a change to show has passed, counted from the first attempt that read
// "done". It remembers that time and the carrier's status.
func confirmingIsOver(ctx context.Context, in CheckInput, status string) bool {
	memory, now := remembered(ctx), time.Now()
	if memory.DoneSince.IsZero() {
		memory.DoneSince = now
	}
	if now.Sub(memory.DoneSince) >= in.ConfirmWithin.Std() || in.alreadyRaised(Unconfirmed) {
		return true
	}
	memory.Status = cmp.Or(status, memory.Status)
	activity.RecordHeartbeat(ctx, memory)
	return false
}

// notAnswered decides what an error of asking the carrier means. None ends the wait, because the carrier has the request;
// operators are told when the carrier refuses to answer.
func (c change) notAnswered(ctx context.Context, err error, in CheckInput) error {
	failure := asCarrierError(c.adapter.Carrier, c.name, in.Reference, err)
	problem := problemOf(failure)
	problem.Found, problem.CarrierStatus = in.found, remembered(ctx).Status
	if in.Once {
		return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, problem)
	}
	next := max(failure.RetryAfter, c.next(in))
	switch {
	case failure.Class == carriers.Unauthorized:
		return raiseOrWait(ctx, in, Unauthorized, next, problem, failure.Error())
	case failure.Class == carriers.Rejected, failure.Class == carriers.NotFound, failure.Class == carriers.Conflict, failure.Unreadable:
		return raiseOrWait(ctx, in, UnknownStatus, next, problem, failure.Error())
	}
	return pending(ctx, next, problem, "not asked yet: "+failure.Error())
}

// raiseOrWait ends the check so that the workflow can tell the operators. If they were told of this problem before, the
// check continues.
func raiseOrWait(ctx context.Context, in CheckInput, kind string, next time.Duration, problem Problem, message string) error {
	if in.alreadyRaised(kind) {
		return pending(ctx, next, problem, message)
	}
	return applicationError(message, kind, true, 0, problem)
}

// pending is the error whose retry is the next poll.
func pending(ctx context.Context, next time.Duration, problem Problem, message string) error {
	next = inWindow(next, activity.GetInfo(ctx), time.Now())
	return applicationError(fmt.Sprintf("%s; next check in %s", message, carriers.Duration(next.Round(time.Millisecond))), Pending, false, next, problem)
}
