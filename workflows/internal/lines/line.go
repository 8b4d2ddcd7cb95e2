// Package lines implements the workflow of a line, which gives its turn to one change after the other.
//
// A change asks for the turn with a signal that starts the workflow if it is not open. The first one has the turn at once,
// because its call says that it has started the workflow; the others are told by a signal. The workflow starts with a delay, so that
// no code of it runs before a second signal: the turn is given back, or somebody else asks. It ends when nobody has
// the turn or waits for it, so that a line at which nothing happens costs nothing.
package lines

import (
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

// longHistory is the number of events after which the workflow continues in a new run.
const longHistory = 3000

// Register registers the workflow of a line. Of a versioned worker it goes on with the current build: a line that is never free would
// keep an old one for ever.
func Register(r interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
},
) {
	r.RegisterWorkflowWithOptions(lineWorkflow, workflow.RegisterOptions{
		Name: workflows.LineType, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	})
}

// lineWorkflow gives the turn to one after the other. Cancelling it has no effect, because then nobody would be told.
func lineWorkflow(cancellable workflow.Context, state State) error {
	ctx, _ := workflow.NewDisconnectedContext(cancellable) // never cancelled, because that would cancel the timer, which is an event
	info := workflow.GetInfo(ctx)
	carrier, _ := workflows.ParseLineID(info.WorkflowExecution.ID)
	l := &line{
		State: state, id: info.WorkflowExecution.ID, carrier: carrier, fresh: info.ContinuedExecutionRunID == "",
		asks: workflows.AskTurnSignal.Channel(ctx), releases: workflows.ReleaseTurnSignal.Channel(ctx),
	}
	operators.HandleStatus(ctx, "Who has the turn, and who waits for it", l.status)
	operators.HandleUpdate(ctx, workflows.ReleaseLineUpdate, l.validateRelease, l.handleRelease)
	for {
		l.receive(ctx)
		l.pass(ctx)
		if l.somethingNew() {
			continue
		}
		if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
			return err
		}
		switch {
		case l.somethingNew():
			continue
		case l.Holder == nil:
			return nil
		case info.GetCurrentHistoryLength() > longHistory || info.GetContinueAsNewSuggested():
			return workflow.NewContinueAsNewError(ctx, workflows.LineType, l.State)
		}
		l.watch.start(ctx, l.Since, len(l.Waiting) > 0)
		workflow.SetCurrentDetails(ctx, l.describe())
		if err := workflow.Await(ctx, func() bool { return l.somethingNew() || l.Holder == nil || l.watch.ready(len(l.Waiting) > 0) }); err != nil {
			return err
		}
		if gone, ended := l.watch.ended(ctx); ended && l.holds(gone) {
			l.Holder = nil
		}
	}
}
