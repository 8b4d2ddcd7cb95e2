package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows/plans"
)

// A plan from the start to the end with the starter: it stops, is on the work list, is corrected, and completes. Its follow-up after a
// cancellation is acknowledged like any other.
func TestPlansWithTheStarter(t *testing.T) {
	t.Parallel()
	p := shippedPlan(t, "replace-sim")
	p.Values = with(t, p.Values, "services", map[string]any{"dataRoamingLimitation": "Limit 12.5"}) // accepted, and failed later
	raw, err := json.Marshal(p)
	require.NoError(t, err)
	id := plans.WorkflowID(p.Reference)
	out, errs, code := starter(t, string(raw), "plan", "start", "-")
	require.Zero(t, code, out+errs)
	planUntil(t, id, plans.PhaseStopped)

	out, errs, code = starter(t, "", "plan", "show", p.Reference)
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "services  failed (CarrierFailed)")
	eventually(t, "it is on the work list", func() bool {
		out, _, _ := starter(t, "", "list", "--needs-attention=PlanStopped", "--limit=500")
		return strings.Contains(out, id)
	})
	out, errs, code = starter(t, "", "plan", "continue", p.Reference, "--step=services", `--set=services={"nosuch":1}`, "--reason=ticket 4711", "--operator=alex")
	require.Equal(t, 2, code, out+errs)
	require.Contains(t, errs, "services.nosuch: must be of type boolean or string")
	out, errs, code = starter(t, "", "plan", "continue", p.Reference, "--step=services", `--set=services={"dataRoamingLimitation":"Limit 75"}`, "--reason=ticket 4711", "--operator=alex")
	require.Zero(t, code, out+errs)
	out, errs, code = starter(t, "", "wait", id)
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "continue services, by alex: ticket 4711")
	requireInEffect(t, plans.StepReference(p.Reference, "services", 2))
	out, errs, code = starter(t, "", "show", id)
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "step end")
	require.NotContains(t, out, "follow-up")

	cancelled := shippedPlan(t, "suspend-for-debt")
	id = startPlan(t, cancelled).GetID()
	planUntil(t, id, plans.PhaseConfirming)
	out, errs, code = starter(t, "", "cancel", id, "--wait", "--reason=ticket 4712", "--operator=alex")
	require.Equal(t, 1, code, out+errs)
	require.Contains(t, out, "PlanCanceled")
	out, errs, code = starter(t, "", "acknowledge", id, "--reason=the line stays suspended", "--operator=alex")
	require.Zero(t, code, out+errs)
	eventually(t, "it is off the work list", func() bool {
		out, _, _ := starter(t, "", "plan", "show", id)
		return strings.Contains(out, "alex: the line stays suspended")
	})
}
