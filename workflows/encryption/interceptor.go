package encryption

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// Interceptor completes what the data converter does in a worker: a query that cannot be decrypted fails alone, and not the process, to
// which a panic outside of a workflow's own code would be the end.
func Interceptor() interceptor.WorkerInterceptor { return &workers{} }

type workers struct {
	interceptor.WorkerInterceptorBase
}

func (w *workers) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &inbound{}
	i.Next = next
	return i
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	o := &outbound{}
	o.Next = next
	return i.Next.Init(o)
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (o *outbound) SetQueryHandler(ctx workflow.Context, name string, handler any) error {
	return o.Next.SetQueryHandler(workflow.WithValue(ctx, answering{}, true), name, handler)
}

func (o *outbound) SetQueryHandlerWithOptions(ctx workflow.Context, name string, handler any, options workflow.QueryHandlerOptions) error {
	return o.Next.SetQueryHandlerWithOptions(workflow.WithValue(ctx, answering{}, true), name, handler, options)
}
