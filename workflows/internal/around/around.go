// Package around makes interceptors of a worker that do something around each of its runs, outside the workflow's own code.
package around

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// Run is called for each run, with what carries it out: it has to call next once, and to return what that returns.
type Run func(ctx workflow.Context, next func(workflow.Context) (any, error)) (any, error)

// Runs makes a worker call a function around each of its runs.
func Runs(run Run) interceptor.WorkerInterceptor { return &workers{run: run} }

type workers struct {
	interceptor.WorkerInterceptorBase
	run Run
}

func (w *workers) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &runs{run: w.run}
	i.Next = next
	return i
}

type runs struct {
	interceptor.WorkflowInboundInterceptorBase
	run Run
}

func (r *runs) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	return r.run(ctx, func(ctx workflow.Context) (any, error) { return r.Next.ExecuteWorkflow(ctx, in) })
}
