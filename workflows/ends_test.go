package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// A request that no worker takes up waits for one, overdue and marked, and does not fill its history.
func TestARequestThatNobodyTakesUpDoesNotGrowTheHistory(t *testing.T) {
	s := newStage(t, suspend, script{nil, answers(done), nil})
	waits, tries := []time.Duration{untakenAfter, 25 * time.Minute, time.Hour}, 0
	s.OnActivity(activities.SubmitName(suspend), mock.Anything, mock.Anything).Return(func(context.Context, submitInput) (carriers.Acknowledgement, error) {
		if tries++; tries <= len(waits) {
			return carriers.Acknowledgement{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)
		}
		return accepted, nil
	}).AfterFn(func() time.Duration { return waits[min(tries, len(waits)-1)] })
	var windows []time.Duration
	s.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == activities.SubmitName(suspend) {
			windows = append(windows, info.ScheduleToCloseTimeout)
		}
	})
	s.run()
	s.completed()
	require.Equal(t, [][]string{{"NotServed"}, {"NotServed", "Overdue"}}, s.raised)
	require.Greater(t, windows[2], time.Hour, "until the deadline at once")
}

// An attempt that ended with a panic may have sent: the next one looks first.
func TestAnAttemptThatEndedOddlyMayHaveSent(t *testing.T) {
	s := newStage(t, suspend, script{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
		if n == 1 {
			return carriers.Acknowledgement{}, temporal.NewNonRetryableApplicationError("index out of range", "PanicError", nil)
		}
		return accepted, nil
	}, answers(done), nil}).run()
	s.completed()
	require.True(t, s.sent[1].Earlier.MaybeSent())
}

// Credentials that are refused for a second send, when the first is proven to be absent: nothing was taken, and it is not sent on
// and on.
func TestARefusalOfCredentialsThatIsProvenIsFinal(t *testing.T) {
	s := newStage(t, suspend, script{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
		switch n {
		case 1:
			return carriers.Acknowledgement{}, problem(activities.Unauthorized, 0, activities.Problem{HTTPStatus: 401, Intent: mayHaveSent(nil)})
		case 3: // it would go on until the deadline
			return accepted, nil
		}
		return carriers.Acknowledgement{}, problem(activities.Unauthorized, 0, activities.Problem{HTTPStatus: 401})
	}, answers(done), nil}).run()
	s.failed(CarrierUnauthorized)
	require.Len(t, s.sent, 2)
}

// A callback that decides nothing makes the workflow look, and a parked request that the look finds is adopted.
func TestALookThatFindsAParkedRequestAdoptsIt(t *testing.T) {
	found := accepted
	found.Found = true
	s := newStage(t, suspend, script{refuses(lost), func(n int, in checkInput) (activities.CheckResult, error) {
		if in.Once {
			return activities.CheckResult{Outcome: carriers.Outcome{State: carriers.Pending, Status: "InProgress"}, Found: &found}, nil
		}
		return undecidedForEver(n, in)
	}, nil})
	s.calledBack(time.Minute, Callback{State: carriers.Pending, Status: "Queued"})
	s.at(2*time.Minute, func() { require.False(t, s.onList, "nobody has to look any more") })
	s.run(hurried)
	require.Equal(t, "tx-1", s.failed(DeadlineExceeded).TransactionID)
}

// A failed callback that another one contradicts while it is confirmed decides nothing.
func TestAWordThatIsContradictedWhileItIsConfirmedDecidesNothing(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), believing, nil})
	s.at(10*time.Second, func() {
		s.SignalWorkflowSkippingWorkflowTask(CallbackSignal.Name, saysFailed)
		s.SignalWorkflow(CallbackSignal.Name, saysDone)
	}).run(hurried)
	s.failed(DeadlineExceeded)
}

// A run is marked as not served only while it is.
func TestARunThatIsServedAgainRecovers(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		switch n {
		case 1:
			return activities.CheckResult{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil)
		case 2:
			require.Contains(t, in.Raised, activities.NotServed)
			return activities.CheckResult{}, problem(activities.Recovered, 0, activities.Problem{})
		}
		require.Equal(t, []string{"Overdue"}, in.Raised)
		return activities.CheckResult{Outcome: done}, nil
	}, nil}).run()
	s.completed()
	require.Len(t, s.asked, 3)
}

// A follow-up can be cancelled.
func TestAFollowUpCanBeCancelled(t *testing.T) {
	suite := quietSuite()
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "follow-up:dish:r-1"})
	Register(env)
	env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil)
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)
	env.RegisterDelayedCallback(func() { t.Error("it is still open") }, 2*time.Hour)
	env.ExecuteWorkflow(FollowUpType, FollowUp{WorkflowID: "dish:r-1", RunID: "run", Carrier: carriers.DISH, Reference: "r-1"})
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()), "%v", env.GetWorkflowError())
}

// A final word that comes while a follow-up is started reaches the follow-up.
func TestAWordDuringTheHandOverIsKept(t *testing.T) {
	s := newStageWithFollowUps(t, suspend, script{acknowledges(accepted), undecidedForEver, nil})
	s.SetOnChildWorkflowStartedListener(func(*workflow.Info, workflow.Context, converter.EncodedValues) {
		s.SignalWorkflowSkippingWorkflowTask(CallbackSignal.Name, saysDone)
	})
	s.at(48*time.Hour, func() {
		require.NoError(t, s.SignalWorkflowByID(FollowUpID("dish:r-1"), SeenSignal.Name, Seen{By: "jo"}))
	})
	s.run(hurried)
	s.failed(DeadlineExceeded)
	require.Equal(t, []string{"Overdue", "LateCallback"}, s.attention())
}

// A run that goes on where another of the same operation ended, because of a retry policy for example, looks before it sends.
func TestARunThatContinuesAnotherLooksFirst(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), answers(done), nil})
	s.SetContinuedExecutionRunID("run-0")
	s.run().completed()
	require.True(t, s.sent[0].Earlier.MaybeSent())
}

// Nobody has asked the carrier: then nobody can say that it was undecided.
func TestNoWorkerAsksUntilTheDeadline(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), answers(temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil)), nil}).run()
	require.Contains(t, s.failed(DeadlineExceeded).Message, "DISH has the request, and no worker that serves it has asked for the outcome")
	require.Equal(t, []string{"NotServed", "Overdue"}, s.attention())
}

// Where the carrier documents no callbacks, one decides nothing about a cancelled run either.
func TestACancelledRunWithoutCallbacksBelievesNone(t *testing.T) {
	s := newStage(t, activities.STNSetServices, script{acknowledges(accepted), lookingOnce(carriers.Outcome{State: carriers.Pending, Status: "INIT"}), nil})
	s.calledBack(20*time.Second, saysFailed).at(30*time.Second, s.CancelWorkflow).run().failed(CanceledAfterSubmit)
}

// The carrier's latest word is kept also when nothing that comes after it has a word.
func TestALatestWordOutlivesWhatHasNone(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if n == 1 {
			return activities.CheckResult{}, problem(activities.UnknownStatus, 0, activities.Problem{CarrierStatus: "Parked"})
		}
		return activities.CheckResult{}, problem(activities.Pending, in.Every.Std(), activities.Problem{Class: carriers.Uncertain})
	}, nil}).run(hurried)
	require.Equal(t, "Parked", s.failed(DeadlineExceeded).Status)

	s = newStage(t, suspend, script{acknowledges(accepted), lookingOnce(problem(activities.Retrying, time.Second, activities.Problem{HTTPStatus: 503})), nil})
	s.calledBack(20*time.Second, Callback{State: carriers.Pending, Status: "Queued"}).at(30*time.Second, s.CancelWorkflow).run()
	require.Equal(t, "Queued", s.failed(CanceledAfterSubmit).Status)
}

// The status of a result is the word that decided it, not the one of the acknowledgement.
func TestTheStatusOfAResultIsTheWordThatDecidedIt(t *testing.T) {
	completed := done
	completed.Status = "Completed"
	require.Equal(t, "Completed", newStage(t, suspend, script{acknowledges(accepted), answers(completed), nil}).run().completed().Status)
}

// A final word that nobody has heard before the end is kept, whatever the end is.
func TestAWordThatCameBeforeTheEndIsKept(t *testing.T) {
	var s *stage
	s = newStage(t, suspend, script{func(int, submitInput) (carriers.Acknowledgement, error) {
		s.SignalWorkflowSkippingWorkflowTask(CallbackSignal.Name, saysDone)
		return carriers.Acknowledgement{}, problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 409})
	}, nil, nil})
	s.run().failed(CarrierRejected)
	require.Equal(t, []Attention{AttentionContradicted}, s.followUps[0].Attention)
	require.Equal(t, []Callback{saysDone}, s.followUps[0].Callbacks)
}

// A request of which a callback has told is not said to be absent.
func TestACancelledRequestThatACallbackTellsOfIsNotAbsent(t *testing.T) {
	s := newStage(t, suspend, script{unreachable(time.Minute, true), lookingOnce(activities.CheckResult{Presence: carriers.Absent}), nil})
	s.calledBack(20*time.Second, Callback{State: carriers.Pending, Status: "Queued"}).at(30*time.Second, s.CancelWorkflow).run()
	require.Equal(t, "Queued", s.failed(CanceledAfterSubmit).Status)
}

// An operator who decides knows what the carrier had said before.
func TestWhatAnOperatorKnewIsNoContradiction(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), undecidedForEver, nil}).calledBack(time.Minute, saysFailed)
	ordered(s, 10*time.Minute, ResolveUpdate, Resolve{alex, carriers.Done})
	s.run().completed()
	require.Empty(t, s.followUps)
}

// A request that nobody takes up is asked for again once, to tell the operators.
func TestARequestThatIsMarkedWaitsForAWorkerInOnePiece(t *testing.T) {
	env := quietSuite().NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		o := operation[struct{}]{carrier: carriers.DISH, timings: usual()}
		untaken := func() time.Duration {
			return workflow.GetActivityOptions(o.submitOptions(ctx, 72*time.Hour)).ScheduleToStartTimeout
		}
		require.Equal(t, untakenAfter, untaken())
		o.raised = []Attention{AttentionNotServed}
		require.Equal(t, 72*time.Hour, untaken())
		return nil
	})
	require.NoError(t, env.GetWorkflowError())
}

// Whoever has asked is answered before the run ends.
func TestWhoeverAskedIsAnsweredBeforeTheEnd(t *testing.T) {
	s := newStage(t, suspend, script{nil, nil, nil})
	s.OnActivity(activities.SubmitName(suspend), mock.Anything, mock.Anything).Return(accepted, nil)
	s.OnActivity(activities.CheckName(suspend), mock.Anything, mock.Anything).Return(activities.CheckResult{Outcome: done}, nil).After(time.Hour)
	r := ordered(s, 59*time.Minute, CheckNowUpdate, alex)
	s.run().completed()
	require.Contains(t, answerOf[Standing](t, r).Message, "ended while DISH was being asked")
}

// A look-up that cannot tell says nothing about a cancelled request, however often it is made.
func TestACancelledRequestThatCannotBeToldIsUnknown(t *testing.T) {
	s := newStage(t, suspend, script{unreachable(time.Minute, true), lookingOnce(activities.CheckResult{Presence: carriers.CannotTell}), nil})
	s.at(30*time.Second, s.CancelWorkflow).run().failed(OutcomeUnknown)
	require.Equal(t, []Attention{AttentionOutcomeUnknown}, s.followUps[0].Attention)
}
