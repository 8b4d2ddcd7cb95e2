package planrun

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// The steps run one after the other, each with the values that it selects.
func TestAPlanCompletes(t *testing.T) {
	h := newHarness(t, nil)
	h.at(90*time.Second, func() {
		s := h.status()
		require.Equal(t, plans.PhaseRunning, s.Phase)
		require.Equal(t, "line", s.Step)
		require.Equal(t, "stn:p-line", s.Steps[1].WorkflowID)
		require.Equal(t, []string{"undo"}, s.Actions)
		require.False(t, s.NoReturn)
	})
	h.at(210*time.Second, func() { require.True(t, h.status().NoReturn, "the step that cannot be undone is under way") })
	r := h.run(order()).completed()
	require.Equal(t, []string{"sim", "line", "services", "swap", "more"}, h.references())
	require.Equal(t, map[string]any{"simCardNumber": "8931990000000000017", "wishDate": "2026-03-01T00:00:00+01:00"}, h.calls[1].request)
	require.Equal(t, map[string]any{"phoneNumber": personalNumber, "services": map[string]any{"blockData": true}}, h.calls[2].request)
	require.Equal(t, map[string]any{"phoneNumber": personalNumber, "newSimCardNumber": "8931990000000000025"}, h.calls[3].request)
	require.Equal(t, []plans.StepState{"done", "done", "done", "done", "done"}, states(r.Steps))
	require.JSONEq(t, `{"number":"06-12345678"}`, string(r.Results))
	require.Equal(t, started.Add(5*taking), r.EndedAt)
	s := h.status()
	require.True(t, s.Ended())
	require.Empty(t, s.Actions)
	require.Empty(t, h.followUps)
}

func TestAnInvalidPlanStartsNothing(t *testing.T) {
	h := newHarness(t, nil)
	p := order()
	p.Steps[1].Operation = "stn.Nothing"
	p.Steps[3].Undo = nil
	f := h.run(p).failed(workflows.InvalidRequest)
	require.Equal(t, "p", f.Reference)
	require.Contains(t, f.Message, "steps[1].operation: there is no operation stn.Nothing")
	require.Contains(t, f.Message, "steps[3].undo: is required")
	require.Empty(t, h.calls)
	require.Equal(t, plans.PhaseEnded, h.status().Phase)

	h = newHarness(t, nil)
	p = order()
	p.Reference = "another"
	require.Contains(t, h.run(p).failed(workflows.InvalidRequest).Message, "needs the workflow id plan:another")
	require.Empty(t, h.calls)

	h = newHarness(t, nil)
	h.ExecuteWorkflow(plans.WorkflowType, json.RawMessage(`"no plan"`))
	h.failed(workflows.InvalidRequest)
}

// Numbers with many digits arrive as they were given.
func TestNumbersKeepTheirDigits(t *testing.T) {
	h := newHarness(t, map[string]any{"list": `{"devices":[]}`})
	h.run(read(`{"reference":"p","values":{"line":9007199254740993},"steps":[
		{"name":"list","operation":"masmovil.ListDevices","request":{"orgId":"yoigo"},"from":{"subscriptionId":"values.line"}}],
		"results":{"line":"values.line"}}`))
	require.JSONEq(t, `{"line":9007199254740993}`, string(h.completed().Results))
}

// A value that turns out to be missing fails the step before anything is sent, and so does what undoes a step.
func TestAMissingValueSendsNothing(t *testing.T) {
	h := newHarness(t, map[string]any{"line": `{"decidedBy":"check","line":{}}`})
	h.at(time.Hour, func() {
		s := h.status()
		require.Equal(t, plans.PhaseStopped, s.Phase)
		require.Equal(t, "line", s.Step, "what undoes it needs the number too")
		require.Equal(t, "InvalidRequest", s.Steps[2].Failure)
		require.Contains(t, s.Steps[2].Message, "phoneNumber: the value that it is taken from is missing: line.line.number")
		require.Empty(t, s.Steps[2].WorkflowID)
	})
	sendUpdate(h, 2*time.Hour, plans.ContinueUpdate, map[string]any{"operator": "alex", "reason": "r", "set": map[string]any{"phoneNumber": "0612345678"}})
	f := h.run(order()).failed(plans.PlanUndone)
	require.Equal(t, []string{"line"}, f.Undone)
	require.Equal(t, []string{"sim", "line", "line-undo-2"}, h.references())
}

// All requests after the step that cannot be undone are checked with their values before that is sent.
func TestLaterRequestsAreCheckedBeforeThePointOfNoReturn(t *testing.T) {
	h := newHarness(t, map[string]any{"line": `{"decidedBy":"check","line":{"number":"0612345678"}}`})
	p := order()
	p.Steps[4].From = map[string]string{"subscriptionId": "line.line.subscriptionId"}
	f := h.run(p).failed(plans.PlanUndone)
	require.Equal(t, []string{"sim", "line", "services", "services-undo", "line-undo"}, h.references(), "swap was not sent")
	require.Contains(t, f.Message, "step swap failed as InvalidRequest: nothing was sent: more.subscriptionId: the value that it is taken from is missing")
}
