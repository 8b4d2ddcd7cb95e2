package lifecycle

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

// The worker of the workflows confirms a callback itself: no activity is needed.
func TestACallbackIsConfirmedDirectly(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil})
	h.direct = func(in checkInput) (activities.CheckResult, error) {
		require.Equal(t, saysDone.AsOutcome(), in.CallbackOutcome)
		return activities.CheckResult{Outcome: done}, nil
	}
	r := h.calledBack(10*time.Second, saysDone).run().completed()
	require.Equal(t, []any{workflows.ByCallback, carriers.Shown}, []any{r.DecidedBy, r.Effect})
	require.Len(t, h.reads, 1)
	require.Empty(t, h.asked)
}

// A direct read that does not show the outcome is followed by an activity, and only the first callback is confirmed directly.
func TestADirectReadIsTriedOnce(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if n == 6 {
			return activities.CheckResult{Outcome: done}, nil
		}
		return activities.CheckResult{}, undecided(time.Minute)
	}, nil})
	h.calledBack(10*time.Second, saysDone).calledBack(5*time.Minute, saysDone).run()
	h.completed()
	require.Len(t, h.reads, 1)
	require.Equal(t, saysDone.AsOutcome(), h.asked[0].CallbackOutcome)
	require.Equal(t, 10*time.Second, h.asked[0].after, "at once")
}

// swept is what a sweep says about the accepted request.
func swept(c workflows.Callback) workflows.Callback {
	c.Swept, c.TransactionID = true, accepted.TransactionID
	return c
}

const services = "stn.SetServices"

// sweeping is the acknowledgement of a worker that sweeps the carrier.
func sweeping() carriers.Acknowledgement {
	ack := accepted
	ack.Swept = true
	return ack
}

func TestASweepDecides(t *testing.T) {
	for name, c := range map[string]struct {
		says    workflows.Callback
		patch   string
		read    carriers.Outcome
		failure workflows.FailureType
	}{
		"done, and the read shows it":                {saysDone, `{}`, done, ""},
		"done, and the read does not show it":        {saysDone, `{}`, not, workflows.NotInEffect},
		"done, and the caller wants no confirmation": {saysDone, `{"confirm":false}`, ended, ""},
		"failed":                         {saysFailed, `{}`, ended, workflows.CarrierFailed},
		"failed, and the read denies it": {saysFailed, `{}`, done, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, services, fakes{acknowledges(sweeping()), undecidedForEver, nil})
			h.direct = func(checkInput) (activities.CheckResult, error) { return activities.CheckResult{Outcome: c.read}, nil }
			h.calledBack(time.Minute, swept(c.says)).run(c.patch)
			require.Empty(t, h.asked)
			if c.failure != "" {
				require.Equal(t, workflows.ByCheck, h.failed(c.failure).DecidedBy)
				return
			}
			require.Equal(t, workflows.ByCheck, h.completed().DecidedBy)
		})
	}
}

// The line that a sweep has read is for the read that confirms. It is personal, so the run does not keep it.
func TestTheLineThatASweepHasReadIsForTheConfirmation(t *testing.T) {
	says := swept(saysDone)
	says.Line = &workflows.ListedLine{SubscriptionID: "p4Rz", Number: "0612345678"}
	h := newHarness(t, services, fakes{acknowledges(sweeping()), undecidedForEver, nil})
	h.direct = func(in checkInput) (activities.CheckResult, error) {
		require.Equal(t, &carriers.Line{SubscriptionID: "p4Rz", Number: "0612345678"}, in.CallbackOutcome.Line)
		return activities.CheckResult{}, undecided(time.Hour)
	}
	status := h.calledBack(time.Minute, says).statusAt(2 * time.Minute)
	h.at(3*time.Minute, h.CancelWorkflow).run()
	require.Len(t, h.reads, 1)
	require.NotNil(t, status.LastCallback)
	require.Nil(t, status.LastCallback.Line)
}

// A sweep tells all operations of a line. What is about another request is ignored, and so is everything while it is not known whether the
// carrier has the request: then it is looked up.
func TestASweepOfAnotherRequestIsIgnored(t *testing.T) {
	other := swept(saysFailed)
	other.TransactionID = "tx-2"
	h := newHarness(t, services, fakes{acknowledges(sweeping()), answers(done), nil}).calledBack(time.Minute, other)
	status := h.statusAt(2 * time.Minute)
	h.run().completed()
	require.Zero(t, status.Callbacks)
	require.Empty(t, h.reads)
	require.Empty(t, h.followUps)

	h = newHarness(t, services, fakes{
		refuses(problem(activities.OutcomeUnknown, 0, activities.Problem{Intent: mayHaveSent(nil)})), checkingOnce(activities.CheckResult{Presence: carriers.CannotTell}), nil,
	}).calledBack(time.Minute, swept(saysDone))
	h.run(hurried).failed(workflows.OutcomeUnknown)
	require.Empty(t, h.reads)
}

// An id in another spelling is the same request. One that cannot be told from it makes the run look.
func TestASweepIsOfTheRequestByTheMeaningOfItsID(t *testing.T) {
	ack := sweeping()
	ack.TransactionID = "000451"
	for id, reads := range map[string]int{" 000451": 1, "451": 0, "452": 0, "": 0} {
		c := saysDone
		c.Swept, c.TransactionID = true, id
		h := newHarness(t, services, fakes{acknowledges(ack), answers(done), nil}).calledBack(time.Minute, c)
		h.direct = func(checkInput) (activities.CheckResult, error) { return activities.CheckResult{Outcome: done}, nil }
		h.run().completed()
		require.Len(t, h.reads, reads, "%q", id)
		if id == "452" {
			require.Equal(t, []time.Duration{10 * time.Minute}, h.times(), "ignored")
		} else if reads == 0 {
			require.Equal(t, []time.Duration{time.Minute}, h.times(), "looked at, %q", id)
		}
	}
}

// The own checks of an operation that a sweep tells are a safety net: late, and at the slow pace.
func TestTheChecksOfASweptOperationAreSlow(t *testing.T) {
	h := newHarness(t, services, fakes{acknowledges(sweeping()), answers(undecided(10*time.Minute), done), nil}).run()
	require.Equal(t, workflows.ByCheck, h.completed().DecidedBy)
	require.Equal(t, []time.Duration{10 * time.Minute, 20 * time.Minute}, h.times())
	require.Equal(t, carriers.Duration(10*time.Minute), h.asked[0].Every)
}

// Where nothing is expected to be told, the first check is made at once.
func TestWithoutNewsTheCarrierIsAskedAtOnce(t *testing.T) {
	h := newHarness(t, services, fakes{acknowledges(accepted), answers(done), nil}).run()
	h.completed()
	require.Equal(t, []time.Duration{0}, h.times())
}

// The operators are told of a run that is overdue when its pause ends, as when no worker was there meanwhile.
func TestARunThatIsOverdueAfterItsPauseIsOnTheList(t *testing.T) {
	env := quietSuite().NewTestWorkflowEnvironment()
	var set int
	env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(mock.Arguments) { set++ }).Return(nil)
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		r := &run{carrier: "dish", name: "DISH", callsBack: true, timings: carriers.DefaultTimings()}
		r.deadline, r.overdueAt = workflow.Now(ctx).Add(time.Hour), workflow.Now(ctx).Add(-time.Minute)
		p := r.normalPace(ctx, &wait{paused: true})
		require.Equal(t, r.timings.OverduePollEvery.Std(), p.every)
		require.Equal(t, []workflows.Attention{workflows.AttentionOverdue}, r.raised)
		return nil
	})
	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, 1, set)
}

// A cancelled run does not wait for the first check.
func TestACancelledRunEndsItsPause(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(carriers.Outcome{State: carriers.Pending}), nil})
	h.at(10*time.Second, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit)
	require.Equal(t, started.Add(10*time.Second), h.Now().UTC())
}

// The first attempt stores nothing before it sends. How it ended says whether it may have sent.
func TestTheEndOfTheFirstAttemptTellsWhetherItMayHaveSent(t *testing.T) {
	timeout := func(kind enumspb.TimeoutType) error { return temporal.NewTimeoutError(kind, nil) }
	for name, c := range map[string]struct {
		first     error
		maybeSent bool
		single    bool
	}{
		"it was lost":                       {timeout(enumspb.TIMEOUT_TYPE_START_TO_CLOSE), true, false},
		"no worker has started it":          {timeout(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START), false, true},
		"it says that nothing was sent":     {problem(activities.Retrying, time.Second, activities.Problem{Intent: &activities.Intent{}}), false, false},
		"it says that it may have been":     {problem(activities.Retrying, time.Second, activities.Problem{Intent: mayHaveSent(nil)}), true, false},
		"it ended with an unexpected error": {temporal.NewNonRetryableApplicationError("index out of range", "PanicError", nil), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, suspend, fakes{nil, answers(done), nil})
			var sent []submitInput
			h.OnActivity(activities.SubmitName(suspend), mock.Anything, mock.Anything).Return(func(_ context.Context, in submitInput) (activities.SubmitResult, error) {
				if sent = append(sent, in); len(sent) == 1 {
					return activities.SubmitResult{}, c.first
				}
				return activities.SubmitResult{Acknowledgement: accepted}, nil
			})
			h.run().completed()
			require.True(t, sent[0].Single)
			require.Equal(t, []bool{c.maybeSent, c.single}, []bool{sent[1].Earlier.MaybeSent(), sent[1].Single})
		})
	}
}

// The turn of a request that may still be carried out is handed over also when no attempt has told which line it is.
func TestTheTurnOfALostRequestIsHandedOver(t *testing.T) {
	h := newHarness(t, suspend, fakes{nil, undecidedForEver, nil})
	h.OnActivity(activities.SubmitName(suspend), mock.Anything, mock.Anything).Return(activities.SubmitResult{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil))
	h.run(hurried).failed(workflows.OutcomeUnknown)
	require.Equal(t, []string{"follow-up:dish:r-1"}, h.released)
	require.Equal(t, lineID, h.followUps[0].Line)
}

// What is found only by its effect, or with a line that was read before, is sent by attempts that store that they may send: one that was
// lost before would look like one that has sent.
func TestOnlyWhatCanBeLookedUpIsSentWithoutAStoredIntent(t *testing.T) {
	single := func(operation, patch string) bool {
		h := newHarness(t, operation, fakes{acknowledges(accepted), answers(done), nil})
		h.run(patch).completed()
		return h.sent[0].Single
	}
	for _, o := range workflows.Operations() {
		info := o.Info()
		if info.Kind != carriers.KindChange {
			continue
		}
		description, err := o.Describe(samples.Request(t, info.Type), started)
		require.NoError(t, err)
		require.Equal(t, !description.NeedsBaseline, single(info.Type, `{}`), info.Type)
		if info.FoundBy == carriers.FoundByEffect {
			require.True(t, description.NeedsBaseline, info.Type)
		}
	}
	for operation, want := range map[string]bool{
		suspend: true, "dish.ActivateSubscription": true, services: true, "dish.ChangeNumber": false, "telnyx.EnableSIM": false,
		"stn.CancelPortOut": false, "masmovil.AddDevice": false,
	} {
		require.Equal(t, want, single(operation, `{}`), operation)
	}
	require.False(t, single(suspend, `{"action":"Reactivate"}`))
}
