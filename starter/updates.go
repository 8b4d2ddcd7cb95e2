package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/times"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

const (
	// operatorVariable names the operator at this terminal.
	operatorVariable = "CARRIERFLOW_OPERATOR"
	// takenWithin is how long a worker may need to take up an update before it counts as absent.
	takenWithin = 30 * time.Second
	// carriedOutWithin is how long the answer may take then; it waits for the carrier when that is asked.
	carriedOutWithin = 90 * time.Second
)

// actionFlags say who acts on which operation, and why.
type actionFlags struct {
	oneOperation
	actedBy
}

// actedBy says who acts, and why.
type actedBy struct {
	Reason   string `help:"Why. It is kept; nothing personal belongs in it." required:"" placeholder:"TEXT"`
	Operator string `help:"Who acts; $$CARRIERFLOW_OPERATOR, else your user name, when left out." placeholder:"NAME"`
}

type (
	// plainUpdate is an update that needs no more than who and why.
	plainUpdate    struct{ actionFlags }
	resolveCommand struct {
		actionFlags
		Outcome string `help:"What it ends as: done or failed." required:"" enum:"done,failed" placeholder:"done|failed"`
	}
	extendDeadlineCommand struct {
		actionFlags
		By string `help:"How much later the deadline is to be: 48h, 7d." required:"" placeholder:"DURATION"`
	}
)

// Run sends the update that the command is named after.
func (c plainUpdate) Run(ctx context.Context, a *app, selected *kong.Node) error {
	u := workflows.Update[workflows.OperatorAction, workflows.OperationStatus]{Name: selected.Name}
	return update(ctx, a, c.actionFlags, u, func(by workflows.OperatorAction) workflows.OperatorAction { return by })
}

// Run closes the operation by the operator's decision.
func (c resolveCommand) Run(ctx context.Context, a *app) error {
	return update(ctx, a, c.actionFlags, workflows.ResolveUpdate, func(by workflows.OperatorAction) workflows.Resolve {
		return workflows.Resolve{OperatorAction: by, Outcome: carriers.State(c.Outcome)}
	})
}

// Run moves the deadline.
func (c extendDeadlineCommand) Run(ctx context.Context, a *app) error {
	by, err := times.Duration(c.By)
	if err != nil {
		return badUsage("--by: %v", err)
	}
	return update(ctx, a, c.actionFlags, workflows.ExtendDeadlineUpdate, func(who workflows.OperatorAction) workflows.ExtendDeadline {
		return workflows.ExtendDeadline{OperatorAction: who, By: carriers.Duration(by)}
	})
}

// action is who acts and why.
func (f actedBy) action(a *app) (workflows.OperatorAction, error) {
	by := workflows.OperatorAction{Operator: a.operator(f.Operator), Reason: strings.TrimSpace(f.Reason)}
	switch {
	case by.Reason == "":
		return by, badUsage("--reason is empty; say why, it is kept with the operation")
	case by.Operator == "":
		return by, badUsage("say who you are, with --operator or %s", operatorVariable)
	}
	return by, nil
}

// operator is who sits at this terminal, unless somebody else is named.
func (s surroundings) operator(named string) string {
	return strings.TrimSpace(cmp.Or(named, s.get(operatorVariable), s.user()))
}

// acted is what --output json prints of an action. Message is in the status where there is one.
type acted struct {
	WorkflowID string `json:"workflowId"`
	Action     string `json:"action"`
	By         string `json:"operator"`
	Why        string `json:"reason,omitempty"`
	Message    string `json:"message"`
	// Status is how far the operation is after an update, Plan how far the plan is, and Line who has the turn of a line.
	Status *workflows.OperationStatus `json:"status,omitempty"`
	Plan   *plans.PlanStatus          `json:"plan,omitempty"`
	Line   *workflows.LineStatus      `json:"line,omitempty"`
	// next is the command to go on with.
	next string
}

// acted writes what was done.
func (a *app) acted(d acted) {
	if a.JSON {
		a.Document(d)
		return
	}
	fmt.Fprintf(a.Out, "%s  %s\n", a.Paint(terminal.Bold, d.WorkflowID), d.Message)
	a.Row("Next", d.next)
}

// update sends an update to an operation and prints how far that is then.
func update[I any](ctx context.Context, a *app, f actionFlags, u workflows.Update[I, workflows.OperationStatus], argument func(workflows.OperatorAction) I) error {
	by, err := f.action(a)
	if err != nil {
		return err
	}
	conn, v, err := a.find(ctx, f.ID)
	if err != nil {
		return err
	}
	if why := a.takesNone(v); why != "" {
		return badUsage("%s: %s %s. Nothing was done.", u.Name, f.ID, why)
	}
	status, err := send(ctx, a, conn, v, u, argument(by))
	if err != nil {
		return err
	}
	a.acted(acted{WorkflowID: f.ID, Action: u.Name, By: by.Operator, Why: by.Reason, Message: status.Message, Status: &status})
	return nil
}

// send sends an update and returns its answer. It waits for a worker to take the update up, but not for long: without one, there is no
// answer.
func send[I, O any](ctx context.Context, a *app, conn *runs.Connection, v runs.View, u workflows.Update[I, O], argument I) (answer O, err error) {
	taken, cancel := context.WithTimeout(ctx, takenWithin)
	defer cancel()
	handle, err := conn.UpdateWorkflow(taken, client.UpdateWorkflowOptions{
		WorkflowID: v.WorkflowID, RunID: v.RunID, UpdateName: u.Name, Args: []any{argument}, WaitForStage: client.WorkflowUpdateStageAccepted,
	})
	if err != nil {
		return answer, a.notUpdated(ctx, conn, v, u.Name, err, fmt.Sprintf("no worker has taken it up within %s; is one running?\n"+
			"It may still be carried out when one comes back", takenWithin))
	}
	answered, cancel := context.WithTimeout(ctx, carriedOutWithin)
	defer cancel()
	if err := handle.Get(answered, &answer); err != nil {
		return answer, a.notUpdated(ctx, conn, v, u.Name, err, fmt.Sprintf("it was taken up, but is not answered after %s", carriedOutWithin))
	}
	return answer, nil
}

// takesNone is why an operation takes no updates, or "".
func (a *app) takesNone(v runs.View) string {
	switch {
	case v.State.Final():
		return "has ended: it is " + string(v.State)
	case v.State == runs.Scheduled: // an update would begin it before its time
		return fmt.Sprintf("has not begun; it is scheduled for %s", a.At(v.Begins))
	case runs.IsPlan(v.Operation):
		return "is a plan; the commands for it are those of \"plan\""
	case runs.KindOf(v.Operation) != carriers.KindChange:
		return "is a " + v.Operation + ", which takes no updates; they are for operations that change something"
	}
	return ""
}

// notUpdated says why an update was not carried out. late is what to say when there was no answer in time.
func (a *app) notUpdated(ctx context.Context, conn *runs.Connection, v runs.View, name string, err error, late string) error {
	look := fmt.Sprintf("%q shows what came of it", a.self.Command("show", v.WorkflowID))
	if ctx.Err() != nil {
		return &exit{exitInterrupted, fmt.Sprintf("interrupted; %s may still be carried out. %s.", name, look)}
	}
	if said, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return badUsage("refused: %s", said.Message())
	}
	if _, ok := errors.AsType[*client.WorkflowUpdateServiceTimeoutOrCanceledError](err); ok {
		return &exit{exitUnreachable, fmt.Sprintf("%s of %s: %s. %s.", name, v.WorkflowID, late, look)}
	}
	if runs.IsNotFound(err) {
		return badUsage("%s: %s has just ended. %s.", name, v.WorkflowID, look)
	}
	return conn.Unanswered(ctx, err)
}

// cancelCommand requests the end of an operation.
type cancelCommand struct {
	actionFlags
	Wait bool `help:"Follow it until it ends."`
}

// Run requests the cancellation and says what that means where the operation stands.
func (c cancelCommand) Run(ctx context.Context, a *app) error {
	by, err := c.action(a)
	if err != nil {
		return err
	}
	conn, v, err := a.findOpen(ctx, c.ID)
	if err != nil {
		return err
	}
	conn.Ask(ctx, &v)
	bounded, cancel := conn.Bounded(ctx)
	defer cancel()
	err = conn.CancelWorkflowWithOptions(bounded, client.CancelWorkflowOptions{
		WorkflowID: c.ID, RunID: v.RunID, Reason: by.Operator + ": " + by.Reason,
	})
	if err != nil {
		return conn.Unanswered(ctx, err)
	}
	done := acted{WorkflowID: c.ID, Action: "cancel", By: by.Operator, Why: by.Reason, Message: meaningOfCancel(v), next: a.self.Command("show", c.ID, "--follow")}
	if !c.Wait {
		a.acted(done)
		return nil
	}
	fmt.Fprintln(a.Progress, done.Message)
	return a.wait(ctx, conn, conn.GetWorkflow(ctx, c.ID, v.RunID), a.reportOf(conn, v))
}

// meaningOfCancel says what a cancellation does to a run that is in a state.
func meaningOfCancel(v runs.View) string {
	carrier, meaning := v.CarrierName(), ""
	switch {
	case runs.IsPlan(v.Operation):
		meaning = "The step under way is asked to cancel, no other step begins, and nothing is undone.\n" +
			"To undo what was done, \"plan undo\" is the command."
	case runs.KindOf(v.Operation) != carriers.KindChange:
		meaning = "Nothing changes at a carrier; the run ends as canceled."
	case v.State == runs.Scheduled, v.State == runs.State(workflows.PhaseQueued):
		meaning = "Nothing was sent and nothing will be; the run ends as canceled."
	case v.State == runs.Starting || v.State == runs.State(workflows.PhaseSending):
		meaning = fmt.Sprintf("If nothing has been sent, nothing will be, and the run ends as canceled.\n"+
			"If the request may have been sent, %s is asked, and the run ends with what is known.", carrier)
	case v.State == runs.State(workflows.PhaseParked):
		meaning = fmt.Sprintf("It is not known whether %s has the request. %s is asked once more,\nand the run ends with what is known.", carrier, carrier)
	default:
		meaning = fmt.Sprintf("%s has the request, and it is not taken back there. %s is asked once more,\n"+
			"and the run ends with what it has decided, or as CanceledAfterSubmit with the state of the line.", carrier, carrier)
	}
	return "Cancellation is requested. " + meaning
}

// acknowledgeCommand takes something that an operator has dealt with off the work list.
type acknowledgeCommand struct {
	ID       string `arg:"" name:"id" help:"Workflow id of the operation that has ended (<carrier>:<reference>), of callbacks for no operation (unmatched:<carrier>:<reference>), or of a webhook that was given up (webhook:…)."`
	Reason   string `help:"What was done about it. It is kept; nothing personal belongs in it. Required for operations." placeholder:"TEXT"`
	Operator string `help:"Who has dealt with it; $$CARRIERFLOW_OPERATOR, else your user name, when left out." placeholder:"NAME"`
}

// Run acknowledges and says what that did.
func (c acknowledgeCommand) Run(ctx context.Context, a *app) error {
	seen := workflows.Seen{By: a.operator(c.Operator), Reason: strings.TrimSpace(c.Reason)}
	if seen.By == "" {
		return badUsage("say who you are, with --operator or %s", operatorVariable)
	}
	id, unmatched := c.ID, strings.HasPrefix(c.ID, "unmatched:") || workflows.IsDeliveryID(c.ID) // which say themselves that somebody has to look
	if seen.Reason == "" && !unmatched {
		return badUsage("say with --reason what was done about it; it is kept")
	}
	if of, ok := workflows.ParseFollowUpID(id); ok {
		id = of
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	f, err := conn.FollowUpOf(ctx, id)
	if unmatched {
		f, err = conn.LookUp(ctx, id)
	}
	if err != nil {
		return conn.Unanswered(ctx, err)
	}
	text := "Acknowledged. It is off the work list."
	switch {
	case f != nil && !f.State.Final():
	case unmatched && f != nil:
		return badUsage("%s has ended: it is %s. Nothing was done.", id, f.State)
	case f != nil && f.State == runs.Completed:
		by, err := conn.Acknowledged(ctx, *f)
		if err != nil {
			return conn.Unanswered(ctx, err)
		}
		return badUsage("%s has been acknowledged already, by %s. Nothing was done.", id, by)
	default:
		v, err := conn.Find(ctx, id)
		if err != nil {
			return err
		}
		if !v.State.Final() {
			return badUsage("%s has not ended: it is %s, and leaves the work list when it is decided. Nothing was done.\n%q shows what to do.",
				id, v.State, a.self.Command("show", id))
		}
		if len(runs.Left(v)) == 0 {
			return badUsage("%s is not on the work list: it is %s, and has left nothing to be looked at. Nothing was done.", id, v.State)
		}
		text = fmt.Sprintf("Acknowledged. It is off the work list, and %s keeps who has dealt with it.", workflows.FollowUpID(id))
	}
	if err := conn.Acknowledge(ctx, id, f, seen); err != nil {
		if runs.IsNotFound(err) {
			return badUsage("%s has just been acknowledged by somebody else. %q shows it.", id, a.self.Command("show", id))
		}
		return conn.Unanswered(ctx, err)
	}
	a.acted(acted{WorkflowID: id, Action: "acknowledge", By: seen.By, Why: seen.Reason, Message: text, next: a.self.Command("show", id)})
	return nil
}
