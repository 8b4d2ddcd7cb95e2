package transport

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/carrierflow/carrierflow/carriers"
)

// tokenCall is the name of the call to a token endpoint in metrics and traces.
const tokenCall = "fetch an access token"

// observation reports the exchanges of one carrier: to the functions of the options, and as spans of a trace.
type observation struct {
	carrier   carriers.Carrier
	exchanged func(carriers.Exchange)
	refused   func()
}

func observationOf(c carriers.Carrier, o Options) observation {
	return observation{carrier: c, exchanged: o.OnExchange, refused: o.OnRefused}
}

// observedCall is what is known about an exchange before it is made. path is a template without parameters, which may be personal.
type observedCall struct {
	name, method, path, reference string
	headers                       map[string]string
}

// begin begins an exchange. The returned function has to be called with its result.
//
// The span belongs to the trace of the context, which the tracing of Temporal's SDK has put there. Without a trace there is no
// span, and nothing is made for one. Carriers are sent no trace headers, because none documents them.
func (o observation) begin(ctx context.Context, call observedCall) (context.Context, func(received, error)) {
	var span trace.Span
	if parent := trace.SpanFromContext(ctx); parent.IsRecording() {
		ctx, span = parent.TracerProvider().Tracer("carrierflow").Start(ctx, string(o.carrier)+": "+call.name,
			trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(o.attributes(call)...))
	}
	return ctx, func(got received, err error) {
		if !got.built {
			if span != nil {
				span.SetStatus(codes.Error, "the request could not be built")
				span.End()
			}
			return
		}
		if o.exchanged != nil {
			o.exchanged(carriers.Exchange{Call: call.name, Status: got.status, Connected: got.connected, Took: got.took})
		}
		if span != nil {
			endSpan(span, got, err)
		}
	}
}

// attributes name what is called and for which operation. The values are no personal data.
func (o observation) attributes(call observedCall) []attribute.KeyValue {
	set := []attribute.KeyValue{
		attribute.String("carrier", string(o.carrier)), attribute.String("http.request.method", call.method), attribute.String("url.template", call.path),
	}
	if call.reference != "" {
		set = append(set, attribute.String("temporalWorkflowID", string(o.carrier)+":"+call.reference))
	}
	if id := call.headers[correlationHeader]; id != "" {
		set = append(set, attribute.String("correlation_id", id))
	}
	return set
}

// correlationHeader is the header in which some carriers take an id of the operation; see [carriers.CorrelationID].
const correlationHeader = "X-Correlation-Id"

// endSpan ends the span of an exchange. The texts of errors are left out, because they may contain addresses with parameters.
func endSpan(span trace.Span, got received, err error) {
	if got.status != 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", got.status))
	}
	switch {
	case err != nil && !got.connected:
		span.SetStatus(codes.Error, "no connection")
	case err != nil:
		span.SetStatus(codes.Error, "no complete answer")
	case got.status >= 400:
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// refusedIn reports a call that failed because our credentials were refused.
func (o observation) refusedIn(err error) {
	if err != nil && o.refused != nil && carriers.ClassOf(err) == carriers.Unauthorized {
		o.refused()
	}
}
