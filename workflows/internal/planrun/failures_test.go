package planrun

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// failureCases are all failures of an operation, and what they say about its effect.
var failureCases = []struct {
	name    string
	failure workflows.Failure
	want    outcome
}{
	{"InvalidRequest", workflows.Failure{Type: workflows.InvalidRequest}, clean},
	{"CarrierRejected", workflows.Failure{Type: workflows.CarrierRejected}, clean},
	{"CarrierFailed", workflows.Failure{Type: workflows.CarrierFailed, SubmittedAt: started}, clean},
	{"DecisionDenied", workflows.Failure{Type: workflows.DecisionDenied, SubmittedAt: started}, clean},
	{"Canceled", workflows.Failure{Type: workflows.Canceled}, clean},
	{"ResolvedFailed", workflows.Failure{Type: workflows.ResolvedFailed, SubmittedAt: started}, clean},
	{"CarrierUnauthorized, nothing sent", workflows.Failure{Type: workflows.CarrierUnauthorized}, clean},
	{"CarrierUnauthorized, sent", workflows.Failure{Type: workflows.CarrierUnauthorized, SubmittedAt: started}, unclear},
	{"PartlyTaken", workflows.Failure{Type: workflows.PartlyTaken, SubmittedAt: started}, partly},
	{"OutcomeUnknown", workflows.Failure{Type: workflows.OutcomeUnknown}, unclear},
	{"DeadlineExceeded", workflows.Failure{Type: workflows.DeadlineExceeded}, unclear},
	{"NotInEffect", workflows.Failure{Type: workflows.NotInEffect, SubmittedAt: started}, unclear},
	{"CanceledAfterSubmit", workflows.Failure{Type: workflows.CanceledAfterSubmit, SubmittedAt: started}, unclear},
	{"a type of a later release", workflows.Failure{Type: "Unheard"}, unclear},
}

// Before the point of no return a step that certainly left nothing is followed by the undo of all done ones, in reverse order. Anything
// else waits for an operator.
func TestAStepFailsBeforeThePointOfNoReturn(t *testing.T) {
	for _, tc := range failureCases {
		t.Run(tc.name, func(t *testing.T) {
			h := newHarness(t, map[string]any{"services": endsAs(tc.failure)})
			if tc.want == unclear {
				requireStops(h, "services", false)
				h.run(order())
				require.Equal(t, []string{"sim", "line", "services"}, h.references())
				f := h.failed(plans.PlanLeft)
				require.Equal(t, []string{"line", "services"}, f.Left)
				require.Equal(t, plans.StepUnclear, f.Steps[2].State)
				return
			}
			f := h.run(order()).failed(plans.PlanUndone)
			calls, undone := []string{"sim", "line", "services", "line-undo"}, []string{"line"}
			state := plans.StepFailed
			if tc.want == partly {
				calls, undone = []string{"sim", "line", "services", "services-undo", "line-undo"}, []string{"services", "line"}
				state = plans.StepUndone
			}
			require.Equal(t, calls, h.references())
			require.Equal(t, undone, f.Undone)
			require.Empty(t, f.Left)
			require.Equal(t, []plans.StepState{"done", "undone", state, "pending", "pending"}, states(f.Steps))
			require.Equal(t, "stn:p-line-undo", f.Steps[1].UndoWorkflowID)
			require.Contains(t, f.Message, "Plan, reference p: step services failed as "+string(tc.failure.Type))
			require.Contains(t, f.Message, "nothing of it is in effect")
			require.Equal(t, map[string]any{"phoneNumber": personalNumber, "immediately": true}, h.calls[len(h.calls)-1].request)
		})
	}
}

// The step that cannot be undone itself: when certainly nothing of it is in effect, the point of no return is not passed.
func TestTheIrreversibleStepFails(t *testing.T) {
	for _, tc := range failureCases {
		t.Run(tc.name, func(t *testing.T) {
			h := newHarness(t, map[string]any{"swap": endsAs(tc.failure)})
			if tc.want != clean {
				requireStops(h, "swap", true)
				f := h.run(order()).failed(plans.PlanLeft)
				require.Equal(t, []string{"line", "services", "swap"}, f.Left)
				require.Equal(t, []string{"sim", "line", "services", "swap"}, h.references())
				return
			}
			f := h.run(order()).failed(plans.PlanUndone)
			require.Equal(t, []string{"services", "line"}, f.Undone)
			require.Equal(t, []string{"sim", "line", "services", "swap", "services-undo", "line-undo"}, h.references())
		})
	}
}

// After the point of no return every failure waits for an operator.
func TestAStepFailsAfterThePointOfNoReturn(t *testing.T) {
	for _, tc := range failureCases {
		t.Run(tc.name, func(t *testing.T) {
			h := newHarness(t, map[string]any{"more": endsAs(tc.failure)})
			requireStops(h, "more", true)
			f := h.run(order()).failed(plans.PlanLeft)
			require.Equal(t, []string{"sim", "line", "services", "swap", "more"}, h.references(), "nothing is undone by itself")
			left := []string{"line", "services", "swap"}
			if tc.want != clean {
				left = append(left, "more")
			}
			require.Equal(t, left, f.Left)
		})
	}
}

// requireStops requires that a plan waits for an operator after a while, and then ends it as it is.
func requireStops(h *harness, step string, noReturn bool) {
	h.at(time.Hour, func() {
		s := h.status()
		require.Equal(h.t, plans.PhaseStopped, s.Phase)
		require.Equal(h.t, step, s.Step)
		require.Equal(h.t, noReturn, s.NoReturn)
		require.Equal(h.t, []workflows.Attention{workflows.AttentionPlanStopped}, s.Attention)
		require.Equal(h.t, []string{"continue", "skip", "undo", "leave"}, s.Actions)
		require.True(h.t, h.onList)
	})
	sendUpdate(h, 2*time.Hour, plans.LeaveUpdate, alex)
}

// A read that fails leaves nothing, whatever it failed with.
func TestAReadFails(t *testing.T) {
	for _, tc := range failureCases {
		h := newHarness(t, map[string]any{"sim": endsAs(tc.failure)})
		f := h.run(order()).failed(plans.PlanUndone)
		require.Equal(t, []string{"sim"}, h.references())
		require.Empty(t, f.Undone)
		require.Equal(t, plans.StepFailed, f.Steps[0].State)
	}
}

func TestExpectations(t *testing.T) {
	for answer, why := range map[string]string{
		`{"sims":[{"status":"DISABLED"}]}`:            `sims.0.status is "DISABLED", expected "FREE" or "BUSY"`,
		`{"sims":[]}`:                                 `sims.0.status is missing, expected "FREE" or "BUSY"`,
		`{"sims":[{"status":"8931990000000000017"}]}`: `sims.0.status is another, expected "FREE" or "BUSY"`,
		`{"sims":[{"status":"Jan de Vries"}]}`:        `sims.0.status is another, expected "FREE" or "BUSY"`,
	} {
		h := newHarness(t, map[string]any{"sim": answer})
		f := h.run(order()).failed(plans.PlanUndone)
		require.Equal(t, []string{"sim"}, h.references())
		require.Contains(t, f.Message, "step sim failed as Unexpected: "+why)
	}
	require.Len(t, newHarness(t, map[string]any{"sim": `{"sims":[{"status":"BUSY"}]}`}).run(order()).completed().Steps, 5)
}

// A change whose result is not the expected one is in effect, and is undone too.
func TestAnUnexpectedResultOfAChangeIsUndone(t *testing.T) {
	p := order()
	p.Steps[2].Expect = map[string][]any{"line.status": {"ACTIVE"}}
	h := newHarness(t, map[string]any{"services": `{"line":{"status":"ODD"}}`})
	f := h.run(p).failed(plans.PlanUndone)
	require.Equal(t, []string{"services", "line"}, f.Undone)
	require.Equal(t, []string{"sim", "line", "services", "services-undo", "line-undo"}, h.references())
}

// A failed undo waits for an operator, who can repeat it, also with other fields, or leave the step as it is.
func TestAnUndoFails(t *testing.T) {
	ends := func() map[string]any {
		return map[string]any{"services": failsAs(workflows.PartlyTaken), "services-undo": failsAs(workflows.PartlyTaken)}
	}
	waits := func(h *harness) {
		h.at(time.Hour, func() {
			s := h.status()
			require.Equal(h.t, plans.PhaseStopped, s.Phase)
			require.Equal(h.t, "services", s.Step)
			require.Equal(h.t, []string{"continue", "skip", "leave"}, s.Actions)
			require.Equal(h.t, "stn:p-services-undo", s.Steps[2].UndoWorkflowID)
			require.Contains(h.t, s.Message, "What undoes step services ended as PartlyTaken")
		})
	}
	t.Run("and is repeated", func(t *testing.T) {
		h := newHarness(t, ends())
		waits(h)
		again := sendUpdate(h, 2*time.Hour, plans.UndoUpdate, alex)
		sendUpdate(h, 3*time.Hour, plans.ContinueUpdate, map[string]any{"operator": "alex", "reason": "r", "set": map[string]any{"services": map[string]any{"voiceMail": true}}})
		f := h.run(order()).failed(plans.PlanUndone)
		require.Contains(t, again.refused(t, workflows.Refused), "is being undone already")
		require.Equal(t, []string{"sim", "line", "services", "services-undo", "services-undo-2", "line-undo"}, h.references())
		require.Equal(t, map[string]any{"voiceMail": true}, h.calls[4].request["services"])
		require.Equal(t, []string{"services", "line"}, f.Undone)
	})
	t.Run("and is left", func(t *testing.T) {
		h := newHarness(t, ends())
		waits(h)
		sendUpdate(h, 2*time.Hour, plans.SkipUpdate, alex)
		f := h.run(order()).failed(plans.PlanPartlyUndone)
		require.Equal(t, []string{"sim", "line", "services", "services-undo", "line-undo"}, h.references())
		require.Equal(t, []string{"line"}, f.Undone)
		require.Equal(t, []string{"services"}, f.Left)
		require.Contains(t, f.Message, "in effect, or not known: services")
	})
	t.Run("and the plan is left", func(t *testing.T) {
		h := newHarness(t, ends())
		waits(h)
		sendUpdate(h, 2*time.Hour, plans.LeaveUpdate, alex)
		f := h.run(order()).failed(plans.PlanLeft)
		require.Equal(t, []string{"line", "services"}, f.Left)
	})
}
