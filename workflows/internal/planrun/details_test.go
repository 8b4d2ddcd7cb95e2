package planrun

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// The details say what happened, how far each step is, and what can be done.
func TestDetails(t *testing.T) {
	p := order()
	p.Title = "Line 0612345678"
	r := &run{plan: p, sources: plans.NewSources(p), isCancelled: func() bool { return false }, phase: plans.PhaseStopped, raised: true, doing: "Step swap ended as NotInEffect: no."}
	for _, s := range p.Steps {
		r.steps = append(r.steps, &step{Step: s, state: plans.StepPending})
	}
	line, swap := r.steps[1], r.steps[3]
	line.state, line.effect, line.doing.workflowID = plans.StepDone, effectDone, "stn:p-line"
	swap.state, swap.unclear = plans.StepUnclear, true
	swap.doing = operation{attempts: 1, workflowID: "stn:p-swap", failure: string(workflows.NotInEffect), message: "no"}
	r.at, r.waits = swap, &stopped{step: swap, operation: &swap.doing, call: swap.Call, undo: true}
	require.Equal(t, `**Line …**

- **Needs attention.** Step swap ended as NotInEffect: no.
- The point of no return is passed: a step that cannot be undone is in effect, or may be.
- You can send an update: continue, skip, undo, leave.

1. sim (stn.GetSIM): **pending**
2. line (stn.NewSubscription): **done**, stn:p-line
3. services (stn.SetServices): **pending**
4. swap (stn.SwapSIM): **unclear**, stn:p-swap, NotInEffect
5. more (stn.SetServices): **pending**`, r.describe())
	swap.doing.attempts = plans.MaxAttempts
	require.Equal(t, []string{"skip", "undo", "leave"}, r.actions())
	require.Contains(t, r.checkContinue(nil, plans.Continue{}).Why, "was started 99 times")
}
