package lifecycle

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// The priorities of activities when a carrier's queue is longer than its rate limit allows: new requests first, then what a
// caller waits for, polls last. Otherwise the polls of waiting operations would delay new requests.
var (
	sendFirst = temporal.Priority{PriorityKey: 1}
	askSoon   = temporal.Priority{PriorityKey: 2}
	pollLast  = temporal.Priority{PriorityKey: 4}
)

// notTakenAfter is how long a request waits for a worker of its carrier until the operators are told that there seems to be
// none. After that it waits in one activity until the deadline, because each new activity adds events to the history.
const notTakenAfter = 5 * time.Minute

// submitOptions are for sending a change: retried until the window closes, with a growing delay, because frequent attempts
// do not help a carrier that is down.
//
// A single attempt has no ScheduleToCloseTimeout, so that the type of a timeout says whether it was started.
func (r *run) submitOptions(ctx workflow.Context, window time.Duration, single bool) workflow.Context {
	notTaken := min(window, notTakenAfter)
	if r.has(workflows.AttentionNotServed) {
		notTaken = window
	}
	policy := withBackoff(r.timings.PollEvery.Std())
	if single {
		policy, window = &temporal.RetryPolicy{MaximumAttempts: 1}, 0
	}
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(r.carrier),
		StartToCloseTimeout:    r.timings.CallTimeout.Std(),
		ScheduleToCloseTimeout: window,
		ScheduleToStartTimeout: notTaken,
		Priority:               sendFirst,
		Summary:                "Send the request",
		WaitForCancellation:    true, // a cancelled run has to know whether the running attempt has sent
		RetryPolicy:            policy,
	})
}

// checkOptions are for awaiting an outcome: the retries are the polls until the window closes. The activity itself sets the
// delay between them.
func (r *run) checkOptions(ctx workflow.Context, p pace) workflow.Context {
	options := r.polling("Ask for the outcome", p.every, p.window)
	options.Priority = pollLast
	return workflow.WithActivityOptions(ctx, options)
}

// confirmOptions are for confirming with a read what a callback reported: at short intervals, for as long as a change may
// take to show, and one poll more.
func (r *run) confirmOptions(ctx workflow.Context, every time.Duration, p pace) workflow.Context {
	options := r.polling("Confirm by reading", every, r.timings.ConfirmWithin.Std()+p.every)
	options.Priority = askSoon
	return workflow.WithActivityOptions(ctx, options)
}

// directTimeout bounds a read that the worker of the workflows makes itself: it is much shorter than a workflow task, because the run
// does nothing else meanwhile.
const directTimeout = 3 * time.Second

// directOptions are for the one read that the worker of the workflows makes itself.
func directOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: directTimeout, ScheduleToCloseTimeout: directTimeout, Summary: "Confirm by reading",
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}

func (r *run) confirmEvery(p pace) time.Duration {
	return activities.ConfirmEvery(p.every, r.timings.ConfirmWithin.Std())
}

// polling are the options of an activity that sets the delay of its next attempt itself. The retry policy applies to
// attempts that never returned: callTimeout has passed then, and the next attempt does not wait for another poll.
func (r *run) polling(summary string, every, window time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(r.carrier),
		StartToCloseTimeout:    r.timings.CallTimeout.Std(),
		ScheduleToCloseTimeout: window,
		Summary:                summary,
		RetryPolicy:            withBackoff(every),
	}
}

// checkOnceOptions are for one extra check, after a callback that is not final or when an operator asks: one attempt with a
// short timeout, because the regular check continues.
func (r *run) checkOnceOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(r.carrier),
		StartToCloseTimeout:    r.timings.CallTimeout.Std(),
		ScheduleToCloseTimeout: 2 * r.timings.CallTimeout.Std(),
		Priority:               askSoon,
		Summary:                "Check once more",
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}

// afterCancelOptions are for asking about a cancelled request: a few attempts with a short timeout, because a caller waits
// for the end.
func (r *run) afterCancelOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(r.carrier),
		StartToCloseTimeout:    r.timings.CallTimeout.Std(),
		ScheduleToCloseTimeout: 3*r.timings.CallTimeout.Std() + 10*time.Second,
		Priority:               askSoon,
		Summary:                "Ask about the cancelled request",
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 3},
	})
}

// readOptions are for reads, which can be repeated and which a caller waits for.
func readOptions(ctx workflow.Context, c carriers.Carrier, t carriers.Timings) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(c),
		StartToCloseTimeout:    t.CallTimeout.Std(),
		ScheduleToCloseTimeout: t.OverdueAfter.Std(),
		Priority:               askSoon,
		Summary:                "Read",
		RetryPolicy:            withBackoff(t.PollEvery.Std()),
	})
}

// withBackoff retries after a second, then with a growing delay up to longest. A server refuses a policy whose initial
// interval is above its maximum.
func withBackoff(longest time.Duration) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: min(time.Second, longest), BackoffCoefficient: 2, MaximumInterval: longest}
}
