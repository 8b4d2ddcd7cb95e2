// Package e2e proves the product from the outside: a real Temporal server, a real worker process, the sandbox carriers
// over HTTP, the starter as people run it, and workflows started as other systems start them.
package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// world is the one stack that all tests share. Each test has its own references and lines.
var world struct {
	*stack.Stack
	client client.Client
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "end-to-end tests:", err)
		return 1
	}
	dir, err := os.MkdirTemp("", "carrierflow-e2e")
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binaries, err := stack.Build(dir)
	if err != nil {
		return fail(err)
	}
	world.Stack = stack.New(binaries)
	if err := world.StartServer("--sandbox-decide-after=300ms", "--sandbox-review-for=400ms", "--sandbox-late-effect-after=500ms", "--sandbox-hold-for=10s"); err != nil {
		return fail(err)
	}
	if err := world.StartWorker(); err != nil {
		return fail(err)
	}
	world.client, err = stack.Dial(world.Temporal)
	if err != nil {
		return fail(err)
	}
	status := m.Run()
	world.client.Close()
	if err := world.Stop(); err != nil {
		return fail(err)
	}
	if status != 0 {
		fmt.Fprintf(os.Stderr, "the worker printed:\n%s\n", tail(world.Worker.Output()))
	}
	return status
}

// seats are for the tests that run programs of their own. With more of them at once, all would be too slow to act within the times
// that they set their operations.
var seats = make(chan struct{}, 4)

// takeSeat waits for a seat, and keeps it until the test has cleaned up. A test takes one only.
func takeSeat(t *testing.T) {
	t.Helper()
	seats <- struct{}{}
	t.Cleanup(func() { <-seats })
}

// ownStack is a stack for one test alone.
func ownStack(t *testing.T) *stack.Stack {
	t.Helper()
	takeSeat(t)
	return stack.New(world.Binaries)
}

// lines hands out numbers that no other test uses.
var lines atomic.Int64

// line returns a fresh identifier: a prefix, a number of the given digits, and the sandbox's two-digit scenario code. Code 0
// is an ordinary line.
func line(prefix string, digits, code int) string {
	return fmt.Sprintf("%s%0*d%02d", prefix, digits, lines.Add(1), code)
}

func iccid(code int) string { return line("8901", 14, code) }

// reference returns a fresh reference.
func reference(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("e2e-%d-%d", os.Getpid(), lines.Add(1))
}

// fast are timings for a carrier that decides in a fraction of a second.
const fast = `{"pollEvery":"100ms","overduePollEvery":"100ms","lookupDelay":"1s","callTimeout":"10s","confirmWithin":"3s"}`

// patient are fast timings with a first check so late that a callback decides.
const patient = `{"pollEvery":"1m","lookupDelay":"1s","callTimeout":"10s","confirmWithin":"3s"}`

// start starts an operation the way another system does: by type name and JSON.
func start(t *testing.T, operation, ref, input string) client.WorkflowRun {
	t.Helper()
	return execute(t, options(t, operation, input), operation, ref, input)
}

// startUnchecked starts an operation the way a system does that checks nothing before.
func startUnchecked(t *testing.T, operation, ref, input string) client.WorkflowRun {
	t.Helper()
	return execute(t, unchecked(operation, ref), operation, ref, input)
}

// unchecked are the start options of a system that checks nothing before.
func unchecked(operation, ref string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflows.WorkflowID(carriers.CarrierOf(operation), ref), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		TypedSearchAttributes:    temporal.NewSearchAttributes(workflows.OperationAttributes(operation, "")...),
	}
}

func execute(t *testing.T, options client.StartWorkflowOptions, operation, ref, input string) client.WorkflowRun {
	t.Helper()
	run, err := world.client.ExecuteWorkflow(t.Context(), options, operation, json.RawMessage(input))
	require.NoError(t, err)
	require.Equal(t, workflows.WorkflowID(carriers.CarrierOf(operation), ref), run.GetID())
	return run
}

// options are the start options a Go caller takes from the workflows package.
func options(t *testing.T, operation, input string) client.StartWorkflowOptions {
	t.Helper()
	options, err := workflows.StartOptions(operation, json.RawMessage(input), "secret")
	require.NoError(t, err)
	return options
}

// succeed waits for the result of a change.
func succeed(t *testing.T, run client.WorkflowRun) workflows.Result {
	t.Helper()
	var result workflows.Result
	require.NoError(t, run.Get(stack.Context(t), &result), describe(run))
	return result
}

// fail waits for the failure of an operation.
func fail(t *testing.T, run client.WorkflowRun) *workflows.Failure {
	t.Helper()
	err := run.Get(stack.Context(t), nil)
	require.Error(t, err, describe(run))
	failure, ok := workflows.AsFailure(err)
	require.True(t, ok, "%v", err)
	return failure
}

// history returns all events of a run.
func history(t *testing.T, run client.WorkflowRun) []*historypb.HistoryEvent {
	t.Helper()
	var events []*historypb.HistoryEvent
	for it := world.client.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		require.NoError(t, err)
		events = append(events, event)
	}
	return events
}

// recorded is how many requests for a line the carriers have recorded.
func recorded(t *testing.T, carrier, onLine string) int {
	t.Helper()
	n := 0
	for _, e := range ledger(t, carrier, onLine) {
		if e.Recorded {
			n++
		}
	}
	return n
}

func ledger(t *testing.T, carrier, onLine string) []sandbox.Entry {
	t.Helper()
	entries, err := world.Ledger(carrier, "", onLine)
	require.NoError(t, err)
	return entries
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	require.NoError(t, stack.Until(stack.Context(t), what, 100*time.Millisecond, func() (bool, error) { return met(), nil }))
}

func execution(id, run string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: id, RunId: run}
}

// describe says what an operator would see, for a test that fails.
func describe(run client.WorkflowRun) string {
	d, err := world.client.DescribeWorkflowExecution(context.Background(), run.GetID(), run.GetRunID())
	if err != nil {
		return err.Error()
	}
	text := run.GetID() + ": " + d.GetWorkflowExecutionInfo().GetStatus().String()
	for _, p := range d.GetPendingActivities() {
		text += fmt.Sprintf("\n  %s attempt %d: %s", p.GetActivityType().GetName(), p.GetAttempt(), p.GetLastFailure().GetMessage())
	}
	return text
}
