// Package tracing sends traces to an OpenTelemetry collector, when the standard variables name one: one trace for each operation, from
// the call that starts it through the calls to its carrier to the callback.
//
// The spans of Temporal's calls, workflows and activities are those of Temporal's SDK; the trace travels in Temporal's headers. The
// calls to carriers have spans of package transport. Spans hold the workflow id, never the content of a request.
package tracing

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"

	"github.com/carrierflow/carrierflow/internal/version"
)

// Tracing sends traces. Nil sends none, and all its methods may be called.
type Tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	calls    interceptor.Interceptor
}

// FromEnvironment sets tracing up as the standard OTEL_ variables say. Without OTEL_EXPORTER_OTLP_ENDPOINT, or the same for traces, it
// returns nil. service is the name of the program, unless OTEL_SERVICE_NAME says another.
func FromEnvironment(ctx context.Context, service string, getenv func(string) string) (*Tracing, error) {
	if !wanted(getenv) {
		return nil, nil
	}
	exporter, err := newExporter(ctx, getenv)
	if err != nil {
		return nil, fmt.Errorf("setting up traces, see OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", service), attribute.String("service.version", version.Get().Version),
	), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("setting up traces, see OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return newTracing(sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)))
}

// wanted reports whether the variables ask for traces.
func wanted(getenv func(string) string) bool {
	if getenv("OTEL_SDK_DISABLED") == "true" || getenv("OTEL_TRACES_EXPORTER") == "none" {
		return false
	}
	return getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// newExporter makes the exporter for the protocol that the variables name. It connects later, and reads the other variables itself.
func newExporter(ctx context.Context, getenv func(string) string) (*otlptrace.Exporter, error) {
	protocol := getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
	if protocol == "" {
		protocol = getenv("OTEL_EXPORTER_OTLP_PROTOCOL")
	}
	switch protocol {
	case "", "http/protobuf":
		return otlptracehttp.New(ctx)
	case "grpc":
		return otlptracegrpc.New(ctx)
	}
	return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q: set it to http/protobuf or grpc", protocol)
}

func newTracing(provider *sdktrace.TracerProvider) (*Tracing, error) {
	tracer := provider.Tracer("carrierflow")
	calls, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: tracer, SpanStarter: startRedacted,
		// A signal of the SDK's own tracing begins a trace of its own; see [Tracing.Workflows].
		DisableSignalTracing: true,
		// A status is asked for again and again, and belongs to no operation's trace.
		DisableQueryTracing: true, DisableBaggage: true, AllowInvalidParentSpans: true,
	})
	if err != nil {
		return nil, fmt.Errorf("setting up traces: %w", err)
	}
	return &Tracing{provider: provider, tracer: tracer, calls: calls}, nil
}

// Clients are the interceptors of a Temporal client. A worker that is made with the client uses them too.
func (t *Tracing) Clients() []interceptor.ClientInterceptor {
	if t == nil {
		return nil
	}
	return []interceptor.ClientInterceptor{t.calls}
}

// Tracer makes spans.
func (t *Tracing) Tracer() trace.Tracer {
	if t == nil {
		return noop.Tracer{}
	}
	return t.tracer
}

// Close sends what is left, for at most a few seconds.
func (t *Tracing) Close() error {
	if t == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("sending the last traces: %w", err)
	}
	return nil
}
