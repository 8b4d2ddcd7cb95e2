package main

import (
	"context"
	"fmt"

	"github.com/carrierflow/carrierflow/workflows"
)

// releaseLineCommand takes the turn of a line from who has it.
type releaseLineCommand struct {
	ID string `arg:"" name:"id" help:"Workflow id of an operation that waits for its line's turn, or of the line: line:<carrier>:<line key>."`
	actedBy
}

// Run takes the turn from the holder that is seen now; another one keeps it.
func (c releaseLineCommand) Run(ctx context.Context, a *app) error {
	by, err := c.action(a)
	if err != nil {
		return err
	}
	conn, v, err := a.findOpen(ctx, c.ID)
	if err != nil {
		return err
	}
	if _, isLine := workflows.ParseLineID(v.WorkflowID); !isLine {
		conn.Ask(ctx, &v)
		if v.Status == nil || v.Status.Turn == nil {
			return badUsage("%s does not wait for its line's turn: it is %s. Nothing was done.", c.ID, v.State)
		}
		if v, err = conn.Find(ctx, v.Status.Turn.Line); err != nil {
			return err
		}
	}
	bounded, cancel := conn.Bounded(ctx)
	defer cancel()
	holder, err := workflows.TurnHolder(bounded, conn, v.WorkflowID)
	if err != nil {
		return conn.Unanswered(ctx, err)
	}
	status, err := send(ctx, a, conn, v, workflows.ReleaseLineUpdate, workflows.ReleaseLine{OperatorAction: by, Holder: holder})
	if err != nil {
		return err
	}
	message := fmt.Sprintf("%s no longer has the turn; it goes on by itself.", holder)
	if status.Holder != "" {
		message += fmt.Sprintf(" %s has it now.", status.Holder)
	}
	a.acted(acted{WorkflowID: v.WorkflowID, Action: workflows.ReleaseLineUpdate.Name, By: by.Operator, Why: by.Reason, Message: message, Line: &status, next: a.self.Command("show", holder)})
	return nil
}
