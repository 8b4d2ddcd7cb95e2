package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// onceTold answers a confirming check, and leaves every other one undecided.
func onceTold(told any) func(int, checkInput) (activities.CheckResult, error) {
	return func(n int, in checkInput) (activities.CheckResult, error) {
		if in.Told.State != "" {
			return answers(told)(n, in)
		}
		return undecidedForEver(n, in)
	}
}

// believing answers a check with what the callback said, because nothing contradicts it.
func believing(n int, in checkInput) (activities.CheckResult, error) {
	if in.Told.State != "" {
		return activities.CheckResult{Outcome: in.Told}, nil
	}
	return undecidedForEver(n, in)
}

var (
	saysDone   = Callback{State: carriers.Done, Status: "Success", EventID: "e-1"}
	saysFailed = Callback{State: carriers.Failed, Status: "Failed", Code: "E-42", Reason: "no such plan"}
)

func TestACheckDecides(t *testing.T) {
	for _, polls := range []int{0, 1, 8} {
		s := newStage(t, suspend, script{acknowledges(accepted), answers(append(times(polls, undecided(30*time.Second)), done)...), nil}).run()
		r := s.completed()
		require.Equal(t, ByCheck, r.DecidedBy)
		require.Equal(t, carriers.Shown, r.Effect)
		require.Equal(t, line, r.Line)
		require.Equal(t, "Success", r.Status)
		require.Equal(t, "tx-1", r.TransactionID)
		require.Equal(t, accepted.At, r.SubmittedAt)
		require.Equal(t, started.Add(time.Duration(polls)*30*time.Second), r.DecidedAt)
		require.Len(t, s.sent, 1, "sent once")
		require.Len(t, s.asked, polls+1)
		require.Empty(t, s.raised)
	}
}

func TestACheckIsToldEverything(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), answers(done), nil}).run(`{"confirm":false,"timings":{"pollEvery":"7s","confirmWithin":"3m"}}`)
	s.completed()
	got := s.asked[0].checkInput
	require.JSONEq(t, `{"iccid":"89010000000000000017","action":"Suspend"}`, string(got.Request))
	got.Request = nil
	require.Equal(t, checkInput{
		Reference: "r-1", Acknowledgement: accepted, StartedAt: started,
		Pace:          activities.Pace{Every: carriers.Duration(7 * time.Second), Longest: carriers.Duration(10 * time.Minute), Since: started},
		ConfirmWithin: carriers.Duration(3 * time.Minute),
	}, got)
	require.JSONEq(t, `{"iccid":"89010000000000000017","action":"Suspend"}`, string(s.sent[0].Request))
	require.Equal(t, carriers.Duration(15*time.Second), s.sent[0].Settle)
	require.Equal(t, started, s.sent[0].StartedAt)
	require.False(t, s.sent[0].Earlier.MaybeSent())
}

func TestACheckFindsAFailure(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), answers(undecided(time.Minute), ended), nil}).run()
	f := s.failed(CarrierFailed)
	require.Equal(t, ByCheck, f.DecidedBy)
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
		callback Callback
		patch    string
		check    func(int, checkInput) (activities.CheckResult, error)
		failure  FailureType // "" for a success
		by       DecidedBy
		effect   carriers.Effect
		asked    int
	}{
		"done, confirmed by a read":       {saysDone, `{}`, onceTold(done), "", ByCallback, carriers.Shown, 2},
		"done, nothing can be compared":   {saysDone, `{}`, onceTold(carriers.Outcome{State: carriers.Done, Effect: carriers.Incomparable}), "", ByCallback, carriers.Incomparable, 2},
		"done, the read says failed":      {saysDone, `{}`, onceTold(ended), CarrierFailed, ByCheck, "", 2},
		"done, the read does not show it": {saysDone, `{}`, onceTold(not), NotInEffect, ByCallback, "", 2},
		"done, no confirmation wanted":    {saysDone, `{"confirm":false}`, onceTold(not), "", ByCallback, carriers.NotRead, 1},
		"failed, and nothing contradicts": {saysFailed, `{}`, believing, CarrierFailed, ByCallback, "", 2},
		"failed, but the read shows done": {saysFailed, `{}`, onceTold(done), "", ByCheck, carriers.Shown, 2},
		"failed, no confirmation wanted":  {saysFailed, `{"confirm":false}`, onceTold(ended), CarrierFailed, ByCallback, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, suspend, script{acknowledges(accepted), c.check, nil}).calledBack(10*time.Second, c.callback).run(c.patch)
			require.Len(t, s.asked, c.asked)
			if c.failure != "" {
				require.Equal(t, c.by, s.failed(c.failure).DecidedBy)
				require.Equal(t, c.failure == NotInEffect, len(s.raised) == 1, "operators hear of NotInEffect")
				return
			}
			r := s.completed()
			require.Equal(t, c.by, r.DecidedBy)
			require.Equal(t, c.effect, r.Effect)
			require.Equal(t, started.Add(10*time.Second), r.DecidedAt)
			require.Empty(t, s.raised)
		})
	}
}

func TestAConfirmingReadRepeatsQuickly(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if in.Told.State == carriers.Done && n >= 4 {
			return activities.CheckResult{Outcome: done}, nil
		}
		return activities.CheckResult{}, undecided(in.Every.Std())
	}, nil}).calledBack(10*time.Second, saysDone).run()
	require.Equal(t, ByCallback, s.completed().DecidedBy)
	require.Equal(t, []time.Duration{0, 10 * time.Second, 25 * time.Second, 30 * time.Second, 40 * time.Second}, s.times())
	require.Equal(t, carriers.Duration(15*time.Second), s.asked[1].Every, "an eighth of the time a change may take to show")
}

// A read that fails to confirm does not make the workflow forget what the callback said.
func TestWhatACallbackSaidIsRemembered(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if in.Every.Std() == 10*time.Minute && in.Told.State == carriers.Done {
			return activities.CheckResult{Outcome: done}, nil
		}
		return activities.CheckResult{}, undecided(in.Every.Std())
	}, nil}).calledBack(10*time.Second, saysDone).run(`{"timings":{"pollEvery":"1m","overdueAfter":"5m","confirmWithin":"4m"}}`)
	require.Equal(t, ByCheck, s.completed().DecidedBy)
	require.Equal(t, []string{"Overdue"}, s.attention())
}

func TestACallbackBeforeTheAcknowledgement(t *testing.T) {
	for name, c := range map[string]struct {
		callback Callback
		asked    int
		seen     carriers.Outcome
	}{
		"done":    {saysDone, 1, done},                                                 // the confirming read alone
		"failed":  {saysFailed, 1, ended},                                              // the read may contradict it
		"unknown": {Callback{State: carriers.Unknown, Status: "Provisioned"}, 1, done}, // the check starts anyway
	} {
		t.Run(name, func(t *testing.T) {
			var s *stage
			s = newStage(t, suspend, script{func(int, submitInput) (carriers.Acknowledgement, error) {
				s.SignalWorkflowSkippingWorkflowTask(CallbackSignal.Name, c.callback)
				return accepted, nil
			}, answers(c.seen), nil})
			s.run()
			require.Len(t, s.asked, c.asked)
			if c.callback.State == carriers.Failed {
				s.failed(CarrierFailed)
				return
			}
			s.completed()
		})
	}
}

func TestTheFirstFinalWordWins(t *testing.T) {
	t.Run("failed, then done, and the carrier says failed", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), answers(undecided(30*time.Second), ended), nil})
		s.at(10*time.Second, func() {
			s.SignalWorkflowSkippingWorkflowTask(CallbackSignal.Name, saysFailed)
			s.SignalWorkflow(CallbackSignal.Name, saysDone)
		}).run()
		s.failed(CarrierFailed)
		require.Equal(t, []Attention{AttentionContradicted}, s.followUps[0].Attention)
		require.Equal(t, []Callback{saysDone}, s.followUps[0].Callbacks, "the other word is kept")
	})
	t.Run("done, then failed, and the read shows it", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), onceTold(done), nil})
		s.at(10*time.Second, func() {
			s.SignalWorkflowSkippingWorkflowTask(CallbackSignal.Name, saysDone)
			s.SignalWorkflow(CallbackSignal.Name, saysFailed)
		}).run()
		require.Equal(t, carriers.Shown, s.completed().Effect)
		require.Equal(t, []Callback{saysFailed}, s.followUps[0].Callbacks)
	})
	t.Run("done twice is confirmed once", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			if n == 3 {
				return activities.CheckResult{Outcome: done}, nil
			}
			return undecidedForEver(n, in)
		}, nil})
		s.calledBack(10*time.Second, saysDone).calledBack(12*time.Second, saysDone).run()
		require.Equal(t, ByCallback, s.completed().DecidedBy)
		require.Equal(t, []time.Duration{0, 10 * time.Second, 25 * time.Second}, s.times())
	})
	t.Run("done, and while it is confirmed, the check gives up", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			switch {
			case in.Told.State == "" && n > 1:
				return activities.CheckResult{}, problem(activities.UnknownStatus, 0, activities.Problem{})
			case n == 5:
				return activities.CheckResult{Outcome: done}, nil
			}
			return undecidedForEver(n, in)
		}, nil}).calledBack(10*time.Second, saysDone).run()
		require.Equal(t, ByCallback, s.completed().DecidedBy)
		require.Empty(t, s.raised)
	})
	t.Run("done, and while it is confirmed, failed: two words that contradict each other decide nothing", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), answers(undecided(time.Minute)), nil})
		s.calledBack(10*time.Second, saysDone).calledBack(20*time.Second, saysFailed).run(hurried)
		s.failed(DeadlineExceeded)
	})
	t.Run("late, after a check has decided", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), answers(done), nil}).calledBack(time.Hour, saysFailed).run()
		s.completed()
	})
}

func TestACallbackThatDecidesNothingMakesUsLookOnce(t *testing.T) {
	for _, c := range []Callback{{State: carriers.Unknown, Status: "Provisioned"}, {State: carriers.Pending, Status: "InProgress"}, {State: "banana"}, {}} {
		s := newStage(t, suspend, script{acknowledges(accepted), answers(undecided(time.Minute), undecided(time.Minute), done), nil})
		s.calledBack(10*time.Second, c).run()
		require.Equal(t, ByCheck, s.completed().DecidedBy)
		require.Equal(t, []time.Duration{0, 10 * time.Second, time.Minute}, s.times())
	}
	t.Run("the look itself can decide", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), answers(undecided(time.Minute), done), nil})
		s.calledBack(10*time.Second, Callback{State: carriers.Pending}).run()
		require.Equal(t, started.Add(10*time.Second), s.completed().DecidedAt)
	})
	t.Run("not final, then final", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), onceTold(done), nil})
		s.calledBack(10*time.Second, Callback{State: carriers.Pending}).calledBack(20*time.Second, saysDone).run()
		require.Equal(t, ByCallback, s.completed().DecidedBy)
		require.Equal(t, []time.Duration{0, 10 * time.Second, 20 * time.Second}, s.times())
	})
	t.Run("a flood of them does not grow the history", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), onceTold(done), nil})
		for i := range 50 {
			s.calledBack(time.Duration(i+1)*time.Second/10, Callback{State: carriers.Pending})
		}
		s.calledBack(20*time.Second, saysDone).run()
		s.completed()
		require.Len(t, s.asked, 1+mostLooks+1)
	})
}

// A signal that cannot be read is dropped; it must not hold up what comes after it.
func TestAnUnreadableSignalIsDropped(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), answers(undecided(time.Minute), done), nil})
	s.at(10*time.Second, func() { s.SignalWorkflow(CallbackSignal.Name, "done, I promise") }).run()
	require.Equal(t, started.Add(time.Minute), s.completed().DecidedAt)
}

func TestACallbackWrittenByHandIsRedacted(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), believing, nil})
	s.calledBack(10*time.Second, Callback{
		State: carriers.Failed, Status: "Failed 15550100123", Code: "89010000000000000017", Reason: "ask jane@example.com",
	}).run()
	require.Contains(t, s.failed(CarrierFailed).Message, "Failed …")
}
