package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/internal/temporalerr"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// noon is the time of every test.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// environment for a test: only these variables are set.
type variables map[string]string

func (v variables) LookupEnv(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

func (v variables) Environ() (all []string) {
	for name, value := range v {
		all = append(all, name+"="+value)
	}
	return all
}

// fakeTemporal answers what a test tells it to. A call that no test prepared panics.
type fakeTemporal struct {
	client.Client
	start    func(options client.StartWorkflowOptions, operation string, input string) error
	end      func(ctx context.Context) (string, error)
	describe func() (*workflowservice.DescribeWorkflowExecutionResponse, error)
	list     func(*workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error)
	// status is what the operation answers to the query; without one, no worker answers.
	status *workflows.OperationStatus
	// plan is what a plan answers to it.
	plan *plans.PlanStatus
	// history are the events there are; a follower waits for the end of its context when the last one does not end a run.
	history []*historyEvent
	// broken is what a reader of the history gets instead.
	broken error
	// update answers an update with what its handle gives, in two stages: it is taken up, and it is answered.
	// others are workflows beside the one that is looked at, by id.
	others map[string]*fakeTemporal
	// idle are the task queues that no worker asks; waiting is how many operations are open.
	idle    []string
	waiting int64
	// begun is told of a follow-up that is begun with a signal.
	begun  func(o client.StartWorkflowOptions, name string, arg, input any) error
	update func(o client.UpdateWorkflowOptions) (answer any, notTaken, notAnswered error)
	cancel func(client.CancelWorkflowOptions) error
	signal func(id, name string, arg any) error
}

// the is the fake for a workflow: follow-ups and retries are there only when a test says so.
func (f *fakeTemporal) the(id string) *fakeTemporal {
	if other := f.others[id]; other != nil {
		return other
	}
	if strings.HasPrefix(id, "follow-up:") || strings.HasSuffix(id, "-r1") {
		return &fakeTemporal{describe: notThere}
	}
	return f
}

func (f *fakeTemporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, operation any, args ...any) (client.WorkflowRun, error) {
	if err := f.start(o, operation.(string), string(args[0].(json.RawMessage))); err != nil {
		return nil, err
	}
	return fakeRun{id: o.ID, fake: f.the(o.ID)}, nil
}

func (f *fakeTemporal) GetWorkflow(_ context.Context, id, _ string) client.WorkflowRun {
	return fakeRun{id: id, fake: f.the(id)}
}

func (f *fakeTemporal) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return f.the(id).describe()
}

func (f *fakeTemporal) SignalWithStartWorkflow(_ context.Context, id, name string, arg any, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	return fakeRun{id: id, fake: f}, f.begun(o, name, arg, args[0])
}

func (f *fakeTemporal) CountWorkflow(context.Context, *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	return &workflowservice.CountWorkflowExecutionsResponse{Count: f.waiting}, nil
}

func (f *fakeTemporal) DescribeTaskQueue(_ context.Context, queue string, _ enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	d := &workflowservice.DescribeTaskQueueResponse{}
	if !slices.Contains(f.idle, queue) {
		d.Pollers = []*taskqueuepb.PollerInfo{{Identity: "worker"}}
	}
	return d, nil
}

func (f *fakeTemporal) QueryWorkflow(_ context.Context, id, _, query string, _ ...any) (converter.EncodedValue, error) {
	if plan := f.the(id).plan; plan != nil && query == workflows.StatusQuery {
		return client.NewValue(payloads(plan)), nil
	}
	if f.the(id).status == nil || query != workflows.StatusQuery {
		return nil, errors.New("no worker")
	}
	return client.NewValue(payloads(f.the(id).status)), nil
}

func (f *fakeTemporal) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	return f.list(r)
}

func (f *fakeTemporal) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	answer, notTaken, notAnswered := f.update(o)
	if notTaken != nil {
		return nil, notTaken
	}
	return fakeHandle{answer: answer, err: notAnswered}, nil
}

type fakeHandle struct {
	client.WorkflowUpdateHandle
	answer any
	err    error
}

func (h fakeHandle) Get(_ context.Context, to any) error {
	if h.err == nil {
		reflect.ValueOf(to).Elem().Set(reflect.ValueOf(h.answer))
	}
	return h.err
}

func (f *fakeTemporal) CancelWorkflowWithOptions(_ context.Context, o client.CancelWorkflowOptions) error {
	return f.cancel(o)
}

func (f *fakeTemporal) SignalWorkflow(_ context.Context, id, _, name string, arg any) error {
	return f.signal(id, name, arg)
}

func (f *fakeTemporal) GetWorkflowHistory(ctx context.Context, id, _ string, follow bool, _ enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	one := f.the(id)
	return &fakeHistory{ctx, one.history, follow, one.broken}
}

type (
	historyEvent = historypb.HistoryEvent
	describedRun = workflowservice.DescribeWorkflowExecutionResponse
)

type fakeHistory struct {
	ctx    context.Context
	left   []*historyEvent
	follow bool
	broken error
}

func (h *fakeHistory) HasNext() bool { return len(h.left) > 0 || h.follow || h.broken != nil }

func (h *fakeHistory) Next() (*historyEvent, error) {
	if h.broken != nil {
		return nil, h.broken
	}
	if len(h.left) == 0 {
		<-h.ctx.Done()
		return nil, h.ctx.Err()
	}
	event := h.left[0]
	h.left = h.left[1:]
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		h.follow = false
	}
	return event, nil
}

func (*fakeTemporal) Close() {}

type fakeRun struct {
	client.WorkflowRun
	id   string
	fake *fakeTemporal
}

func (r fakeRun) GetID() string  { return r.id }
func (fakeRun) GetRunID() string { return "run-1" }

func (r fakeRun) Get(ctx context.Context, to any) error {
	result, err := r.fake.end(ctx)
	if err == nil {
		*to.(*json.RawMessage) = json.RawMessage(result)
	}
	return err
}

// outcome is what a run of the program left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// try runs the program against a fake; without one, connecting fails the test.
func try(t *testing.T, fake *fakeTemporal, args ...string) outcome {
	t.Helper()
	return tryWith(t.Context(), t, fake, "", args...)
}

func tryWith(ctx context.Context, t *testing.T, fake *fakeTemporal, stdin string, args ...string) outcome {
	t.Helper()
	return tryIn(ctx, t, fake, variables{"CARRIERFLOW_LINE_KEY": "secret"}, stdin, args...)
}

func tryIn(ctx context.Context, t *testing.T, fake *fakeTemporal, env variables, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, surroundings{
		program: "bin/starter", env: env, user: func() string { return "sam" },
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, now: func() time.Time { return noon },
		connect: func(_ context.Context, _ envconfig.EnvLookup, patience time.Duration, now func() time.Time) (*runs.Connection, error) {
			if env[patienceVariable] == "" {
				assert.Equal(t, usualPatience, patience)
			}
			if fake == nil {
				t.Error("it connected to Temporal")
				return nil, errors.New("there is no Temporal")
			}
			return &runs.Connection{
				Client: fake, Target: temporalerr.Target{Address: "127.0.0.1:7233", Namespace: "default"},
				Converter: converter.GetDefaultDataConverter(), Now: now, Patience: patience,
			}, nil
		},
	})
	return outcome{code, stdout.String(), stderr.String()}
}

// described is what Temporal says of a run that began a minute before noon.
func described(operation string, status enumspb.WorkflowExecutionStatus, pending ...*workflowpb.PendingActivityInfo) *workflowservice.DescribeWorkflowExecutionResponse {
	d := &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
			Execution: &commonpb.WorkflowExecution{WorkflowId: "dish:r-1", RunId: "run-1"},
			Type:      &commonpb.WorkflowType{Name: operation},
			Status:    status,
			TaskQueue: workflows.TaskQueue,
			StartTime: timestamppb.New(noon.Add(-time.Minute)),
		},
		PendingActivities: pending,
	}
	if status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		d.WorkflowExecutionInfo.CloseTime = timestamppb.New(noon.Add(-10 * time.Second))
	}
	return d
}

// describing answers every look with one description.
func describing(d *workflowservice.DescribeWorkflowExecutionResponse) func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return func() (*workflowservice.DescribeWorkflowExecutionResponse, error) { return d, nil }
}

// notThere is the answer about a run that Temporal does not have.
func notThere() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return nil, serviceerror.NewNotFound("no")
}

// toBegin makes a described run one that is to begin at a time.
func toBegin(d *workflowservice.DescribeWorkflowExecutionResponse, at time.Time) *workflowservice.DescribeWorkflowExecutionResponse {
	d.WorkflowExecutionInfo.ExecutionTime = timestamppb.New(at)
	return d
}

// marked adds NeedsAttention to a description.
func marked(d *workflowservice.DescribeWorkflowExecutionResponse, reasons ...string) *workflowservice.DescribeWorkflowExecutionResponse {
	payload, err := converter.GetDefaultDataConverter().ToPayload(reasons)
	if err != nil {
		panic(err)
	}
	d.WorkflowExecutionInfo.SearchAttributes = &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"NeedsAttention": payload}}
	return d
}

// asClientsSeeIt turns an error that a workflow returns into the one that a client gets.
func asClientsSeeIt(t *testing.T, err error) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(func(workflow.Context) error { return err })
	require.Error(t, env.GetWorkflowError())
	return env.GetWorkflowError()
}

// commandFor reads a command line that is one of an operation.
func commandFor(t *testing.T, args ...string) *command {
	t.Helper()
	var root grammar
	parser, commands, err := newParser(&root, "bin/starter", args)
	require.NoError(t, err)
	parsed, err := parser.Parse(args)
	require.NoError(t, err)
	for _, c := range commands {
		if c.node == parsed.Selected() {
			return c
		}
	}
	t.Fatalf("%v is not an operation", args)
	return nil
}
