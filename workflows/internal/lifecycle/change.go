package lifecycle

import (
	"encoding/json"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

// changeWorkflow is the workflow of an operation that changes something: validate, submit, await, confirm, end. Updates and
// queries are answered from the first workflow task on, so the state that they use is set up before anything else.
func changeWorkflow(o carriers.ChangeOperation) func(workflow.Context, json.RawMessage) (workflows.Result, error) {
	return func(ctx workflow.Context, raw json.RawMessage) (workflows.Result, error) {
		r, err := newRun(ctx, o.Info(), raw)
		r.handleUpdates(ctx)
		operators.HandleStatus(ctx, "How far the operation is", r.status)
		var result workflows.Result
		if err == nil {
			setAttributes(ctx, r.operation, r.line)
			result, err = r.execute(ctx)
		}
		r.stage, r.refusal = decided, err
		r.close(ctx, result, err)
		r.webhooks.Ended(ctx)
		r.webhooks.Close(ctx)
		// Updates are answered before the run ends. Without an update this does not block.
		waiting, stop := workflow.NewDisconnectedContext(ctx)
		defer stop()
		if failed := workflow.Await(waiting, func() bool { return workflow.AllHandlersFinished(ctx) }); failed != nil {
			return workflows.Result{}, failed
		}
		return result, err
	}
}

// newRun validates the input and sets up the state. It does not block. With an error, the run contains only what every
// failure needs.
func newRun(ctx workflow.Context, o carriers.Info, raw json.RawMessage) (*run, error) {
	r := &run{
		operation: o.Type, carrier: o.Carrier(), name: workflows.CarrierName(o.Carrier()), callsBack: o.CallsBack, outOfTurn: o.OutOfTurn,
		startedAt: workflow.GetInfo(ctx).WorkflowStartTime,
	}
	r.sendingFrom = r.startedAt
	in, err := validateInput(ctx, o.Type, raw)
	r.reference = in.common.Reference
	r.webhooks = r.teller(ctx)
	if err != nil {
		r.stage, r.refusal = decided, err
		r.summary = o.Title + " at " + r.name
		return r, err
	}
	r.request, r.line, r.summary = in.description.Request, in.description.Line, in.description.Summary
	r.confirm, r.timings = in.common.Confirms(), in.timingsOf(o)
	r.notBefore, r.needsBaseline = in.description.NotBefore, in.description.NeedsBaseline
	r.deadline = r.due(ctx).Add(r.timings.Deadline.Std())
	return r, nil
}

// execute runs the operation to the end.
func (r *run) execute(ctx workflow.Context) (workflows.Result, error) {
	err := r.submit(ctx)
	if err == nil {
		r.stage = waiting
		var d decision
		if d, err = r.awaitOutcome(ctx); err == nil {
			return r.end(ctx, d)
		}
	}
	if ctx.Err() != nil && temporal.IsCanceledError(err) {
		return r.handleCancel(ctx)
	}
	return workflows.Result{}, err
}
