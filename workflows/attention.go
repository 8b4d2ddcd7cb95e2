package workflows

import (
	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/internal/schema"
)

// Attention is a value of the NeedsAttention search attribute: why an operator should look at a run.
type Attention string

// The reasons.
const (
	// AttentionOverdue: undecided for longer than this kind of operation normally takes.
	AttentionOverdue Attention = "Overdue"
	// AttentionUnknownStatus: the carrier's status is unknown, its answer is unreadable, or it refuses to answer.
	AttentionUnknownStatus Attention = "UnknownStatus"
	// AttentionHeld: the carrier holds the request until a decision is made about it.
	AttentionHeld Attention = "Held"
	// AttentionOutcomeUnknown: it is not known whether the request reached the carrier, or the run was cancelled while the
	// request was undecided at the carrier.
	AttentionOutcomeUnknown Attention = "OutcomeUnknown"
	// AttentionNotInEffect: the carrier says done, but its own read does not show the change.
	AttentionNotInEffect Attention = "NotInEffect"
	// AttentionUnauthorized: the carrier refuses our credentials.
	AttentionUnauthorized Attention = "Unauthorized"
	// AttentionUnconfirmed: the carrier says done, but the read that would show the change fails.
	AttentionUnconfirmed Attention = "Unconfirmed"
	// AttentionNotServed: no worker starts the requests to this carrier.
	AttentionNotServed Attention = "NotServed"
	// AttentionLineBusy: another change of the line has not ended for so long that this one is late. Nothing of it was sent yet.
	AttentionLineBusy Attention = "LineBusy"
	// AttentionManyCallbacks: a thousand callbacks were received about one operation.
	AttentionManyCallbacks Attention = "ManyCallbacks"
	// AttentionContradicted: the carrier has reported two final outcomes that contradict each other.
	AttentionContradicted Attention = "Contradicted"
	// AttentionLateCallback: the carrier has reported a final outcome of an operation that had ended.
	AttentionLateCallback Attention = "LateCallback"
	// AttentionUnmatchedCallback: a callback was received for which there is no operation.
	AttentionUnmatchedCallback Attention = "UnmatchedCallback"
	// AttentionPlanStopped: a plan waits for an operator's decision, or was cancelled when a part of it was in effect.
	AttentionPlanStopped Attention = "PlanStopped"
	// AttentionSweepFailing: the sweep of a carrier's list has not completed a pass for too long.
	AttentionSweepFailing Attention = "SweepFailing"
	// AttentionWebhookFailing: a webhook could not be delivered for three days, and is not tried again by itself.
	AttentionWebhookFailing Attention = "WebhookFailing"
)

// Advice is what an operator should do about a reason while the operation waits. carrier is the carrier's name as people
// write it. It is "" for an unknown reason.
func (a Attention) Advice(carrier string) string {
	switch a {
	case AttentionOutcomeUnknown:
		return "Look at the line at " + carrier + ": if the change is there, resolve this as done; if it surely is not, resolve it as failed."
	case AttentionOverdue:
		return "Ask " + carrier + " why it takes so long. check-now makes the next check at once."
	case AttentionUnknownStatus:
		return "Find out from " + carrier + " what its answer means, and add it to the worker's configuration."
	case AttentionUnauthorized:
		return "Renew the credentials for " + carrier + " in the worker's configuration."
	case AttentionUnconfirmed:
		return "Find out why the read at " + carrier + " fails. If the change is in effect there, resolve this as done."
	case AttentionNotServed:
		return "Run a worker that serves " + carrier + "."
	case AttentionHeld:
		return "If it lasts, ask " + carrier + " for its decision, and record it with approve or deny."
	case AttentionLineBusy:
		return "Settle the change at " + carrier + " that has the line's turn. If it must not hold the others up, take the turn from it with release-line."
	case AttentionNotInEffect:
		return "Look at the line at " + carrier + " and ask it why the change is not in effect."
	case AttentionManyCallbacks:
		return "Ask " + carrier + " why it sends so many callbacks about one operation."
	case AttentionContradicted, AttentionLateCallback:
		return "Look at the line at " + carrier + ": what became of the request? Tell the caller."
	case AttentionUnmatchedCallback:
		return "Find out where the callback of " + carrier + " comes from."
	case AttentionSweepFailing:
		return "See why the list of " + carrier + " cannot be read. If that lasts, turn the sweep off: the operations' own checks go on without it."
	case AttentionWebhookFailing:
		return "See why the endpoint does not take the webhook about an operation at " + carrier + ", then have it sent again with the signal redeliver, or acknowledge it."
	case AttentionPlanStopped:
		return "Look at the step that stopped the plan, then decide: continue, skip it, undo what can be undone, or leave it."
	}
	return ""
}

// AttentionWords are reasons as texts, for the search attribute NeedsAttention.
func AttentionWords(values []Attention) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return words
}

// Attentions are all reasons.
func Attentions() []Attention {
	return []Attention{
		AttentionOverdue, AttentionUnknownStatus, AttentionHeld, AttentionOutcomeUnknown, AttentionNotInEffect, AttentionUnauthorized,
		AttentionUnconfirmed, AttentionNotServed, AttentionLineBusy, AttentionManyCallbacks, AttentionContradicted, AttentionLateCallback,
		AttentionUnmatchedCallback, AttentionPlanStopped, AttentionSweepFailing, AttentionWebhookFailing,
	}
}

// JSONSchema names the known reasons; others may be added.
func (Attention) JSONSchema() *jsonschema.Schema { return schema.Open(Attentions()...) }
