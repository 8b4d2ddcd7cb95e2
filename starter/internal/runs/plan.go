package runs

import (
	"context"
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// IsPlan reports whether a workflow type is that of plans.
func IsPlan(operation string) bool { return operation == plans.WorkflowType }

// leavesFollowUps reports whether a run of a type may leave a follow-up when it ends.
func leavesFollowUps(operation string) bool { return KindOf(operation) != "" || IsPlan(operation) }

// needsLookAfterForce reports whether a run that was ended by force may have left something at a carrier.
func needsLookAfterForce(operation string) bool {
	return KindOf(operation) == carriers.KindChange || IsPlan(operation)
}

// askPlan adds to a view what the plan says of itself. Of one that has ended, its result or failure says it; else only a worker can.
func (c *Connection) askPlan(ctx context.Context, v *View) {
	switch v.State {
	case Scheduled, Terminated, TimedOut: // it cannot tell
		return
	case Completed, Failed, Canceled:
		bounded, cancel := c.Bounded(ctx)
		defer cancel()
		if s, ok := endOfPlan(bounded, c.GetWorkflow(bounded, v.WorkflowID, v.RunID)); ok {
			v.Plan = &s
		}
		return
	}
	bounded, cancel := context.WithTimeout(ctx, AnswerWithin)
	defer cancel()
	s, err := plans.GetStatus(bounded, c, v.WorkflowID, v.RunID)
	if v.NoAnswer = err != nil; v.NoAnswer {
		return
	}
	v.Plan, v.Attention = &s, workflows.AttentionWords(s.Attention)
	if !s.Ended() { // else Temporal is about to know
		v.State = State(s.Phase)
	}
}

// heardOfPlan is what a plan is doing, in a few words.
func heardOfPlan(s plans.PlanStatus) string {
	for _, step := range s.Steps {
		if s.Phase == plans.PhaseStopped && step.Name == s.Step {
			return fmt.Sprintf("step %s: %s", step.Name, step.Failure)
		}
	}
	return s.Message
}

// endOfPlan is the status of a plan that has ended; ok is false when its end does not tell.
func endOfPlan(ctx context.Context, run client.WorkflowRun) (s plans.PlanStatus, ok bool) {
	var raw json.RawMessage
	err := run.Get(ctx, &raw)
	s.Phase = plans.PhaseEnded
	if failure, failed := plans.AsFailure(err); failed {
		s.Reference, s.Title, s.Steps, s.Decisions, s.Failure, s.Message = failure.Reference, failure.Title, failure.Steps, failure.Decisions, failure.Type, failure.Message
		return s, true
	}
	var result plans.Result
	if err != nil || json.Unmarshal(raw, &result) != nil {
		return s, false
	}
	s.Reference, s.Title, s.Steps, s.Decisions, s.Message = result.Reference, result.Title, result.Steps, result.Decisions, "Completed."
	return s, true
}
