package planrun

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// undoAll undoes what can be undone, in reverse order, and says how the plan ends. unclearToo also undoes steps of which it is not known
// whether they are in effect.
func (r *run) undoAll(ctx workflow.Context, because string, unclearToo bool) *ending {
	for _, s := range slices.Backward(r.steps) {
		if !s.leaves() {
			continue
		}
		known := s.effect != effectNone
		switch {
		case s.Irreversible(), !known && !unclearToo:
			s.state = plans.StepLeft
			continue
		case s.Undo.Kind == plans.UndoNothing:
			continue // below
		}
		r.at = s
		if ended := r.undo(ctx, s); ended != nil {
			return ended
		}
	}
	// What needs no undo of its own is undone with what came before it, if all of that was.
	left := slices.ContainsFunc(r.steps, func(s *step) bool { return s.state == plans.StepLeft })
	for _, s := range slices.Backward(r.steps) {
		if s.leaves() && s.state != plans.StepLeft {
			s.state = plans.StepLeft
			if !left {
				s.state = plans.StepUndone
				r.undone = append(r.undone, s.Name)
			}
		}
	}
	if left {
		return &ending{failure: r.newFailure(plans.PlanPartlyUndone, because)}
	}
	return &ending{failure: r.newFailure(plans.PlanUndone, because)}
}

// undo undoes one step, and repeats that as an operator says. It returns how the plan ends, nil when it goes on.
func (r *run) undo(ctx workflow.Context, s *step) *ending {
	before := s.state
	for {
		if ctx.Err() != nil {
			return r.cancelled()
		}
		s.state = plans.StepUndoing
		succeeded := r.attemptUndo(ctx, s)
		switch {
		case succeeded && !s.earlier:
			s.state = plans.StepUndone
			r.undone = append(r.undone, s.Name)
			return nil
		case succeeded: // what undoes it was made for the newest attempt
			s.state = plans.StepLeft
			return nil
		case ctx.Err() != nil:
			s.state = before
			return r.cancelled()
		}
		s.state = before
		d := r.stop(ctx, stopped{
			step: s, operation: &s.undoing, call: s.Undo.Call,
			why: fmt.Sprintf("What undoes step %s ended as %s: %s.", s.Name, s.undoing.failure, sentence(s.undoing.message)),
		})
		switch d.kind {
		case toContinue:
			continue
		case toSkip:
			s.state = plans.StepLeft
			return nil
		case toLeave:
			return r.leftAsItIs()
		}
		return r.cancelled()
	}
}

// attemptUndo starts what undoes a step and waits for its end. It reports whether the step is undone.
func (r *run) attemptUndo(ctx workflow.Context, s *step) bool {
	o := &s.undoing
	o.attempts++
	reference := plans.UndoReference(r.plan.Reference, s.Name, o.attempts)
	request, faults := s.Undo.Complete(reference, r.sources, o.corrections)
	if len(faults) > 0 {
		o.failure, o.message = string(workflows.InvalidRequest), "nothing was sent: "+carriers.FaultsText(faults)
		return false
	}
	o.failure, o.message = "", ""
	o.workflowID = workflows.WorkflowID(carriers.CarrierOf(s.Undo.Operation), reference)
	r.enter(ctx, plans.PhaseUndoing, fmt.Sprintf("Undoing step %s: %s.", s.Name, o.workflowID))
	e := operate(ctx, o.workflowID, s.Undo.Operation, request)
	o.failure, o.message = e.failure, e.message
	return e.outcome == done
}
