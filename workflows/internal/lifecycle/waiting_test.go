package lifecycle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// An update that arrives with the start finds a run whose state is set up.
func TestAnUpdateInTheFirstTaskSeesASetUpRun(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil})
	r := sendUpdate(h, 0, workflows.ExtendDeadlineUpdate, workflows.ExtendDeadline{OperatorAction: alex, By: carriers.Duration(48 * time.Hour)})
	h.run(hurried)
	h.failed(workflows.DeadlineExceeded)
	require.NoError(t, r.failed)
	require.Equal(t, started.Add(49*time.Hour), r.answer.(workflows.OperationStatus).Deadline)
	require.Greater(t, h.Now().Sub(started), time.Hour, "and it holds")

	h = newHarness(t, suspend, fakes{})
	r = sendUpdate(h, 0, workflows.ExtendDeadlineUpdate, workflows.ExtendDeadline{OperatorAction: alex, By: carriers.Duration(48 * time.Hour)})
	h.run(`{"action":"Pause"}`).failed(workflows.InvalidRequest)
	require.Contains(t, r.refused(t, workflows.Refused), "decided already")
}

// The status of a result, a failure or an answer is the carrier's latest, from an answer, a check or a callback.
func TestTheStatusIsTheLatestOne(t *testing.T) {
	t.Run("deadline, when the last attempt could not ask", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			p := activities.Problem{CarrierStatus: "InProgress", Class: carriers.Uncertain, HTTPStatus: 503}
			return activities.CheckResult{}, problem(activities.Pending, in.Every.Std(), p)
		}, nil}).run(hurried)
		f := h.failed(workflows.DeadlineExceeded)
		require.Equal(t, "InProgress", f.Status)
		require.Contains(t, f.Message, "could not be asked for the outcome")
	})
	t.Run("an update", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(carriers.Outcome{State: carriers.Pending, Status: "InProgress"}), nil})
		sendUpdate(h, time.Minute, workflows.CheckNowUpdate, alex)
		r := sendUpdate(h, 2*time.Minute, workflows.ExtendDeadlineUpdate, workflows.ExtendDeadline{OperatorAction: alex, By: carriers.Duration(time.Hour)})
		h.calledBack(3*time.Minute, workflows.Callback{State: carriers.Pending, Status: "Queued"}).run(hurried)
		require.Equal(t, "InProgress", r.answer.(workflows.OperationStatus).CarrierStatus)
		require.Equal(t, "InProgress", h.failed(workflows.DeadlineExceeded).Status)
	})
}

// When a problem that operators were told of has passed, the attention is cleared and the pace is the normal one again.
func TestARunRecovers(t *testing.T) {
	for kind, attention := range map[string]string{activities.UnknownStatus: "UnknownStatus", activities.Unauthorized: "Unauthorized"} {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			switch n {
			case 1:
				return activities.CheckResult{}, problem(kind, 0, activities.Problem{})
			case 2:
				return activities.CheckResult{}, problem(activities.Recovered, 0, activities.Problem{CarrierStatus: "InProgress"})
			case 5:
				require.Empty(t, in.Raised)
				return activities.CheckResult{Outcome: done}, nil
			}
			return undecidedForEver(n, in)
		}, nil}).run()
		h.completed()
		require.Equal(t, [][]string{{attention}}, h.raised)
		require.Equal(t, carriers.Duration(30*time.Second), h.asked[4].Every)
	}
	t.Run("what comes and goes too often stays", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
			switch {
			case len(in.Raised) == 0:
				return activities.CheckResult{}, problem(activities.UnknownStatus, 0, activities.Problem{})
			case !in.Quiet:
				return activities.CheckResult{}, problem(activities.Recovered, 0, activities.Problem{})
			}
			return activities.CheckResult{Outcome: done}, nil
		}, nil}).run()
		h.completed()
		require.Len(t, h.asked, 2*maxRecoveries+2)
	})
}

// When a check finds a parked request, the operation waits as usual at once.
func TestAFoundRequestIsAcceptedAtOnce(t *testing.T) {
	found := accepted
	found.Found = true
	h := newHarness(t, suspend, fakes{refuses(lost), func(n int, in checkInput) (activities.CheckResult, error) {
		switch n {
		case 1:
			return activities.CheckResult{}, problem(activities.Found, 0, activities.Problem{Found: &found})
		case 4:
			return activities.CheckResult{Outcome: done}, nil
		}
		return undecidedForEver(n, in)
	}, nil}).run()
	require.Equal(t, "tx-1", h.completed().TransactionID)
	require.Equal(t, []any{false, carriers.Duration(30 * time.Second)}, []any{h.asked[1].Unsure, h.asked[1].Every})
	require.Empty(t, h.asked[1].Raised, "the attention is cleared")
}

// The carrier's status is kept when the read that would confirm it fails.
func TestTheReadThatConfirmsIsDown(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		p := activities.Problem{CarrierStatus: "Success", Reason: "HTTP 503"}
		if n == 1 {
			return activities.CheckResult{}, problem(activities.Unconfirmed, 0, p)
		}
		return activities.CheckResult{}, problem(activities.Pending, in.Every.Std(), p)
	}, nil}).run(hurried)
	f := h.failed(workflows.DeadlineExceeded)
	require.Equal(t, "Success", f.Status)
	require.Contains(t, f.Message, "DISH says that it is done, but the read that would show the change failed")
	require.Equal(t, []string{"Unconfirmed"}, h.attention())
}

// A failed callback that nothing has contradicted decides at the deadline.
func TestAFailedCallbackDecidesAtTheDeadline(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil}).calledBack(time.Minute, saysFailed).run(hurried)
	f := h.failed(workflows.CarrierFailed)
	require.Equal(t, []any{workflows.ByCallback, "E-42", "no such plan"}, []any{f.DecidedBy, f.Code, f.Reason})
}

// Where the carrier documents no callbacks, one decides nothing.
func TestACallbackOfAnOperationWithoutCallbacksDecidesNothing(t *testing.T) {
	for _, operation := range []string{"dish.UpdateBillCycle", "stn.SetServices", "masmovil.ReplaceSIM"} {
		h := newHarness(t, operation, fakes{acknowledges(accepted), checkingOnce(carriers.Outcome{State: carriers.Pending}), nil})
		h.calledBack(time.Minute, saysFailed).calledBack(2*time.Minute, saysDone).run(hurried)
		h.failed(workflows.DeadlineExceeded)

		h = newHarness(t, operation, fakes{acknowledges(accepted), believing, nil})
		h.at(time.Minute+time.Second, func() { require.NotContains(t, h.details(), "A callback is expected") })
		h.calledBack(time.Minute, saysFailed).run(hurried).failed(workflows.DeadlineExceeded)
	}
}

func TestManyCallbacksMarkARun(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), onceCalledBack(done), nil})
	const atOnce = 50 // the limit of the test environment
	for i := range manyCallbacks / atOnce {
		h.at(time.Duration(i)*time.Second+time.Second, func() {
			for range atOnce - 1 {
				h.SignalWorkflowSkippingWorkflowTask(workflows.CallbackSignal.Name, workflows.Callback{State: carriers.Pending, Status: "InProgress"})
			}
			h.SignalWorkflow(workflows.CallbackSignal.Name, workflows.Callback{State: carriers.Pending})
		})
	}
	h.calledBack(time.Minute, saysDone).run()
	require.Equal(t, workflows.ByCallback, h.completed().DecidedBy, "marked, and callbacks still decide")
	require.Equal(t, []string{"ManyCallbacks"}, h.raised[0])
}

// The number of confirming reads is bounded, however many callbacks are received.
func TestConfirmingReadsAreBounded(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if in.CallbackOutcome.State != "" && len(in.Raised) == 0 {
			return activities.CheckResult{}, problem(activities.UnknownStatus, 0, activities.Problem{})
		}
		return undecidedForEver(n, in)
	}, nil})
	for i := range 50 {
		h.calledBack(time.Duration(i+1)*time.Second, saysDone)
	}
	h.run(hurried)
	confirms := 0
	for _, q := range h.asked {
		if q.CallbackOutcome.State != "" && q.Longest == 0 && q.Every < carriers.Duration(time.Minute) {
			confirms++
		}
	}
	require.Equal(t, maxExtraChecks, confirms)
}

func TestNoWorkerServesTheCarrier(t *testing.T) {
	h := newHarness(t, suspend, fakes{func(n int, in submitInput) (carriers.Acknowledgement, error) {
		if n == 1 {
			return carriers.Acknowledgement{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)
		}
		return accepted, nil
	}, answers(done), nil})
	h.run()
	require.Equal(t, [][]string{{"NotServed"}}, h.raised)
	h.completed()
}
