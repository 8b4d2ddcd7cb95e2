package planrun

import (
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// mayRepeat says why what stopped the plan cannot be repeated, or "".
func (s *stopped) mayRepeat() string {
	switch {
	case s.operation == nil:
		return fmt.Sprintf("step %s waits for its confirmation; send confirm, or skip, undo or leave", s.step.Name)
	case s.operation.attempts >= plans.MaxAttempts:
		return fmt.Sprintf("step %s was started %d times, which is the maximum", s.step.Name, plans.MaxAttempts)
	}
	return ""
}

// corrected checks the corrections of a repetition. It returns everything that is wrong with the request then.
func (r *run) corrected(s *stopped, set carriers.Object) []carriers.Fault {
	reference := plans.StepReference(r.plan.Reference, s.step.Name, s.operation.attempts+1)
	_, faults := s.call.Complete(reference, r.sources, plans.Merge(s.operation.corrections, set))
	return faults
}

// mayUndoNext says why the plan cannot be undone when the step under way has ended, or "".
func (r *run) mayUndoNext() string {
	switch {
	case r.phase != plans.PhaseRunning || r.at == nil:
		return "the plan does not wait for an operator, and no step is under way"
	case r.undoNext != nil:
		return fmt.Sprintf("it is decided already: the plan is undone when step %s has ended", r.at.Name)
	}
	return ""
}

// dependents are the later steps that select from a step which has no result.
func (r *run) dependents(s *step) (names []string) {
	if r.sources[s.Name] != nil {
		return nil
	}
	later := false
	for _, other := range r.steps {
		if later && other.SelectsFrom(s.Name) {
			names = append(names, other.Name)
		}
		later = later || other == s
	}
	return names
}
