package lifecycle

import (
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/webhooks"
)

// teller tells webhooks what happens to the operation.
func (r *run) teller(ctx workflow.Context) *webhooks.Teller {
	run := workflow.GetInfo(ctx).WorkflowExecution
	return webhooks.New(workflows.WebhookData{
		Carrier: r.carrier, Operation: r.operation, Reference: r.reference, WorkflowID: run.ID, RunID: run.RunID, Status: workflows.WebhookRunning,
	})
}

// tellAccepted tells that the carrier has acknowledged the request. wanted is what the submit says of webhooks: it is recorded with its
// result, so that an acknowledged operation need not record it again. An answer that already is a failure accepts nothing.
func (r *run) tellAccepted(ctx workflow.Context, wanted bool) {
	switch {
	case wanted:
		r.webhooks.Enable()
	case !r.webhooks.On():
		r.webhooks.Disable()
	}
	if r.ack.Outcome.State != carriers.Failed {
		r.webhooks.Accepted(ctx, r.ack.TransactionID, r.ack.Outcome.Status)
	}
}

// tellerOf tells webhooks what happens to an operation after it has ended. A follow-up of a plan tells nothing.
func tellerOf(f workflows.FollowUp) *webhooks.Teller {
	if f.Operation == "" || f.RunID == "" {
		return nil
	}
	status := workflows.WebhookCompleted
	switch f.Failure {
	case "":
	case workflows.Canceled:
		status = workflows.WebhookCanceled
	default:
		status = workflows.WebhookFailed
	}
	t := webhooks.New(workflows.WebhookData{
		Carrier: f.Carrier, Operation: f.Operation, Reference: f.Reference, WorkflowID: f.WorkflowID, RunID: f.RunID, Status: status, FailureType: f.Failure,
	})
	if f.Webhooks {
		t.Enable()
	}
	return t
}
