package lifecycle

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
)

// takeTurn waits until the run has its line's turn. Two changes of one line at the same time could not be told from each other
// where only the effect shows that a request was carried out, and the later one could overtake the earlier one.
func (r *run) takeTurn(ctx workflow.Context) error {
	if r.line == "" || r.outOfTurn {
		return nil
	}
	if r.reset(ctx) { // until it is sent again, or looked up, only the run before knows what was sent
		r.unsure = &activities.Problem{Reason: "the run of which this one is a reset may have sent it"}
		r.intent.Sending(workflow.Now(ctx).Add(r.timings.CallTimeout.Std()))
	}
	waited, err := r.waitForTurn(ctx)
	if err != nil {
		return err
	}
	r.unsure, r.intent = nil, activities.Intent{}
	if !waited {
		return nil
	}
	// Nothing was sent so far, so that the times count from now, and no older record of the carrier is of this request. A reset
	// run keeps the earlier time, because the run before may have sent.
	if deadline := r.due(ctx).Add(r.timings.Deadline.Std()); deadline.After(r.deadline) {
		r.deadline = deadline
	}
	if !r.reset(ctx) {
		r.sendingFrom = workflow.Now(ctx)
	}
	return nil
}

// takeTurnAgain takes the turn before another activity sends. Only a reset run needs that: the run before may have given the turn back
// when it ended. attempt counts the activities; in the history of the run before nothing is asked, which the version tells.
func (r *run) takeTurnAgain(ctx workflow.Context, attempt int, sent activities.Intent, last activities.Problem) error {
	if r.turn.Line == "" || !r.reset(ctx) ||
		workflow.GetVersion(ctx, fmt.Sprintf("take the turn again before attempt %d", attempt), workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	if sent.MaybeSent() {
		r.unsure, r.intent = &last, sent
	}
	_, err := r.waitForTurn(ctx)
	if err == nil {
		r.unsure, r.intent = nil, activities.Intent{}
	}
	return err
}

// waitForTurn asks for the turn and waits for it. It reports whether another had it.
func (r *run) waitForTurn(ctx workflow.Context) (waited bool, err error) {
	if err := r.askTurn(ctx); err != nil {
		return false, err
	}
	if r.turn.Granted {
		r.clearAttention(ctx, workflows.AttentionLineBusy) // of an asking that did not succeed at once
		return false, nil
	}
	r.queued = true
	if err := r.awaitTurn(ctx); err != nil {
		return true, err
	}
	r.queued = false
	r.clearAttention(ctx, workflows.AttentionLineBusy)
	return true, nil
}

// askTurn asks for the turn, until it is known that it was asked: a local activity that does not succeed within its time is repeated,
// more and more seldom. It does not end by a cancellation, because then it would not be known whether it was asked.
func (r *run) askTurn(ctx workflow.Context) error {
	asking, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	options := workflow.WithLocalActivityOptions(asking, turnOptions("Ask for the line's turn"))
	request := activities.TurnRequest{Operation: r.operation, Line: r.line}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := workflow.ExecuteLocalActivity(options, activities.TakeTurnName, request).Get(asking, &r.turn)
		if err == nil {
			return nil
		}
		workflow.GetLogger(ctx).Error("asking for the line's turn failed; it is asked again", "error", err)
		r.raise(ctx, workflows.AttentionLineBusy)
		r.setDetails(ctx, "Nothing has been sent yet. Temporal does not answer when it is asked for the line's turn; it is asked again.")
		if err := workflow.Sleep(ctx, min(pause, max(r.remaining(ctx), time.Second))); err != nil {
			return err
		}
		if r.remaining(ctx) <= 0 {
			return r.withoutTurn(ctx, "Temporal did not answer, until the deadline, when it was asked for the turn of this line")
		}
	}
}

// withoutTurn is the failure of an operation that never had its line's turn.
func (r *run) withoutTurn(ctx workflow.Context, because string) error {
	r.raise(ctx, workflows.AttentionLineBusy)
	if r.unsure == nil {
		return failed(r.newFailure(workflows.DeadlineExceeded, activities.Problem{}, "nothing was sent, because %s", because))
	}
	r.raise(ctx, workflows.AttentionOutcomeUnknown)
	return failed(r.newFailure(workflows.OutcomeUnknown, *r.unsure,
		"it cannot be told whether %s has the request, and it was not looked up, because %s; look there before anything is sent again", r.name, because))
}

// awaitTurn waits for the notice that it is the run's turn, until the deadline. A late run asks again, more and more seldom: the
// workflow of its line may have been terminated.
func (r *run) awaitTurn(ctx workflow.Context) error {
	notices, again := workflows.TurnSignal.Channel(ctx), r.timings.OverdueAfter.Std()
	for {
		r.setDetails(ctx, r.waitingForTurn(ctx))
		_, err := workflow.AwaitWithTimeout(ctx, max(min(again, r.remaining(ctx)), time.Second), func() bool { return notices.Len() > 0 })
		if err != nil {
			return err
		}
		var n workflows.TurnNotice
		switch told := notices.ReceiveAsync(&n); {
		case told && !n.Granted && !n.Refused:
			r.turn.Holder = n.Holder
			continue
		case told && r.isOfThisRun(ctx, n) && n.Granted:
			return nil
		case told && r.isOfThisRun(ctx, n):
			return r.withoutTurn(ctx, fmt.Sprintf("%d changes wait for this line already", workflows.MaxWaiting))
		case !told && r.remaining(ctx) <= 0:
			return r.withoutTurn(ctx, r.turn.Holder+" had the turn of this line until the deadline; settle that one first")
		case !told:
			r.raise(ctx, workflows.AttentionLineBusy)
			again *= 2
		}
		if err := r.askTurn(ctx); err != nil || r.turn.Granted {
			return err
		}
	}
}

// isOfThisRun reports whether a notice counts. A reset run finds the notices of the earlier run in its history. If the earlier run
// went on from there, so does this one; otherwise it asks anew, because the turn may have been given back since.
func (r *run) isOfThisRun(ctx workflow.Context, n workflows.TurnNotice) bool {
	return n.RunID == workflow.GetInfo(ctx).WorkflowExecution.RunID ||
		workflow.GetVersion(ctx, "ask for the turn after a reset", workflow.DefaultVersion, 1) == workflow.DefaultVersion
}

// releaseTurn gives the turn back, or hands it to another workflow. The line also finds out by itself that a holder has ended; this is
// faster.
func (r *run) releaseTurn(ctx workflow.Context, to string) { releaseTurn(ctx, r.turn.Line, to) }

func releaseTurn(ctx workflow.Context, line, to string) {
	if line == "" {
		return
	}
	ctx, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	options := workflow.WithLocalActivityOptions(ctx, turnOptions("Give the line's turn back"))
	for pause := firstPause; ; pause *= 2 {
		err := workflow.ExecuteLocalActivity(options, activities.ReleaseTurnName, line, to).Get(ctx, nil)
		if err == nil {
			return
		}
		workflow.GetLogger(ctx).Error("giving the line's turn back failed", "error", err)
		if to == "" || pause > longestPause { // the line finds out; without an answer for that long, a hand-over is lost
			return
		}
		if workflow.Sleep(ctx, pause) != nil {
			return
		}
	}
}

// turnOptions are for the calls about a line's turn: short ones to Temporal itself. While they are repeated, the workflow task lasts,
// so that it is not for long.
func turnOptions(summary string) workflow.LocalActivityOptions {
	return workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second, ScheduleToCloseTimeout: time.Minute, Summary: summary,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 5 * time.Second},
	}
}

// firstPause and longestPause are between two local activities about a turn, when Temporal does not answer.
const (
	firstPause   = 10 * time.Second
	longestPause = 10 * time.Minute
)

// waitingForTurn says in a sentence what a queued run waits for.
func (r *run) waitingForTurn(ctx workflow.Context) string {
	return fmt.Sprintf("Waiting for the turn of its line, which %s has (as of %s). Nothing has been sent yet. %s shows who has it, and who waits.",
		r.turn.Holder, moment(workflow.Now(ctx)), r.turn.Line)
}

// mayStillHappen reports whether the request of a failed operation stands at the carrier, undecided: it may be carried out later.
func (r *run) mayStillHappen(f *workflows.Failure) bool {
	if f == nil {
		return false
	}
	switch f.Type {
	case workflows.OutcomeUnknown, workflows.CanceledAfterSubmit:
		return true
	case workflows.DeadlineExceeded, workflows.CarrierUnauthorized:
		return !r.ack.At.IsZero() || r.unsure != nil
	}
	return false
}
