package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	stdlog "log"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc/grpclog"

	"github.com/carrierflow/carrierflow/activities"
)

// planted is what must not be in a log: a phone number and a name.
const planted = "+34612000111"

// jsonLog is a log whose lines are JSON, as the worker writes them.
func jsonLog(level zapcore.Level) (*zap.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(&out)), level)), &out
}

// foldersOf are the source folders of the modules that log through a logger of ours.
func foldersOf(t *testing.T, modules ...string) []string {
	t.Helper()
	listed, err := exec.Command("go", append([]string{"list", "-m", "-f", "{{.Dir}}"}, modules...)...).Output()
	require.NoError(t, err)
	return strings.Fields(string(listed))
}

// loggedKeys are the keys that the sources in a folder log values under: in calls of a logger's methods, and in lists with
// one of the SDK's constants for keys (tagResult).
func loggedKeys(t *testing.T, folder string) map[string]bool {
	t.Helper()
	tags, files := map[string]string{}, []*ast.File{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if built, err := build.Default.MatchFile(filepath.Dir(path), entry.Name()); err != nil || !built {
			return err // for another version of Go, or another system
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		files = append(files, file)
		return err
	})
	require.NoError(t, err)
	text := func(e ast.Expr) (string, bool) {
		if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			value, err := strconv.Unquote(literal.Value)
			return value, err == nil
		}
		return "", false
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, name := range spec.Names {
					if i < len(spec.Values) && strings.HasPrefix(name.Name, "tag") {
						if value, ok := text(spec.Values[i]); ok {
							tags[name.Name] = value
						}
					}
				}
			}
			return true
		})
	}
	keys := map[string]bool{}
	listed := func(list []ast.Expr) {
		for _, e := range list {
			if name, ok := e.(*ast.Ident); ok && tags[name.Name] != "" {
				keys[tags[name.Name]] = true
			}
		}
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				listed(n.Elts)
			case *ast.CallExpr:
				listed(n.Args)
				method, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || len(n.Args) < 3 || !slices.Contains([]string{"Debug", "Info", "Warn", "Error", "With"}, method.Sel.Name) {
					break
				}
				for i := 1; i < len(n.Args); i += 2 {
					if key, ok := text(n.Args[i]); ok {
						keys[key] = true
					}
				}
			}
			return true
		})
	}
	return keys
}

// TestWhatTheSDKLogsIsDiscreet feeds every key that the SDK logs under with something personal in every kind of value.
func TestWhatTheSDKLogsIsDiscreet(t *testing.T) {
	keys := map[string]bool{"input": true, "payload": true, "details": true, "body": true, "header": true, "Header": true, "Authorization": true}
	for _, folder := range foldersOf(t, "go.temporal.io/sdk", "go.temporal.io/sdk/contrib/opentelemetry", "go.temporal.io/sdk/contrib/envconfig") {
		maps.Copy(keys, loggedKeys(t, folder))
	}
	for _, sure := range []string{"Result", "Error", "Attempt", "WorkflowID", "SignalNames", "error", "PanicStack", "PayloadSize"} {
		require.Contains(t, keys, sure, "the sources are not parsed correctly")
	}
	type line struct{ Number string }
	for key := range keys {
		for _, value := range []any{
			planted, []byte(planted), errors.New("for " + planted),
			line{planted},
			&line{planted},
			[]string{planted},
			map[string]any{"n": planted},
			&commonpb.Payload{Data: []byte(planted)}, &commonpb.WorkflowExecution{WorkflowId: planted}, slog.GroupValue(slog.String("n", planted)),
			fmt.Errorf("around: %w", temporal.NewApplicationError("no", "T", line{planted})), planted,
		} {
			out, lines := jsonLog(zapcore.DebugLevel)
			sdk := sdkLogger(out)
			sdk.Debug("a message", key, value)
			sdk.Error("a message", "other", 1, key, value)
			log.With(sdk, key, value).Warn("a message")
			require.Equal(t, 3, strings.Count(lines.String(), "a message"))
			if _, text := value.(string); text && shownAsItIs(key) {
				continue
			}
			assert.NotContains(t, lines.String(), planted[1:], "%s: %T", key, value)
		}
	}
}

// asItIs are the keys whose values are logged unchanged, each with the reason.
var asItIs = map[string]string{
	"ActivityID": "made by the SDK", "ActivityRunID": "made by the server", "Attempt": "a count", "BuildID": "ours", "CachedPreviousStartedEventID": "a count",
	"ChildWorkflowID": "an id", "DeploymentName": "ours", "EventID": "a count", "EventType": "the server's", "MemoSize": "a size", "MemoSizeLimit": "a size",
	"Namespace": "ours", "PayloadDownloadCount": "a count", "PayloadDownloadDuration": "a duration", "PayloadDownloadSize": "a size",
	"PayloadSize": "a size", "PayloadSizeLimit": "a size", "PayloadUploadCount": "a count", "PayloadUploadDuration": "a duration", "PayloadUploadSize": "a size",
	"PreviousStartedEventID": "a count", "RunID": "made by the server", "SideEffectID": "a count", "Signal": "of the operating system",
	"TaskFirstEventID": "a count", "TaskQueue": "ours", "TaskStartedEventID": "a count", "TimerID": "made by the SDK", "WorkerID": "process and host",
	"WorkerType": "the SDK's", "WorkflowID": "carrier and reference, which hold nothing personal by contract", "WorkflowTaskDuration": "a duration",
}

func shownAsItIs(key string) bool { return asItIs[key] != "" }

func TestNoOtherKeyIsShownAsItIs(t *testing.T) {
	for key, treatment := range knownKeys {
		assert.Equal(t, treatment == plain, shownAsItIs(key), "%s: say in the test why its value may be shown", key)
	}
	assert.Len(t, knownKeys, len(asItIs)+len([]string{
		"ActivityType", "Error", "error", "LocalActivityType", "PanicError", "PanicStack", "QueryType", "StackTrace", "stackTrace", "UpdateID", "UpdateName", "WorkflowType",
	}))
}

func TestWhatIsKnownIsShown(t *testing.T) {
	out, lines := jsonLog(zapcore.DebugLevel)
	sdkLogger(out).Info("Activity complete after timeout for "+planted, "WorkflowID", "dish:order-17", "ActivityType", "dish.GetSubscription.Read",
		"Attempt", int32(2), "EventType", enumspb.EVENT_TYPE_TIMER_FIRED, "WorkflowTaskDuration", 2*time.Second, "Error", errors.New("no answer for "+planted),
		"StackTrace", "goroutine 1 [running]:\n\tmain.go:17\n\tnumber "+planted, "Result", &commonpb.Payload{Data: []byte(planted)}, "Extra", 1)
	var line map[string]any
	require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
	delete(line, "ts")
	require.Equal(t, map[string]any{
		"level": "info", "logger": "temporal", "msg": "Activity complete after timeout for …", "WorkflowID": "dish:order-17", "ActivityType": "dish.GetSubscription.Read",
		"Attempt": 2.0, "EventType": "TimerFired", "WorkflowTaskDuration": 2.0, "Error": "no answer for …",
		"StackTrace": "goroutine 1 [running]:\n\tmain.go:17\n\tnumber …", "Result": omitted, "Extra": omitted,
	}, line)
}

// Each logger has the fields of the loggers that it was made from, in their order, and no others.
func TestLoggersHaveTheirOwnFields(t *testing.T) {
	written, out := jsonLog(zapcore.DebugLevel)
	task := log.With(sdkLogger(written), "WorkflowID", "dish:order-17", "Result", planted)
	one, other := log.With(task, "Attempt", 1), log.With(task, "Attempt", 2)
	log.With(one, "ActivityID", "5").Info("first")
	one.Info("second", "EventID", 7)
	other.Info("third")
	task.Info("fourth")
	var lines []string
	for line := range strings.Lines(out.String()) {
		_, fields, _ := strings.Cut(line, `"WorkflowID":`)
		lines = append(lines, fields)
	}
	require.Equal(t, []string{
		`"dish:order-17","Result":"(omitted)","Attempt":1,"ActivityID":"5"}` + "\n",
		`"dish:order-17","Result":"(omitted)","Attempt":1,"EventID":7}` + "\n",
		`"dish:order-17","Result":"(omitted)","Attempt":2}` + "\n",
		`"dish:order-17","Result":"(omitted)"}` + "\n",
	}, lines)
}

// BenchmarkTaskLog is what the SDK does with its logger for a task that logs nothing of interest.
func BenchmarkTaskLog(b *testing.B) {
	written, _ := jsonLog(zapcore.InfoLevel)
	sdk := sdkLogger(written)
	b.ReportAllocs()
	for b.Loop() {
		log.With(sdk, "Namespace", "default", "TaskQueue", "carrierflow-dish", "WorkerID", "17@host@", "ActivityID", "5", "ActivityType", "dish.ActivateSubscription.check",
			"Attempt", 3, "WorkflowType", "dish.ActivateSubscription", "WorkflowID", "dish:order-17", "RunID", "5b0c3b2e-6f3c-5d0a-9b1e-2a1e8c1f7d90").Debug("started")
	}
}

// The SDK logs the result of an activity that returns after its timeout.
func TestALateResultIsNotLogged(t *testing.T) {
	server := &temporalServer{task: activityTask("late", 50*time.Millisecond)}
	out, lines := jsonLog(zapcore.DebugLevel)
	address := serveTemporal(t, server)
	c, err := client.NewLazyClient(client.Options{HostPort: address, Logger: sdkLogger(out)})
	require.NoError(t, err)
	defer c.Close()
	w := worker.New(c, "queue", worker.Options{DisableWorkflowWorker: true, WorkerStopTimeout: time.Minute})
	returned := make(chan struct{})
	w.RegisterActivityWithOptions(func(ctx context.Context) (map[string]string, error) {
		<-ctx.Done()
		close(returned)
		return map[string]string{"msisdn": planted, "name": "Jane Doe"}, errors.New("too late for " + planted)
	}, activity.RegisterOptions{Name: "late"})
	require.NoError(t, w.Start())
	<-returned
	w.Stop()
	require.Contains(t, lines.String(), "Activity complete after timeout.")
	require.Contains(t, lines.String(), `"Result":"`+omitted+`"`)
	require.NotContains(t, lines.String(), planted[1:])
	require.NotContains(t, lines.String(), "Jane Doe")
}

func TestAnOrdinaryRefusalIsNoErrorLine(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want zapcore.Level
	}{
		"refused":       {temporal.NewApplicationError("HTTP 400", activities.Rejected), zapcore.InfoLevel},
		"cancelled":     {temporal.NewCanceledError(), zapcore.InfoLevel},
		"stopping":      {fmt.Errorf("reading: %w", context.Canceled), zapcore.InfoLevel},
		"to be retried": {temporal.NewApplicationError("HTTP 503", activities.Retrying), zapcore.WarnLevel},
		"unauthorized":  {temporal.NewApplicationError("HTTP 401", activities.Unauthorized), zapcore.WarnLevel},
		"of no type":    {errors.New("a mistake of ours"), zapcore.ErrorLevel},
	} {
		t.Run(name, func(t *testing.T) {
			out, lines := jsonLog(zapcore.DebugLevel)
			sdkLogger(out).Error("Activity error.", "Attempt", 1, "Error", tc.err)
			require.Contains(t, lines.String(), `{"level":"`+tc.want.String()+`"`)
			out, lines = jsonLog(zapcore.ErrorLevel)
			sdkLogger(out).Error("Activity error.", "Attempt", 1, "Error", tc.err)
			require.Equal(t, tc.want == zapcore.ErrorLevel, lines.Len() > 0, "the level is that of the line, not the SDK's")
			sdkLogger(out).Error("Workflow panic", "Error", tc.err)
			require.Contains(t, lines.String(), "Workflow panic", "other errors keep their level")
		})
	}
}

// inChild tells the test binary to be the process whose libraries are caught.
const inChild = "SERVICE_TEST_CATCH_LIBRARIES"

// It has a process of its own, because what it sets is for a process as a whole and before anything else runs.
func TestLibrariesWithoutALoggerAreRedacted(t *testing.T) {
	if os.Getenv(inChild) != "" {
		RedirectLibraryLogs(zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(os.Stdout), zapcore.DebugLevel)))
		stdlog.Printf("http: panic serving 127.0.0.1: %s", planted)
		slog.Info("structured", "body", planted, "error", errors.New("for "+planted))
		grpclog.Errorf("grpc: lost %s", planted)
		grpclog.Info("grpc: chatter")
		otel.Handle(errors.New("otel: " + planted))
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), inChild+"=1")
	out, err := child.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Regexp(t, `"level":"warn"[^\n]*"msg":"http: panic serving`, string(out))
	for _, said := range []string{`"msg":"structured"`, `"msg":"grpc: lost`, `"error":"otel: …"`} {
		assert.Contains(t, string(out), said)
	}
	assert.NotContains(t, string(out), planted[1:])
	assert.NotContains(t, string(out), "chatter")
}
