package tracing

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

func environment(set map[string]string) func(string) string {
	return func(name string) string { return set[name] }
}

func TestTracesAreOffUnlessAskedFor(t *testing.T) {
	for name, set := range map[string]map[string]string{
		"nothing is set": {},
		"no exporter":    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
		"disabled":       {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
	} {
		off, err := FromEnvironment(t.Context(), "test", environment(set))
		require.NoError(t, err, name)
		require.Nil(t, off, name)
	}
	var off *Tracing
	require.Empty(t, off.Clients())
	require.Empty(t, off.Workflows("callback"))
	require.NoError(t, off.Close())
	ctx, span := off.Tracer().Start(t.Context(), "nothing")
	require.False(t, span.IsRecording())
	require.Nil(t, SignalHeader(ctx))
}

func TestTheProtocol(t *testing.T) {
	for _, protocol := range []string{"", "http/protobuf", "grpc"} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
		on, err := FromEnvironment(t.Context(), "test", environment(map[string]string{
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
		}))
		require.NoError(t, err)
		require.NotEmpty(t, on.Clients())
		require.NoError(t, on.Close(), "nothing is left to be sent")
	}
	_, err := FromEnvironment(t.Context(), "test", environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "smoke"}))
	require.ErrorContains(t, err, `OTEL_EXPORTER_OTLP_PROTOCOL is "smoke": set it to http/protobuf or grpc`)
}

// kept keeps spans in memory.
func kept(t *testing.T) (*Tracing, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	traces, err := newTracing(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	require.NoError(t, err)
	return traces, spans
}

// A workflow receives one signal at its start and one later.
func TestACallbackIsPartOfItsOperationsTrace(t *testing.T) {
	traces, spans := kept(t)
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: append([]interceptor.WorkerInterceptor{traces.calls}, traces.Workflows("callback")...)})
	env.RegisterDelayedCallback(func() { env.SignalWorkflow("callback", nil) }, 0)
	env.RegisterDelayedCallback(func() { env.SignalWorkflow("turn", nil) }, 0)
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		workflow.GetSignalChannel(ctx, "callback").Receive(ctx, nil)
		return nil
	})
	require.NoError(t, env.GetWorkflowError())
	var run, callbacks []sdktrace.ReadOnlySpan
	for _, span := range spans.Ended() {
		if span.Name() == "callback" {
			callbacks = append(callbacks, span)
			continue
		}
		run = append(run, span)
	}
	require.Len(t, run, 1, "the signal of another name has no span")
	require.Len(t, callbacks, 1)
	require.Equal(t, run[0].SpanContext().SpanID(), callbacks[0].Parent().SpanID())
	require.Equal(t, run[0].SpanContext().TraceID(), callbacks[0].SpanContext().TraceID())
}

func TestTheHeaderOfASignalIsALink(t *testing.T) {
	traces, _ := kept(t)
	ctx, span := traces.Tracer().Start(t.Context(), "receive callback")
	links := linkIn(SignalHeader(ctx).GetFields())
	require.Len(t, links, 1)
	require.Equal(t, span.SpanContext().SpanID(), links[0].SpanContext.SpanID())
	require.Empty(t, linkIn(nil))
}

// An error that Temporal's SDK puts into a span may repeat something personal.
func TestErrorsAreRedacted(t *testing.T) {
	traces, spans := kept(t)
	span := startRedacted(context.Background(), traces.Tracer(), "a call")
	err := errors.New("the number 15550100123 is not known")
	span.RecordError(err)
	span.SetStatus(1, err.Error())
	span.End()
	ended := spans.Ended()[0]
	require.NotContains(t, ended.Status().Description, "15550100123")
	require.NotEmpty(t, ended.Status().Description)
	require.NotContains(t, ended.Events()[0].Attributes[1].Value.AsString(), "15550100123")
}
