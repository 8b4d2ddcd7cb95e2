package planrun

import (
	"encoding/json"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// planWorkflow is the workflow of a plan: validate, one step after the other, end. Updates and queries are answered from the first
// workflow task on, so the state that they use is set up before anything else.
func planWorkflow(ctx workflow.Context, raw json.RawMessage) (plans.Result, error) {
	r, invalid := newRun(ctx, raw)
	r.handleUpdates(ctx)
	operators.HandleStatus(ctx, "How far the plan is", r.status)
	var ended ending
	if invalid != nil {
		ended = ending{failure: invalid}
	} else {
		setAttributes(ctx, r.plan)
		ended = r.execute(ctx)
	}
	err := r.close(ctx, ended)
	// Updates are answered before the run ends. Without an update this does not block.
	waiting, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	if failed := workflow.Await(waiting, func() bool { return workflow.AllHandlersFinished(ctx) }); failed != nil {
		return plans.Result{}, failed
	}
	if err != nil {
		return plans.Result{}, err
	}
	return r.result(ctx), nil
}

// newRun validates the input and sets up the state. It does not block. With a failure, the run contains only what the status needs.
func newRun(ctx workflow.Context, raw json.RawMessage) (*run, *plans.Failure) {
	isCancelled := func() bool { return ctx.Err() != nil }
	p, faults := plans.Read(raw)
	if want := plans.WorkflowID(p.Reference); len(faults) == 0 && workflow.GetInfo(ctx).WorkflowExecution.ID != want {
		faults = []carriers.Fault{{Field: "reference", Problem: "needs the workflow id " + want + ", without which nothing keeps it from being started twice"}}
	}
	if len(faults) > 0 {
		f := plans.InvalidPlan(p, faults)
		return &run{plan: plans.Plan{Reference: f.Reference}, isCancelled: isCancelled}, &f
	}
	r := &run{plan: p, sources: plans.NewSources(p), isCancelled: isCancelled}
	for _, s := range p.Steps {
		r.steps = append(r.steps, &step{Step: s, state: plans.StepPending})
	}
	return r, nil
}

// execute goes through the steps.
func (r *run) execute(ctx workflow.Context) ending {
	for _, s := range r.steps {
		r.at = s
		if ended := r.pass(ctx, s); ended != nil {
			return *ended
		}
	}
	return ending{}
}

// setAttributes sets the search attributes that the caller left out, so that operators find the run.
func setAttributes(ctx workflow.Context, p plans.Plan) {
	if _, there := workflow.GetTypedSearchAttributes(ctx).GetKeyword(workflows.OperationAttribute); there {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, p.Attributes()...); err != nil {
		workflow.GetLogger(ctx).Error("setting the search attributes failed", "error", err)
	}
}
