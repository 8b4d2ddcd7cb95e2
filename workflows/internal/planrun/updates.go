package planrun

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// handleUpdates sets the handlers of the updates.
func (r *run) handleUpdates(ctx workflow.Context) {
	operators.HandleUpdate(ctx, plans.ConfirmUpdate, r.validateConfirm, func(ctx workflow.Context, in plans.Confirm) (plans.PlanStatus, error) {
		return r.decide(ctx, plans.ConfirmUpdate.Name, in.OperatorAction, decision{kind: toConfirm})
	})
	operators.HandleCheckedUpdate(ctx, plans.ContinueUpdate, r.checkContinue, r.handleContinue)
	operators.HandleUpdate(ctx, plans.SkipUpdate, r.validateSkip, func(ctx workflow.Context, in plans.Skip) (plans.PlanStatus, error) {
		return r.decide(ctx, plans.SkipUpdate.Name, in.OperatorAction, decision{kind: toSkip})
	})
	operators.HandleUpdate(ctx, plans.UndoUpdate, r.validateUndo, r.handleUndo)
	operators.HandleUpdate(ctx, plans.LeaveUpdate, r.validateLeave, func(ctx workflow.Context, in workflows.OperatorAction) (plans.PlanStatus, error) {
		return r.decide(ctx, plans.LeaveUpdate.Name, in, decision{kind: toLeave})
	})
}

// notWaiting says why every update is refused, or "".
func (r *run) notWaiting(named string) string {
	switch {
	case r.phase == plans.PhaseEnded:
		return "the plan has ended"
	case r.isCancelled():
		return "the run is cancelled and about to end"
	case r.waits == nil && r.at != nil:
		return fmt.Sprintf("the plan does not wait for an operator; step %s is under way", r.at.Name)
	case r.waits == nil:
		return "the plan does not wait for an operator"
	case r.decision != nil:
		return "another decision has just been made"
	case named != "" && named != r.waits.step.Name:
		return fmt.Sprintf("the plan waits at step %s, and not at the one that is named", r.waits.step.Name)
	}
	return ""
}

func (r *run) validateConfirm(_ workflow.Context, in plans.Confirm) string {
	if why := r.notWaiting(in.Step); why != "" {
		return why
	}
	if !r.waits.confirm {
		return fmt.Sprintf("step %s does not wait for its confirmation", r.waits.step.Name)
	}
	return ""
}

func (r *run) checkContinue(_ workflow.Context, in plans.Continue) operators.Refusal {
	why := r.notWaiting(in.Step)
	if why == "" {
		why = r.waits.mayRepeat()
	}
	if why != "" {
		return operators.Refusal{Why: why}
	}
	return operators.Refusal{Faults: r.corrected(r.waits, in.Set)}
}

// handleContinue keeps the corrections and lets the operation be repeated.
func (r *run) handleContinue(ctx workflow.Context, in plans.Continue) (plans.PlanStatus, error) {
	if r.waits != nil && r.waits.operation != nil && r.decision == nil {
		r.waits.operation.corrections = plans.Merge(r.waits.operation.corrections, in.Set)
	}
	return r.decide(ctx, plans.ContinueUpdate.Name, in.OperatorAction, decision{kind: toContinue})
}

func (r *run) validateSkip(_ workflow.Context, in plans.Skip) string {
	if why := r.notWaiting(in.Step); why != "" {
		return why
	}
	if names := r.dependents(r.waits.step); r.waits.undo && len(names) > 0 {
		return fmt.Sprintf("step %s selects from step %s, which has no result", strings.Join(names, ", "), r.waits.step.Name)
	}
	return ""
}

func (r *run) validateUndo(workflow.Context, plans.UndoArgument) string {
	if r.waits == nil && r.phase == plans.PhaseRunning && !r.isCancelled() {
		return r.mayUndoNext()
	}
	if why := r.notWaiting(""); why != "" {
		return why
	}
	if !r.waits.undo {
		return "the plan is being undone already: continue repeats what failed, skip leaves that step as it is"
	}
	return ""
}

// handleUndo undoes the plan: at once where it waits, else when the step under way has ended.
func (r *run) handleUndo(ctx workflow.Context, in plans.UndoArgument) (plans.PlanStatus, error) {
	d := decision{kind: toUndo, unclearToo: in.Unclear == "undo"}
	if r.waits != nil || r.mayUndoNext() != "" {
		return r.decide(ctx, plans.UndoUpdate.Name, in.OperatorAction, d)
	}
	r.record(ctx, plans.UndoUpdate.Name, in.OperatorAction, r.at)
	r.undoNext = &d
	s := r.status()
	s.Message = fmt.Sprintf("Step %s is under way. When it has ended, the plan is undone.", r.at.Name)
	return s, nil
}

func (r *run) validateLeave(workflow.Context, workflows.OperatorAction) string {
	return r.notWaiting("")
}

// decide hands an operator's decision to the plan, and answers when the plan has acted on it.
func (r *run) decide(ctx workflow.Context, update string, by workflows.OperatorAction, d decision) (plans.PlanStatus, error) {
	if why := r.notWaiting(""); why != "" { // another update was first
		return plans.PlanStatus{}, operators.Refused(update, why)
	}
	r.record(ctx, update, by, r.waits.step)
	r.decision = &d
	if err := workflow.Await(ctx, func() bool { return r.decision == nil }); err != nil {
		return plans.PlanStatus{}, err
	}
	return r.status(), nil
}

// record keeps what an operator has decided.
func (r *run) record(ctx workflow.Context, update string, by workflows.OperatorAction, about *step) {
	r.decided = append(r.decided, plans.Decision{
		OperatorAction: operators.Kept(by), Update: update, Step: about.Name, At: workflow.Now(ctx).UTC(),
	})
}
