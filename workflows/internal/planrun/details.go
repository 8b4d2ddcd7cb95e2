package planrun

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// enter begins a phase.
func (r *run) enter(ctx workflow.Context, phase plans.Phase, doing string) {
	r.phase, r.doing = phase, doing
	if stopped := phase == plans.PhaseStopped; stopped != r.raised {
		r.raised = stopped
		if stopped {
			operators.RaiseAttention(ctx, workflows.AttentionPlanStopped)
		} else {
			operators.UnsetAttention(ctx)
		}
	}
	workflow.SetCurrentDetails(ctx, r.describe())
}

// describe is the run's current details: what the plan does, how far each step is, what the plan waits for, and what an operator can do.
func (r *run) describe() string {
	lines := []string{"**" + r.plan.Summary() + "**", ""}
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	if r.raised {
		say("**Needs attention.** %s", r.doing)
	} else {
		say("%s", r.doing)
	}
	if r.noReturn() {
		say("The point of no return is passed: a step that cannot be undone is in effect, or may be.")
	}
	if names := r.actions(); len(names) > 0 {
		say("You can send an update: %s.", strings.Join(names, ", "))
	}
	return strings.Join(append(append(lines, ""), r.stepLines()...), "\n")
}

// stepLines list the steps.
func (r *run) stepLines() (lines []string) {
	for i, s := range r.stepStatuses() {
		line := fmt.Sprintf("%d. %s (%s): **%s**", i+1, s.Name, s.Operation, s.State)
		for _, id := range []string{s.WorkflowID, s.UndoWorkflowID} {
			if id != "" {
				line += ", " + id
			}
		}
		if s.Failure != "" {
			line += ", " + s.Failure
		}
		if s.State == plans.StepPending && s.Undo == plans.UndoCannot {
			line += ", cannot be undone"
		}
		lines = append(lines, line)
	}
	return lines
}
