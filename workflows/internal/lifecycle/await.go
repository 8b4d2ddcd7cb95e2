package lifecycle

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// awaitOutcome returns the final outcome from a callback or a check, whichever comes first.
func (r *run) awaitOutcome(ctx workflow.Context) (decision, error) {
	if d, final := r.acknowledged(); final {
		return d, nil
	}
	if r.ack.Held && !r.approved {
		r.raise(ctx, workflows.AttentionHeld)
	}
	r.overdueAt = r.due(ctx).Add(r.timings.OverdueAfter.Std())
	waiting := &wait{callbacks: workflows.CallbackSignal.Channel(ctx), since: workflow.Now(ctx)}
	p := r.normalPace(ctx, waiting)
	if r.unsure != nil {
		p = r.slowPace(ctx)
	}
	for {
		d, err := r.race(ctx, waiting, p)
		if err == nil {
			return d, nil
		}
		kind, problem := problemIn(err)
		r.acceptFound(ctx, problem.Found)
		r.noteStatus(ctx, problem.CarrierStatus)
		slowed := p.since.IsZero()
		switch kind {
		case canceled:
			return d, err
		case activities.Found:
			p = r.normalPace(ctx, waiting)
			continue
		case activities.Recovered:
			waiting.recoveries++
			r.clearAttention(ctx, workflows.AttentionUnknownStatus, workflows.AttentionUnauthorized, workflows.AttentionNotServed)
			p = r.normalPace(ctx, waiting)
			continue
		case activities.UnknownStatus:
			r.raise(ctx, workflows.AttentionUnknownStatus)
		case activities.Unauthorized:
			r.raise(ctx, workflows.AttentionUnauthorized)
		case activities.Unconfirmed:
			r.raise(ctx, workflows.AttentionUnconfirmed)
		default: // the activity timed out without an outcome
			if r.remaining(ctx) <= 0 || slowed && p.deadline.Equal(r.deadline) { // a check ends a little before its window
				return r.endAtDeadline(ctx, waiting, problem)
			}
			if kind == notTaken {
				r.raise(ctx, workflows.AttentionNotServed)
			}
			r.raise(ctx, workflows.AttentionOverdue)
		}
		p = r.slowPace(ctx)
	}
}

// acknowledged reports whether the carrier's immediate answer is final.
func (r *run) acknowledged() (decision, bool) {
	nothingTaken := len(r.ack.Ignored) > 0 && len(r.ack.Applied) == 0 // the carrier does not document what happens to such a record
	if r.ack.Outcome.State == carriers.Failed || r.ack.Outcome.State == carriers.Done && !r.confirm || nothingTaken {
		return decision{outcome: r.ack.Outcome, by: workflows.ByAcknowledgement}, true
	}
	return decision{}, false
}

// endAtDeadline ends the operation at its deadline.
func (r *run) endAtDeadline(ctx workflow.Context, w *wait, p activities.Problem) (decision, error) {
	name := r.name
	p.CarrierStatus = cmp.Or(p.CarrierStatus, r.carrierStatus)
	switch {
	case w.final.State == carriers.Failed: // nothing has contradicted it
		return decision{outcome: w.final, by: workflows.ByCallback}, nil
	case r.unsure != nil:
		return decision{}, failed(r.newFailure(workflows.OutcomeUnknown, *r.unsure,
			"it cannot be told whether %s has the request, and nothing showed it until the deadline; look there before anything is sent again", name))
	case r.has(workflows.AttentionUnconfirmed):
		return decision{}, failed(r.newFailure(workflows.DeadlineExceeded, p,
			"%s says that it is done, but the read that would show the change failed until the deadline; an operator has to look into it", name))
	case r.has(workflows.AttentionUnauthorized) && p.Class == carriers.Unauthorized:
		return decision{}, failed(r.newFailure(workflows.CarrierUnauthorized, p,
			"%s has the request, but refused our credentials whenever it was asked about it", name))
	}
	r.raise(ctx, workflows.AttentionOverdue)
	if p.Class != "" {
		return decision{}, failed(r.newFailure(workflows.DeadlineExceeded, p,
			"%s has the request, and could not be asked for the outcome at the deadline; an operator has to look into it", name))
	}
	if r.has(workflows.AttentionNotServed) {
		return decision{}, failed(r.newFailure(workflows.DeadlineExceeded, p,
			"%s has the request, and no worker that serves it has asked for the outcome until the deadline; start one, and look at the carrier", name))
	}
	return decision{}, failed(r.newFailure(workflows.DeadlineExceeded, p,
		"%s has the request and was undecided until the deadline; an operator has to look into it", name))
}
