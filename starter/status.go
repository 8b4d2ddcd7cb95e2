package main

import (
	"context"
	"strings"
	"time"

	sdkpb "go.temporal.io/api/sdk/v1"

	"github.com/carrierflow/carrierflow/workflows"
)

// detailsQuery is the query that every workflow answers with its current details. It needs a worker.
const (
	detailsQuery    = "__temporal_workflow_metadata"
	detailsPatience = 2 * time.Second
)

// statusCommand shows one operation.
type statusCommand struct {
	ID     string `arg:"" name:"id" help:"Workflow id: carrier:reference, for example dish:order-17."`
	Answer bool   `help:"Print the answer of a read as well; it holds personal data."`
}

// Run shows the operation's newest run. It succeeds also when the operation failed.
func (s statusCommand) Run(ctx context.Context, a *app) error {
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	v, err := conn.find(ctx, s.ID)
	if err != nil {
		return err
	}
	after, err := conn.aftermathOf(ctx, &v)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	v.Unserved = a.unservedRun(ctx, conn, v)
	told := a.accountOf(conn, v)
	told.aftermath = after
	if !v.State.final() {
		told.Details = conn.details(ctx, v)
		a.tell(told, a.now())
		return nobodyServes(v)
	}
	bounded, cancel := conn.bounded(ctx)
	defer cancel()
	e, err := endingOf(bounded, conn.GetWorkflow(ctx, v.WorkflowID, v.RunID), v.Operation)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	if e.Answer != nil && !s.Answer {
		e.Answer, e.Message = nil, "the answer is not shown, because it holds personal data; --answer shows it"
	}
	told.ending = &e
	a.tell(told, a.now())
	return nil
}

// accountOf is what can be said of a run by its view.
func (a *app) accountOf(conn *connection, v view) account {
	_, reference, _ := workflows.ParseWorkflowID(v.WorkflowID)
	return account{Reference: reference, view: v, URL: a.webURL(conn, v.WorkflowID, v.RunID)}
}

// details asks the workflow itself what it is doing; "" when no worker answers.
func (c *connection) details(ctx context.Context, v view) string {
	bounded, cancel := context.WithTimeout(ctx, detailsPatience)
	defer cancel()
	answer, err := c.QueryWorkflow(bounded, v.WorkflowID, v.RunID, detailsQuery)
	if err != nil {
		return ""
	}
	var metadata sdkpb.WorkflowMetadata
	if answer.Get(&metadata) != nil {
		return ""
	}
	return metadata.GetCurrentDetails()
}

// plainText is what an operation says of itself without the marks that the Web UI shows in bold, and without the summary
// at its head, which stands above.
func plainText(details, summary string) string {
	text := strings.ReplaceAll(details, "**", "")
	if head, rest, _ := strings.Cut(text, "\n"); head == summary {
		text = strings.TrimLeft(rest, "\n")
	}
	return text
}
