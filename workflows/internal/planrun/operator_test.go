package planrun

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

func by(more ...any) map[string]any {
	argument := map[string]any{"operator": "alex", "reason": "ticket 4711"}
	for i := 0; i < len(more); i += 2 {
		argument[more[i].(string)] = more[i+1]
	}
	return argument
}

// An operator repeats what stopped the plan, as it was or corrected, with a new reference each time.
func TestContinue(t *testing.T) {
	h := newHarness(t, map[string]any{"more": failsAs(workflows.CarrierRejected), "more-2": failsAs(workflows.CarrierFailed)})
	confirm := sendUpdate(h, time.Hour-time.Second, plans.ConfirmUpdate, by("step", "more"))
	same := sendUpdate(h, time.Hour, plans.ContinueUpdate, by("step", "more"))
	twice := sendUpdate(h, time.Hour+time.Second, plans.ContinueUpdate, by("step", "more"))
	bad := sendUpdate(h, 2*time.Hour, plans.ContinueUpdate, by("set", map[string]any{"services": map[string]any{}, "nosuch": 1}))
	other := sendUpdate(h, 2*time.Hour+time.Second, plans.ContinueUpdate, by("step", "swap"))
	unread := sendUpdate(h, 2*time.Hour+2*time.Second, plans.ContinueUpdate, map[string]any{"operator": "alex", "nosuch": true})
	corrected := sendUpdate(h, 3*time.Hour, plans.ContinueUpdate, by("set", map[string]any{"services": map[string]any{"voiceMail": true}}))
	r := h.run(order()).completed()
	require.Contains(t, confirm.refused(t, workflows.Refused), "step more does not wait for its confirmation")
	require.Equal(t, plans.PhaseRunning, same.answered(t).Phase)
	require.Contains(t, twice.refused(t, workflows.Refused), "step more is under way")
	require.Contains(t, bad.refused(t, string(workflows.InvalidRequest)), "nosuch: is not a field")
	require.Contains(t, bad.refused(t, string(workflows.InvalidRequest)), "services: must have at least 1 entries")
	require.Contains(t, other.refused(t, workflows.Refused), "waits at step more")
	require.Contains(t, unread.refused(t, string(workflows.InvalidRequest)), "reason: is required")
	require.Equal(t, "stn:p-more-3", corrected.answered(t).Steps[4].WorkflowID)
	require.Equal(t, []string{"sim", "line", "services", "swap", "more", "more-2", "more-3"}, h.references())
	require.Equal(t, map[string]any{"voiceMail": true}, h.calls[6].request["services"])
	require.Len(t, r.Decisions, 2)
	require.Equal(t, plans.Decision{OperatorAction: alex, Update: "continue", Step: "more", At: started.Add(time.Hour)}, r.Decisions[0])
}

// Two decisions that come at once: the first counts, and the second is refused.
func TestDecisionsAtOnce(t *testing.T) {
	h := newHarness(t, map[string]any{"more": failsAs(workflows.CarrierRejected)})
	first := sendUpdate(h, time.Hour, plans.ContinueUpdate, by())
	second := sendUpdate(h, time.Hour, plans.LeaveUpdate, by())
	h.run(order()).completed()
	first.answered(t)
	require.True(t, second.rejected != nil || second.failed != nil)
}

func TestSkip(t *testing.T) {
	t.Run("after the point of no return", func(t *testing.T) {
		h := newHarness(t, map[string]any{"more": failsAs(workflows.CarrierRejected)})
		skip := sendUpdate(h, time.Hour, plans.SkipUpdate, by("step", "more"))
		r := h.run(order()).completed()
		require.True(t, skip.answered(t).Ended())
		require.Equal(t, []plans.StepState{"done", "done", "done", "done", "skipped"}, states(r.Steps))
	})
	t.Run("what may be in effect stays unclear", func(t *testing.T) {
		h := newHarness(t, map[string]any{"services": failsAs(workflows.NotInEffect)})
		sendUpdate(h, time.Hour, plans.SkipUpdate, by())
		r := h.run(order()).completed()
		require.Equal(t, []plans.StepState{"done", "done", "unclear", "done", "done"}, states(r.Steps))
	})
	t.Run("not when a later step selects from it", func(t *testing.T) {
		h := newHarness(t, map[string]any{"line": failsAs(workflows.OutcomeUnknown)})
		skip := sendUpdate(h, time.Hour, plans.SkipUpdate, by())
		h.at(2*time.Hour, func() { require.Equal(t, []string{"continue", "undo", "leave"}, h.status().Actions) })
		sendUpdate(h, 3*time.Hour, plans.LeaveUpdate, by())
		h.run(order()).failed(plans.PlanLeft)
		require.Contains(t, skip.refused(t, workflows.Refused), "step services, swap, more selects from step line, which has no result")
	})
}

func TestUndoByAnOperator(t *testing.T) {
	t.Run("after the point of no return", func(t *testing.T) {
		h := newHarness(t, map[string]any{"more": failsAs(workflows.PartlyTaken)})
		undo := sendUpdate(h, time.Hour, plans.UndoUpdate, by())
		f := h.run(order()).failed(plans.PlanPartlyUndone)
		require.Equal(t, plans.PhaseUndoing, undo.answered(t).Phase)
		require.Equal(t, []string{"sim", "line", "services", "swap", "more", "services-undo", "line-undo"}, h.references())
		require.Equal(t, []string{"services", "line"}, f.Undone)
		require.Equal(t, []string{"swap", "more"}, f.Left, "what needs no undo stays with what is left")
	})
	for unclear, want := range map[string]struct {
		failure workflows.FailureType
		calls   []string
		left    []string
	}{
		"leave": {plans.PlanPartlyUndone, []string{"sim", "line", "services", "line-undo"}, []string{"services"}},
		"undo":  {plans.PlanUndone, []string{"sim", "line", "services", "services-undo", "line-undo"}, nil},
	} {
		t.Run("of what may be in effect: "+unclear, func(t *testing.T) {
			h := newHarness(t, map[string]any{"services": failsAs(workflows.NotInEffect)})
			sendUpdate(h, time.Hour, plans.UndoUpdate, by("unclear", unclear))
			f := h.run(order()).failed(want.failure)
			require.Equal(t, want.calls, h.references())
			require.Equal(t, want.left, f.Left)
			require.Contains(t, f.Message, "an operator decided to undo it")
		})
	}
	t.Run("after an attempt that is in effect in part", func(t *testing.T) {
		h := newHarness(t, map[string]any{"more": failsAs(workflows.PartlyTaken), "more-2": failsAs(workflows.CarrierRejected)})
		sendUpdate(h, time.Hour, plans.ContinueUpdate, by())
		sendUpdate(h, 2*time.Hour, plans.SkipUpdate, by())
		require.Equal(t, plans.StepPartly, h.run(order()).completed().Steps[4].State)
	})
	t.Run("of a step with an earlier attempt that may be in effect", func(t *testing.T) { // only the newest is undone
		h := newHarness(t, map[string]any{"line": failsAs(workflows.OutcomeUnknown), "services": failsAs(workflows.CarrierRejected)})
		sendUpdate(h, time.Hour, plans.ContinueUpdate, by())
		f := h.run(order()).failed(plans.PlanPartlyUndone)
		require.Equal(t, []string{"sim", "line", "line-2", "services", "line-undo"}, h.references())
		require.Equal(t, []string{"line"}, f.Left)
		require.Empty(t, f.Undone)
	})
	t.Run("after an attempt that may be in effect", func(t *testing.T) { // a certain failure of the second does not make the first certain
		h := newHarness(t, map[string]any{"services": failsAs(workflows.NotInEffect), "services-2": failsAs(workflows.CarrierRejected)})
		sendUpdate(h, time.Hour, plans.ContinueUpdate, by())
		h.at(2*time.Hour, func() {
			require.Equal(t, plans.PhaseStopped, h.status().Phase)
			require.Equal(t, plans.StepUnclear, h.status().Steps[2].State)
		})
		sendUpdate(h, 3*time.Hour, plans.LeaveUpdate, by())
		require.Equal(t, []string{"line", "services"}, h.run(order()).failed(plans.PlanLeft).Left)
	})
}

// A plan that is to be undone while a step is under way is undone when that has ended.
func TestUndoWhileAStepIsUnderWay(t *testing.T) {
	t.Run("which completes", func(t *testing.T) {
		h := newHarness(t, nil)
		undo := sendUpdate(h, 150*time.Second, plans.UndoUpdate, by())
		twice := sendUpdate(h, 151*time.Second, plans.UndoUpdate, by())
		f := h.run(order()).failed(plans.PlanUndone)
		require.Equal(t, "Step services is under way. When it has ended, the plan is undone.", undo.answered(t).Message)
		require.Empty(t, undo.answered(t).Actions)
		require.Contains(t, twice.refused(t, workflows.Refused), "it is decided already")
		require.Equal(t, []string{"sim", "line", "services", "services-undo", "line-undo"}, h.references())
		require.Equal(t, "services", f.Decisions[0].Step)
	})
	t.Run("which is the last", func(t *testing.T) {
		h := newHarness(t, nil)
		sendUpdate(h, 270*time.Second, plans.UndoUpdate, by())
		require.Equal(t, []string{"swap", "more"}, h.run(order()).failed(plans.PlanPartlyUndone).Left)
	})
	t.Run("which fails after the point of no return", func(t *testing.T) {
		h := newHarness(t, map[string]any{"more": failsAs(workflows.CarrierRejected)})
		sendUpdate(h, 270*time.Second, plans.UndoUpdate, by())
		require.Equal(t, []string{"swap"}, h.run(order()).failed(plans.PlanPartlyUndone).Left)
	})
	t.Run("of which it is not known whether it is in effect", func(t *testing.T) { // then the operator is asked again
		h := newHarness(t, map[string]any{"services": failsAs(workflows.NotInEffect)})
		sendUpdate(h, 150*time.Second, plans.UndoUpdate, by())
		h.at(time.Hour, func() { require.Equal(t, plans.PhaseStopped, h.status().Phase) })
		sendUpdate(h, 2*time.Hour, plans.UndoUpdate, by("unclear", "undo"))
		h.run(order()).failed(plans.PlanUndone)
		require.Equal(t, []string{"sim", "line", "services", "services-undo", "line-undo"}, h.references())
	})
	t.Run("which completes, after an attempt of which it is not known", func(t *testing.T) { // neither is the decision forgotten, nor the attempt
		h := newHarness(t, map[string]any{"services": failsAs(workflows.NotInEffect)})
		sendUpdate(h, time.Hour, plans.ContinueUpdate, by())
		sendUpdate(h, time.Hour+30*time.Second, plans.UndoUpdate, by())
		h.at(2*time.Hour, func() {
			require.Equal(t, plans.PhaseStopped, h.status().Phase)
			require.Contains(t, h.status().Message, "it is not known whether an earlier attempt of it is in effect too")
		})
		sendUpdate(h, 3*time.Hour, plans.UndoUpdate, by())
		f := h.run(order()).failed(plans.PlanPartlyUndone)
		require.Equal(t, []string{"sim", "line", "services", "services-2", "services-undo", "line-undo"}, h.references())
		require.Equal(t, []string{"services"}, f.Left)
	})
	t.Run("of which it is not known, and then it is repeated", func(t *testing.T) { // the newer decision counts
		h := newHarness(t, map[string]any{"services": failsAs(workflows.NotInEffect)})
		sendUpdate(h, 150*time.Second, plans.UndoUpdate, by())
		sendUpdate(h, time.Hour, plans.ContinueUpdate, by())
		h.run(order()).completed()
	})
	t.Run("not while it is being undone", func(t *testing.T) {
		h := newHarness(t, map[string]any{"services": failsAs(workflows.CarrierRejected)})
		undo := sendUpdate(h, 210*time.Second, plans.UndoUpdate, by())
		h.run(order()).failed(plans.PlanUndone)
		require.Contains(t, undo.refused(t, workflows.Refused), "does not wait")
	})
	t.Run("and cancelled after that", func(t *testing.T) {
		h := newHarness(t, map[string]any{"services": forEver{failsAs(workflows.Canceled)}})
		sendUpdate(h, 150*time.Second, plans.UndoUpdate, by())
		h.at(160*time.Second, h.CancelWorkflow)
		require.Equal(t, []string{"line"}, h.run(order()).failed(plans.PlanCanceled).Left)
	})
}

// The updates are refused while the plan does not wait.
func TestUpdatesNeedAPlanThatWaits(t *testing.T) {
	h := newHarness(t, nil)
	var replies []*reply
	replies = append(replies, sendUpdate(h, 90*time.Second, plans.ContinueUpdate, by()), sendUpdate(h, 91*time.Second, plans.SkipUpdate, by()),
		sendUpdate(h, 93*time.Second, plans.LeaveUpdate, by()),
		sendUpdate(h, 94*time.Second, plans.ConfirmUpdate, by("step", "line")))
	h.run(order()).completed()
	for _, r := range replies {
		require.Contains(t, r.refused(t, workflows.Refused), "step line is under way")
	}
}

// A number in a reason is not shown.
func TestReasonsAreRedacted(t *testing.T) {
	h := newHarness(t, map[string]any{"more": failsAs(workflows.CarrierRejected)})
	sendUpdate(h, time.Hour, plans.SkipUpdate, map[string]any{"operator": "alex", "reason": "called 0612345678"})
	require.Equal(t, "called …", h.run(order()).completed().Decisions[0].Reason)
}

func confirmed() plans.Plan {
	p := order()
	p.Steps[3].RequiresConfirmation = true
	return p
}

func TestConfirmation(t *testing.T) {
	waits := func(h *harness) {
		h.at(time.Hour, func() {
			s := h.status()
			require.Equal(h.t, plans.PhaseConfirming, s.Phase)
			require.Equal(h.t, "swap", s.Step)
			require.Empty(h.t, s.Attention, "to wait for a confirmation is nothing wrong")
			require.False(h.t, h.onList)
			require.Equal(h.t, []string{"confirm", "skip", "undo", "leave"}, s.Actions)
			require.False(h.t, s.NoReturn)
		})
	}
	t.Run("given", func(t *testing.T) {
		h := newHarness(t, nil)
		waits(h)
		other := sendUpdate(h, 2*time.Hour, plans.ConfirmUpdate, by("step", "more"))
		again := sendUpdate(h, 2*time.Hour+time.Second, plans.ContinueUpdate, by())
		given := sendUpdate(h, 1000*time.Hour, plans.ConfirmUpdate, by("step", "swap"))
		twice := sendUpdate(h, 1000*time.Hour+time.Second, plans.ConfirmUpdate, by("step", "swap"))
		h.run(confirmed()).completed()
		require.Contains(t, other.refused(t, workflows.Refused), "waits at step swap")
		require.Contains(t, again.refused(t, workflows.Refused), "waits for its confirmation")
		require.Equal(t, plans.StepRunning, given.answered(t).Steps[3].State)
		require.Contains(t, twice.refused(t, workflows.Refused), "under way")
		require.Equal(t, []string{"sim", "line", "services", "swap", "more"}, h.references())
	})
	t.Run("undone instead", func(t *testing.T) {
		h := newHarness(t, nil)
		waits(h)
		sendUpdate(h, 2*time.Hour, plans.UndoUpdate, by())
		f := h.run(confirmed()).failed(plans.PlanUndone)
		require.Equal(t, []string{"services", "line"}, f.Undone)
		require.Equal(t, plans.StepPending, f.Steps[3].State)
	})
	t.Run("skipped instead", func(t *testing.T) {
		h := newHarness(t, nil)
		waits(h)
		sendUpdate(h, 2*time.Hour, plans.SkipUpdate, by())
		r := h.run(confirmed()).completed()
		require.Equal(t, []string{"sim", "line", "services", "more"}, h.references())
		require.Equal(t, plans.StepSkipped, r.Steps[3].State)
	})
	t.Run("left instead", func(t *testing.T) {
		h := newHarness(t, nil)
		waits(h)
		sendUpdate(h, 2*time.Hour, plans.LeaveUpdate, by())
		require.Equal(t, []string{"line", "services"}, h.run(confirmed()).failed(plans.PlanLeft).Left)
	})
}
