package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
)

// Attention is a value of the NeedsAttention search attribute: why an operator should look at a run.
type Attention string

// The reasons to call an operator.
const (
	// AttentionOverdue: undecided for longer than this kind of operation takes.
	AttentionOverdue Attention = "Overdue"
	// AttentionUnknownStatus: the carrier uses a word nobody knows, or refuses to be asked.
	AttentionUnknownStatus Attention = "UnknownStatus"
	// AttentionRiskReview: MásMóvil holds the request for a risk decision.
	AttentionRiskReview Attention = "RiskReview"
	// AttentionOutcomeUnknown: nobody can tell whether the request reached the carrier.
	AttentionOutcomeUnknown Attention = "OutcomeUnknown"
	// AttentionNotInEffect: the carrier says done, its own read says otherwise.
	AttentionNotInEffect Attention = "NotInEffect"
	// AttentionUnauthorized: the carrier refuses our credentials.
	AttentionUnauthorized Attention = "Unauthorized"
)

// problemKind is the type of the activity error that raises the attention; a check that meets it again goes on.
func (a Attention) problemKind() string {
	if a == AttentionUnauthorized {
		return activities.Unauthorized
	}
	return string(a)
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

// raiseAttention sets the search attribute. The only error there is comes of an empty update.
func raiseAttention(ctx workflow.Context, values ...Attention) {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, NeedsAttentionAttribute.ValueSet(words)); err != nil {
		workflow.GetLogger(ctx).Error("telling the operators failed", "error", err)
	}
}

// describe is the run's current details: what was sent, what the carrier said, and now.
func (o *operation[R]) describe(now string) string {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	switch {
	case o.unsure != nil:
		say("It is not known whether %s has the request; it will not be sent again.", o.carrier.Name())
	case o.ack.Found:
		say("A look-up found the request at %s; it was not sent again.", o.carrier.Name())
	default:
		with := ""
		if o.ack.Outcome.Status != "" {
			with = fmt.Sprintf(" with %q", o.ack.Outcome.Status)
		}
		say("Sent to %s, acknowledged %s%s.", o.carrier.Name(), o.ack.At.UTC().Format("2006-01-02 15:04:05 MST"), with)
	}
	if o.ack.RiskReview {
		say("Held for a risk decision.")
	}
	if len(o.raised) > 0 {
		say("**Needs attention:** %s", list(o.raised))
	}
	say("%s", now)
	return strings.Join(lines, "\n")
}

func (o *operation[R]) waitingFor(p pace) string {
	by := "by asking"
	if o.carrier.CallsBack() {
		by = "by callback, or by asking"
	}
	return fmt.Sprintf("Waiting for %s's decision: %s every %s.", o.carrier.Name(), by, p.every)
}
