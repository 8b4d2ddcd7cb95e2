package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

// end turns the decision into the workflow's result or failure.
func (r *run) end(ctx workflow.Context, d decision) (workflows.Result, error) {
	r.noteStatus(ctx, d.outcome.Status)
	if kind, message := failureOf(r.name, r.ack, d, r.confirm, r.unsure != nil); kind != "" {
		f := r.newFailure(kind, activities.Problem{CarrierStatus: d.outcome.Status, Code: d.outcome.Code, Reason: d.outcome.Reason}, "%s", message)
		f.DecidedBy, f.Resolution, f.Ignored = d.by, d.resolution, r.ack.Ignored
		switch kind {
		case workflows.PartlyTaken: // with any other failure it is not known whether the rest was applied
			f.Applied = r.ack.Applied
		case workflows.NotInEffect:
			r.raise(ctx, workflows.AttentionNotInEffect)
			return workflows.Result{}, failed(f)
		}
		r.clearAttention(ctx, r.raised...)
		return workflows.Result{}, failed(f)
	}
	r.clearAttention(ctx, r.raised...)
	result := workflows.Result{
		Carrier: r.carrier, Operation: r.operation, Reference: r.reference, TransactionID: r.ack.TransactionID,
		Status: r.carrierStatus, DecidedBy: d.by, Effect: d.outcome.Effect, Line: d.outcome.Line,
		SubmittedAt: r.ack.At, DecidedAt: workflow.Now(ctx).UTC(), Resolution: d.resolution,
	}
	if result.Effect == carriers.Incomparable {
		result.NotReadable = d.outcome.NotReadable
	}
	return result, nil
}

// close writes into the current details how the operation ended, and starts a follow-up for what an operator still has to
// look at, because nothing can be changed about a closed run.
func (r *run) close(ctx workflow.Context, result workflows.Result, err error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx) // never cancelled, because that would request the cancellation of the follow-up
	failure, _ := workflows.AsFailure(err)
	left := slices.Clone(r.raised) // empty for a completed operation
	seen := len(r.finals)
	r.keepLateCallbacks(ctx)
	contradicting := contradictions(r.finals, seen, failure, result)
	if len(contradicting) > 0 {
		left = append(left, workflows.AttentionContradicted)
		r.webhooks.Raised(ctx, workflows.AttentionContradicted)
	}
	handedOver, line, turnTo := false, "", ""
	if len(left) > 0 {
		f := workflows.FollowUp{
			WorkflowID: workflow.GetInfo(ctx).WorkflowExecution.ID, RunID: workflow.GetInfo(ctx).WorkflowExecution.RunID,
			Carrier: r.carrier, Operation: r.operation, Reference: r.reference, Attention: left, Callbacks: contradicting,
			Webhooks: r.webhooks.On(),
		}
		if failure != nil {
			f.Failure, f.Message = failure.Type, failure.Message
		}
		if r.mayStillHappen(failure) {
			line = r.lineOfTurn(ctx)
			f.Line = line
		}
		handOver := operators.StartFollowUp(ctx, f)
		if f.Line != "" { // also when an older one is open: the line looks whether it is
			turnTo = workflows.FollowUpID(f.WorkflowID)
		}
		if failed := handOver.GetChildWorkflowExecution().Get(ctx, nil); failed != nil {
			workflow.GetLogger(ctx).Error("starting the follow-up failed; the run keeps NeedsAttention", "error", failed)
		} else {
			handedOver = true
			r.removeAttention(ctx, r.raised...)
			r.keepLateCallbacks(ctx) // those that came while the follow-up was started
			for _, c := range contradictions(r.finals, seen, failure, result)[len(contradicting):] {
				handOver.SignalChildWorkflow(ctx, workflows.CallbackSignal.Name, c)
			}
		}
	}
	r.releaseTurn(ctx, line, turnTo)
	lines := r.facts()
	switch {
	case failure != nil:
		lines = append(lines, detailsOfFailure(*failure, workflow.Now(ctx))...)
	case err != nil: // a mistake in the program
		lines = append(lines, fmt.Sprintf("- **Failed** at %s: %s", moment(workflow.Now(ctx)), carriers.Redact(err.Error())))
	default:
		lines = append(lines, detailsOfSuccess(result)...)
	}
	if handedOver {
		id := workflow.GetInfo(ctx).WorkflowExecution.ID
		lines = append(lines, fmt.Sprintf("- **An operator has to look at it** (%s), if %s is still open.", list(left), workflows.FollowUpID(id)))
	}
	workflow.SetCurrentDetails(ctx, strings.Join(lines, "\n"))
}

// keepLateCallbacks keeps the final callbacks that were received when the operation was about to end.
func (r *run) keepLateCallbacks(ctx workflow.Context) {
	for c := range receivedCallbacks(workflows.CallbackSignal.Channel(ctx)) {
		r.keepFinal(c)
	}
}

// contradictions are the final callbacks that contradict how the operation ended: those received when it was about to end,
// after the first seen ones, and those that a read contradicted.
func contradictions(finals []workflows.Callback, seen int, failure *workflows.Failure, result workflows.Result) (contradicting []workflows.Callback) {
	for i, c := range finals {
		var contradicts bool
		switch {
		case result.Resolution != nil || failure != nil && failure.Resolution != nil:
			contradicts = false // an operator has decided and knew these callbacks
		case failure == nil:
			contradicts = c.State == carriers.Failed
		case failure.Type == workflows.CarrierFailed:
			contradicts = c.State == carriers.Done
		default:
			contradicts = i >= seen
		}
		if contradicts {
			contradicting = append(contradicting, c)
		}
	}
	return contradicting
}
