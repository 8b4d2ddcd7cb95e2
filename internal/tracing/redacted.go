package tracing

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/carrierflow/carrierflow/carriers"
)

// redactedSpan redacts the texts of errors, which Temporal's SDK puts into its spans. Ours hold nothing personal; those of libraries
// may.
type redactedSpan struct{ trace.Span }

func startRedacted(ctx context.Context, t trace.Tracer, name string, options ...trace.SpanStartOption) trace.Span {
	_, span := t.Start(ctx, name, options...)
	return redactedSpan{span}
}

func (s redactedSpan) RecordError(err error, options ...trace.EventOption) {
	if err != nil {
		s.Span.RecordError(errors.New(carriers.Redact(err.Error())), options...)
	}
}

func (s redactedSpan) SetStatus(code codes.Code, description string) {
	s.Span.SetStatus(code, carriers.Redact(description))
}
