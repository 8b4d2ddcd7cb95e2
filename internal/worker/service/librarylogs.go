package service

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/otel"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zapgrpc"
	"google.golang.org/grpc/grpclog"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// Libraries log into our log, but do not know what is personal. For example, the Temporal SDK logs the whole result of an
// activity that ends after its timeout. So the values of known keys are logged; of all other keys, also those that a later
// version of a library adds, only the key is.

// treatment is how the value of a key is logged.
type treatment int

const (
	// plain is logged unchanged: numbers, and identifiers without personal data.
	plain treatment = iota + 1
	// redacted is a text that may repeat something personal, such as an error, or a name that a caller chose.
	redacted
	// stack is a stack trace. It is redacted line by line, because a redacted text becomes one short line.
	stack
)

// knownKeys are the keys whose values are logged. Result, SignalNames, Updates, LinkURL, Args and other keys whose values
// may come from a caller or a carrier are not among them.
var knownKeys = map[string]treatment{
	"ActivityID": plain, "ActivityRunID": plain, "ActivityType": redacted, "Attempt": plain, "BuildID": plain,
	"CachedPreviousStartedEventID": plain, "ChildWorkflowID": plain, "DeploymentName": plain, "Error": redacted, "error": redacted,
	"EventID": plain, "EventType": plain, "LocalActivityType": redacted, "MemoSize": plain, "MemoSizeLimit": plain, "Namespace": plain,
	"PanicError": redacted, "PanicStack": stack, "PayloadDownloadCount": plain, "PayloadDownloadDuration": plain,
	"PayloadDownloadSize": plain, "PayloadSize": plain, "PayloadSizeLimit": plain, "PayloadUploadCount": plain,
	"PayloadUploadDuration": plain, "PayloadUploadSize": plain, "PreviousStartedEventID": plain, "QueryType": redacted, "RunID": plain,
	"SideEffectID": plain, "Signal": plain, "StackTrace": stack, "stackTrace": stack, "TaskFirstEventID": plain, "TaskQueue": plain,
	"TaskStartedEventID": plain, "TimerID": plain, "UpdateID": redacted, "UpdateName": redacted, "WorkerID": plain, "WorkerType": plain,
	"WorkflowID": plain, "WorkflowTaskDuration": plain, "WorkflowType": redacted,
}

// omitted replaces a value that is not logged.
const omitted = "(omitted)"

// redactingLog returns the log for a library.
func redactingLog(l *zap.Logger, name string) *zap.Logger {
	return l.Named(name).WithOptions(zap.WrapCore(func(inner zapcore.Core) zapcore.Core { return redactingCore{Core: inner} }))
}

// redactingCore redacts every line before the inner core writes it.
type redactingCore struct {
	zapcore.Core
	// fields are part of every line. They are not passed to the inner core's With, which would write them out at once: the SDK
	// makes a logger for every task and every run, and most of them never write a line.
	fields []zapcore.Field
}

// With adds fields to all later lines.
func (c redactingCore) With(fields []zapcore.Field) zapcore.Core {
	return redactingCore{c.Core, slices.Concat(c.fields, fields)}
}

// Check asks the inner core whether the line is written, and adds this core to it.
func (c redactingCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Core.Check(entry, nil) == nil {
		return checked
	}
	return checked.AddCore(entry, c)
}

// Write writes the redacted line. A message may repeat an error, so it is redacted too.
func (c redactingCore) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	if entry.Level == zapcore.ErrorLevel {
		if entry.Level = levelOf(entry.Message, fields); !c.Enabled(entry.Level) {
			return nil
		}
	}
	entry.Message = carriers.Redact(entry.Message)
	return c.Core.Write(entry, redactedFields(slices.Concat(c.fields, fields)))
}

// levelOf is our level for a line that the SDK logs as an error. The SDK does so for every failed attempt of an activity. A
// carrier's refusal is an answer, and most other failures are retried and shown to operators elsewhere. A failure without a
// type of ours stays an error.
func levelOf(message string, fields []zapcore.Field) zapcore.Level {
	if message != "Activity error." {
		return zapcore.ErrorLevel
	}
	for _, field := range fields {
		err, ok := field.Interface.(error)
		if !ok {
			continue
		}
		if canceled := new(temporal.CanceledError); errors.As(err, &canceled) || errors.Is(err, context.Canceled) {
			return zapcore.InfoLevel
		}
		if named, ok := errors.AsType[*temporal.ApplicationError](err); ok && named.Type() != "" {
			if named.Type() == activities.Rejected {
				return zapcore.InfoLevel
			}
			return zapcore.WarnLevel
		}
	}
	return zapcore.ErrorLevel
}

func redactedFields(fields []zapcore.Field) []zapcore.Field {
	clean := make([]zapcore.Field, len(fields))
	for i, field := range fields {
		clean[i] = redactedField(field)
	}
	return clean
}

func redactedField(f zapcore.Field) zapcore.Field {
	if f.Type == zapcore.SkipType {
		return f
	}
	treatment, simple := knownKeys[f.Key], isNumber(f)
	text, isText := textOf(f)
	switch {
	case treatment == 0:
	case simple:
		return f
	case isText && treatment == plain:
		return zap.String(f.Key, text)
	case isText && treatment == redacted:
		return zap.String(f.Key, carriers.Redact(text))
	case isText && treatment == stack:
		return zap.String(f.Key, redactedStack(text))
	}
	return zap.String(f.Key, omitted)
}

// isNumber reports whether a field holds a number or a time.
func isNumber(f zapcore.Field) bool {
	switch f.Type {
	case zapcore.BoolType, zapcore.DurationType, zapcore.Float64Type, zapcore.Float32Type, zapcore.Int64Type, zapcore.Int32Type,
		zapcore.Int16Type, zapcore.Int8Type, zapcore.Uint64Type, zapcore.Uint32Type, zapcore.Uint16Type, zapcore.Uint8Type,
		zapcore.TimeType, zapcore.TimeFullType:
		return true
	}
	return false
}

// textOf is the text of a field that holds one: a string, an error, or a constant with a name. A value with fields of its
// own has none, because its text may contain all of them. An error is redacted under every key.
func textOf(f zapcore.Field) (string, bool) {
	if f.Type == zapcore.StringType {
		return f.String, true
	}
	if err, ok := f.Interface.(error); ok {
		return carriers.Redact(err.Error()), true
	}
	switch v := reflect.ValueOf(f.Interface); v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Int, reflect.Int32:
		if named, ok := f.Interface.(interface{ String() string }); ok {
			return named.String(), true
		}
	}
	return "", false
}

// mostStack bounds the lines of a stack trace.
const maxStackLines = 100

func redactedStack(trace string) string {
	lines := strings.Split(trace, "\n")
	for i, line := range lines[:min(len(lines), maxStackLines)] {
		indent := line[:len(line)-len(strings.TrimLeft(line, "\t "))]
		lines[i] = indent + carriers.Redact(line)
	}
	return strings.Join(lines[:min(len(lines), maxStackLines)], "\n")
}

// sdkLogger lets the Temporal SDK log through zap.
func sdkLogger(l *zap.Logger) log.Logger {
	// No line has this level, so the SDK's lines have no stack traces.
	core := redactingLog(l, "").Core()
	return log.NewStructuredLogger(slog.New(zapslog.NewHandler(core, zapslog.WithName("temporal"), zapslog.AddStacktraceAt(slog.LevelError+1))))
}

// RedirectLibraryLogs writes to l, redacted, what libraries log without a logger of ours: the two loggers of the standard
// library, gRPC's and OpenTelemetry's. It affects the whole process, so a program calls it once, before anything else.
func RedirectLibraryLogs(l *zap.Logger) {
	core := redactingLog(l, "").Core()
	slog.SetDefault(slog.New(zapslog.NewHandler(core, zapslog.WithName("library"), zapslog.AddStacktraceAt(slog.LevelError+1))))
	slog.SetLogLoggerLevel(slog.LevelWarn) // package log now writes through slog, and has no levels
	grpclog.SetLoggerV2(zapgrpc.NewLogger(redactingLog(l, "grpc").WithOptions(zap.IncreaseLevel(zapcore.ErrorLevel))))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		redactingLog(l, "opentelemetry").Warn("metrics or traces are not complete", zap.Error(err))
	}))
}
