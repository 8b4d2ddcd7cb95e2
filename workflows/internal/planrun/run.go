package planrun

import (
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// run is the state of one running plan.
type run struct {
	plan  plans.Plan
	steps []*step
	// sources are what selectors select from: the values, and the results of the steps so far.
	sources plans.Sources
	// at is the step under way, or the one that the plan waits at.
	at *step
	// phase is what the plan is doing, and doing the same in a sentence.
	phase plans.Phase
	doing string
	// decision is what an operator has decided and the plan has not acted on yet.
	decision *decision
	// waits is what the plan waits at; nil while it does not wait for an operator.
	waits *stopped
	// undoNext is an operator's decision, made while a step is under way, to undo when that has ended.
	undoNext *decision
	// decided is what operators have decided.
	decided []plans.Decision
	// undone are the names of the steps that were undone, in that order.
	undone []string
	// isCancelled reports whether the run was cancelled.
	isCancelled func() bool
	// raised tells that the plan is on the operators' list.
	raised bool
	// failure is the type of the plan's failure, once it has one.
	failure plans.FailureType
}

// step is the state of one step.
type step struct {
	plans.Step
	state plans.StepState
	// doing and undoing are the step's operation, and the one that undoes it.
	doing, undoing operation
	// effect is what is in effect after all attempts, and unclear tells that this is not known of an attempt.
	effect  effect
	unclear bool
	// earlier tells that an earlier attempt than the newest is in effect, or may be.
	earlier bool
}

// operation is the state of an operation of a step, which may be started several times.
type operation struct {
	attempts int
	// workflowID is the newest attempt.
	workflowID string
	// corrections are the fields that an operator has corrected.
	corrections carriers.Object
	// failure and message are how the newest attempt failed; empty otherwise.
	failure, message string
}

// effect is what is in effect of a step.
type effect int

const (
	effectNone effect = iota // it has not begun, or certainly nothing is in effect
	effectPart
	effectDone
)

// leaves reports whether a step leaves something in effect, or that this is not known. A read leaves nothing.
func (s *step) leaves() bool {
	return kindOf(s.Operation) == carriers.KindChange && s.state != plans.StepUndone && (s.effect != effectNone || s.unclear)
}

// noReturn reports whether the point of no return is passed: a step that cannot be undone is under way, in effect, or may be.
func (r *run) noReturn() bool {
	return slices.ContainsFunc(r.steps, func(s *step) bool { return s.Irreversible() && (s.state == plans.StepRunning || s.leaves()) })
}

// left are the names of the steps that leave something in effect, or of which that is not known.
func (r *run) left() (names []string) {
	for _, s := range r.steps {
		if s.leaves() {
			names = append(names, s.Name)
		}
	}
	return names
}

// kindOf is the kind of an operation, which is known in a valid plan.
func kindOf(operation string) carriers.Kind {
	o, _ := workflows.OperationOf(operation)
	return o.Info().Kind
}

// decisionKind is what an operator can decide.
type decisionKind int

const (
	none decisionKind = iota // the run was cancelled instead
	toConfirm
	toContinue
	toSkip
	toUndo
	toLeave
)

// decision is what an operator has decided.
type decision struct {
	kind decisionKind
	// unclearToo is about what is undone: also what may not be in effect.
	unclearToo bool
}

// stopped is what the plan waits at, and what an operator can decide there.
type stopped struct {
	step *step
	// operation is what would be repeated, and call its request; nil while a step waits for its confirmation.
	operation *operation
	call      plans.Call
	why       string
	// confirm tells that the step waits for its confirmation, and undo that what was done can be undone.
	confirm, undo bool
}
