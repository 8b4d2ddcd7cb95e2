package encryption

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// Interceptor completes what the data converter does in a worker. A signal that cannot be decrypted fails the workflow task as soon as it
// comes: the SDK would drop it, and a callback with it; so it waits until a worker has the key. A query that cannot be decrypted fails
// alone.
func (e *Encryption) Interceptor() interceptor.WorkerInterceptor { return &workers{encryption: e} }

type workers struct {
	interceptor.WorkerInterceptorBase
	encryption *Encryption
}

func (w *workers) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &inbound{encryption: w.encryption}
	i.Next = next
	return i
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	encryption *Encryption
}

func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	o := &outbound{}
	o.Next = next
	return i.Next.Init(o)
}

func (i *inbound) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	if _, err := i.encryption.Codec().Decode(in.Arg.GetPayloads()); err != nil {
		return err
	}
	return i.Next.HandleSignal(ctx, in)
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
