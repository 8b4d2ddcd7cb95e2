package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// The order in which the activities of one carrier are taken up when its queue is longer than its rate limit lets through:
// new requests first, then what somebody waits for, polls last. Otherwise the polls of all that wait would keep new requests
// from being sent.
var (
	first = temporal.Priority{PriorityKey: 1}
	soon  = temporal.Priority{PriorityKey: 2}
	last  = temporal.Priority{PriorityKey: 4}
)

// untakenAfter is how long a request waits for a worker of its carrier until the operators are told that there seems to be
// none. From then on it waits for one without being asked for again, because each time grows the history.
const untakenAfter = 5 * time.Minute

// submitOptions are for sending a change: tried again until the window closes, ever more slowly, because a carrier that
// is down is not helped by hammering.
func (o *operation[R]) submitOptions(ctx workflow.Context, window time.Duration) workflow.Context {
	untaken := min(window, untakenAfter)
	if o.has(AttentionNotServed) {
		untaken = window
	}
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(o.carrier),
		StartToCloseTimeout:    o.timings.CallTimeout.Std(),
		ScheduleToCloseTimeout: window,
		ScheduleToStartTimeout: untaken,
		Priority:               first,
		Summary:                "Send the request",
		WaitForCancellation:    true, // a cancelled run has to know whether the attempt under way has sent
		RetryPolicy:            slowingDown(o.timings.PollEvery.Std()),
	})
}

// checkOptions are for awaiting an outcome: the retries are the polls until the window closes. The activity itself says how
// long to wait between them.
func (o *operation[R]) checkOptions(ctx workflow.Context, p pace) workflow.Context {
	options := o.polling("Ask for the outcome", p.every, p.window)
	options.Priority = last
	return workflow.WithActivityOptions(ctx, options)
}

// confirmOptions are for reading that what a callback reported is in effect: in quick succession, for as long as a
// change may take to show, and one poll more.
func (o *operation[R]) confirmOptions(ctx workflow.Context, every time.Duration, p pace) workflow.Context {
	options := o.polling("Confirm by reading", every, o.timings.ConfirmWithin.Std()+p.every)
	options.Priority = soon
	return workflow.WithActivityOptions(ctx, options)
}

func (o *operation[R]) confirmEvery(p pace) time.Duration {
	return activities.ConfirmEvery(p.every, o.timings.ConfirmWithin.Std())
}

// polling are options of an activity that says itself when its next attempt is to be. The retry policy is for attempts that
// cannot say so, because they never came back: callTimeout has passed then, and the next one does not wait for a poll more.
func (o *operation[R]) polling(summary string, every, window time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(o.carrier),
		StartToCloseTimeout:    o.timings.CallTimeout.Std(),
		ScheduleToCloseTimeout: window,
		Summary:                summary,
		RetryPolicy:            slowingDown(every),
	}
}

// lookOptions are for one extra look, after a callback that decides nothing or on an operator's order: once and not for
// long, because the check goes on anyway.
func (o *operation[R]) lookOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(o.carrier),
		StartToCloseTimeout:    o.timings.CallTimeout.Std(),
		ScheduleToCloseTimeout: 2 * o.timings.CallTimeout.Std(),
		Priority:               soon,
		Summary:                "Look once more",
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}

// lastLookOptions are for asking what became of a cancelled request: a few times, but not for long, because somebody
// waits for the end.
func (o *operation[R]) lastLookOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(o.carrier),
		StartToCloseTimeout:    o.timings.CallTimeout.Std(),
		ScheduleToCloseTimeout: 3*o.timings.CallTimeout.Std() + 10*time.Second,
		Priority:               soon,
		Summary:                "Ask what became of it",
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 3},
	})
}

// readOptions are for reads, which can be repeated at will and somebody waits for.
func readOptions(ctx workflow.Context, c carriers.Carrier, t Timings) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(c),
		StartToCloseTimeout:    t.CallTimeout.Std(),
		ScheduleToCloseTimeout: t.OverdueAfter.Std(),
		Priority:               soon,
		Summary:                "Read",
		RetryPolicy:            slowingDown(t.PollEvery.Std()),
	})
}

// slowingDown is a retry after a second, then ever more slowly, up to longest. A server refuses a policy that begins above its
// maximum.
func slowingDown(longest time.Duration) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: min(time.Second, longest), BackoffCoefficient: 2, MaximumInterval: longest}
}
