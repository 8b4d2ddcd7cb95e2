package main

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/workflows"
)

// cancelCommand asks for the end of an operation.
type cancelCommand struct {
	orderFlags
	Wait bool `help:"Follow it until it ends."`
}

// demand is what --output json prints of something that was asked of a run and is still to be carried out.
type demand struct {
	WorkflowID string `json:"workflowId"`
	Order      string `json:"order"`
	By         string `json:"operator"`
	Why        string `json:"reason,omitempty"`
	Message    string `json:"message"`
	// next is the command to go on with.
	next string
}

// Run asks for the cancellation and says what that means where the operation stands.
func (c cancelCommand) Run(ctx context.Context, a *app) error {
	order, err := c.order(a)
	if err != nil {
		return err
	}
	conn, v, err := a.open(ctx, c.ID)
	if err != nil {
		return err
	}
	bounded, cancel := conn.bounded(ctx)
	defer cancel()
	err = conn.CancelWorkflowWithOptions(bounded, client.CancelWorkflowOptions{
		WorkflowID: c.ID, RunID: v.RunID, Reason: order.Operator + ": " + order.Reason,
	})
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	asked := demand{c.ID, "cancel", order.Operator, order.Reason, meaningOfCancel(v), a.self.command("show", c.ID, "--follow")}
	if !c.Wait {
		a.demanded(asked)
		return nil
	}
	fmt.Fprintln(a.progress, asked.Message)
	return a.wait(ctx, conn, conn.GetWorkflow(ctx, c.ID, v.RunID), a.accountOf(conn, v))
}

// meaningOfCancel says what a cancellation does to a run that is in a state.
func meaningOfCancel(v view) string {
	const asked = "Cancellation is asked for. "
	carrier := workflows.CarrierOf(v.Operation).Name()
	switch {
	case kindOfOperation(v.Operation) != workflows.Change:
		return asked + "Nothing changes at a carrier; the run ends as canceled."
	case v.State == scheduled:
		return asked + "Nothing was sent and nothing will be; the run ends as canceled."
	case v.State == starting || v.State == submitting:
		return asked + fmt.Sprintf("If nothing has been sent, nothing will be, and the run ends as canceled.\n"+
			"If the request may have left, %s is asked, and the run ends with what is known.", carrier)
	}
	return asked + fmt.Sprintf("%s has the request, and nothing takes it back. %s is asked once more,\n"+
		"and the run ends with what it has decided, or as CanceledAfterSubmit with the state that the line is in.", carrier, carrier)
}

// open finds a run that has not ended.
func (a *app) open(ctx context.Context, id string) (*connection, view, error) {
	conn, err := a.connected(ctx)
	if err != nil {
		return nil, view{}, err
	}
	v, err := conn.find(ctx, id)
	if err != nil {
		return nil, view{}, err
	}
	if v.State.final() {
		return nil, v, badUsage("%s has ended: it is %s. %q shows it.", id, v.State, a.self.command("show", id))
	}
	return conn, v, nil
}

// demanded writes what was asked of a run.
func (a *app) demanded(d demand) {
	if a.json {
		a.document(d)
		return
	}
	fmt.Fprintf(a.out, "%s  %s\n", a.paint(bold, d.WorkflowID), d.Message)
	a.row("Next", d.next)
}
