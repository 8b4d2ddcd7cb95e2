package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// A worker that is killed after each request that it has sent changes nothing: one plan completes, another one is undone, and nothing is
// sent twice.
func TestPlansThroughAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	s := ownStack(t)
	require.NoError(t, s.StartServer("--sandbox-decide-after=300ms"))
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	require.NoError(t, s.StartWorker())
	temporal, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(temporal.Close)

	whole, undone := shippedPlan(t, "onboard-line"), shippedPlan(t, "onboard-line")
	failing := plans.StepReference(undone.Reference, "services", 1)
	require.NoError(t, s.Direct(sandbox.Rule{Carrier: "stn", Reference: carriers.ShortReference(failing, 15), Scenario: "delayed-error"}))
	for _, p := range []plans.Plan{whole, undone} {
		_, err := plans.Start(t.Context(), temporal, p)
		require.NoError(t, err)
	}
	for _, reference := range []string{
		plans.StepReference(undone.Reference, "line", 1), plans.StepReference(whole.Reference, "services", 1), failing,
		plans.UndoReference(undone.Reference, "line", 1),
	} {
		eventually(t, reference+" is sent", func() bool {
			_, recorded := sentTo(t, s, reference)
			return recorded
		})
		s.Worker.Kill()
		require.NoError(t, s.StartWorker())
	}

	_, err = plans.Await(stack.Context(t), temporal, plans.WorkflowID(whole.Reference))
	require.NoError(t, err)
	_, err = plans.Await(stack.Context(t), temporal, plans.WorkflowID(undone.Reference))
	f, ok := plans.AsFailure(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, plans.PlanUndone, workflows.FailureType(f.Type), f.Message)
	for reference, inEffect := range map[string]bool{
		plans.StepReference(whole.Reference, "line", 1): true, plans.StepReference(whole.Reference, "services", 1): true,
		plans.StepReference(undone.Reference, "line", 1): true, failing: false, plans.UndoReference(undone.Reference, "line", 1): true,
	} {
		e, recorded := sentTo(t, s, reference)
		require.True(t, recorded, reference)
		require.Equal(t, inEffect, e.InEffect, reference)
	}
	for _, reference := range []string{plans.UndoReference(whole.Reference, "line", 1), plans.UndoReference(undone.Reference, "services", 1)} {
		_, recorded := sentTo(t, s, reference)
		require.False(t, recorded, reference)
	}
}
