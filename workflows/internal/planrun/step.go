package planrun

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// pass takes the plan through one step. It returns how the plan ends, nil when it goes on.
func (r *run) pass(ctx workflow.Context, s *step) *ending {
	if s.RequiresConfirmation {
		if ended, goOn := r.confirm(ctx, s); ended != nil || goOn {
			return ended
		}
	}
	for {
		if ctx.Err() != nil {
			return r.cancelled()
		}
		completed := r.attempt(ctx, s)
		undoNext := r.undoNext
		r.undoNext = nil // when it is not known what is in effect, the operator is asked again
		switch {
		case ctx.Err() == nil && !s.unclear && undoNext != nil:
			return r.decidedAt(ctx, s, *undoNext)
		case completed && s == r.steps[len(r.steps)-1] && undoNext == nil: // also when the plan was cancelled meanwhile: all is done
			return nil
		case ctx.Err() != nil:
			return r.cancelled()
		case completed && undoNext == nil:
			return nil
		case !s.unclear && !r.noReturn():
			return r.undoAll(ctx, fmt.Sprintf("step %s failed as %s: %s", s.Name, s.doing.failure, sentence(s.doing.message)), false)
		}
		why := fmt.Sprintf("Step %s ended as %s: %s.", s.Name, s.doing.failure, sentence(s.doing.message))
		if completed {
			why = fmt.Sprintf("Step %s is done, and it is not known whether an earlier attempt of it is in effect too. An operator wants the plan undone.", s.Name)
		}
		d := r.stop(ctx, stopped{step: s, operation: &s.doing, call: s.Call, why: why, undo: true})
		if d.kind == toContinue {
			continue
		}
		return r.decidedAt(ctx, s, d)
	}
}

// confirm waits until a step is confirmed. goOn tells that it was skipped.
func (r *run) confirm(ctx workflow.Context, s *step) (ended *ending, goOn bool) {
	s.state = plans.StepConfirming
	d := r.await(ctx, plans.PhaseConfirming, stopped{step: s, why: fmt.Sprintf("Step %s waits for its confirmation.", s.Name), confirm: true, undo: true})
	if d.kind == toConfirm {
		return nil, false
	}
	s.state = plans.StepPending
	return r.decidedAt(ctx, s, d), d.kind == toSkip
}

// decidedAt does what an operator has decided at a step, but for its repetition.
func (r *run) decidedAt(ctx workflow.Context, s *step, d decision) *ending {
	switch d.kind {
	case toSkip:
		if s.state == plans.StepFailed || s.state == plans.StepPending { // any other state says what may be in effect
			s.state = plans.StepSkipped
		}
		return nil
	case toUndo:
		return r.undoAll(ctx, "an operator decided to undo it", d.unclearToo)
	case toLeave:
		return r.leftAsItIs()
	}
	return r.cancelled()
}

// attempt starts the step's operation and waits for its end. It reports whether the plan can go on.
func (r *run) attempt(ctx workflow.Context, s *step) bool {
	s.doing.attempts++
	s.earlier = s.earlier || s.unclear || s.effect != effectNone
	reference := plans.StepReference(r.plan.Reference, s.Name, s.doing.attempts)
	request, faults := s.Complete(reference, r.sources, s.doing.corrections)
	if s.Irreversible() && !r.noReturn() {
		faults = append(faults, r.laterFaults(s)...)
	}
	if len(faults) > 0 {
		s.fail(ended{outcome: clean, failure: string(workflows.InvalidRequest), message: "nothing was sent: " + carriers.FaultsText(faults)})
		return false
	}
	s.state, s.doing.failure, s.doing.message = plans.StepRunning, "", ""
	s.doing.workflowID = workflows.WorkflowID(carriers.CarrierOf(s.Operation), reference)
	r.enter(ctx, plans.PhaseRunning, fmt.Sprintf("Step %s: %s.", s.Name, s.doing.workflowID))
	e := operate(ctx, s.doing.workflowID, s.Operation, request)
	if e.outcome != done {
		s.fail(e)
		return false
	}
	s.state, s.effect = plans.StepDone, effectDone
	r.sources[s.Name] = e.result
	if why := s.Unexpected(e.result); why != "" {
		s.doing.failure, s.doing.message = unexpected, why
		if kindOf(s.Operation) == carriers.KindRead {
			s.state, s.effect = plans.StepFailed, effectNone
		}
		return false
	}
	return true
}

// unexpected is how a step fails whose answer is not one of those that it expects.
const unexpected = "Unexpected"

// fail records how an attempt failed.
func (s *step) fail(e ended) {
	s.doing.failure, s.doing.message = e.failure, e.message
	switch e.outcome {
	case partly:
		s.effect = max(s.effect, effectPart)
	case unclear:
		s.unclear = true
	}
	// An earlier attempt may have left something, whatever became of this one.
	switch {
	case s.effect == effectDone:
		s.state = plans.StepDone
	case s.effect == effectPart:
		s.state = plans.StepPartly
	case s.unclear:
		s.state = plans.StepUnclear
	default:
		s.state = plans.StepFailed
	}
}

// laterFaults are the faults of all requests after a step that cannot be undone. They select nothing from what comes after it, so they
// are known before it is sent.
func (r *run) laterFaults(s *step) (faults []carriers.Fault) {
	for _, later := range r.steps[slices.Index(r.steps, s)+1:] {
		_, found := later.Complete(plans.StepReference(r.plan.Reference, later.Name, 1), r.sources, nil)
		for _, fault := range found {
			faults = append(faults, carriers.Fault{Field: later.Name + "." + fault.Field, Problem: fault.Problem})
		}
	}
	return faults
}
