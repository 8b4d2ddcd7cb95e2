package workflows

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

func TestReactionTo(t *testing.T) {
	for _, c := range []struct {
		state      carriers.State
		confirming bool
		want       reaction
	}{
		{carriers.Done, true, confirmIt},
		{carriers.Done, false, believeIt},
		{carriers.Failed, true, confirmIt},
		{carriers.Failed, false, confirmIt},
		{carriers.Pending, true, lookNow},
		{carriers.Pending, false, lookNow},
		{carriers.Unknown, true, lookNow},
		{carriers.Unknown, false, lookNow},
		{"", false, lookNow},
		{"DONE", false, lookNow},
	} {
		require.Equal(t, c.want, reactionTo(Callback{State: c.state}, c.confirming, true), "%s %v", c.state, c.confirming)
		require.Equal(t, lookNow, reactionTo(Callback{State: c.state}, c.confirming, false), "the carrier documents no callbacks about it")
	}
}

func TestJudge(t *testing.T) {
	ignored := carriers.Acknowledgement{Applied: []string{"a"}, Ignored: []string{"b"}}
	failedOutcome := carriers.Outcome{State: carriers.Failed, Status: "ERROR", Code: "7", Reason: "no"}
	denied := carriers.Outcome{State: carriers.Failed, RiskDenied: true}
	for name, c := range map[string]struct {
		ack     carriers.Acknowledgement
		outcome carriers.Outcome
		confirm bool
		want    FailureType
		says    string
	}{
		"done and shown":                  {carriers.Acknowledgement{}, done, true, "", ""},
		"done, nothing to compare":        {carriers.Acknowledgement{}, carriers.Outcome{State: carriers.Done, Effect: carriers.Incomparable}, true, "", ""},
		"done, not read":                  {carriers.Acknowledgement{}, carriers.Outcome{State: carriers.Done}, false, "", ""},
		"done, missing":                   {carriers.Acknowledgement{}, not, true, NotInEffect, "its own read"},
		"done, missing, no confirmation":  {carriers.Acknowledgement{}, not, false, "", ""},
		"failed":                          {carriers.Acknowledgement{}, failedOutcome, true, CarrierFailed, `ended it with "ERROR", code 7, reason: no`},
		"denied":                          {carriers.Acknowledgement{}, denied, true, RiskDenied, "nothing to retry"},
		"ignored":                         {ignored, done, true, ServicesIgnored, "ignored the services b and applied a"},
		"ignored, no confirmation":        {ignored, carriers.Outcome{State: carriers.Done}, false, ServicesIgnored, ""},
		"ignored and failed":              {ignored, failedOutcome, true, CarrierFailed, ""},
		"ignored and missing":             {ignored, not, true, NotInEffect, ""},
		"all ignored, still being worked": {carriers.Acknowledgement{Ignored: []string{"b"}}, carriers.Outcome{State: carriers.Pending}, true, ServicesIgnored, ""},
	} {
		kind, message := judge(carriers.STN, c.ack, verdict{outcome: c.outcome, by: ByCheck}, c.confirm, false)
		require.Equal(t, c.want, kind, name)
		require.Contains(t, message, c.says, name)
		require.Equal(t, c.want == "", message == "", name)
	}
	_, message := judge(carriers.STN, carriers.Acknowledgement{}, verdict{outcome: failedOutcome, by: ByCheck}, true, true)
	require.NotContains(t, message, "accepted", "of a parked request nobody knows that")

	byOperator := func(outcome carriers.Outcome) FailureType {
		kind, _ := judge(carriers.STN, ignored, verdict{outcome: outcome, by: ByOperator}, true, true)
		return kind
	}
	require.Equal(t, ResolvedFailed, byOperator(carriers.Outcome{State: carriers.Failed}))
	require.Equal(t, RiskDenied, byOperator(denied))
	require.Empty(t, byOperator(carriers.Outcome{State: carriers.Done}), "the operator vouches for it")
}

func TestWhatAVerdictRestsOn(t *testing.T) {
	ackDone := carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Done}}
	require.Equal(t, ByAcknowledgement, checkedBy(done, ackDone))
	require.Equal(t, ByCheck, checkedBy(ended, ackDone), "the check contradicts it")
	require.Equal(t, ByCheck, checkedBy(done, accepted))
	require.Equal(t, ByCallback, confirmedBy(done, saysDone.outcome()))
	require.Equal(t, ByCallback, confirmedBy(not, saysDone.outcome()))
	require.Equal(t, ByCheck, confirmedBy(ended, saysDone.outcome()))
	require.Equal(t, ByCallback, confirmedBy(ended, saysFailed.outcome()))
	require.Equal(t, ByCheck, confirmedBy(done, saysFailed.outcome()))
}

// overTheWire is an error as it arrives from a server.
func overTheWire(err error) error {
	if err == nil {
		return nil
	}
	wire := temporal.GetDefaultFailureConverter()
	return wire.FailureToError(wire.ErrorToFailure(err))
}

func TestProblemIn(t *testing.T) {
	knew := activities.Problem{Class: carriers.Uncertain, HTTPStatus: 504, Intent: mayHaveSent(before)}
	for name, c := range map[string]struct {
		err     error
		kind    string
		problem activities.Problem
		delay   time.Duration
	}{
		"an activity's error": {problem(activities.Rejected, 0, knew), activities.Rejected, knew, 0},
		"with a delay":        {problem(activities.Pending, time.Minute, knew), activities.Pending, knew, time.Minute},
		"without details":     {temporal.NewApplicationError("x", "Odd"), "Odd", activities.Problem{}, 0},
		"with other details":  {temporal.NewApplicationError("x", "Odd", "words"), "Odd", activities.Problem{}, 0},
		"cancelled":           {temporal.NewCanceledError(), canceled, activities.Problem{}, 0},
		"timed out, nothing noted": {
			temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil), untaken, activities.Problem{}, 0,
		},
		"timed out after an attempt that has seen something": {
			temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, problem(activities.Pending, time.Minute, knew)), timedOut, knew, time.Minute,
		},
		"cut off after the intent was noted": {
			temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil, mayHaveSent(before)),
			timedOut,
			activities.Problem{Intent: mayHaveSent(before)},
			0,
		},
		"something else": {errors.New("x"), "", activities.Problem{}, 0},
	} {
		err := overTheWire(c.err)
		kind, got := problemIn(err)
		require.Equal(t, c.kind, kind, name)
		require.Equal(t, c.problem, got, name)
		require.Equal(t, c.delay, delayIn(err), name)
	}
}

func TestIsReset(t *testing.T) {
	require.False(t, isReset("run-1", "run-1"))
	require.True(t, isReset("run-1", "run-2"))
	require.False(t, isReset("", "run-2"), "the test environment names no original run")
}

func TestWithDefaults(t *testing.T) {
	minute := carriers.Duration(time.Minute)
	require.Equal(t, defaultTimings, (*Timings)(nil).withDefaults(defaultTimings))
	require.Equal(t, defaultTimings, (&Timings{}).withDefaults(defaultTimings))
	for name, set := range map[string]func(*Timings){
		"pollEvery":        func(t *Timings) { t.PollEvery = minute },
		"overdueAfter":     func(t *Timings) { t.OverdueAfter = minute },
		"overduePollEvery": func(t *Timings) { t.OverduePollEvery = minute },
		"deadline":         func(t *Timings) { t.Deadline = minute },
		"confirmWithin":    func(t *Timings) { t.ConfirmWithin = minute },
		"settle":           func(t *Timings) { t.Settle = minute },
		"callTimeout":      func(t *Timings) { t.CallTimeout = minute },
	} {
		var given Timings
		want := defaultTimings
		set(&given)
		set(&want)
		require.Equal(t, want, given.withDefaults(defaultTimings), name)
	}
}

// A server refuses a retry policy whose first interval is above its longest, and would refuse the activity with it for ever.
func TestEveryRetryPolicyIsOneAServerTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		duration := rapid.Map(rapid.Int64Range(1, int64(48*time.Hour)), func(d int64) carriers.Duration { return carriers.Duration(d) })
		timings := Timings{PollEvery: duration.Draw(t, "pollEvery"), OverduePollEvery: duration.Draw(t, "overduePollEvery")}
		o := &operation[struct{}]{timings: timings}
		for _, policy := range []*temporal.RetryPolicy{
			slowingDown(timings.PollEvery.Std()),
			o.polling("", timings.PollEvery.Std(), time.Hour).RetryPolicy,
			o.polling("", timings.OverduePollEvery.Std(), time.Hour).RetryPolicy,
		} {
			if policy.InitialInterval <= 0 || policy.InitialInterval > policy.MaximumInterval || policy.BackoffCoefficient < 1 {
				t.Fatalf("%+v", policy)
			}
		}
	})
}

func TestCurrentDetails(t *testing.T) {
	at := time.Date(2026, 3, 4, 10, 0, 0, 0, time.FixedZone("", 3600))
	o := &operation[struct{}]{carrier: carriers.DISH, summary: "Suspend line …0017 at DISH", now: "100% now.", deadline: at.Add(time.Hour)}
	require.Equal(t, "**Suspend line …0017 at DISH**\n\n- 100% now.", o.describe())

	o.ack, o.phase = carriers.Acknowledgement{At: at, Outcome: carriers.Outcome{Status: "Success"}}, waiting
	o.heard = &Callback{State: carriers.Pending, Status: "InProgress", ReceivedAt: at}
	require.Equal(t, `**Suspend line …0017 at DISH**

- DISH acknowledged the request at 2026-03-04 09:00:00 UTC with "Success".
- The last callback says "InProgress", received at 2026-03-04 09:00:00 UTC.
- 100% now.
- If it is still undecided at 2026-03-04 10:00:00 UTC, the run fails.
- You can send an update: check-now, resolve, extend-deadline.`, o.describe())

	o.ack.RiskReview, o.ack.Found, o.raised, o.heard = true, true, []Attention{AttentionRiskReview, AttentionOverdue}, &Callback{State: carriers.Pending}
	require.Equal(t, `**Suspend line …0017 at DISH**

- A look-up found the request at DISH. It was not sent again.
- Held for a risk decision.
- The last callback says "pending".
- **Needs attention:** RiskReview, Overdue.
- If it lasts, ask DISH for its decision.
- Ask DISH why it takes so long. check-now makes the next check at once.
- 100% now.
- If it is still undecided at 2026-03-04 10:00:00 UTC, the run fails.
- You can send an update: check-now, resolve, extend-deadline, approve-risk, deny-risk.`, o.describe())

	o.riskApproved = true
	require.Contains(t, o.describe(), "recorded as approved")
	require.NotContains(t, o.describe(), "approve-risk")

	o = &operation[struct{}]{carrier: carriers.STN, summary: "Set", now: "Now.", unsure: &activities.Problem{}, phase: over}
	require.Equal(t, "**Set**\n\n- It is not known whether sTN has the request. It will not be sent again.\n- Now.", o.describe())
}

func TestAsFailureKnowsOnlyOurs(t *testing.T) {
	for name, err := range map[string]error{
		"nil":                  nil,
		"a lost connection":    errors.New("connection refused"),
		"terminated":           &temporal.TerminatedError{},
		"another application":  temporal.NewApplicationError("x", "Theirs", "details"),
		"details of another":   temporal.NewApplicationError("x", "Theirs", Failure{Type: CarrierFailed}),
		"no details":           temporal.NewApplicationError("x", string(CarrierFailed)),
		"undecodable details":  temporal.NewApplicationError("x", string(CarrierFailed), 7),
		"details without type": temporal.NewApplicationError("x", "", Failure{}),
	} {
		_, ok := AsFailure(overTheWire(err))
		require.False(t, ok, name)
	}
	want := Failure{Type: ServicesIgnored, Carrier: carriers.STN, Message: "why", Applied: []string{"a"}, Ignored: []string{"b"}}
	got, ok := AsFailure(overTheWire(failed(want)))
	require.True(t, ok)
	require.Equal(t, &want, got)
	require.EqualError(t, got, "why")
}

func TestUnmatchedCallbacksAreKeptUntilSeen(t *testing.T) {
	stay := func(play func(env *testsuite.TestWorkflowEnvironment)) (result UnmatchedResult, at time.Time) {
		suite := quietSuite()
		env := suite.NewTestWorkflowEnvironment()
		env.SetStartTime(started)
		env.RegisterWorkflowWithOptions(unmatchedCallback, workflow.RegisterOptions{Name: UnmatchedCallbackType})
		env.RegisterDelayedCallback(func() { play(env) }, time.Hour)
		env.ExecuteWorkflow(UnmatchedCallbackType, Unmatched{Carrier: carriers.DISH, Reference: "nobody's"})
		require.NoError(t, env.GetWorkflowError())
		require.NoError(t, env.GetWorkflowResult(&result))
		return result, env.Now()
	}
	t.Run("seen", func(t *testing.T) {
		result, at := stay(func(env *testsuite.TestWorkflowEnvironment) {
			env.SignalWorkflow(CallbackSignal.Name, "unreadable")
			env.SignalWorkflow(SeenSignal.Name, "unreadable")
			env.SignalWorkflow(CallbackSignal.Name, saysDone)
			env.SignalWorkflow(SeenSignal.Name, Seen{By: "olga"})
		})
		require.Equal(t, UnmatchedResult{Callbacks: []Callback{saysDone}, SeenBy: "olga"}, result)
		require.True(t, at.Equal(started.Add(time.Hour)))
	})
	t.Run("never seen", func(t *testing.T) {
		result, at := stay(func(env *testsuite.TestWorkflowEnvironment) {
			env.SignalWorkflow(SeenSignal.Name, "unreadable")
			for range mostUnmatched + 5 {
				env.SignalWorkflow(CallbackSignal.Name, saysDone)
			}
		})
		require.Len(t, result.Callbacks, mostUnmatched)
		require.Empty(t, result.SeenBy)
		require.True(t, at.Equal(started.Add(unmatchedKept)))
	})
}
