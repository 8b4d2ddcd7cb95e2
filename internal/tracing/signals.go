package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// A carrier knows nothing of our traces, so a callback arrives without one. What receives it has a trace of its own, whose span travels
// with the signal in this header; the operation's trace gets a span that links to it.
const signalHeader = "carrierflow-callback"

// SignalHeader is the header of a signal that is sent within a span; nil without one.
func SignalHeader(ctx context.Context) *commonpb.Header {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return nil
	}
	fields := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, fields)
	payload, err := converter.GetDefaultDataConverter().ToPayload(fields)
	if err != nil {
		return nil // texts can always be encoded
	}
	return &commonpb.Header{Fields: map[string]*commonpb.Payload{signalHeader: payload}}
}

// linkIn is the link to the span in a signal's header.
func linkIn(header map[string]*commonpb.Payload) (links []trace.Link) {
	fields := propagation.MapCarrier{}
	if payload := header[signalHeader]; payload == nil || converter.GetDefaultDataConverter().FromPayload(payload, &fields) != nil {
		return nil
	}
	sender := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), fields))
	if !sender.IsValid() {
		return nil
	}
	return []trace.Link{{SpanContext: sender}}
}

// Workflows are the interceptors of the worker that has the workflows: they add a span to an operation's trace for each callback.
func (t *Tracing) Workflows(signal string) []interceptor.WorkerInterceptor {
	if t == nil {
		return nil
	}
	return []interceptor.WorkerInterceptor{&workers{tracer: t.tracer, signal: signal}}
}

type workers struct {
	interceptor.WorkerInterceptorBase
	tracer trace.Tracer
	signal string
}

func (w *workers) InterceptWorkflow(ctx workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &run{of: w}
	i.Next = next
	return i
}

// run are the spans of one run.
type run struct {
	interceptor.WorkflowInboundInterceptorBase
	of     *workers
	parent trace.SpanContext
	// early are the callbacks that were received before the workflow's first line.
	early [][]trace.Link
}

func (r *run) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	if span, traced := opentelemetry.SpanFromWorkflowContext(ctx); traced {
		r.parent = span.SpanContext()
	}
	for _, links := range r.early {
		r.received(ctx, links)
	}
	r.early = nil
	return r.Next.ExecuteWorkflow(ctx, in)
}

func (r *run) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	if in.SignalName == r.of.signal && !workflow.IsReplaying(ctx) {
		links := linkIn(interceptor.WorkflowHeader(ctx))
		if r.parent.IsValid() {
			r.received(ctx, links)
		} else {
			r.early = append(r.early, links)
		}
	}
	return r.Next.HandleSignal(ctx, in)
}

// received adds the span of a callback. Its time is that of this worker.
func (r *run) received(ctx workflow.Context, links []trace.Link) {
	if !r.parent.IsValid() {
		return
	}
	info := workflow.GetInfo(ctx)
	_, span := r.of.tracer.Start(trace.ContextWithSpanContext(context.Background(), r.parent), "callback", trace.WithLinks(links...),
		trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
			attribute.String("temporalWorkflowID", info.WorkflowExecution.ID), attribute.String("temporalRunID", info.WorkflowExecution.RunID)))
	span.End()
}
