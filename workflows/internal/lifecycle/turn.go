package lifecycle

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/turns"
)

// awaitTurn waits until the line says that it is the run's turn. Two changes of one line at the same time could not be told from each
// other where only the effect shows that a request was carried out, and the later one could overtake the earlier one. sent is what is
// known about the sending, and last why; only a reset run can have sent something. A run that was not told within its patience asks again.
func (r *run) awaitTurn(ctx workflow.Context, sent activities.Intent, last activities.Problem) error {
	if sent.MaybeSent() {
		if last.Reason == "" {
			last.Reason = "it may have been sent before"
		}
		r.unsure, r.intent = &last, sent
	}
	r.queued = true
	granted, err := r.awaitNotice(ctx)
	if err != nil {
		return err
	}
	if !sent.MaybeSent() { // else the run before may have sent, and its record is older
		r.sendingFrom = workflow.Now(ctx)
	}
	if granted {
		r.hasTurn(ctx)
	}
	return nil
}

// hasTurn ends the waiting for the turn. The times count from now.
func (r *run) hasTurn(ctx workflow.Context) {
	if !r.queued {
		return
	}
	r.queued, r.unsure, r.intent = false, nil, activities.Intent{}
	if deadline := r.due(ctx).Add(r.timings.Deadline.Std()); deadline.After(r.deadline) {
		r.deadline = deadline
	}
	r.overdueAt = workflow.Now(ctx).Add(r.timings.OverdueAfter.Std())
	r.clearAttention(ctx, workflows.AttentionLineBusy)
	r.setDetails(ctx, "Sending the request to "+r.name+".")
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

// awaitNotice waits for the notice that it is the run's turn, until the deadline. A run that has waited for long goes back and asks again,
// more and more seldom: the workflow of its line may have been terminated. The submit asks.
func (r *run) awaitNotice(ctx workflow.Context) (granted bool, err error) {
	notices := workflows.TurnSignal.Channel(ctx)
	r.patience = max(r.patience, r.timings.OverdueAfter.Std())
	for {
		r.setDetails(ctx, r.waitingForTurn(ctx))
		_, err = workflow.AwaitWithTimeout(ctx, max(min(r.patience, r.remaining(ctx)), time.Second), func() bool { return notices.Len() > 0 })
		if err != nil {
			return false, err
		}
		var n workflows.TurnNotice
		switch told := notices.ReceiveAsync(&n); {
		case !told && r.remaining(ctx) <= 0:
			return false, r.withoutTurn(ctx, r.turn.Holder+" had the turn of this line until the deadline; settle that one first")
		case !told:
			r.raise(ctx, workflows.AttentionLineBusy)
			r.patience *= 2
			return false, nil
		case !n.Granted && !n.Refused:
			r.turn.Holder = n.Holder
		case n.Granted || !r.isOfThisRun(ctx, n): // the submit looks whether it is so
			return n.Granted, nil
		default:
			return false, r.withoutTurn(ctx, fmt.Sprintf("%d changes wait for this line already", workflows.MaxWaiting))
		}
	}
}

// isOfThisRun reports whether a notice counts. A reset run finds the notices of the earlier run in its history. If the earlier run
// went on from there, so does this one; otherwise it asks anew, because the turn may have been given back since.
func (r *run) isOfThisRun(ctx workflow.Context, n workflows.TurnNotice) bool {
	return n.RunID == workflow.GetInfo(ctx).WorkflowExecution.RunID ||
		workflow.GetVersion(ctx, "ask for the turn after a reset", workflow.DefaultVersion, 1) == workflow.DefaultVersion
}

// lineOfTurn is the workflow id of the line whose turn the run may have; "" where changes take no turn. An attempt that was lost has not
// told it.
func (r *run) lineOfTurn(ctx workflow.Context) (line string) {
	if r.turn.Line != "" || r.outOfTurn || r.line == "" {
		return r.turn.Line
	}
	options := workflow.WithLocalActivityOptions(ctx, turnOptions("Name the line"))
	if err := workflow.ExecuteLocalActivity(options, activities.LineOfName, activities.LineRequest{Operation: r.operation, Line: r.line}).Get(ctx, &line); err != nil {
		workflow.GetLogger(ctx).Error("naming the line failed; its turn is not handed over", "error", err)
	}
	return line
}

// releaseTurn hands the turn to another workflow, or gives it back once the run is closed: not before, because another change could take
// effect while it is not stored yet how this one ended.
func (r *run) releaseTurn(ctx workflow.Context, line, to string) {
	switch {
	case line != "" && to != "":
		handTurn(ctx, line, to, activities.LineRequest{Operation: r.operation, Line: r.line})
	case r.line != "" && !r.outOfTurn:
		turns.GiveBackAfterClose(ctx, activities.LineRequest{Operation: r.operation, Line: r.line})
	}
}

// handTurn gives the turn back, or hands it to another workflow. in names the line where that is known.
func handTurn(ctx workflow.Context, line, to string, in activities.LineRequest) {
	if line == "" {
		return
	}
	ctx, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	options := workflow.WithLocalActivityOptions(ctx, turnOptions("Give the line's turn back"))
	for pause := firstPause; ; pause *= 2 {
		err := workflow.ExecuteLocalActivity(options, activities.HandTurnName, line, to, in).Get(ctx, nil)
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
