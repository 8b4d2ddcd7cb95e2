package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// neverDecided keeps a step from being decided at the carrier, and returns when the carrier has its request.
func neverDecided(t *testing.T, p plans.Plan, step string) client.WorkflowRun {
	t.Helper()
	reference := plans.StepReference(p.Reference, step, 1)
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: "stn", Reference: carriers.ShortReference(reference, 15), Scenario: "never-decided"}))
	run := startPlan(t, p)
	eventually(t, reference+" is sent", func() bool {
		_, recorded := sent(t, reference)
		return recorded
	})
	return run
}

// A cancelled plan asks the operation under way to cancel, and takes over what that says. Nothing is undone, and a follow-up tells the
// operators.
func TestPlansThatAreCancelled(t *testing.T) {
	t.Parallel()
	p := shippedPlan(t, "onboard-line")
	neverDecided(t, p, "services")
	id := plans.WorkflowID(p.Reference)
	require.NoError(t, world.client.CancelWorkflow(t.Context(), id, ""))
	f := planFails(t, id)
	require.Equal(t, plans.PlanCanceled, workflows.FailureType(f.Type), f.Message)
	require.Equal(t, []string{"line", "services"}, f.Left)
	require.Equal(t, string(workflows.CanceledAfterSubmit), f.Steps[2].Failure)
	requireNotSent(t, plans.UndoReference(p.Reference, "line", 1))
	followUp, err := world.client.DescribeWorkflowExecution(t.Context(), workflows.FollowUpID(id), "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, followUp.GetWorkflowExecutionInfo().GetStatus())
	require.NoError(t, workflows.SeenSignal.Send(t.Context(), world.client, workflows.FollowUpID(id), workflows.Seen{By: "alex"}))
}

// Terminating a plan does not end the operation under way.
func TestPlansThatAreTerminated(t *testing.T) {
	t.Parallel()
	p := shippedPlan(t, "suspend-for-debt")
	run := neverDecided(t, p, "suspend")
	for _, event := range history(t, run) { // a child that is ended with its parent is ended a moment later
		if begun := event.GetStartChildWorkflowExecutionInitiatedEventAttributes(); begun != nil {
			require.Equal(t, enumspb.PARENT_CLOSE_POLICY_ABANDON, begun.GetParentClosePolicy())
		}
	}
	id := workflows.WorkflowID("stn", plans.StepReference(p.Reference, "suspend", 1))
	_, err := workflows.AcceptedUpdate.Send(stack.Context(t), world.client, id, workflows.AcceptedQuestion{})
	require.NoError(t, err)
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), plans.WorkflowID(p.Reference), "", "a test"))
	_, err = workflows.ResolveUpdate.Send(stack.Context(t), world.client, id, workflows.Resolve{OperatorAction: byTest, Outcome: carriers.Failed})
	require.NoError(t, err)
}

// An operation that has the reference of a step is never taken for the step, nor is the step sent under another reference.
func TestPlansWhoseReferenceIsUsed(t *testing.T) {
	t.Parallel()
	p := shippedPlan(t, "suspend-for-debt")
	ref := plans.StepReference(p.Reference, "suspend", 1)
	succeed(t, start(t, "stn.SetServices", ref, fmt.Sprintf(`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":%s}`, ref, line("SUB-", 6, 0), fast)))
	id := startPlan(t, p).GetID()
	s := planUntil(t, id, plans.PhaseStopped)
	require.Equal(t, "AlreadyStarted", s.Steps[0].Failure)
	_, err := plans.LeaveUpdate.Send(stack.Context(t), world.client, id, byTest)
	require.NoError(t, err)
	requireNotSent(t, plans.StepReference(p.Reference, "suspend", 2))
}

// A plan that is reset to its beginning starts nothing that it has started before: it waits for an operator.
func TestPlansThatAreReset(t *testing.T) {
	t.Parallel()
	p := shippedPlan(t, "onboard-line")
	run := startPlan(t, p)
	planUntil(t, run.GetID(), plans.PhaseEnded)
	_, err := world.client.ResetWorkflowExecution(t.Context(), resetToBeginning(run.GetID(), run.GetRunID()))
	require.NoError(t, err)
	s := planUntil(t, run.GetID(), plans.PhaseStopped)
	require.Equal(t, "card", s.Step)
	require.Equal(t, "AlreadyStarted", s.Steps[0].Failure)
	_, err = plans.LeaveUpdate.Send(stack.Context(t), world.client, run.GetID(), byTest)
	require.NoError(t, err)
	requireInEffect(t, plans.StepReference(p.Reference, "line", 1))
}

// A reference of a plan is used once, and an invalid plan starts nothing.
func TestPlansStartOnce(t *testing.T) {
	t.Parallel()
	p := shippedPlan(t, "suspend-for-debt")
	run := startPlan(t, p)
	_, err := plans.Start(t.Context(), world.client, p)
	var duplicate *workflows.DuplicateError
	require.ErrorAs(t, err, &duplicate)
	require.Equal(t, run.GetRunID(), duplicate.RunID)
	planUntil(t, run.GetID(), plans.PhaseEnded)

	p.Reference, p.Steps[0].Operation, p.Steps[1].Undo = reference(t), "stn.Nothing", nil
	_, err = plans.Start(t.Context(), world.client, p)
	failure, ok := plans.AsFailure(err)
	require.True(t, ok, "%v", err)
	require.Len(t, failure.Faults, 2)
	_, err = world.client.DescribeWorkflowExecution(t.Context(), plans.WorkflowID(p.Reference), "")
	require.Error(t, err)
}
