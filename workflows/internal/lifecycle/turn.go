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
	if err := r.askTurn(ctx); err != nil || r.turn.Granted {
		return err
	}
	r.queued = true
	if err := r.awaitTurn(ctx); err != nil {
		return err
	}
	r.queued = false
	r.clearAttention(ctx, workflows.AttentionLineBusy)
	// Nothing was sent so far, so that the times count from now, and no older record of the carrier is of this request. A reset
	// run keeps the earlier time, because the run before may have sent.
	if deadline := r.due(ctx).Add(r.timings.Deadline.Std()); deadline.After(r.deadline) {
		r.deadline = deadline
	}
	if info := workflow.GetInfo(ctx); !isReset(info.OriginalRunID, info.WorkflowExecution.RunID) {
		r.sendingFrom = workflow.Now(ctx)
	}
	return nil
}

// askTurn asks for the turn. It does not end by a cancellation, because then it would not be known whether it was asked.
func (r *run) askTurn(ctx workflow.Context) error {
	ctx, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	options := workflow.WithLocalActivityOptions(ctx, turnOptions("Ask for the line's turn"))
	return workflow.ExecuteLocalActivity(options, activities.TakeTurnName, activities.TurnRequest{Operation: r.operation, Line: r.line}).Get(ctx, &r.turn)
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
		case told && n.Granted && r.isOfThisRun(ctx, n):
			return nil
		case told && n.Refused:
			return failed(r.newFailure(workflows.DeadlineExceeded, activities.Problem{},
				"nothing was sent, because %d changes wait for this line already", workflows.MaxWaiting))
		case told && !n.Granted:
			r.turn.Holder = n.Holder
			continue
		case !told && r.remaining(ctx) <= 0:
			return failed(r.newFailure(workflows.DeadlineExceeded, activities.Problem{},
				"nothing was sent, because %s had the turn of this line until the deadline; settle that one first", r.turn.Holder))
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

// releaseTurn gives the turn back, or hands it to another workflow. The line also finds out by itself that a holder has ended;
// this is faster.
func (r *run) releaseTurn(ctx workflow.Context, to string) { releaseTurn(ctx, r.turn.Line, to) }

func releaseTurn(ctx workflow.Context, line, to string) {
	if line == "" {
		return
	}
	ctx, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	options := workflow.WithLocalActivityOptions(ctx, turnOptions("Give the line's turn back"))
	if err := workflow.ExecuteLocalActivity(options, activities.ReleaseTurnName, line, to).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Error("giving the line's turn back failed", "error", err)
	}
}

// turnOptions are for the calls about a line's turn: short ones to Temporal itself, repeated until they succeed.
func turnOptions(summary string) workflow.LocalActivityOptions {
	return workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second, Summary: summary,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 5 * time.Second},
	}
}

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
