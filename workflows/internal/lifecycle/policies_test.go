package lifecycle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Requests have a higher priority than what a caller waits for, and that a higher one than polls.
func TestPollsHaveTheLowestPriority(t *testing.T) {
	env := quietSuite().NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		o := run{carrier: "dish", timings: carriers.DefaultTimings()}
		p := o.slowPace(ctx)
		key := func(ctx workflow.Context) int { return workflow.GetActivityOptions(ctx).Priority.PriorityKey }
		submit, poll := key(o.submitOptions(ctx, time.Hour, true)), key(o.checkOptions(ctx, p))
		for name, waitedFor := range map[string]int{
			"a confirming read": key(o.confirmOptions(ctx, time.Second, p)), "a single check": key(o.checkOnceOptions(ctx)),
			"a check after a cancellation": key(o.afterCancelOptions(ctx)), "a read": key(readOptions(ctx, o.carrier, o.timings)),
		} {
			require.Less(t, submit, waitedFor, name)
			require.Less(t, waitedFor, poll, name)
		}
		require.Positive(t, submit, "zero is the default, which is in the middle")
		return nil
	})
	require.NoError(t, env.GetWorkflowError())
}

// A server refuses a retry policy whose initial interval is above its maximum, and with it the activity, each time.
func TestAServerAcceptsEveryRetryPolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		duration := rapid.Map(rapid.Int64Range(1, int64(48*time.Hour)), func(d int64) carriers.Duration { return carriers.Duration(d) })
		timings := carriers.Timings{PollEvery: duration.Draw(t, "pollEvery"), OverduePollEvery: duration.Draw(t, "overduePollEvery")}
		o := &run{timings: timings}
		for _, policy := range []*temporal.RetryPolicy{
			withBackoff(timings.PollEvery.Std()),
			o.polling("", timings.PollEvery.Std(), time.Hour).RetryPolicy,
			o.polling("", timings.OverduePollEvery.Std(), time.Hour).RetryPolicy,
		} {
			if policy.InitialInterval <= 0 || policy.InitialInterval > policy.MaximumInterval || policy.BackoffCoefficient < 1 {
				t.Fatalf("%+v", policy)
			}
		}
	})
}

// An operation keeps to its own default timings.
func TestDefaultTimings(t *testing.T) {
	for _, operation := range typesOf(carriers.KindChange) {
		t.Run(operation, func(t *testing.T) {
			h := newHarness(t, operation, fakes{acknowledges(accepted), undecidedForEver, nil}).run()
			h.failed(workflows.DeadlineExceeded)
			o, _ := workflows.OperationOf(operation)
			want := o.Info().Timings
			require.Equal(t, want.LookupDelay, h.sent[0].LookupDelay)
			require.Equal(t, want.PollEvery, h.asked[0].Every)
			require.Equal(t, want.OverduePollEvery, h.asked[len(h.asked)-1].Every)
		})
	}
}
