package planrun

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// close writes into the current details how the plan ended, and starts a follow-up for what a cancelled plan left behind. It returns
// the error that the run ends with.
func (r *run) close(ctx workflow.Context, ended ending) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx) // never cancelled, because that would request the cancellation of the follow-up
	f := ended.failure
	if f == nil {
		r.enter(ctx, plans.PhaseEnded, "Completed. There is nothing to do.")
		return nil
	}
	r.failure = f.Type
	doing := fmt.Sprintf("Ended as %s: %s.", f.Type, sentence(strings.TrimPrefix(f.Message, fmt.Sprintf("%s, reference %s: ", plans.WorkflowType, f.Reference))))
	leftBehind := workflows.FailureType(f.Type) == plans.PlanCanceled
	handedOver := leftBehind && r.handOver(ctx, f)
	if handedOver {
		doing += fmt.Sprintf(" An operator has to look at it, if %s is still open.", workflows.FollowUpID(workflow.GetInfo(ctx).WorkflowExecution.ID))
	}
	r.enter(ctx, plans.PhaseEnded, doing)
	if leftBehind && !handedOver { // then the run itself stays on the operators' list
		operators.RaiseAttention(ctx, workflows.AttentionPlanStopped)
	}
	if workflows.FailureType(f.Type) == workflows.Canceled {
		return temporal.NewCanceledError(*f)
	}
	return temporal.NewApplicationErrorWithOptions(f.Message, string(f.Type), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{*f}})
}

// handOver starts a follow-up, because nothing can be changed about a closed run. It reports whether that succeeded.
func (r *run) handOver(ctx workflow.Context, f *plans.Failure) bool {
	at := workflow.GetInfo(ctx).WorkflowExecution
	followUp := operators.StartFollowUp(ctx, workflows.FollowUp{
		WorkflowID: at.ID, RunID: at.RunID, Carrier: r.plan.Carrier(), Operation: plans.WorkflowType, Reference: r.plan.Reference,
		Failure: workflows.FailureType(f.Type), Message: f.Message, Attention: []workflows.Attention{workflows.AttentionPlanStopped},
	})
	err := followUp.GetChildWorkflowExecution().Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Error("starting the follow-up failed", "error", err)
	}
	return err == nil
}

// result is what a completed plan returns.
func (r *run) result(ctx workflow.Context) plans.Result {
	return plans.Result{
		Reference: r.plan.Reference, Title: carriers.Redact(r.plan.Title), Steps: r.stepStatuses(), Results: r.sources.Results(r.plan),
		Decisions: r.decided, EndedAt: workflow.Now(ctx).UTC(),
	}
}
