package lifecycle

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// pace is how often the carrier is asked during one race, for how long, and the deadline when it was chosen.
type pace struct {
	every, window time.Duration
	// since is when the wait began, if its polls get slower with its age, up to longest.
	since    time.Time
	longest  time.Duration
	deadline time.Time
	// pause is the time before the first check, where the outcome is expected to be told.
	pause time.Duration
}

// normalPace is the pace until the operation is overdue. For an overdue operation, which the operators are told of, it is the slow pace.
func (r *run) normalPace(ctx workflow.Context, w *wait) pace {
	left := r.overdueAt.Sub(workflow.Now(ctx))
	if left <= 0 { // also when no worker was there at the end of the pause before the first check
		r.raise(ctx, workflows.AttentionOverdue)
		return r.slowPace(ctx)
	}
	p := pace{
		every: r.timings.PollEvery.Std(), window: r.within(ctx, left), since: w.since, longest: r.timings.OverduePollEvery.Std(), deadline: r.deadline,
	}
	if r.ack.Swept {
		p.every = p.longest
	}
	if (r.callsBack || r.ack.Swept) && !w.paused {
		p.pause = min(p.every, p.window/2)
	}
	return p
}

// slowPace is the pace of an operation that operators were told about: until the deadline.
func (r *run) slowPace(ctx workflow.Context) pace {
	return pace{every: r.timings.OverduePollEvery.Std(), window: r.within(ctx, r.remaining(ctx)), deadline: r.deadline}
}

// within is a duration that ends at the deadline at the latest, and is at least a second, so that one check can be made.
func (r *run) within(ctx workflow.Context, d time.Duration) time.Duration {
	return max(min(d, r.remaining(ctx)), time.Second)
}

// wait is the state that is kept from one race to the next.
type wait struct {
	callbacks workflow.ReceiveChannel
	since     time.Time
	// paused tells that the pause before the first check is over.
	paused bool
	// extraChecks, confirms and recoveries are counted because they are bounded.
	extraChecks, confirms, recoveries int
	// final is the final outcome of the callbacks. It is empty while there is none, and when two contradict each other.
	final carriers.Outcome
	// contradicted tells that two final callbacks contradict each other: then only a read at the carrier decides.
	contradicted bool
}

// noteFinal records a final callback.
func (w *wait) noteFinal(c workflows.Callback) {
	switch said := c.AsOutcome(); {
	case w.contradicted:
	case w.final.State != "" && w.final.State != said.State:
		w.final, w.contradicted = carriers.Outcome{}, true
	default:
		w.final = said
		if c.Swept && c.Line != nil {
			w.final.Line = &carriers.Line{SubscriptionID: c.Line.SubscriptionID, Number: c.Line.Number}
		}
	}
}
