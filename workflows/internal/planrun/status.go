package planrun

import (
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// status is the answer to the status query.
func (r *run) status() plans.PlanStatus {
	s := plans.PlanStatus{
		Reference: r.plan.Reference, Title: carriers.Redact(r.plan.Title), Phase: r.phase, Steps: r.stepStatuses(), NoReturn: r.noReturn(),
		Actions: r.actions(), Decisions: slices.Clone(r.decided), Failure: r.failure, Message: r.doing,
	}
	if r.at != nil && r.phase != plans.PhaseEnded {
		s.Step = r.at.Name
	}
	if r.phase != plans.PhaseEnded && r.isCancelled() {
		s.Phase = plans.PhaseCancelling
	}
	if r.raised {
		s.Attention = []workflows.Attention{workflows.AttentionPlanStopped}
	}
	return s
}

// stepStatuses are how far the steps are.
func (r *run) stepStatuses() []plans.StepStatus {
	statuses := make([]plans.StepStatus, len(r.steps))
	for i, s := range r.steps {
		statuses[i] = plans.StepStatus{
			Name: s.Name, Operation: s.Operation, State: s.state, WorkflowID: s.doing.workflowID, UndoWorkflowID: s.undoing.workflowID,
			Undo: s.UndoKind(), Failure: s.doing.failure, Message: s.doing.message,
		}
		if s.UndoKind() == plans.UndoBy {
			statuses[i].UndoOperation = s.Step.Undo.Operation
		}
		if s.undoing.failure != "" {
			statuses[i].Failure, statuses[i].Message = s.undoing.failure, s.undoing.message
		}
	}
	return statuses
}

// actions are the updates that are accepted now.
func (r *run) actions() (names []string) {
	if r.waits == nil && !r.isCancelled() && r.mayUndoNext() == "" {
		return []string{plans.UndoUpdate.Name}
	}
	if r.waits == nil || r.decision != nil || r.isCancelled() {
		return nil
	}
	if r.waits.confirm {
		names = append(names, plans.ConfirmUpdate.Name)
	}
	if r.waits.mayRepeat() == "" {
		names = append(names, plans.ContinueUpdate.Name)
	}
	if !r.waits.undo || len(r.dependents(r.waits.step)) == 0 {
		names = append(names, plans.SkipUpdate.Name)
	}
	if r.waits.undo {
		names = append(names, plans.UndoUpdate.Name)
	}
	return append(names, plans.LeaveUpdate.Name)
}
