package workflows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// Attention is a value of the NeedsAttention search attribute: why an operator should look at a run.
type Attention string

// The reasons to call an operator.
const (
	// AttentionOverdue: undecided for longer than this kind of operation takes.
	AttentionOverdue Attention = "Overdue"
	// AttentionUnknownStatus: the carrier uses a word nobody knows, gives an answer nobody can read, or refuses to be asked.
	AttentionUnknownStatus Attention = "UnknownStatus"
	// AttentionRiskReview: MásMóvil holds the request for a risk decision.
	AttentionRiskReview Attention = "RiskReview"
	// AttentionOutcomeUnknown: nobody can tell whether the request reached the carrier, or a cancelled run has left it there
	// undecided.
	AttentionOutcomeUnknown Attention = "OutcomeUnknown"
	// AttentionNotInEffect: the carrier says done, its own read says otherwise.
	AttentionNotInEffect Attention = "NotInEffect"
	// AttentionUnauthorized: the carrier refuses our credentials.
	AttentionUnauthorized Attention = "Unauthorized"
	// AttentionUnconfirmed: the carrier says done, and the read that would show the change cannot be had.
	AttentionUnconfirmed Attention = "Unconfirmed"
	// AttentionNotServed: no worker takes up the requests to this carrier.
	AttentionNotServed Attention = "NotServed"
	// AttentionManyCallbacks: a thousand callbacks have come about one operation.
	AttentionManyCallbacks Attention = "ManyCallbacks"
	// AttentionContradicted: the carrier has said two final words that contradict each other.
	AttentionContradicted Attention = "Contradicted"
)

// problemKind is the type of the activity error that raises the attention; a check that meets it again goes on.
func (a Attention) problemKind() string {
	if a == AttentionUnauthorized {
		return activities.Unauthorized
	}
	return string(a)
}

// todo is what an operator does about a reason while the operation waits; "" where nothing but the runbook can say it.
func (a Attention) todo(carrier string) string {
	switch a {
	case AttentionOutcomeUnknown:
		return "Look at the line at " + carrier + ": if the change is there, resolve this as done; if it surely is not, resolve it as failed."
	case AttentionOverdue:
		return "Ask " + carrier + " why it takes so long. check-now makes the next check at once."
	case AttentionUnknownStatus:
		return "Find out from " + carrier + " what its answer means, and teach it to the worker."
	case AttentionUnauthorized:
		return "Renew the credentials for " + carrier + " in the worker's configuration."
	case AttentionUnconfirmed:
		return "Find out why the read at " + carrier + " fails. If the change is in effect there, resolve this as done."
	case AttentionNotServed:
		return "Start a worker that serves " + carrier + "."
	case AttentionRiskReview:
		return "If it lasts, ask " + carrier + " for its decision."
	}
	return ""
}

// kindsRaised are the types of activity errors of which operators have been told.
func (o *operation[R]) kindsRaised() []string {
	kinds := make([]string, len(o.raised))
	for i, a := range o.raised {
		kinds[i] = a.problemKind()
	}
	return kinds
}

func (o *operation[R]) has(a Attention) bool { return slices.Contains(o.raised, a) }

// raise tells the operators, once.
func (o *operation[R]) raise(ctx workflow.Context, a Attention) {
	if o.has(a) {
		return
	}
	o.raised = append(o.raised, a)
	raiseAttention(ctx, o.raised...)
}

// settled takes values off the operators' list.
func (o *operation[R]) settled(ctx workflow.Context, values ...Attention) {
	left := slices.DeleteFunc(slices.Clone(o.raised), func(a Attention) bool { return slices.Contains(values, a) })
	if len(left) == len(o.raised) {
		return
	}
	o.raised = left
	if len(left) > 0 {
		raiseAttention(ctx, left...)
		return
	}
	lowerAttention(ctx)
}

// raiseAttention sets the search attribute. The only error there is comes of an empty update.
func raiseAttention(ctx workflow.Context, values ...Attention) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, NeedsAttentionAttribute.ValueSet(attentionWords(values))); err != nil {
		workflow.GetLogger(ctx).Error("telling the operators failed", "error", err)
	}
}

// lowerAttention removes the search attribute.
func lowerAttention(ctx workflow.Context) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, NeedsAttentionAttribute.ValueUnset()); err != nil {
		workflow.GetLogger(ctx).Error("taking it off the operators' list failed", "error", err)
	}
}

func attentionWords(values []Attention) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return words
}

// say keeps the run's current details up to date; it costs no event. now is what the run is doing.
func (o *operation[R]) say(ctx workflow.Context, now string) {
	o.now = now
	o.sayAgain(ctx)
}

// sayAgain renews the current details after something else in them has changed.
func (o *operation[R]) sayAgain(ctx workflow.Context) { workflow.SetCurrentDetails(ctx, o.describe()) }

// describe is the run's current details: what it is to do, what was sent, what the carrier said, what it waits for, and
// what an operator can do.
func (o *operation[R]) describe() string {
	lines := o.facts()
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	if len(o.raised) > 0 {
		say("**Needs attention:** %s.", list(o.raised))
	}
	if o.phase == waiting && !o.withdrawn {
		for _, a := range o.raised {
			if todo := a.todo(o.carrier.Name()); todo != "" {
				say("%s", todo)
			}
		}
	}
	say("%s", o.now)
	if o.phase == waiting && !o.withdrawn {
		say("If it is still undecided at %s, the run fails.", moment(o.deadline))
		say("You can send an update: %s.", list(o.possible()))
	}
	return strings.Join(lines, "\n")
}

// facts are the part of the details that stays true: what was sent, and what the carrier said.
func (o *operation[R]) facts() []string {
	lines := []string{"**" + o.summary + "**", ""}
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	name := o.carrier.Name()
	switch {
	case o.unsure != nil:
		say("It is not known whether %s has the request%s. It will not be sent again.", name, parkedBecause(*o.unsure))
	case o.ack.At.IsZero():
	case o.ack.Found:
		say("A look-up found the request at %s. It was not sent again.", name)
	default:
		with := ""
		if o.ack.Outcome.Status != "" {
			with = fmt.Sprintf(" with %q", o.ack.Outcome.Status)
		}
		say("%s acknowledged the request at %s%s.", name, moment(o.ack.At), with)
	}
	switch {
	case o.riskApproved:
		say("Held for a risk decision, which an operator has recorded as approved.")
	case o.ack.RiskReview:
		say("Held for a risk decision.")
	}
	if o.heard != nil {
		said := o.heard.outcome()
		at := ""
		if !o.heard.ReceivedAt.IsZero() {
			at = ", received at " + moment(o.heard.ReceivedAt)
		}
		say("The last callback says %q%s.", cmp.Or(said.Status, string(said.State)), at)
	}
	return lines
}

// parkedBecause is why nobody can tell whether the carrier has the request, as far as it is known.
func parkedBecause(p activities.Problem) string {
	switch {
	case p.Reason != "":
		return ": " + p.Reason
	case p.HTTPStatus != 0:
		return fmt.Sprintf(": HTTP %d", p.HTTPStatus)
	}
	return ""
}

// possible are the orders that make sense now.
func (o *operation[R]) possible() []string {
	orders := []string{CheckNowUpdate.Name, ResolveUpdate.Name, ExtendDeadlineUpdate.Name}
	if o.ack.RiskReview {
		if !o.riskApproved {
			orders = append(orders, ApproveRiskUpdate.Name)
		}
		orders = append(orders, DenyRiskUpdate.Name)
	}
	return orders
}

func (o *operation[R]) waitingFor(p pace) string {
	name, every := o.carrier.Name(), carriers.Duration(p.every)
	if o.unsure != nil {
		return fmt.Sprintf("%s is read every %s, until the change shows; the pending activity tells when next.", name, every)
	}
	callback := ""
	if o.notified {
		callback = "A callback is expected, and "
	}
	slower := ""
	if p.longest > p.every {
		slower = ", and ever less the longer it takes"
	}
	return fmt.Sprintf("Waiting for %s's decision. %s%s is asked every %s%s; the pending activity tells when next.", name, callback, name, every, slower)
}
