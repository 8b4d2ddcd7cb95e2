package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// shipped are the plans in docs/examples/plans, each with values of a line that no other test uses.
var shipped = map[string]func() map[string]any{
	"onboard-line":     func() map[string]any { return map[string]any{"card": freeCard()} },
	"replace-sim":      func() map[string]any { return map[string]any{"card": freeCard(), "number": line("06", 6, 0)} },
	"suspend-for-debt": func() map[string]any { return map[string]any{"number": line("06", 6, 0)} },
	"port-in":          func() map[string]any { return map[string]any{"card": freeCard(), "number": line("0698", 4, 0)} },
	"terminate-line": func() map[string]any { // sTN decides it on its date
		return map[string]any{"number": line("06", 6, 0), "ends": time.Now().Add(4 * time.Second).Format(time.RFC3339)}
	},
}

// freeCard is a SIM card that is free in the sandbox.
func freeCard() string { return line("893199", 11, 0) }

// quick are fast timings with which a change that does not show is given up soon.
const quick = `{"pollEvery":"200ms","overduePollEvery":"200ms","lookupDelay":"500ms","callTimeout":"7s","confirmWithin":"1s"}`

// shippedPlan reads a shipped plan, with a reference and values of its own and with quick timings.
func shippedPlan(t *testing.T, name string) plans.Plan {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "docs", "examples", "plans", name+".json"))
	require.NoError(t, err)
	var p plans.Plan
	require.NoError(t, json.Unmarshal(raw, &p))
	p.Reference = reference(t)
	for field, value := range shipped[name]() {
		p.Values = with(t, p.Values, field, value)
	}
	for i := range p.Steps {
		p.Steps[i].Request = with(t, p.Steps[i].Request, "timings", json.RawMessage(quick))
		if undo := p.Steps[i].Undo; undo != nil && undo.Kind == plans.UndoBy {
			undo.Request = with(t, undo.Request, "timings", json.RawMessage(quick))
		}
	}
	return p
}

// with is an object with another field.
func with(t *testing.T, object carriers.Object, field string, value any) carriers.Object {
	t.Helper()
	raw, err := json.Marshal(map[string]any{field: value})
	require.NoError(t, err)
	return plans.Merge(object, raw)
}

// startPlan starts a plan as a Go caller does.
func startPlan(t *testing.T, p plans.Plan) client.WorkflowRun {
	t.Helper()
	run, err := plans.Start(t.Context(), world.client, p)
	require.NoError(t, err)
	return run
}

var byTest = workflows.OperatorAction{Operator: "alex", Reason: "ticket 4711"}

// planUntil confirms what waits for its confirmation, until the plan is in a phase. Every question is a query, which costs the worker
// something, so they are not asked as often as others.
func planUntil(t *testing.T, id string, phase plans.Phase) (s plans.PlanStatus) {
	t.Helper()
	ctx := stack.Context(t)
	var failed error
	require.Eventually(t, func() bool {
		var err error
		if s, err = plans.GetStatus(ctx, world.client, id, ""); err != nil {
			return false
		}
		if s.Phase == plans.PhaseConfirming && phase != plans.PhaseConfirming {
			_, failed = plans.ConfirmUpdate.Send(ctx, world.client, id, plans.Confirm{OperatorAction: byTest, Step: s.Step})
			return failed != nil
		}
		return s.Phase == phase || s.Ended() || s.Phase == plans.PhaseStopped
	}, stack.Within(t), 300*time.Millisecond, "%s is %s", id, phase)
	require.NoError(t, failed)
	require.Equal(t, phase, s.Phase, "%+v", s)
	return s
}

// planFails waits for the failure of a plan.
func planFails(t *testing.T, id string) *plans.Failure {
	t.Helper()
	_, err := plans.Await(stack.Context(t), world.client, id)
	failure, ok := plans.AsFailure(err)
	require.True(t, ok, "%v", err)
	return failure
}

// sent is how the sandbox recorded an operation of a plan: not at all, or once.
func sent(t *testing.T, reference string) (e sandbox.Entry, recorded bool) {
	t.Helper()
	return sentTo(t, world.Stack, reference)
}

// sentTo is sent for a stack of its own.
func sentTo(t *testing.T, at *stack.Stack, reference string) (e sandbox.Entry, recorded bool) {
	t.Helper()
	entries, err := at.Ledger("stn", carriers.ShortReference(reference, 15), "")
	require.NoError(t, err)
	for _, entry := range entries {
		if entry.Recorded {
			require.False(t, recorded, "%s was recorded twice", reference)
			e, recorded = entry, true
		}
	}
	return e, recorded
}

// requireInEffect requires that an operation of a plan was made once, and that it is in effect.
func requireInEffect(t *testing.T, reference string) {
	t.Helper()
	e, recorded := sent(t, reference)
	require.True(t, recorded, "%s was not sent", reference)
	require.True(t, e.InEffect, reference)
}

func requireNotSent(t *testing.T, reference string) {
	t.Helper()
	_, recorded := sent(t, reference)
	require.False(t, recorded, "%s was sent", reference)
}

func isRead(s plans.Step) bool {
	o, _ := workflows.OperationOf(s.Operation)
	return o.Info().Kind == carriers.KindRead
}

// Each shipped plan completes, with every change in effect and sent once.
func TestPlansThatAreShipped(t *testing.T) {
	t.Parallel()
	for name := range shipped {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shippedPlan(t, name)
			run := startPlan(t, p)
			planUntil(t, run.GetID(), plans.PhaseEnded)
			result, err := plans.Await(stack.Context(t), world.client, run.GetID())
			require.NoError(t, err)
			for i, s := range p.Steps {
				require.Equal(t, plans.StepDone, result.Steps[i].State)
				if !isRead(s) {
					requireInEffect(t, plans.StepReference(p.Reference, s.Name, 1))
				}
			}
			require.Less(t, len(history(t, run)), 20*len(p.Steps))
		})
	}
}
