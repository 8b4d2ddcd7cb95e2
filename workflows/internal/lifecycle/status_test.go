package lifecycle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

// status is the answer to the query at present.
func (h *harness) status() (s workflows.OperationStatus) {
	h.t.Helper()
	value, err := h.QueryWorkflow(workflows.StatusQuery)
	require.NoError(h.t, err)
	require.NoError(h.t, value.Get(&s))
	require.Equal(h.t, carriers.CarrierOf(h.operation), s.Carrier)
	require.Equal(h.t, h.operation, s.Operation)
	require.Equal(h.t, "r-1", s.Reference)
	samples.RequireNothingPersonal(h.t, s.Message)
	return s
}

// statusAt is the answer to the query at a time after the start, once the run has ended.
func (h *harness) statusAt(after time.Duration) *workflows.OperationStatus {
	s := &workflows.OperationStatus{}
	h.at(after, func() { *s = h.status() })
	return s
}

var (
	always      = []string{"check-now", "resolve", "extend-deadline"}
	firstAnswer = &workflows.AcknowledgementStatus{At: accepted.At, TransactionID: "tx-1", Status: "Success"}
)

func TestStatusWhileSending(t *testing.T) {
	h := newHarness(t, suspend, fakes{unreachable(time.Minute, false), nil, nil})
	first, overdue := h.statusAt(time.Minute), h.statusAt(20*time.Minute)
	h.run(hurried).failed(workflows.DeadlineExceeded)
	want := workflows.OperationStatus{
		Carrier: "dish", Operation: suspend, Reference: "r-1", Phase: workflows.PhaseSending,
		OverdueAt: started.Add(5 * time.Minute), Deadline: started.Add(time.Hour), Actions: []string{"extend-deadline"},
		Message: "Sending the request to DISH.",
	}
	require.Equal(t, want, *first)
	want.Attention, want.Message = []workflows.Attention{workflows.AttentionOverdue}, "DISH has not acknowledged the request yet. It is tried again until the deadline."
	require.Equal(t, want, *overdue)
}

func TestStatusWhileWaiting(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil})
	queued := workflows.Callback{State: carriers.Pending, Status: "Queued", EventID: "e-1", ReceivedAt: started.Add(2 * time.Minute)}
	h.calledBack(2*time.Minute, queued)
	first, calledBack, overdue := h.statusAt(time.Minute), h.statusAt(2*time.Minute+time.Second), h.statusAt(20*time.Minute)
	h.run(hurried).failed(workflows.DeadlineExceeded)
	want := workflows.OperationStatus{
		Carrier: "dish", Operation: suspend, Reference: "r-1", Phase: workflows.PhaseWaiting,
		CarrierStatus: "Success", CarrierStatusAt: started, Acknowledgement: firstAnswer,
		OverdueAt: started.Add(5 * time.Minute), Deadline: started.Add(time.Hour), CheckEvery: carriers.Duration(time.Minute), Actions: always,
		Message: "Waiting for DISH's decision. A callback is expected. If none comes, DISH is asked at 2026-03-04 09:01:00 UTC, and every 1m after that, less often the longer it takes.",
	}
	require.Equal(t, want, *first)
	want.Message = "Waiting for DISH's decision. A callback is expected, and DISH is asked every 1m, and less often the longer it takes; the pending activity tells when next."
	want.Callbacks, want.LastCallback, want.CarrierStatus, want.CarrierStatusAt = 1, &queued, "Queued", started.Add(2*time.Minute)
	require.Equal(t, want, *calledBack)

	require.Equal(t, []workflows.Attention{workflows.AttentionOverdue}, overdue.Attention)
	require.Equal(t, []any{"InProgress", started.Add(5 * time.Minute)}, []any{overdue.CarrierStatus, overdue.CarrierStatusAt}, "from the check that has timed out")
	require.Equal(t, carriers.Duration(10*time.Minute), overdue.CheckEvery)
}

func TestStatusWhileConfirming(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil}).calledBack(time.Minute, saysDone)
	confirming, after := h.statusAt(time.Minute+time.Second), h.statusAt(4*time.Minute)
	h.run(hurried).failed(workflows.DeadlineExceeded)
	require.Equal(t, workflows.PhaseConfirming, confirming.Phase)
	require.Equal(t, "A callback says done. Asking DISH whether that is so.", confirming.Message)
	require.Equal(t, &saysDone, confirming.LastCallback)
	require.Equal(t, always, confirming.Actions)
	require.Equal(t, workflows.PhaseWaiting, after.Phase, "not confirmed")
}

func TestStatusWhileParked(t *testing.T) {
	found := accepted
	found.Found = true
	h := newHarness(t, suspend, fakes{refuses(lost), func(n int, in checkInput) (activities.CheckResult, error) {
		if n == 2 {
			return activities.CheckResult{}, problem(activities.Found, 0, activities.Problem{Found: &found})
		}
		return undecidedForEver(n, in)
	}, nil})
	parked, after := h.statusAt(time.Minute), h.statusAt(15*time.Minute)
	h.run(hurried).failed(workflows.DeadlineExceeded)
	require.Equal(t, workflows.PhaseParked, parked.Phase)
	require.Equal(t, "HTTP 504", parked.ParkedBecause)
	require.Equal(t, []workflows.Attention{workflows.AttentionOutcomeUnknown}, parked.Attention)
	require.Nil(t, parked.Acknowledgement)
	require.Empty(t, parked.CarrierStatus)
	require.Zero(t, parked.CarrierStatusAt)
	require.Equal(t, carriers.Duration(10*time.Minute), parked.CheckEvery)
	require.Equal(t, always, parked.Actions)

	require.Equal(t, workflows.PhaseWaiting, after.Phase)
	require.Empty(t, after.ParkedBecause)
	require.Equal(t, &workflows.AcknowledgementStatus{At: accepted.At, TransactionID: "tx-1", Status: "Success", Found: true}, after.Acknowledgement)
	require.Equal(t, "Success", after.CarrierStatus)
}

func TestStatusOfAHeldRequest(t *testing.T) {
	h := newHarness(t, "masmovil.AddDevice", fakes{acknowledges(heldRequest), undecidedForEver, nil})
	sendUpdate(h, 2*time.Minute, workflows.ApproveUpdate, alex)
	held, approved := h.statusAt(time.Minute), h.statusAt(3*time.Minute)
	h.run(hurried).failed(workflows.DeadlineExceeded)
	require.Equal(t, []any{workflows.PhaseWaiting, true, false}, []any{held.Phase, held.Held, held.Approved})
	require.Equal(t, []workflows.Attention{workflows.AttentionHeld}, held.Attention)
	require.Equal(t, []string{"check-now", "resolve", "extend-deadline", "approve", "deny"}, held.Actions)
	require.Equal(t, "R", held.CarrierStatus)

	require.Equal(t, []any{workflows.PhaseWaiting, true, true}, []any{approved.Phase, approved.Held, approved.Approved})
	require.Empty(t, approved.Attention)
	require.Equal(t, []string{"check-now", "resolve", "extend-deadline", "deny"}, approved.Actions)
}

func TestStatusWhileCancelling(t *testing.T) {
	unavailable := problem(activities.Retrying, time.Minute, activities.Problem{HTTPStatus: 503})
	h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(unavailable, carriers.Outcome{State: carriers.Pending}), nil})
	h.at(30*time.Second, h.CancelWorkflow)
	s := h.statusAt(40 * time.Second)
	h.run().failed(workflows.CanceledAfterSubmit)
	require.Equal(t, workflows.PhaseCancelling, s.Phase)
	require.Equal(t, "The run was cancelled. Asking DISH what became of the request.", s.Message)
	require.Equal(t, firstAnswer, s.Acknowledgement)
	require.Empty(t, s.Actions, "no update is accepted any more")
	require.Zero(t, s.CheckEvery)
	require.False(t, s.Ended())
}

func TestStatusAtTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		fake          fakes
		patch         string
		failure       workflows.FailureType
		carrierStatus string
	}{
		"completed":            {fakes{acknowledges(accepted), answers(done), nil}, `{}`, "", "Success"},
		"failed":               {fakes{acknowledges(accepted), answers(ended), nil}, `{}`, workflows.CarrierFailed, "Failed"},
		"refused":              {fakes{refuses(problem(activities.Rejected, 0, activities.Problem{})), nil, nil}, `{}`, workflows.CarrierRejected, ""},
		"an invalid request":   {fakes{}, `{"action":"Pause"}`, workflows.InvalidRequest, ""},
		"undecided":            {fakes{acknowledges(accepted), undecidedForEver, nil}, hurried, workflows.DeadlineExceeded, "InProgress"},
		"parked until the end": {fakes{refuses(lost), undecidedForEver, nil}, hurried, workflows.OutcomeUnknown, "InProgress"},
		"not in effect":        {fakes{acknowledges(accepted), answers(not), nil}, `{}`, workflows.NotInEffect, "Success"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, suspend, c.fake).run(c.patch)
			s := h.status()
			require.True(t, s.Ended())
			require.Equal(t, workflows.PhaseEnded, s.Phase)
			require.Equal(t, c.failure, s.Failure)
			require.Equal(t, c.carrierStatus, s.CarrierStatus)
			require.Empty(t, s.Actions)
			require.Zero(t, s.CheckEvery)
			require.Empty(t, s.Attention, "the follow-up has it")
		})
	}
	t.Run("cancelled with nothing sent", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{unreachable(time.Minute, false), checkingOnce(activities.CheckResult{Presence: carriers.Absent}), nil})
		h.at(30*time.Second, h.CancelWorkflow).run().canceledClean()
		require.Equal(t, workflows.Canceled, h.status().Failure)
	})
}

// The answer of an update is the status after it.
func TestAnUpdateAnswersWithTheStatus(t *testing.T) {
	h := newHarness(t, suspend, neverDecided)
	r := sendUpdate(h, time.Minute, workflows.ExtendDeadlineUpdate, workflows.ExtendDeadline{OperatorAction: alex, By: carriers.Duration(time.Hour)})
	queried := h.statusAt(time.Minute + time.Second)
	h.run(hurried).failed(workflows.DeadlineExceeded)
	answer := answered[workflows.OperationStatus](t, r)
	require.Equal(t, started.Add(2*time.Hour), answer.Deadline)
	require.Equal(t, "The deadline is now 2026-03-04 11:00:00 UTC.", answer.Message)
	answer.Message = queried.Message
	require.Equal(t, *queried, answer)
}

// Reads have no status: they take seconds, and their workflow answers no query.
func TestAReadHasNoStatus(t *testing.T) {
	h := newHarness(t, "dish.GetTransactionStatus", fakes{nil, nil, func(int, readInput) (map[string]any, error) {
		return map[string]any{"status": "Success", "state": "done"}, nil
	}}).run()
	_, err := h.QueryWorkflow(workflows.StatusQuery)
	require.ErrorContains(t, err, "unknown queryType status")
}
