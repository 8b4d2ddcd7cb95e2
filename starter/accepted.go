package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/workflows"
)

// startAccepted starts an operation, waits until it is known whether the carrier takes it, and tells so. What the carrier
// refuses has ended with that.
func (a *app) startAccepted(ctx context.Context, conn *connection, options client.StartWorkflowOptions, input []byte, told account) error {
	taken, cancel := context.WithTimeout(ctx, attendance)
	defer cancel()
	start := conn.NewWithStartWorkflowOperation(options, told.Operation, json.RawMessage(input))
	handle, err := conn.UpdateWithStartWorkflow(taken, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: workflows.AcceptedUpdate.Name, Args: []any{workflows.AcceptedQuestion{}}, WaitForStage: client.WorkflowUpdateStageAccepted,
		},
	})
	if _, late := errors.AsType[*client.WorkflowUpdateServiceTimeoutOrCanceledError](err); late && ctx.Err() == nil {
		return a.notTaken(ctx, conn, told)
	}
	if err != nil {
		return a.notStarted(ctx, conn, told, err)
	}
	run, err := start.Get(ctx)
	if err != nil {
		return a.notStarted(ctx, conn, told, err)
	}
	told.RunID, told.URL = run.GetRunID(), a.webURL(conn, run.GetID(), run.GetRunID())
	a.retried(ctx, conn, told)
	answer, err := follow(ctx, a, conn, run, func() (answer workflows.Accepted, err error) {
		err = handle.Get(ctx, &answer)
		return answer, err
	})
	if _, refused := workflows.AsFailure(err); refused {
		return a.wait(ctx, conn, run, told) // it is ending with that
	}
	if v, err := conn.describe(ctx, run.GetID(), run.GetRunID()); err == nil {
		told.view = v
	}
	if err != nil {
		if a.json {
			a.tell(told, a.now())
		}
		return conn.lost(ctx, run.GetID(), err)
	}
	told.Accepted = &answer
	a.tell(told, a.now())
	return nil
}

// notTaken is the error for a start that no worker has taken up.
func (a *app) notTaken(ctx context.Context, conn *connection, told account) error {
	what, why := "It is not known whether it was started", "Is one running?"
	if v, err := conn.describe(ctx, told.WorkflowID, ""); err == nil {
		what = "It is started, and goes on when a worker comes"
		v.Unserved = a.unservedRun(ctx, conn, v)
		why = cmp.Or(sentenceCase(v.Unserved), why)
		if a.json {
			told.view = v
			a.tell(told, a.now())
		}
	}
	return &exit{exitUnreachable, fmt.Sprintf("no worker has taken up %s within %s. %s\n%s: %q shows it.",
		told.WorkflowID, attendance, why, what, a.self.command("show", told.WorkflowID))}
}
