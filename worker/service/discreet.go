package service

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
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

// What libraries log is ours: it ends in our log, and they know nothing of what must not stand there. The Temporal SDK, for
// one, logs the whole result of an activity that ends after its timeout. So of what a library logs, the values of known
// keys are shown, and of all other keys, those that a later version adds included, nothing but the key.

// treatment is how the value of a key is shown.
type treatment int

const (
	// plain is shown as it is: numbers, and identifiers that hold nothing personal.
	plain treatment = iota + 1
	// redacted is a text that may repeat something personal, such as that of an error, or a name that somebody else chose.
	redacted
	// stack is a stack trace: redacted line by line, because a text that is redacted becomes one short line.
	stack
)

// known are the keys whose values are shown. Not among them: Result, SignalNames, Updates, LinkURL, Args and whatever else holds,
// or may hold, what somebody sent.
var known = map[string]treatment{
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

// omitted stands for a value that is not shown.
const omitted = "(omitted)"

// discreet returns a log for a library.
func discreet(l *zap.Logger, name string) *zap.Logger {
	return l.Named(name).WithOptions(zap.WrapCore(func(inner zapcore.Core) zapcore.Core { return discreetCore{inner} }))
}

// discreetCore shows of every line what may be shown, and hands it on.
type discreetCore struct{ zapcore.Core }

// With keeps fields for all lines that follow.
func (c discreetCore) With(fields []zapcore.Field) zapcore.Core {
	return discreetCore{c.Core.With(shown(fields))}
}

// Check asks the inner core, which may leave lines out, and takes the line itself.
func (c discreetCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Core.Check(entry, nil) == nil {
		return checked
	}
	return checked.AddCore(entry, c)
}

// Write hands the line on. Messages, too, may repeat an error.
func (c discreetCore) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	if entry.Level == zapcore.ErrorLevel {
		if entry.Level = levelOf(entry.Message, fields); !c.Enabled(entry.Level) {
			return nil
		}
	}
	entry.Message = carriers.Redact(entry.Message)
	return c.Core.Write(entry, shown(fields))
}

// levelOf is the level of a line that the SDK logs as an error. It does so for every attempt of an activity that ends in
// one, and to us most of them are nothing of the kind: a carrier's refusal is an answer, and the rest operators are told
// of where they look. What an activity does not name itself stays an error.
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

func shown(fields []zapcore.Field) []zapcore.Field {
	clean := make([]zapcore.Field, len(fields))
	for i, field := range fields {
		clean[i] = shownField(field)
	}
	return clean
}

func shownField(f zapcore.Field) zapcore.Field {
	if f.Type == zapcore.SkipType {
		return f
	}
	treatment, simple := known[f.Key], isNumber(f)
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

// isNumber reports whether a field holds a number or a time: under a known key these are counts.
func isNumber(f zapcore.Field) bool {
	switch f.Type {
	case zapcore.BoolType, zapcore.DurationType, zapcore.Float64Type, zapcore.Float32Type, zapcore.Int64Type, zapcore.Int32Type,
		zapcore.Int16Type, zapcore.Int8Type, zapcore.Uint64Type, zapcore.Uint32Type, zapcore.Uint16Type, zapcore.Uint8Type,
		zapcore.TimeType, zapcore.TimeFullType:
		return true
	}
	return false
}

// textOf is the text of a field that holds one: a string, an error, or a constant with a name. Whatever has fields of its
// own has none: its text may be all that is in it. That of an error is redacted under whatever key it stands.
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
const mostStack = 100

func redactedStack(trace string) string {
	lines := strings.Split(trace, "\n")
	for i, line := range lines[:min(len(lines), mostStack)] {
		indent := line[:len(line)-len(strings.TrimLeft(line, "\t "))]
		lines[i] = indent + carriers.Redact(line)
	}
	return strings.Join(lines[:min(len(lines), mostStack)], "\n")
}

// sdkLogger lets the Temporal SDK log through zap.
func sdkLogger(l *zap.Logger) log.Logger {
	// The level is above every level there is: a stack trace of the SDK helps nobody.
	core := discreet(l, "").Core()
	return log.NewStructuredLogger(slog.New(zapslog.NewHandler(core, zapslog.WithName("temporal"), zapslog.AddStacktraceAt(slog.LevelError+1))))
}

// CatchLibraries lets through l, and discreetly, what libraries log without being given a logger: over the standard
// library's two, over gRPC's, and over OpenTelemetry's. It is for the process as a whole, so a program
// calls it once, before it does anything else.
func CatchLibraries(l *zap.Logger) {
	core := discreet(l, "").Core()
	slog.SetDefault(slog.New(zapslog.NewHandler(core, zapslog.WithName("library"), zapslog.AddStacktraceAt(slog.LevelError+1))))
	slog.SetLogLoggerLevel(slog.LevelWarn) // package log goes the way of slog now, and knows no levels
	grpclog.SetLoggerV2(zapgrpc.NewLogger(discreet(l, "grpc").WithOptions(zap.IncreaseLevel(zapcore.ErrorLevel))))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { discreet(l, "opentelemetry").Warn("metrics are not complete", zap.Error(err)) }))
}
