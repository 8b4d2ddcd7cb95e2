package lifecycle

import (
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// decision is a final outcome and what decided it.
type decision struct {
	outcome carriers.Outcome
	by      workflows.DecidedBy
	// resolution is the operator's decision, if an operator decided.
	resolution *workflows.Resolution
}

// reaction is how the workflow reacts to a callback.
type reaction int

const (
	reactCheck   reaction = iota // not final: ask the carrier now
	reactBelieve                 // it decides
	reactConfirm                 // it decides unless a read at the carrier contradicts it
)

// reactionTo decides how to react to a callback. A final callback is compared with what can be read at the carrier; only a
// success is believed without that, when the caller asked for no confirmation. Where the carrier documents no callbacks
// about an operation, a callback decides nothing; what a sweep has read does, because the carrier's list says it.
func reactionTo(c workflows.Callback, confirming, callsBack bool) reaction {
	switch {
	case !callsBack && !c.Swept || !c.State.Final():
		return reactCheck
	case c.State == carriers.Done && !confirming:
		return reactBelieve
	}
	return reactConfirm
}

// restsOn reports whether a failure may have no other source than a callback: the read did not contradict it.
func restsOn(callback, seen carriers.Outcome) bool {
	return seen.State == carriers.Failed && callback.State == carriers.Failed && seen.Status == callback.Status && seen.Code == callback.Code
}

// toldBy says what decides when a callback is believed. What a sweep has read was read at the carrier.
func toldBy(c workflows.Callback) workflows.DecidedBy {
	if c.Swept {
		return workflows.ByCheck
	}
	return workflows.ByCallback
}

// confirmedBy says what decided an outcome that was read because of a final callback.
func confirmedBy(seen, callback carriers.Outcome, told workflows.DecidedBy) workflows.DecidedBy {
	if seen.State == callback.State {
		return told
	}
	return workflows.ByCheck // the read contradicts the callback, and the read wins
}

// checkedBy says what decided an outcome that the main check returned.
func checkedBy(seen carriers.Outcome, ack carriers.Acknowledgement) workflows.DecidedBy {
	if ack.Outcome.State == carriers.Done && seen.State == carriers.Done {
		return workflows.ByAcknowledgement // the check only confirmed it
	}
	return workflows.ByCheck
}

// isFinal reports whether the result of a single check decides the operation, by the same rule as a check that polls.
func (r *run) isFinal(seen carriers.Outcome) bool {
	shown := seen.Effect == carriers.Shown || seen.Effect == carriers.Incomparable && seen.NotReadable == ""
	return seen.State == carriers.Failed || seen.State == carriers.Done && (!r.confirm || shown)
}

// failureOf is the failure that a decision means; "" for a success. It depends on its arguments alone.
func failureOf(name string, ack carriers.Acknowledgement, d decision, confirm, unsure bool) (workflows.FailureType, string) {
	outcome := d.outcome
	switch {
	case d.by == workflows.ByOperator && outcome.Denied:
		return workflows.DecisionDenied, "an operator recorded that " + name + " has decided against the request; there is nothing to retry"
	case d.by == workflows.ByOperator && outcome.State == carriers.Failed:
		return workflows.ResolvedFailed, "an operator closed it as failed; who and why is in the details"
	case d.by == workflows.ByOperator:
		return "", "" // the operator is responsible
	case outcome.State == carriers.Failed && outcome.Denied:
		return workflows.DecisionDenied, name + " has decided against the request; there is nothing to retry"
	case outcome.State == carriers.Failed && unsure:
		return workflows.CarrierFailed, fmt.Sprintf("it was never known whether %s had the request; it ended with %q%s; a retry takes a new reference",
			name, outcome.Status, because(outcome))
	case outcome.State == carriers.Failed:
		return workflows.CarrierFailed, fmt.Sprintf("%s accepted the request and later ended it with %q%s; a retry takes a new reference",
			name, outcome.Status, because(outcome))
	case confirm && outcome.Effect == carriers.Missing:
		return workflows.NotInEffect, name + " says done, but its own read does not show the change; an operator has to look into it"
	case len(ack.Ignored) > 0:
		return workflows.PartlyTaken, fmt.Sprintf("%s ignored %s and applied %s; correct what was ignored and use a new reference",
			name, list(ack.Ignored), list(ack.Applied))
	}
	return "", ""
}
