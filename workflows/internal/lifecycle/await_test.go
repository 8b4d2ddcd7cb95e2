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

// onceCalledBack answers a confirming check, and leaves every other one undecided.
func onceCalledBack(result any) func(int, checkInput) (activities.CheckResult, error) {
	return func(n int, in checkInput) (activities.CheckResult, error) {
		if in.CallbackOutcome.State != "" {
			return answers(result)(n, in)
		}
		return undecidedForEver(n, in)
	}
}

// believing answers a check with what the callback said, because nothing contradicts it.
func believing(n int, in checkInput) (activities.CheckResult, error) {
	if in.CallbackOutcome.State != "" {
		return activities.CheckResult{Outcome: in.CallbackOutcome}, nil
	}
	return undecidedForEver(n, in)
}

var (
	saysDone   = workflows.Callback{State: carriers.Done, Status: "Success", EventID: "e-1"}
	saysFailed = workflows.Callback{State: carriers.Failed, Status: "Failed", Code: "E-42", Reason: "no such plan"}
)

func TestACheckDecides(t *testing.T) {
	for _, polls := range []int{0, 1, 8} {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(append(times(polls, undecided(30*time.Second)), done)...), nil}).run()
		r := h.completed()
		require.Equal(t, workflows.ByCheck, r.DecidedBy)
		require.Equal(t, carriers.Shown, r.Effect)
		require.Equal(t, line, r.Line)
		require.Equal(t, "Success", r.Status)
		require.Equal(t, "tx-1", r.TransactionID)
		require.Equal(t, accepted.At, r.SubmittedAt)
		require.Equal(t, started.Add(time.Duration(1+polls)*30*time.Second), r.DecidedAt, "the first check is one poll after the acknowledgement")
		require.Len(t, h.sent, 1, "sent once")
		require.Len(t, h.asked, polls+1)
		require.Empty(t, h.raised)
	}
}

func TestTheInputOfACheck(t *testing.T) {
	const options = `{"confirm":false,"timings":{"pollEvery":"7s","confirmWithin":"3m"}}`
	request := string(samples.Request(t, suspend, options))
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil}).run(options)
	h.completed()
	got := h.asked[0].checkInput
	require.JSONEq(t, request, string(got.Request))
	got.Request = nil
	require.Equal(t, checkInput{
		Reference: "r-1", Acknowledgement: accepted, StartedAt: started,
		Pace:          activities.Pace{Every: carriers.Duration(7 * time.Second), Longest: carriers.Duration(10 * time.Minute), Since: started},
		ConfirmWithin: carriers.Duration(3 * time.Minute),
	}, got)
	require.JSONEq(t, request, string(h.sent[0].Request))
	require.Equal(t, carriers.Duration(15*time.Second), h.sent[0].LookupDelay)
	require.Equal(t, started, h.sent[0].StartedAt)
	require.False(t, h.sent[0].Earlier.MaybeSent())
}

func TestACheckFindsAFailure(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(undecided(time.Minute), ended), nil}).run()
	f := h.failed(workflows.CarrierFailed)
	require.Equal(t, workflows.ByCheck, f.DecidedBy)
	require.Equal(t, "Failed", f.Status)
	require.Equal(t, "E-42", f.Code)
	require.Equal(t, "no such plan", f.Reason)
	require.Equal(t, "tx-1", f.TransactionID)
	require.Equal(t, "r-1", f.Reference)
	require.Equal(t, accepted.At, f.SubmittedAt)
	require.Contains(t, f.Message, "dish.UpdateSubscriptionStatus, reference r-1")
	require.Contains(t, f.Message, "E-42")
}

func TestACallbackDecides(t *testing.T) {
	for name, c := range map[string]struct {
		callback workflows.Callback
		patch    string
		check    func(int, checkInput) (activities.CheckResult, error)
		failure  workflows.FailureType // "" for a success
		by       workflows.DecidedBy
		effect   carriers.Effect
		asked    int
	}{
		"done, confirmed by a read":       {saysDone, `{}`, onceCalledBack(done), "", workflows.ByCallback, carriers.Shown, 1},
		"done, nothing can be compared":   {saysDone, `{}`, onceCalledBack(carriers.Outcome{State: carriers.Done, Effect: carriers.Incomparable}), "", workflows.ByCallback, carriers.Incomparable, 1},
		"done, the read says failed":      {saysDone, `{}`, onceCalledBack(ended), workflows.CarrierFailed, workflows.ByCheck, "", 1},
		"done, the read does not show it": {saysDone, `{}`, onceCalledBack(not), workflows.NotInEffect, workflows.ByCallback, "", 1},
		"done, no confirmation wanted":    {saysDone, `{"confirm":false}`, onceCalledBack(not), "", workflows.ByCallback, carriers.NotRead, 0},
		"failed, and nothing contradicts": {saysFailed, `{}`, believing, workflows.CarrierFailed, workflows.ByCallback, "", 1},
		"failed, but the read shows done": {saysFailed, `{}`, onceCalledBack(done), "", workflows.ByCheck, carriers.Shown, 1},
		"failed, no confirmation wanted":  {saysFailed, `{"confirm":false}`, onceCalledBack(ended), workflows.CarrierFailed, workflows.ByCallback, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, suspend, fakes{acknowledges(accepted), c.check, nil}).calledBack(10*time.Second, c.callback).run(c.patch)
			require.Len(t, h.asked, c.asked)
			if c.failure != "" {
				require.Equal(t, c.by, h.failed(c.failure).DecidedBy)
				require.Equal(t, c.failure == workflows.NotInEffect, len(h.raised) == 1, "operators are told of NotInEffect")
				return
			}
			r := h.completed()
			require.Equal(t, c.by, r.DecidedBy)
			require.Equal(t, c.effect, r.Effect)
			require.Equal(t, started.Add(10*time.Second), r.DecidedAt)
			require.Empty(t, h.raised)
		})
	}
}

func TestAConfirmingReadRepeatsQuickly(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if in.CallbackOutcome.State == carriers.Done && n >= 4 {
			return activities.CheckResult{Outcome: done}, nil
		}
		return activities.CheckResult{}, undecided(in.Every.Std())
	}, nil}).calledBack(10*time.Second, saysDone).run()
	require.Equal(t, workflows.ByCallback, h.completed().DecidedBy)
	require.Equal(t, []time.Duration{10 * time.Second, 25 * time.Second, 40 * time.Second, 55 * time.Second}, h.times())
	require.Equal(t, carriers.Duration(15*time.Second), h.asked[1].Every, "an eighth of the time a change may take to show")
}

// The workflow keeps a callback although the read that should confirm it fails.
func TestWhatACallbackSaidIsRemembered(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if in.Every.Std() == 10*time.Minute && in.CallbackOutcome.State == carriers.Done {
			return activities.CheckResult{Outcome: done}, nil
		}
		return activities.CheckResult{}, undecided(in.Every.Std())
	}, nil}).calledBack(10*time.Second, saysDone).run(`{"timings":{"pollEvery":"1m","overdueAfter":"5m","confirmWithin":"4m"}}`)
	require.Equal(t, workflows.ByCheck, h.completed().DecidedBy)
	require.Equal(t, []string{"Overdue"}, h.attention())
}

func TestACallbackBeforeTheAcknowledgement(t *testing.T) {
	for name, c := range map[string]struct {
		callback workflows.Callback
		asked    int
		seen     carriers.Outcome
	}{
		"done":    {saysDone, 1, done},                                                           // the confirming read alone
		"failed":  {saysFailed, 1, ended},                                                        // the read may contradict it
		"unknown": {workflows.Callback{State: carriers.Unknown, Status: "Provisioned"}, 1, done}, // the check starts anyway
	} {
		t.Run(name, func(t *testing.T) {
			var h *harness
			h = newHarness(t, suspend, fakes{func(int, submitInput) (carriers.Acknowledgement, error) {
				h.SignalWorkflowSkippingWorkflowTask(workflows.CallbackSignal.Name, c.callback)
				return accepted, nil
			}, answers(c.seen), nil})
			h.run()
			require.Len(t, h.asked, c.asked)
			if c.callback.State == carriers.Failed {
				h.failed(workflows.CarrierFailed)
				return
			}
			h.completed()
		})
	}
}

func TestTheFirstFinalCallbackDecides(t *testing.T) {
	t.Run("failed, then done, and the carrier says failed", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(undecided(30*time.Second), ended), nil})
		h.at(10*time.Second, func() {
			h.SignalWorkflowSkippingWorkflowTask(workflows.CallbackSignal.Name, saysFailed)
			h.SignalWorkflow(workflows.CallbackSignal.Name, saysDone)
		}).run()
		h.failed(workflows.CarrierFailed)
		require.Equal(t, []workflows.Attention{workflows.AttentionContradicted}, h.followUps[0].Attention)
		require.Equal(t, []workflows.Callback{saysDone}, h.followUps[0].Callbacks, "the other callback is kept")
	})
	t.Run("done, then failed, and the read shows it", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), onceCalledBack(done), nil})
		h.at(10*time.Second, func() {
			h.SignalWorkflowSkippingWorkflowTask(workflows.CallbackSignal.Name, saysDone)
			h.SignalWorkflow(workflows.CallbackSignal.Name, saysFailed)
		}).run()
		require.Equal(t, carriers.Shown, h.completed().Effect)
		require.Equal(t, []workflows.Callback{saysFailed}, h.followUps[0].Callbacks)
	})
	t.Run("done twice is confirmed once", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			if n == 3 {
				return activities.CheckResult{Outcome: done}, nil
			}
			return undecidedForEver(n, in)
		}, nil})
		h.calledBack(10*time.Second, saysDone).calledBack(12*time.Second, saysDone).run()
		require.Equal(t, workflows.ByCallback, h.completed().DecidedBy)
		require.Equal(t, []time.Duration{10 * time.Second, 25 * time.Second, 40 * time.Second}, h.times())
	})
	t.Run("done, and while it is confirmed, the check times out", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			switch {
			case in.CallbackOutcome.State == "" && n > 1:
				return activities.CheckResult{}, problem(activities.UnknownStatus, 0, activities.Problem{})
			case n == 5:
				return activities.CheckResult{Outcome: done}, nil
			}
			return undecidedForEver(n, in)
		}, nil}).calledBack(10*time.Second, saysDone).run()
		require.Equal(t, workflows.ByCallback, h.completed().DecidedBy)
		require.Empty(t, h.raised)
	})
	t.Run("done, and while it is confirmed, failed: two callbacks that contradict each other decide nothing", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(undecided(time.Minute)), nil})
		h.calledBack(10*time.Second, saysDone).calledBack(20*time.Second, saysFailed).run(hurried)
		h.failed(workflows.DeadlineExceeded)
	})
	t.Run("late, after a check has decided", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil}).calledBack(time.Hour, saysFailed).run()
		h.completed()
	})
}

func TestACallbackThatDecidesNothingCausesOneCheck(t *testing.T) {
	for _, c := range []workflows.Callback{{State: carriers.Unknown, Status: "Provisioned"}, {State: carriers.Pending, Status: "InProgress"}, {State: "banana"}, {}} {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(undecided(time.Minute), undecided(time.Minute), undecided(time.Minute), done), nil})
		h.calledBack(10*time.Second, c).calledBack(20*time.Second, c).run()
		require.Equal(t, workflows.ByCheck, h.completed().DecidedBy)
		require.Equal(t, []time.Duration{10 * time.Second, 20 * time.Second, 70 * time.Second, 130 * time.Second}, h.times(), "the first one begins the checks")
	}
	t.Run("the extra check can decide", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(undecided(time.Minute), done), nil})
		h.calledBack(10*time.Second, workflows.Callback{State: carriers.Pending}).calledBack(20*time.Second, workflows.Callback{State: carriers.Pending}).run()
		require.Equal(t, started.Add(20*time.Second), h.completed().DecidedAt)
	})
	t.Run("not final, then final", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), onceCalledBack(done), nil})
		h.calledBack(10*time.Second, workflows.Callback{State: carriers.Pending}).calledBack(20*time.Second, saysDone).run()
		require.Equal(t, workflows.ByCallback, h.completed().DecidedBy)
		require.Equal(t, []time.Duration{10 * time.Second, 20 * time.Second}, h.times())
	})
	t.Run("many of them do not grow the history", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), onceCalledBack(done), nil})
		for i := range 50 {
			h.calledBack(time.Duration(i+1)*time.Second/10, workflows.Callback{State: carriers.Pending})
		}
		h.calledBack(20*time.Second, saysDone).run()
		h.completed()
		require.Len(t, h.asked, 1+maxExtraChecks+1)
	})
}

// A signal that cannot be decoded is dropped; it must not block later ones.
func TestAnUnreadableSignalIsDropped(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(undecided(time.Minute), done), nil})
	h.at(10*time.Second, func() { h.SignalWorkflow(workflows.CallbackSignal.Name, "text in place of a callback") }).run()
	require.Equal(t, started.Add(90*time.Second), h.completed().DecidedAt)
}

func TestACallbackWrittenByHandIsRedacted(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), believing, nil})
	h.calledBack(10*time.Second, workflows.Callback{
		State: carriers.Failed, Status: "Failed 15550100123", Code: "89010000000000000017", Reason: "ask jane@example.com",
	}).run()
	require.Contains(t, h.failed(workflows.CarrierFailed).Message, "Failed …")
}
