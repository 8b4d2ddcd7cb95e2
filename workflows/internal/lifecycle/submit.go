package lifecycle

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// submit takes the line's turn, sends the request and keeps the acknowledgement. When it is not known whether the carrier has the
// request, and a look-up cannot show it either, the operation is parked and submit returns nil.
//
// The first attempt is an activity of its own. How it ends says whether it may have sent, so that it need not store that before it sends.
// Only where the request could not be found without what the attempt has read before, or only by its effect, is it stored: there one that
// was lost before it sent could not be told from one that was lost after.
func (r *run) submit(ctx workflow.Context) error {
	name := r.name
	in := activities.SubmitInput{Reference: r.reference, Request: r.request, LookupDelay: r.timings.LookupDelay}
	if r.reset(ctx) || workflow.GetInfo(ctx).ContinuedExecutionRunID != "" {
		// An attempt of the earlier run may still be running, for up to callTimeout.
		in.Earlier.Sending(workflow.Now(ctx).Add(r.timings.CallTimeout.Std()))
	}
	first := !r.needsBaseline // also in a reset run, which replays what the run before has done
	var lastProblem activities.Problem
	r.overdueAt, r.every = workflow.Now(ctx).Add(r.timings.OverdueAfter.Std()), r.timings.PollEvery.Std()
	r.setDetails(ctx, "Sending the request to "+name+".")
	for r.remaining(ctx) > 0 && ctx.Err() == nil {
		window := r.remaining(ctx)
		if left := r.overdueAt.Sub(workflow.Now(ctx)); !r.has(workflows.AttentionOverdue) {
			window = max(min(window, left), time.Second)
		}
		in.StartedAt, in.Raised, in.Single = r.sendingFrom, r.kindsRaised(), first && !in.Earlier.MaybeSent()
		if !r.sendingFrom.Equal(r.startedAt) {
			in.BeganAt = r.startedAt
		}
		var sent activities.SubmitResult
		err := workflow.ExecuteActivity(r.submitOptions(ctx, window, in.Single), activities.SubmitName(r.operation), in).Get(ctx, &sent)
		if err == nil {
			r.ack, r.turn.Line = sent.Acknowledgement, sent.Turn
			r.hasTurn(ctx)
			r.noteStatus(ctx, r.ack.Outcome.Status)
			r.clearAttention(ctx, r.raised...)
			return nil
		}
		kind, problem := problemIn(err)
		lastProblem = problem
		if problem.Turn.Line != "" {
			r.turn = problem.Turn
		}
		if problem.Turn.Granted {
			r.hasTurn(ctx)
		}
		if problem.Intent != nil {
			in.Earlier = *problem.Intent
		}
		in.Asked = in.Asked || kind != notTaken
		afterFirst := first
		first = first && (kind == notTaken || kind == activities.LineBusy) // nothing was sent
		switch kind {
		case activities.LineBusy:
			if err := r.awaitTurn(ctx, in.Earlier, lastProblem); err != nil {
				return err
			}
			continue
		case activities.Rejected:
			r.clearAttention(ctx, r.raised...)
			return failed(r.newFailure(workflows.CarrierRejected, problem, "%s refused the request; correct it and use a new reference", name))
		case activities.PrecheckFailed:
			r.clearAttention(ctx, r.raised...)
			return failed(r.newFailure(workflows.InvalidRequest, activities.Problem{Reason: problem.Reason}, "nothing was sent: %s", problem.Reason))
		case activities.OutcomeUnknown:
			r.park(ctx, problem, in.Earlier)
			return nil
		case activities.Unauthorized:
			r.raise(ctx, workflows.AttentionUnauthorized)
			if problem.Intent == nil || !problem.Intent.MaybeSent() { // certainly nothing was taken
				return failed(r.newFailure(workflows.CarrierUnauthorized, problem, "%s refused our credentials; an operator has to renew them", name))
			}
			continue
		case activities.UnknownStatus:
			r.raise(ctx, workflows.AttentionUnknownStatus)
			continue
		case canceled: // between two attempts: it is not known what the earlier ones did, but they have ended
			in.Earlier.Sending(workflow.Now(ctx))
		case notTaken:
			r.raise(ctx, workflows.AttentionNotServed)
			r.setDetails(ctx, fmt.Sprintf("No worker has taken up the request to %s for %s. Start a worker that serves %s; then it is sent.", name, carriers.Duration(notTakenAfter), name))
			if workflow.Now(ctx).Before(r.overdueAt) {
				continue
			}
		case timedOut:
			if in.Single && problem.Intent == nil { // it was lost: nobody knows what it did
				in.Earlier.Sending(workflow.Now(ctx))
			}
		case activities.Retrying: // the problem contains what is known about the sending
		default: // an unexpected error, such as a panic: it is not known what the attempt did
			in.Earlier.Sending(workflow.Now(ctx))
		}
		// Not acknowledged in time: tell the operators, and continue until the deadline. An activity ends early when its next
		// attempt does not fit into the window. The requested delay still applies: a lost request may need it to become
		// visible, or the carrier asked for it.
		if ctx.Err() != nil {
			break
		}
		if afterFirst && workflow.Now(ctx).Before(r.overdueAt) {
			_ = workflow.Sleep(ctx, min(max(delayIn(err), secondAttemptAfter), r.remaining(ctx)))
			continue
		}
		r.raise(ctx, workflows.AttentionOverdue)
		if kind != notTaken {
			r.clearAttention(ctx, workflows.AttentionNotServed)
			r.setDetails(ctx, name+" has not acknowledged the request yet. It is tried again until the deadline.")
		}
		pause := min(max(delayIn(err), r.timings.PollEvery.Std()), r.remaining(ctx))
		_ = workflow.Sleep(ctx, pause) // after a cancellation the loop ends
	}
	r.intent = in.Earlier
	switch {
	case ctx.Err() != nil:
		if in.Earlier.MaybeSent() {
			r.unsure = &lastProblem
			r.ack.Before = in.Earlier.Before
		}
		return ctx.Err()
	case in.Earlier.MaybeSent():
		r.park(ctx, lastProblem, in.Earlier)
		return nil
	case r.has(workflows.AttentionNotServed):
		return failed(r.newFailure(workflows.DeadlineExceeded, lastProblem, "nothing was sent, because no worker served %s until the deadline; start one with its base URL", name))
	}
	if lastProblem.Class == carriers.NotYet {
		return failed(r.newFailure(workflows.DeadlineExceeded, lastProblem, "nothing was taken, because %s does not take such a request yet; it was tried until the deadline", name))
	}
	return failed(r.newFailure(workflows.DeadlineExceeded, lastProblem, "nothing was sent, because %s could not be reached until the deadline", name))
}

// secondAttemptAfter is the least time from the first attempt to the second, as in the policy of later attempts.
const secondAttemptAfter = time.Second

// park continues without an acknowledgement: a read, a late callback or an operator decides the operation, and the request
// is never sent again.
func (r *run) park(ctx workflow.Context, problem activities.Problem, intent activities.Intent) {
	r.unsure, r.intent = &problem, intent
	r.ack = carriers.Acknowledgement{Before: intent.Before, Outcome: carriers.Outcome{State: carriers.Unknown}}
	r.raise(ctx, workflows.AttentionOutcomeUnknown)
}
