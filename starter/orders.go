package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// operatorVariable names the operator who sits at this terminal.
	operatorVariable = "CARRIERFLOW_OPERATOR"
	// attendance is how long a worker may take to take up an order before it counts as absent.
	attendance = 30 * time.Second
	// obedience is how long the answer may take then; it waits for the carrier when that is to be asked.
	obedience = 90 * time.Second
)

// orderFlags say who orders something, of which operation, and why.
type orderFlags struct {
	ID       string `arg:"" name:"id" help:"Workflow id: carrier:reference, for example dish:order-17."`
	Reason   string `help:"Why. It is kept with the operation; nothing personal belongs in it." required:"" placeholder:"TEXT"`
	Operator string `help:"Who orders it; $$CARRIERFLOW_OPERATOR, else your user name, when left out." placeholder:"NAME"`
}

type (
	checkNowCommand    struct{ orderFlags }
	approveRiskCommand struct{ orderFlags }
	denyRiskCommand    struct{ orderFlags }
	resolveCommand     struct {
		orderFlags
		Outcome string `help:"What it ends as: done or failed." required:"" enum:"done,failed" placeholder:"done|failed"`
	}
	extendDeadlineCommand struct {
		orderFlags
		By string `help:"How much later the deadline is to be: 48h, 7d." required:"" placeholder:"DURATION"`
	}
)

// Run has the carrier asked at once.
func (c checkNowCommand) Run(ctx context.Context, a *app) error {
	return send(ctx, a, c.orderFlags, workflows.CheckNowUpdate, alone)
}

// Run records that the carrier's risk review was decided in favour.
func (c approveRiskCommand) Run(ctx context.Context, a *app) error {
	return send(ctx, a, c.orderFlags, workflows.ApproveRiskUpdate, alone)
}

// Run closes the operation as denied.
func (c denyRiskCommand) Run(ctx context.Context, a *app) error {
	return send(ctx, a, c.orderFlags, workflows.DenyRiskUpdate, alone)
}

// Run closes the operation on the operator's word.
func (c resolveCommand) Run(ctx context.Context, a *app) error {
	return send(ctx, a, c.orderFlags, workflows.ResolveUpdate, func(o workflows.Order) workflows.Resolve {
		return workflows.Resolve{Order: o, Outcome: carriers.State(c.Outcome)}
	})
}

// Run moves the deadline.
func (c extendDeadlineCommand) Run(ctx context.Context, a *app) error {
	by, err := duration(c.By)
	if err != nil {
		return badUsage("--by: %v", err)
	}
	return send(ctx, a, c.orderFlags, workflows.ExtendDeadlineUpdate, func(o workflows.Order) workflows.ExtendDeadline {
		return workflows.ExtendDeadline{Order: o, By: carriers.Duration(by)}
	})
}

// alone is the argument of an order that says no more than who and why.
func alone(o workflows.Order) workflows.Order { return o }

// order is who orders it and why.
func (f orderFlags) order(a *app) (workflows.Order, error) {
	order := workflows.Order{Operator: a.operator(f.Operator), Reason: strings.TrimSpace(f.Reason)}
	switch {
	case order.Reason == "":
		return order, badUsage("--reason is empty; say why, it is kept with the operation")
	case order.Operator == "":
		return order, badUsage("say who you are, with --operator or %s", operatorVariable)
	}
	return order, nil
}

// operator is who sits at this terminal, unless somebody else is named.
func (s surroundings) operator(named string) string {
	return strings.TrimSpace(cmp.Or(named, s.get(operatorVariable), s.user()))
}

// obeyed is what --output json prints of an order that was carried out.
type obeyed struct {
	WorkflowID string `json:"workflowId"`
	Order      string `json:"order"`
	By         string `json:"operator"`
	Why        string `json:"reason"`
	workflows.Standing
}

// send sends an order to an operation and prints where that stands then. It waits for a worker to take the order up, but
// not for long: without one, nobody answers.
func send[I any](ctx context.Context, a *app, f orderFlags, u workflows.Update[I, workflows.Standing], argument func(workflows.Order) I) error {
	order, err := f.order(a)
	if err != nil {
		return err
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	v, err := conn.find(ctx, f.ID)
	if err != nil {
		return err
	}
	if why := a.deaf(v); why != "" {
		return badUsage("%s: %s %s. Nothing was ordered.", u.Name, f.ID, why)
	}
	taken, cancel := context.WithTimeout(ctx, attendance)
	defer cancel()
	handle, err := conn.UpdateWorkflow(taken, client.UpdateWorkflowOptions{
		WorkflowID: f.ID, RunID: v.RunID, UpdateName: u.Name, Args: []any{argument(order)}, WaitForStage: client.WorkflowUpdateStageAccepted,
	})
	if err != nil {
		return a.notObeyed(ctx, conn, v, u.Name, err, fmt.Sprintf("no worker has taken it up within %s; is one running?\n"+
			"It may still be heeded when one comes back", attendance))
	}
	answered, cancel := context.WithTimeout(ctx, obedience)
	defer cancel()
	var standing workflows.Standing
	if err := handle.Get(answered, &standing); err != nil {
		return a.notObeyed(ctx, conn, v, u.Name, err, fmt.Sprintf("it was taken up, but is not answered after %s", obedience))
	}
	if a.json {
		a.document(obeyed{f.ID, u.Name, order.Operator, order.Reason, standing})
		return nil
	}
	fmt.Fprintf(a.out, "%s  %s\n", a.paint(bold, f.ID), standing.Message)
	return nil
}

// deaf is why an operation takes no orders, or "".
func (a *app) deaf(v view) string {
	switch {
	case v.State.final():
		return "has ended: it is " + string(v.State)
	case v.State == scheduled: // an order would begin it before its time
		return fmt.Sprintf("has not begun; it is scheduled for %s", a.at(*v.Begins))
	case kindOfOperation(v.Operation) != workflows.Change:
		return "is a " + v.Operation + ", which takes no orders; they are for operations that change something"
	}
	return ""
}

// notObeyed says why an order was not carried out. late is what to say when nobody has answered in time.
func (a *app) notObeyed(ctx context.Context, conn *connection, v view, name string, err error, late string) error {
	look := fmt.Sprintf("%q shows what came of it", a.self.command("show", v.WorkflowID))
	if ctx.Err() != nil {
		return &exit{exitInterrupted, fmt.Sprintf("interrupted; %s may still be heeded. %s.", name, look)}
	}
	if said, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return badUsage("refused: %s", said.Message())
	}
	if _, ok := errors.AsType[*client.WorkflowUpdateServiceTimeoutOrCanceledError](err); ok {
		return &exit{exitUnreachable, fmt.Sprintf("%s of %s: %s. %s.", name, v.WorkflowID, late, look)}
	}
	if isNotFound(err) {
		return badUsage("%s: %s has just ended. %s.", name, v.WorkflowID, look)
	}
	return conn.unanswered(ctx, err)
}
