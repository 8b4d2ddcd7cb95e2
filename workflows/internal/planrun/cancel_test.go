package planrun

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// canceledClean returns the failure of a plan that ends as Canceled, because nothing of it is in effect.
func (h *harness) canceledClean() *plans.Failure {
	h.t.Helper()
	require.True(h.t, temporal.IsCanceledError(h.GetWorkflowError()), "%v", h.GetWorkflowError())
	f := h.failed(workflows.Canceled)
	require.Empty(h.t, h.followUps)
	return f
}

// A cancelled plan cancels the operation under way, waits for what that says, begins no other, and undoes nothing.
func TestCancelled(t *testing.T) {
	t.Run("during a read", func(t *testing.T) {
		h := newHarness(t, map[string]any{"sim": forEver{failsAs(workflows.Canceled)}})
		f := h.at(30*time.Second, h.CancelWorkflow).run(order()).canceledClean()
		require.Equal(t, []string{"sim"}, h.references())
		require.Contains(t, f.Message, "nothing of it is in effect")
	})
	t.Run("during the first change, which was not sent", func(t *testing.T) {
		h := newHarness(t, map[string]any{"line": forEver{failsAs(workflows.Canceled)}})
		h.at(90*time.Second, h.CancelWorkflow).run(order()).canceledClean()
		require.Equal(t, []string{"sim", "line"}, h.references())
	})
	t.Run("during a change that stands at the carrier", func(t *testing.T) {
		h := newHarness(t, map[string]any{"line": forEver{failsAs(workflows.CanceledAfterSubmit)}})
		f := h.at(90*time.Second, h.CancelWorkflow).run(order()).failed(plans.PlanCanceled)
		require.Equal(t, []string{"line"}, f.Left)
		require.Equal(t, []string{"sim", "line"}, h.references())
		require.Len(t, h.followUps, 1)
		require.Equal(t, "plan:p", h.followUps[0].WorkflowID)
		require.Equal(t, plans.PlanCanceled, h.followUps[0].Failure)
		require.Equal(t, []workflows.Attention{workflows.AttentionPlanStopped}, h.followUps[0].Attention)
		h.requireNothingPersonal(h.followUps[0].Message)
	})
	t.Run("during a change that was decided already", func(t *testing.T) { // the operation says so, and the plan still ends
		h := newHarness(t, map[string]any{"services": forEver{nil}})
		f := h.at(150*time.Second, h.CancelWorkflow).run(order()).failed(plans.PlanCanceled)
		require.Equal(t, []string{"line", "services"}, f.Left)
		require.Equal(t, []string{"sim", "line", "services"}, h.references(), "no further step begins")
	})
	t.Run("during the last step, which was decided already", func(t *testing.T) {
		h := newHarness(t, map[string]any{"more": forEver{nil}})
		require.Equal(t, plans.StepDone, h.at(270*time.Second, h.CancelWorkflow).run(order()).completed().Steps[4].State)
		require.Empty(t, h.followUps)
	})
	t.Run("while a step waits for its confirmation", func(t *testing.T) {
		h := newHarness(t, nil)
		f := h.at(time.Hour, h.CancelWorkflow).run(confirmed()).failed(plans.PlanCanceled)
		require.Equal(t, []string{"line", "services"}, f.Left)
		require.Equal(t, []string{"sim", "line", "services"}, h.references())
	})
	t.Run("while it is stopped", func(t *testing.T) {
		h := newHarness(t, map[string]any{"more": failsAs(workflows.CarrierFailed)})
		f := h.at(time.Hour, h.CancelWorkflow).run(order()).failed(plans.PlanCanceled)
		require.Equal(t, []string{"line", "services", "swap"}, f.Left)
	})
	t.Run("while it is undone", func(t *testing.T) {
		h := newHarness(t, map[string]any{"swap": failsAs(workflows.CarrierRejected), "line-undo": forEver{failsAs(workflows.CanceledAfterSubmit)}})
		f := h.at(6*time.Minute, h.CancelWorkflow).run(order()).failed(plans.PlanCanceled)
		require.Equal(t, []string{"services"}, f.Undone)
		require.Equal(t, []string{"line"}, f.Left)
	})
	t.Run("before it begins", func(t *testing.T) {
		h := newHarness(t, nil)
		h.at(0, h.CancelWorkflow).run(order()).canceledClean()
		require.Empty(t, h.calls)
	})
}
