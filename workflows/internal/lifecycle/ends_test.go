package lifecycle

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
	"github.com/carrierflow/carrierflow/workflows"
)

// A request that no worker starts waits for one, overdue and marked, without new events in its history.
func TestARequestThatNoWorkerTakesDoesNotGrowTheHistory(t *testing.T) {
	h := newHarness(t, suspend, fakes{nil, answers(done), nil})
	waits, tries := []time.Duration{notTakenAfter, 25 * time.Minute, time.Hour}, 0
	h.OnActivity(activities.SubmitName(suspend), mock.Anything, mock.Anything).Return(func(context.Context, submitInput) (activities.SubmitResult, error) {
		if tries++; tries <= len(waits) {
			return activities.SubmitResult{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)
		}
		return activities.SubmitResult{Acknowledgement: accepted}, nil
	}).AfterFn(func() time.Duration { return waits[min(tries, len(waits)-1)] })
	var windows []time.Duration
	h.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == activities.SubmitName(suspend) {
			windows = append(windows, info.ScheduleToCloseTimeout)
		}
	})
	h.run()
	h.completed()
	require.Equal(t, [][]string{{"NotServed"}, {"NotServed", "Overdue"}}, h.raised)
	require.Greater(t, windows[2], time.Hour, "until the deadline at once")
}

// An attempt that ended with a panic may have sent, so the next one looks up first.
func TestAnAttemptThatEndedWithAPanicMayHaveSent(t *testing.T) {
	h := newHarness(t, suspend, fakes{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
		if n == 1 {
			return carriers.Acknowledgement{}, temporal.NewNonRetryableApplicationError("index out of range", "PanicError", nil)
		}
		return accepted, nil
	}, answers(done), nil}).run()
	h.completed()
	require.True(t, h.sent[1].Earlier.MaybeSent())
}

// Our credentials are refused for a second send, after the absence of the first was proven: nothing was taken, and the
// request is not sent again.
func TestARefusalOfCredentialsThatIsProvenIsFinal(t *testing.T) {
	h := newHarness(t, suspend, fakes{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
		switch n {
		case 1:
			return carriers.Acknowledgement{}, problem(activities.Unauthorized, 0, activities.Problem{HTTPStatus: 401, Intent: mayHaveSent(nil)})
		case 3: // it would continue until the deadline
			return accepted, nil
		}
		return carriers.Acknowledgement{}, problem(activities.Unauthorized, 0, activities.Problem{HTTPStatus: 401})
	}, answers(done), nil}).run()
	h.failed(workflows.CarrierUnauthorized)
	require.Len(t, h.sent, 2)
}

// After a callback that is not final the workflow checks, and accepts a parked request that the check finds.
func TestACheckThatFindsAParkedRequestAcceptsIt(t *testing.T) {
	found := accepted
	found.Found = true
	h := newHarness(t, suspend, fakes{refuses(lost), func(n int, in checkInput) (activities.CheckResult, error) {
		if in.Once {
			return activities.CheckResult{Outcome: carriers.Outcome{State: carriers.Pending, Status: "InProgress"}, Found: &found}, nil
		}
		return undecidedForEver(n, in)
	}, nil})
	h.calledBack(time.Minute, workflows.Callback{State: carriers.Pending, Status: "Queued"})
	h.at(2*time.Minute, func() { require.False(t, h.onList, "the attention is cleared") })
	h.run(hurried)
	require.Equal(t, "tx-1", h.failed(workflows.DeadlineExceeded).TransactionID)
}

// A failed callback decides nothing when another one contradicts it during its confirmation.
func TestACallbackThatIsContradictedWhileItIsConfirmedDecidesNothing(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), believing, nil})
	h.at(10*time.Second, func() {
		h.SignalWorkflowSkippingWorkflowTask(workflows.CallbackSignal.Name, saysFailed)
		h.SignalWorkflow(workflows.CallbackSignal.Name, saysDone)
	}).run(hurried)
	h.failed(workflows.DeadlineExceeded)
}

// A run is marked as not served only as long as no worker serves the carrier.
func TestARunThatIsServedAgainRecovers(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
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
	h.completed()
	require.Len(t, h.asked, 3)
}

// A follow-up can be cancelled.
func TestAFollowUpCanBeCancelled(t *testing.T) {
	suite := quietSuite()
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "follow-up:dish:r-1"})
	Register(env, workflows.Operations())
	env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil)
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)
	env.RegisterDelayedCallback(func() { t.Error("it is still open") }, 2*time.Hour)
	env.ExecuteWorkflow(workflows.FollowUpType, workflows.FollowUp{WorkflowID: "dish:r-1", RunID: "run", Carrier: "dish", Reference: "r-1"})
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()), "%v", env.GetWorkflowError())
}

// A final callback that comes while a follow-up is started reaches the follow-up.
func TestACallbackWhileAFollowUpIsStartedIsKept(t *testing.T) {
	h := newHarnessWithFollowUps(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil})
	h.SetOnChildWorkflowStartedListener(func(*workflow.Info, workflow.Context, converter.EncodedValues) {
		h.SignalWorkflowSkippingWorkflowTask(workflows.CallbackSignal.Name, saysDone)
	})
	h.at(48*time.Hour, func() {
		require.NoError(t, h.SignalWorkflowByID(workflows.FollowUpID("dish:r-1"), workflows.SeenSignal.Name, workflows.Seen{By: "jo"}))
	})
	h.run(hurried)
	h.failed(workflows.DeadlineExceeded)
	require.Equal(t, []string{"Overdue", "LateCallback"}, h.attention())
}

// A run that continues another run of the same operation, for example because of a retry policy, looks up before it sends.
func TestARunThatContinuesAnotherLooksFirst(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil})
	h.SetContinuedExecutionRunID("run-0")
	h.run().completed()
	require.True(t, h.sent[0].Earlier.MaybeSent())
}

// When the carrier was never asked, the failure does not say that it was undecided.
func TestNoWorkerAsksUntilTheDeadline(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil)), nil}).run()
	require.Contains(t, h.failed(workflows.DeadlineExceeded).Message, "DISH has the request, and no worker that serves it has asked for the outcome")
	require.Equal(t, []string{"NotServed", "Overdue"}, h.attention())
}

// Where the carrier documents no callbacks, a callback does not decide a cancelled run either.
func TestACancelledRunWithoutCallbacksBelievesNone(t *testing.T) {
	h := newHarness(t, "stn.SetServices", fakes{acknowledges(accepted), checkingOnce(carriers.Outcome{State: carriers.Pending, Status: "INIT"}), nil})
	h.calledBack(20*time.Second, saysFailed).at(30*time.Second, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit)
}

// The carrier's latest status is kept when a later answer has none.
func TestTheLatestStatusIsKeptWhenWhatFollowsHasNone(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if n == 1 {
			return activities.CheckResult{}, problem(activities.UnknownStatus, 0, activities.Problem{CarrierStatus: "Parked"})
		}
		return activities.CheckResult{}, problem(activities.Pending, in.Every.Std(), activities.Problem{Class: carriers.Uncertain})
	}, nil}).run(hurried)
	require.Equal(t, "Parked", h.failed(workflows.DeadlineExceeded).Status)

	h = newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(problem(activities.Retrying, time.Second, activities.Problem{HTTPStatus: 503})), nil})
	h.calledBack(20*time.Second, workflows.Callback{State: carriers.Pending, Status: "Queued"}).at(30*time.Second, h.CancelWorkflow).run()
	require.Equal(t, "Queued", h.failed(workflows.CanceledAfterSubmit).Status)
}

// The status of a result is the one that decided it, not that of the acknowledgement.
func TestTheStatusOfAResultIsTheOneThatDecidedIt(t *testing.T) {
	completed := done
	completed.Status = "Completed"
	require.Equal(t, "Completed", newHarness(t, suspend, fakes{acknowledges(accepted), answers(completed), nil}).run().completed().Status)
}

// A final callback that was received but not handled before the end is kept, whatever the end is.
func TestACallbackThatCameBeforeTheEndIsKept(t *testing.T) {
	var h *harness
	h = newHarness(t, suspend, fakes{func(int, submitInput) (carriers.Acknowledgement, error) {
		h.SignalWorkflowSkippingWorkflowTask(workflows.CallbackSignal.Name, saysDone)
		return carriers.Acknowledgement{}, problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 409})
	}, nil, nil})
	h.run().failed(workflows.CarrierRejected)
	require.Equal(t, []workflows.Attention{workflows.AttentionContradicted}, h.followUps[0].Attention)
	require.Equal(t, []workflows.Callback{saysDone}, h.followUps[0].Callbacks)
}

// A request about which a callback was received is not reported as absent.
func TestACancelledRequestThatACallbackTellsOfIsNotAbsent(t *testing.T) {
	h := newHarness(t, suspend, fakes{unreachable(time.Minute, true), checkingOnce(activities.CheckResult{Presence: carriers.Absent}), nil})
	h.calledBack(20*time.Second, workflows.Callback{State: carriers.Pending, Status: "Queued"}).at(30*time.Second, h.CancelWorkflow).run()
	require.Equal(t, "Queued", h.failed(workflows.CanceledAfterSubmit).Status)
}

// An operator who decides knows the callbacks that were received before.
func TestACallbackBeforeAnOperatorsDecisionIsNoContradiction(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil}).calledBack(time.Minute, saysFailed)
	sendUpdate(h, 10*time.Minute, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Done})
	h.run().completed()
	require.Empty(t, h.followUps)
}

// A request that no worker starts is scheduled again once, so that the operators are told.
func TestARequestThatIsMarkedWaitsForAWorkerUntilTheDeadline(t *testing.T) {
	env := quietSuite().NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		o := run{carrier: "dish", timings: carriers.DefaultTimings()}
		notTaken := func() time.Duration {
			return workflow.GetActivityOptions(o.submitOptions(ctx, 72*time.Hour, false)).ScheduleToStartTimeout
		}
		require.Equal(t, notTakenAfter, notTaken())
		o.raised = []workflows.Attention{workflows.AttentionNotServed}
		require.Equal(t, 72*time.Hour, notTaken())
		return nil
	})
	require.NoError(t, env.GetWorkflowError())
}

// The sender of an update is answered before the run ends.
func TestTheSenderOfAnUpdateIsAnsweredBeforeTheEnd(t *testing.T) {
	h := newHarness(t, suspend, fakes{nil, nil, nil})
	h.OnActivity(activities.SubmitName(suspend), mock.Anything, mock.Anything).Return(activities.SubmitResult{Acknowledgement: accepted}, nil)
	h.OnActivity(activities.CheckName(suspend), mock.Anything, mock.Anything).Return(activities.CheckResult{Outcome: done}, nil).After(time.Hour)
	r := sendUpdate(h, 59*time.Minute, workflows.CheckNowUpdate, alex)
	h.run().completed()
	require.Contains(t, answered[workflows.OperationStatus](t, r).Message, "ended while DISH was being asked")
}

// A look-up that cannot tell decides nothing about a cancelled request, however often it is made.
func TestACancelledRequestThatCannotBeFoundIsUnknown(t *testing.T) {
	h := newHarness(t, suspend, fakes{unreachable(time.Minute, true), checkingOnce(activities.CheckResult{Presence: carriers.CannotTell}), nil})
	h.at(30*time.Second, h.CancelWorkflow).run().failed(workflows.OutcomeUnknown)
	require.Equal(t, []workflows.Attention{workflows.AttentionOutcomeUnknown}, h.followUps[0].Attention)
}
