package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// plan writes how far a plan and each of its steps is.
func (p printer) plan(s plans.PlanStatus) {
	if s.Phase != plans.PhaseEnded { // else the end says it
		p.Row("Doing", wrapped(s.Message))
	}
	width := 0
	for _, step := range s.Steps {
		width = max(width, len(step.Name))
	}
	var lines []string
	for _, step := range s.Steps {
		line := fmt.Sprintf("%-*s  %s", width, step.Name, p.Paint(colourOfPlanStep(step.State), string(step.State)))
		if step.Failure != "" {
			line += " (" + step.Failure + ")"
		}
		for _, id := range []string{step.WorkflowID, step.UndoWorkflowID} {
			if id != "" {
				line += "  " + id
			}
		}
		lines = append(lines, line)
	}
	p.Row("Steps", strings.Join(lines, "\n"))
	if s.NoReturn {
		p.Row("No return", "a step that cannot be undone is in effect, or may be")
	}
	for _, d := range s.Decisions {
		p.Row("Decided", strings.TrimSuffix(fmt.Sprintf("%s %s", d.Update, d.Step), " ")+", by "+d.Operator+": "+d.Reason)
	}
}

func colourOfPlanStep(s plans.StepState) string {
	switch s {
	case plans.StepDone, plans.StepUndone:
		return terminal.Green
	case plans.StepFailed, plans.StepPartly, plans.StepUnclear, plans.StepLeft:
		return terminal.Red
	case plans.StepRunning, plans.StepUndoing, plans.StepConfirming:
		return terminal.Yellow
	}
	return ""
}

// choices writes the commands for what can be decided about a plan.
func (p printer) choices(id string, s plans.PlanStatus) {
	var commands []string
	for _, action := range s.Actions {
		flags := []string{anyReason}
		if slices.Contains([]string{plans.ConfirmUpdate.Name, plans.ContinueUpdate.Name, plans.SkipUpdate.Name}, action) {
			flags = []string{"--step=" + s.Step, anyReason}
		}
		commands = append(commands, "$ "+p.command("plan "+action, id, flags...))
	}
	p.Row("What to do", strings.Join(commands, "\n"))
}
