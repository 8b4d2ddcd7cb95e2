package lines

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
)

const lineID = "line:dish:0123456789abcdef"

// run is a run of an operation with a reference.
func run(reference string) activities.Asker {
	return activities.Asker{WorkflowID: "dish:" + reference, RunID: "run-of-" + reference}
}

// harness runs the workflow of a line in Temporal's test environment, and keeps who was told what.
type harness struct {
	*testsuite.TestWorkflowEnvironment
	t *testing.T
	// told are the notices, in their order: "dish:a granted", "dish:b waits for dish:a".
	told []string
	// ended are the workflows that no longer take signals.
	ended map[string]bool
	// gone answers the watch, by the number of the look.
	gone  func(n int) (activities.Asker, error)
	looks int
	// asked is how many workflows were looked at.
	asked int
}

func newHarness(t *testing.T) *harness {
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	h := &harness{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, ended: map[string]bool{}}
	h.gone = func(int) (activities.Asker, error) { return activities.Asker{}, errors.New("the holder has not ended") }
	h.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: lineID, TaskQueue: workflows.TaskQueue})
	Register(h)
	h.RegisterActivityWithOptions(func(context.Context) (activities.Asker, error) {
		h.looks++
		return h.gone(h.looks)
	}, activity.RegisterOptions{Name: activities.WatchHolderName})
	h.RegisterActivityWithOptions(func(_ context.Context, ids []string) (ended []string, err error) {
		h.asked += len(ids)
		for _, id := range ids {
			if h.ended[id] {
				ended = append(ended, id)
			}
		}
		return ended, nil
	}, activity.RegisterOptions{Name: activities.EndedName})
	h.OnUpsertMemo(mock.Anything).Return(nil)
	h.OnSignalExternalWorkflow(mock.Anything, mock.Anything, "", workflows.TurnSignal.Name, mock.Anything).Return(
		func(_, workflowID, _, _ string, arg any) error {
			n := arg.(workflows.TurnNotice)
			require.Contains(t, n.RunID, "run-of-"+strings.TrimPrefix(workflowID, "dish:"))
			switch {
			case h.ended[workflowID]:
				return errors.New("the workflow has ended")
			case n.Granted:
				h.told = append(h.told, workflowID+" granted")
			case n.Refused:
				h.told = append(h.told, workflowID+" refused")
			default:
				h.told = append(h.told, workflowID+" waits for "+n.Holder)
			}
			return nil
		})
	return h
}

func (h *harness) at(seconds int, do func()) {
	h.RegisterDelayedCallback(do, time.Duration(seconds)*time.Second)
}

func (h *harness) asks(seconds int, a activities.Asker) {
	h.at(seconds, func() { h.SignalWorkflow(workflows.AskTurnSignal.Name, a) })
}

func (h *harness) releases(seconds int, a activities.Asker, to ...string) {
	r := activities.Release{Asker: a}
	if len(to) > 0 {
		r.To = to[0]
	}
	h.at(seconds, func() { h.SignalWorkflow(workflows.ReleaseTurnSignal.Name, r) })
}

// status asks the line, while it is open.
func (h *harness) status() (s workflows.LineStatus) {
	value, err := h.QueryWorkflow(workflows.StatusQuery)
	require.NoError(h.t, err)
	require.NoError(h.t, value.Get(&s))
	return s
}

// ends runs the workflow until it has ended by itself.
func (h *harness) ends(state ...State) {
	h.t.Helper()
	h.SetTestTimeout(10 * time.Second)
	var input State
	if len(state) > 0 {
		input = state[0]
	}
	h.ExecuteWorkflow(workflows.LineType, input)
	require.True(h.t, h.IsWorkflowCompleted())
	require.NoError(h.t, h.GetWorkflowError())
}

func TestTheFirstHasTheTurnWithoutANotice(t *testing.T) {
	h := newHarness(t)
	h.asks(0, run("a"))
	h.at(1, func() { require.Equal(t, "dish:a", h.status().Holder) })
	h.releases(2, run("a"))
	h.ends()
	require.Empty(t, h.told)
	require.Zero(t, h.looks, "a turn for which nobody waits is not watched")
}

func TestTheOthersFollowInTheirOrder(t *testing.T) {
	h := newHarness(t)
	for i, reference := range []string{"a", "b", "c", "d"} {
		h.asks(i, run(reference))
	}
	h.at(4, func() {
		s := h.status()
		require.Equal(t, "dish:a", s.Holder)
		require.Equal(t, 3, s.Waiting)
		require.Equal(t, []string{"dish:b", "dish:c", "dish:d"}, s.Next)
	})
	for i, reference := range []string{"a", "b", "c", "d"} {
		h.releases(5+i, run(reference))
	}
	h.ends()
	require.Equal(t, []string{
		"dish:b granted", "dish:c waits for dish:b", // b has read from the memo who has the turn, c hears it when it is the next
		"dish:c granted", "dish:d waits for dish:c",
		"dish:d granted",
	}, h.told)
}

func TestAskingAgainChangesNothing(t *testing.T) {
	h := newHarness(t)
	h.asks(0, run("a"))
	h.asks(1, run("b"))
	h.asks(2, run("c"))
	h.asks(3, run("b"))
	h.asks(4, run("a")) // whose first call had no answer
	h.at(5, func() { require.Equal(t, []string{"dish:b", "dish:c"}, h.status().Next) })
	for i, reference := range []string{"a", "b", "c"} {
		h.releases(6+i, run(reference))
	}
	h.ends()
	require.Equal(t, "dish:a granted", h.told[0])
	require.Equal(t, []string{"dish:b granted", "dish:c waits for dish:b", "dish:c granted"}, h.told[len(h.told)-3:])
}

// A reset run has the id of the earlier one, and its place.
func TestAResetRunTakesThePlaceOfTheEarlierOne(t *testing.T) {
	again := func(reference string) activities.Asker {
		a := run(reference)
		a.RunID += "-again"
		return a
	}
	h := newHarness(t)
	h.asks(0, run("a"))
	h.asks(1, run("b"))
	h.asks(2, run("c"))
	h.asks(3, again("b"))
	h.asks(4, again("a"))
	h.releases(5, run("a")) // the earlier run does not have the turn any more
	h.at(6, func() { require.Equal(t, "dish:a", h.status().Holder) })
	h.releases(7, again("a"))
	h.releases(8, run("b"))
	h.at(9, func() { require.Equal(t, "dish:b", h.status().Holder) })
	h.releases(10, again("b"))
	h.releases(11, run("c"))
	h.ends()
}

// A reset run of the holder that did not ask again hands the turn over all the same.
func TestAResetHolderHandsTheTurnOver(t *testing.T) {
	again := run("a")
	again.RunID += "-again"
	h := newHarness(t)
	h.asks(0, run("a"))
	h.asks(1, run("b"))
	h.releases(2, again, "follow-up:dish:a")
	h.at(3, func() { require.Equal(t, "follow-up:dish:a", h.status().Holder) })
	h.asks(4, run("a")) // one more reset: it is the follow-up's operation
	h.at(5, func() {
		require.Equal(t, "dish:a", h.status().Holder)
		require.Equal(t, 1, h.status().Waiting)
		require.Contains(t, h.told, "dish:a granted")
	})
	h.releases(6, activities.Asker{WorkflowID: "follow-up:dish:a", RunID: "any"}) // it no longer has it
	h.at(7, func() { require.Equal(t, "dish:a", h.status().Holder) })
	h.releases(8, run("a"))
	h.releases(9, run("b"))
	h.ends()
}

// The line asks at once whether a holder is open of which another run gives the turn back.
func TestAReleaseByAnotherRunIsLookedInto(t *testing.T) {
	h := newHarness(t)
	h.asks(0, run("a"))
	h.asks(1, run("b"))
	var before int
	h.at(20, func() { before = h.looks })
	other := run("a")
	other.RunID = "run-of-a-later"
	h.releases(20, other)
	h.at(21, func() {
		require.Greater(t, h.looks, before)
		require.Equal(t, "dish:a", h.status().Holder)
	})
	h.releases(22, run("a"))
	h.releases(23, run("b"))
	h.ends()
}

func TestATerminatedHolderLosesTheTurn(t *testing.T) {
	h := newHarness(t)
	h.asks(0, run("a"))
	h.asks(1, run("b"))
	h.gone = func(n int) (activities.Asker, error) {
		if n < 4 {
			return activities.Asker{}, errors.New("the holder has not ended")
		}
		return run("a"), nil
	}
	h.at(60, func() {
		require.Equal(t, "dish:b", h.status().Holder)
		require.Equal(t, []string{"dish:b granted"}, h.told)
	})
	h.releases(61, run("b"))
	h.ends()
}

// Nobody waits, and the holder was terminated: the line does not stay open for ever.
func TestATurnForWhichNobodyWaitsIsWatchedLater(t *testing.T) {
	h := newHarness(t)
	h.asks(0, run("a"))
	h.gone = func(int) (activities.Asker, error) { return run("a"), nil }
	h.at(int(seldomAfter.Seconds())-1, func() { require.Zero(t, h.looks) })
	h.ends()
	require.Equal(t, 1, h.looks)
}

func TestWhoHasEndedIsPassedOver(t *testing.T) {
	h := newHarness(t)
	for i, reference := range []string{"a", "b", "c", "d"} {
		h.asks(i, run(reference))
	}
	h.at(4, func() { h.ended["dish:b"], h.ended["dish:c"] = true, true })
	h.releases(5, run("a"))
	h.at(6, func() { require.Equal(t, "dish:d", h.status().Holder) })
	h.releases(7, run("d"))
	h.ends()
	require.Equal(t, []string{"dish:d granted"}, h.told)
	require.Equal(t, 2, h.asked, "the others are looked at, once one has ended")
}

func TestWhoIsCancelledLeavesTheQueue(t *testing.T) {
	h := newHarness(t)
	for i, reference := range []string{"a", "b", "c"} {
		h.asks(i, run(reference))
	}
	h.releases(3, run("b"))
	h.at(4, func() {
		require.Equal(t, []string{"dish:c"}, h.status().Next)
		require.Equal(t, []string{"dish:c waits for dish:a"}, h.told, "it is the next now")
	})
	h.releases(5, run("a"))
	h.releases(6, run("c"))
	h.ends()
}

func TestATurnIsHandedToTheFollowUp(t *testing.T) {
	h := newHarness(t)
	h.asks(0, run("a"))
	h.asks(1, run("b"))
	h.releases(2, run("a"), "follow-up:dish:a")
	h.at(3, func() {
		require.Equal(t, "follow-up:dish:a", h.status().Holder)
		require.Equal(t, []string{"dish:b waits for follow-up:dish:a"}, h.told)
	})
	h.releases(4, activities.Asker{WorkflowID: "follow-up:dish:a", RunID: "any"})
	h.at(5, func() { require.Equal(t, "dish:b", h.status().Holder) })
	h.releases(6, run("b"))
	h.ends()
}

func TestAnOperatorTakesTheTurn(t *testing.T) {
	h := newHarness(t)
	h.asks(0, run("a"))
	h.asks(1, run("b"))
	var refusals []error
	var answers []workflows.LineStatus
	update := func(holder string) {
		argument := workflows.ReleaseLine{Holder: holder, OperatorAction: workflows.OperatorAction{Operator: "jane", Reason: "it is settled at the carrier"}}
		h.UpdateWorkflow(workflows.ReleaseLineUpdate.Name, "", &testsuite.TestUpdateCallback{
			OnAccept: func() {}, OnReject: func(err error) { refusals = append(refusals, err) },
			OnComplete: func(answer any, err error) {
				require.NoError(t, err)
				answers = append(answers, answer.(workflows.LineStatus))
			},
		}, argument)
	}
	h.at(2, func() { update("dish:b") })
	h.at(3, func() {
		require.Len(t, refusals, 1)
		require.ErrorContains(t, refusals[0], "dish:b does not have the turn any more; dish:a has it")
		update("dish:a")
	})
	h.at(4, func() {
		s := h.status()
		require.Equal(t, "dish:b", s.Holder)
		require.Len(t, s.Released, 1)
		require.Equal(t, "dish:a", s.Released[0].Holder)
		require.Equal(t, "jane", s.Released[0].Operator)
		require.Equal(t, "dish:b", answers[0].Holder, "the answer says who has it now")
	})
	h.releases(5, run("a")) // too late, and not its turn
	h.at(6, func() { require.Equal(t, "dish:b", h.status().Holder) })
	h.at(7, func() { update("dish:b") })
	h.ends()
	require.Len(t, refusals, 1)
}

// An update that comes with the first signals, before the line has read them, is decided by what they say.
func TestAnOperatorIsAsFastAsTheRequests(t *testing.T) {
	h := newHarness(t)
	var taken, failed int
	h.at(0, func() {
		h.SignalWorkflow(workflows.AskTurnSignal.Name, run("a"))
		for _, holder := range []string{"dish:b", "dish:a"} {
			h.UpdateWorkflow(workflows.ReleaseLineUpdate.Name, holder, &testsuite.TestUpdateCallback{
				OnAccept: func() {}, OnReject: func(error) { t.Error("nothing was read yet") },
				OnComplete: func(_ any, err error) {
					if err != nil {
						require.ErrorContains(t, err, "dish:b does not have the turn any more; dish:a has it")
						failed++
						return
					}
					taken++
				},
			}, workflows.ReleaseLine{Holder: holder, OperatorAction: workflows.OperatorAction{Operator: "jane", Reason: "why not"}})
		}
	})
	h.releases(1, run("a")) // if it was not taken
	h.ends()
	require.Equal(t, []int{1, 1}, []int{taken, failed})
}

func TestALongRunContinuesInANewOne(t *testing.T) {
	h := newHarness(t)
	h.asks(0, run("a"))
	h.asks(1, run("b"))
	h.at(2, func() { h.SetCurrentHistoryLength(longHistory + 1) })
	h.asks(3, run("c"))
	h.SetTestTimeout(10 * time.Second)
	h.ExecuteWorkflow(workflows.LineType, State{})
	next, continued := errors.AsType[*workflow.ContinueAsNewError](h.GetWorkflowError())
	require.True(t, continued, "%v", h.GetWorkflowError())
	var state State
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &state))
	require.Equal(t, run("a"), *state.Holder)
	require.Equal(t, []activities.Asker{run("b"), run("c")}, state.Waiting)

	further := newHarness(t)
	further.SetContinuedExecutionRunID("earlier")
	further.asks(0, run("d"))
	further.releases(1, run("a"))
	further.releases(2, run("b"))
	further.releases(3, run("c"))
	further.releases(4, run("d"))
	further.ends(state)
	require.Equal(t, []string{
		"dish:b granted", "dish:c waits for dish:b", "dish:c granted", "dish:d waits for dish:c", "dish:d granted",
	}, further.told)
}

func TestTooManyAreRefused(t *testing.T) {
	full := State{Holder: new(activities.Asker), Told: true}
	*full.Holder = run("a")
	for i := range workflows.MaxWaiting {
		full.Waiting = append(full.Waiting, activities.Asker{
			WorkflowID: fmt.Sprintf("masmovil:%036d", i), RunID: fmt.Sprintf("01a21622-df03-7e93-a77b-%012d", i),
		})
	}
	text, err := converter.GetDefaultDataConverter().ToPayload(full)
	require.NoError(t, err)
	require.Less(t, text.Size(), 2<<20*4/5, "the server takes inputs of up to 2 MiB")
	h := newHarness(t)
	h.SetContinuedExecutionRunID("earlier")
	h.asks(0, run("z"))
	h.at(1, func() {
		require.Equal(t, []string{"dish:z refused"}, h.told)
		h.CancelWorkflow()
	})
	h.at(2, func() {
		require.Equal(t, workflows.MaxWaiting, h.status().Waiting, "cancelling a line has no effect")
		h.SetCurrentHistoryLength(longHistory + 1)
	})
	h.asks(3, run("z"))
	h.SetTestTimeout(time.Minute)
	h.ExecuteWorkflow(workflows.LineType, full)
	require.True(t, workflow.IsContinueAsNewError(h.GetWorkflowError()))
}
