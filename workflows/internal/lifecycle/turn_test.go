package lifecycle

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows"
)

const other = "dish:order-1"

// queuedBehind lets another workflow have the line's turn, until a notice says something else.
func (h *harness) queuedBehind(holder string) *harness {
	h.turn = func(int) activities.Turn { return activities.Turn{Line: lineID, Holder: holder} }
	return h
}

// told delivers a notice about the turn at a time after the start.
func (h *harness) told(after time.Duration, n workflows.TurnNotice) *harness {
	if n.RunID == "" {
		n.RunID = "default-test-run-id"
	}
	return h.at(after, func() {
		h.granted = h.granted || n.Granted && n.RunID == "default-test-run-id"
		h.SignalWorkflow(workflows.TurnSignal.Name, n)
	})
}

func TestAChangeTakesItsLinesTurn(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil}).run()
	h.completed()
	require.Equal(t, []string{""}, h.released, "it is given back at the end")
	require.Equal(t, started, h.sent[0].StartedAt)
	require.True(t, h.sent[0].Single)
	require.False(t, h.sent[0].Asked)
}

func TestWhatTakesNoTurn(t *testing.T) {
	t.Run("a read", func(t *testing.T) {
		h := newHarness(t, "dish.GetSubscription", fakes{nil, nil, func(int, readInput) (map[string]any, error) { return nil, nil }}).run()
		require.NoError(t, h.GetWorkflowError())
		require.Empty(t, h.released)
	})
	t.Run("a bad request", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{}).run(`{"action":"Explode"}`)
		h.failed(workflows.InvalidRequest)
		require.Empty(t, h.released)
	})
	t.Run("what acts on a request that is under way", func(t *testing.T) {
		for _, o := range registry.Operations() {
			if o.Info().OutOfTurn {
				h := newHarness(t, o.Info().Type, fakes{acknowledges(accepted), answers(done), nil}).run()
				require.Empty(t, h.released, o.Info().Type)
			}
		}
	})
}

func TestAChangeWaitsForItsTurn(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil}).queuedBehind(other)
	first, next := h.statusAt(time.Minute), h.statusAt(3*time.Minute)
	h.at(time.Minute, func() { require.Empty(t, h.sent, "nothing is sent before") })
	refused := sendUpdate(h, time.Minute, workflows.CheckNowUpdate, alex)
	h.told(2*time.Minute, workflows.TurnNotice{Holder: "dish:order-2"}).told(20*time.Minute, workflows.TurnNotice{Granted: true}).run().completed()

	require.Equal(t, workflows.OperationStatus{
		Carrier: "dish", Operation: suspend, Reference: "r-1", Phase: workflows.PhaseQueued, Deadline: started.Add(72 * time.Hour),
		Actions: []string{"extend-deadline"}, Turn: &workflows.TurnStatus{Line: lineID, Holder: other},
		Message: "Waiting for the turn of its line, which dish:order-1 has (as of 2026-03-04 09:00:00 UTC). Nothing has been sent yet. " + lineID + " shows who has it, and who waits.",
	}, *first)
	require.Equal(t, "dish:order-2", next.Turn.Holder)
	require.Contains(t, refused.refused(t, workflows.Refused), "dish:order-1 has the turn of the line, and nothing has been sent yet")
	require.Equal(t, started.Add(20*time.Minute), h.sent[0].StartedAt, "nothing was sent before, so that no older record is of this request")
	require.Empty(t, h.raised, "it was not late")
	require.Len(t, h.sent, 1)
	require.Equal(t, []any{true, true}, []any{h.sent[0].Single, h.sent[0].Asked}, "nothing was sent before, and it was told")
}

// The times count from the turn: an operation does not become late by waiting for another.
func TestTheDeadlineCountsFromTheTurn(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil}).queuedBehind(other)
	h.told(50*time.Minute, workflows.TurnNotice{Granted: true})
	status := h.statusAt(51 * time.Minute)
	h.run(hurried).failed(workflows.DeadlineExceeded)
	require.Equal(t, started.Add(110*time.Minute), status.Deadline)
	require.Equal(t, started.Add(55*time.Minute), status.OverdueAt)
}

// Who waits for long is on the operators' list, and asks again: the line may have been terminated.
func TestALateChangeAsksAgain(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil})
	h.turn = func(n int) activities.Turn { return activities.Turn{Line: lineID, Granted: n == 3, Holder: other} }
	status := h.statusAt(6 * time.Minute)
	h.run(hurried).completed()
	require.Equal(t, [][]string{{"LineBusy"}}, h.raised)
	require.Equal(t, []workflows.Attention{workflows.AttentionLineBusy}, status.Attention)
	require.Equal(t, started.Add(15*time.Minute), h.sent[0].StartedAt, "after 5 minutes, and 10 more")
	require.Len(t, h.sent, 1)
}

func TestAChangeWhoseTurnNeverComesFails(t *testing.T) {
	h := newHarness(t, suspend, fakes{}).queuedBehind(other)
	f := h.run(hurried).failed(workflows.DeadlineExceeded)
	require.Contains(t, f.Message, "nothing was sent, because dish:order-1 had the turn of this line until the deadline")
	require.Equal(t, started.Add(time.Hour), h.Now().UTC())
	require.Equal(t, []string{""}, h.released, "it no longer waits")
	require.Equal(t, []workflows.Attention{workflows.AttentionLineBusy}, h.followUps[0].Attention)
	require.Empty(t, h.followUps[0].Line)
}

// Also one whose deadline comes before it is late is on the operators' list.
func TestAChangeWithAnEarlyDeadlineIsOnTheList(t *testing.T) {
	h := newHarness(t, suspend, fakes{}).queuedBehind(other)
	h.run(`{"timings":{"deadline":"10m"}}`).failed(workflows.DeadlineExceeded)
	require.Equal(t, []workflows.Attention{workflows.AttentionLineBusy}, h.followUps[0].Attention)
}

func TestAChangeThatIsOneTooManyFails(t *testing.T) {
	h := newHarness(t, suspend, fakes{}).queuedBehind(other).told(time.Second, workflows.TurnNotice{Refused: true})
	require.Contains(t, h.run().failed(workflows.DeadlineExceeded).Message, "nothing was sent, because 10000 changes wait for this line already")
	require.Equal(t, []workflows.Attention{workflows.AttentionLineBusy}, h.followUps[0].Attention)
}

func TestAWaitingChangeIsCancelled(t *testing.T) {
	h := newHarness(t, suspend, fakes{}).queuedBehind(other)
	h.at(time.Minute, h.CancelWorkflow).run()
	require.Contains(t, h.canceledClean().Message, "the run was cancelled before anything was sent to DISH")
	require.Equal(t, []string{""}, h.released)
	require.Empty(t, h.followUps)
}

// A request of which it is not known what becomes of it keeps the turn, until somebody has looked at it.
func TestAnUnknownOutcomeKeepsTheTurn(t *testing.T) {
	keeps := func(t *testing.T, h *harness) {
		t.Helper()
		require.Equal(t, []string{"follow-up:dish:r-1"}, h.released)
		require.Equal(t, lineID, h.followUps[0].Line)
	}
	t.Run("undecided at the deadline", func(t *testing.T) {
		h := newHarness(t, suspend, neverDecided)
		h.run().failed(workflows.DeadlineExceeded)
		keeps(t, h)
	})
	t.Run("cancelled after it was sent", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(carriers.Outcome{State: carriers.Pending}), nil})
		h.at(time.Minute, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit)
		keeps(t, h)
	})
	t.Run("never known whether it was sent", func(t *testing.T) {
		lost := problem(activities.OutcomeUnknown, 0, activities.Problem{Intent: mayHaveSent(nil)})
		h := newHarness(t, suspend, fakes{refuses(lost), undecidedForEver, nil})
		h.run().failed(workflows.OutcomeUnknown)
		keeps(t, h)
	})
	t.Run("decided, though not in effect", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(not), nil})
		h.run().failed(workflows.NotInEffect)
		require.Equal(t, []string{""}, h.released)
		require.Empty(t, h.followUps[0].Line)
	})
	t.Run("nothing was sent", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{unreachable(time.Minute, false), nil, nil})
		h.run(hurried).failed(workflows.DeadlineExceeded)
		require.Equal(t, []string{""}, h.released)
	})
}

func TestAFollowUpGivesTheTurnBack(t *testing.T) {
	for name, end := range map[string]func(*harness){
		"acknowledged": func(h *harness) { h.SignalWorkflow(workflows.SeenSignal.Name, workflows.Seen{By: "jo"}) },
		"cancelled":    func(h *harness) { h.CancelWorkflow() },
	} {
		t.Run(name, func(t *testing.T) {
			env := quietSuite().NewTestWorkflowEnvironment()
			Register(env, workflows.Operations())
			env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil)
			var released []string
			env.RegisterActivityWithOptions(func(_ context.Context, line, to string, _ activities.LineRequest) error {
				released = append(released, line+to)
				return nil
			}, activity.RegisterOptions{Name: activities.HandTurnName})
			env.RegisterDelayedCallback(func() { require.Empty(t, released) }, time.Hour)
			env.RegisterDelayedCallback(func() { end(&harness{TestWorkflowEnvironment: env, t: t}) }, 2*time.Hour)
			env.ExecuteWorkflow(workflows.FollowUpType, workflows.FollowUp{
				WorkflowID: "dish:r-1", RunID: "run", Carrier: "dish", Reference: "r-1", Attention: []workflows.Attention{workflows.AttentionOutcomeUnknown}, Line: lineID,
			})
			require.Equal(t, []string{lineID}, released)
		})
	}
}

// A notice in the history of a reset run is about the earlier run, which may have given the turn back since: the submit asks anew.
func TestANoticeOfAnEarlierRunIsNotBelieved(t *testing.T) {
	for name, notice := range map[string]workflows.TurnNotice{
		"granted": {Granted: true, RunID: "earlier"}, "refused": {Refused: true, RunID: "earlier"},
	} {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil})
		h.turn = func(n int) activities.Turn { return activities.Turn{Line: lineID, Granted: n == 2, Holder: other} }
		h.told(time.Minute, notice).run().completed()
		require.Len(t, h.sent, 1, name)
	}
}
