package lifecycle

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// setDetails updates the run's current details, which adds no event. step says what the run is doing.
func (r *run) setDetails(ctx workflow.Context, step string) {
	r.step = step
	r.refreshDetails(ctx)
}

// refreshDetails renews the current details after another part of them has changed.
func (r *run) refreshDetails(ctx workflow.Context) { workflow.SetCurrentDetails(ctx, r.describe()) }

// describe is the run's current details: what it is to do, what was sent, what the carrier said, what it waits for, and
// what an operator can do.
func (r *run) describe() string {
	lines := r.facts()
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	if len(r.raised) > 0 {
		say("**Needs attention:** %s.", list(r.raised))
	}
	if (r.stage == waiting || r.queued) && !r.cancelled {
		for _, a := range r.raised {
			if advice := a.Advice(r.name); advice != "" {
				say("%s", advice)
			}
		}
	}
	say("%s", r.step)
	switch {
	case r.cancelled:
	case r.queued:
		say("If it is still not its turn at %s, the run fails.", moment(r.deadline))
		say("To stop it, cancel the run. You can send an update: %s.", list(r.actions()))
	case r.stage == waiting:
		say("If it is still undecided at %s, the run fails.", moment(r.deadline))
		say("You can send an update: %s.", list(r.actions()))
	}
	return strings.Join(lines, "\n")
}

// facts are the part of the details that remains valid: what was sent, and what the carrier said.
func (r *run) facts() []string {
	lines := []string{"**" + r.summary + "**", ""}
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	name := r.name
	switch {
	case r.unsure != nil:
		because := reasonOf(*r.unsure)
		if because != "" {
			because = ": " + because
		}
		say("It is not known whether %s has the request%s. It will not be sent again.", name, because)
	case r.ack.At.IsZero():
	case r.ack.Found:
		say("A look-up found the request at %s. It was not sent again.", name)
	default:
		with := ""
		if r.ack.Outcome.Status != "" {
			with = fmt.Sprintf(" with %q", r.ack.Outcome.Status)
		}
		say("%s acknowledged the request at %s%s.", name, moment(r.ack.At), with)
	}
	switch {
	case r.approved:
		say("Held for a decision, which an operator has recorded as approved.")
	case r.ack.Held:
		say("Held until it is decided there.")
	}
	if r.lastCallback != nil {
		said := r.lastCallback.AsOutcome()
		at := ""
		if !r.lastCallback.ReceivedAt.IsZero() {
			at = ", received at " + moment(r.lastCallback.ReceivedAt)
		}
		say("The last callback says %q%s.", cmp.Or(said.Status, string(said.State)), at)
	}
	return lines
}

// waitingFor says what the run waits for.
func (r *run) waitingFor(p pace) string {
	name, every := r.name, carriers.Duration(p.every)
	if r.unsure != nil {
		return fmt.Sprintf("%s is read every %s, until the change shows; the pending activity tells when next.", name, every)
	}
	callback := ""
	if r.callsBack {
		callback = "A callback is expected, and "
	}
	slower := ""
	if p.longest > p.every {
		slower = ", and less often the longer it takes"
	}
	return fmt.Sprintf("Waiting for %s's decision. %s%s is asked every %s%s; the pending activity tells when next.", name, callback, name, every, slower)
}

// expecting says what a run waits for before its first check.
func (r *run) expecting(firstCheck time.Time, p pace) string {
	if r.ack.Swept {
		return fmt.Sprintf("Waiting for %s's decision, which its list of requests tells. %s is asked about this one at %s, and every %s after that.",
			r.name, r.name, moment(firstCheck), carriers.Duration(p.every))
	}
	return fmt.Sprintf("Waiting for %s's decision. A callback is expected. If none comes, %s is asked at %s, and every %s after that, less often the longer it takes.",
		r.name, r.name, moment(firstCheck), carriers.Duration(p.every))
}

// told names what told the run of an outcome.
func told(c workflows.Callback) string {
	if c.Swept {
		return "The carrier's list"
	}
	return "A callback"
}

// detailsOfSuccess says how a change was completed.
func detailsOfSuccess(r workflows.Result) []string {
	name := workflows.CarrierName(r.Carrier)
	said := ""
	if r.Status != "" {
		said = fmt.Sprintf(" %s says %q.", name, r.Status)
	}
	lines := []string{fmt.Sprintf("- **Completed** at %s, decided by %s.%s", moment(r.DecidedAt), r.DecidedBy, said)}
	effect := "No read at " + name + " has shown whether the change is in effect; the caller asked for no confirmation."
	switch {
	case r.Resolution != nil:
		effect = fmt.Sprintf("%s says so: %s. No read at %s has shown that the change is in effect.", r.Resolution.Operator, r.Resolution.Reason, name)
	case r.Effect == carriers.Shown:
		effect = "A read at " + name + " shows the change."
	case r.NotReadable != "":
		effect = fmt.Sprintf("Whether it is in effect cannot be read at %s: %s.", name, r.NotReadable)
	case r.Effect == carriers.Incomparable:
		effect = "Nothing that can be read at " + name + " shows whether it is in effect."
	}
	return append(lines, "- "+effect, "- There is nothing to do.")
}

// detailsOfFailure says how an operation failed, and what to do.
func detailsOfFailure(f workflows.Failure, at time.Time) []string {
	title := "Failed"
	if f.Type == workflows.Canceled {
		title = "Cancelled"
	}
	by := ""
	if f.DecidedBy != "" && f.Type != workflows.NotInEffect { // there a read has contradicted it
		by = fmt.Sprintf(", decided by %s", f.DecidedBy)
	}
	message := strings.TrimPrefix(f.Message, fmt.Sprintf("%s, reference %s: ", f.Operation, f.Reference))
	lines := []string{fmt.Sprintf("- **%s** at %s as %s%s: %s.", title, moment(at), f.Type, by, strings.TrimSuffix(message, "."))}
	if f.Resolution != nil {
		lines = append(lines, fmt.Sprintf("- Closed by %s: %s.", f.Resolution.Operator, f.Resolution.Reason))
	}
	if advice := f.Type.Advice(); advice != "" {
		lines = append(lines, "- What to do: "+advice+".")
	}
	return lines
}

// moment formats a time for people.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
