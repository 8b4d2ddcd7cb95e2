package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
)

// close says in the current details how the operation ended, and hands over to a follow-up what an operator still has to look
// at: nothing can be changed about the run once it is closed.
func (o *operation[R]) close(ctx workflow.Context, result Result, err error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx) // never cancelled: that would ask for the end of the follow-up, too
	failure, _ := AsFailure(err)
	left := slices.Clone(o.raised) // of a completed operation nothing
	heeded := len(o.finals)
	o.takeLateWords(ctx)
	words := contradicting(o.finals, heeded, failure, result)
	if len(words) > 0 {
		left = append(left, AttentionContradicted)
	}
	handedOver := false
	if len(left) > 0 {
		f := FollowUp{
			WorkflowID: workflow.GetInfo(ctx).WorkflowExecution.ID, RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID,
			Carrier: o.carrier, Operation: o.name, Reference: o.reference, Attention: left, Callbacks: words,
		}
		if failure != nil {
			f.Failure, f.Message = failure.Type, failure.Message
		}
		handOver := startFollowUp(ctx, f)
		if failed := handOver.GetChildWorkflowExecution().Get(ctx, nil); failed != nil {
			workflow.GetLogger(ctx).Error("handing over to a follow-up failed; the run keeps its attention", "error", failed)
		} else {
			handedOver = true
			o.settled(ctx, o.raised...)
			o.takeLateWords(ctx) // those that came while the follow-up was started
			for _, c := range contradicting(o.finals, heeded, failure, result)[len(words):] {
				handOver.SignalChildWorkflow(ctx, CallbackSignal.Name, c)
			}
		}
	}
	lines := o.facts()
	if failure != nil {
		lines = append(lines, endOfFailure(*failure, workflow.Now(ctx))...)
	} else {
		lines = append(lines, endOfSuccess(result)...)
	}
	if handedOver {
		id := workflow.GetInfo(ctx).WorkflowExecution.ID
		lines = append(lines, fmt.Sprintf("- **An operator has to look at it** (%s), if %s is still open.", list(left), FollowUpID(id)))
	}
	workflow.SetCurrentDetails(ctx, strings.Join(lines, "\n"))
}

// takeLateWords keeps the final words of the callbacks that came when the operation was about to end.
func (o *operation[R]) takeLateWords(ctx workflow.Context) {
	for c := range pending(CallbackSignal.Channel(ctx)) {
		o.keepFinal(c)
	}
}

// contradicting are the final words of callbacks that contradict how the operation ended: those that came when it was about to
// end, after the first heeded ones, and those that were outweighed by what was read.
func contradicting(finals []Callback, heeded int, failure *Failure, result Result) (words []Callback) {
	for i, c := range finals {
		var contradicts bool
		switch {
		case result.Resolution != nil || failure != nil && failure.Resolution != nil:
			contradicts = false // an operator has decided, knowing what had been said
		case failure == nil:
			contradicts = c.State == carriers.Failed
		case failure.Type == CarrierFailed:
			contradicts = c.State == carriers.Done
		default:
			contradicts = i >= heeded
		}
		if contradicts {
			words = append(words, c)
		}
	}
	return words
}

// endOfSuccess says how a change was completed.
func endOfSuccess(r Result) []string {
	name := r.Carrier.Name()
	said := ""
	if r.Status != "" {
		said = fmt.Sprintf(" %s says %q.", name, r.Status)
	}
	lines := []string{fmt.Sprintf("- **Completed** at %s, decided by %s.%s", moment(r.DecidedAt), r.DecidedBy, said)}
	effect := "Nobody has read at " + name + " whether the change is in effect; the caller asked for no confirmation."
	switch {
	case r.Resolution != nil:
		effect = fmt.Sprintf("%s vouches for it: %s. Nobody has read at %s that the change is in effect.", r.Resolution.Operator, r.Resolution.Reason, name)
	case r.Effect == carriers.Shown:
		effect = "A read at " + name + " shows the change."
	case r.NotReadable != "":
		effect = fmt.Sprintf("Whether it is in effect cannot be read at %s: %s.", name, r.NotReadable)
	case r.Effect == carriers.Incomparable:
		effect = "Nothing that can be read at " + name + " shows whether it is in effect."
	}
	return append(lines, "- "+effect, "- There is nothing to do.")
}

// endOfFailure says how an operation failed, and what to do.
func endOfFailure(f Failure, at time.Time) []string {
	word := "Failed"
	if f.Type == Canceled {
		word = "Cancelled"
	}
	by := ""
	if f.DecidedBy != "" && f.Type != NotInEffect { // there the read has outweighed it
		by = fmt.Sprintf(", decided by %s", f.DecidedBy)
	}
	message := strings.TrimPrefix(f.Message, fmt.Sprintf("%s, reference %s: ", f.Operation, f.Reference))
	lines := []string{fmt.Sprintf("- **%s** at %s as %s%s: %s.", word, moment(at), f.Type, by, strings.TrimSuffix(message, "."))}
	if f.Resolution != nil {
		lines = append(lines, fmt.Sprintf("- Closed by %s: %s.", f.Resolution.Operator, f.Resolution.Reason))
	}
	if advice := f.Type.Advice(); advice != "" {
		lines = append(lines, "- What to do: "+advice+".")
	}
	return lines
}
