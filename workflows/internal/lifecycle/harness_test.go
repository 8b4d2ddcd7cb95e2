package lifecycle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
	"github.com/carrierflow/carrierflow/workflows/internal/turns"
)

type (
	submitInput = activities.SubmitInput
	checkInput  = activities.CheckInput
	readInput   = activities.ReadInput
)

// harness runs one operation in Temporal's test environment, with fakes of the carrier's activities.
type harness struct {
	*testsuite.TestWorkflowEnvironment
	t         *testing.T
	operation string

	mu     sync.Mutex
	sent   []submitInput
	asked  []question
	read   []readInput
	raised [][]string
	// onList tells whether the run is on the operators' list now.
	onList bool
	// followUps are the follow-ups that the run has started.
	followUps []workflows.FollowUp
	// attributes are those that the run set itself.
	attributes temporal.SearchAttributes
	// turn answers a submit that asks for its line's turn, by the number of the submit; it is free, unless a test says something else.
	// released are the workflows that the turn was given to, "" once the run is closed.
	turn     func(n int) activities.Turn
	granted  bool // by a notice
	released []string
	// direct answers the reads that the worker of the workflows makes itself, and reads are those it was asked for. It may make none, unless
	// a test says something else.
	direct func(checkInput) (activities.CheckResult, error)
	reads  []checkInput
}

// question is one attempt of a check, and when it was made after the start.
type question struct {
	checkInput
	after time.Duration
}

// fakes are the answers of the activities. Each gets the number of the attempt, counted over all activities of its kind.
type fakes struct {
	submit func(n int, in submitInput) (carriers.Acknowledgement, error)
	check  func(n int, in checkInput) (activities.CheckResult, error)
	read   func(n int, in readInput) (map[string]any, error)
}

func newHarness(t *testing.T, operation string, fake fakes) *harness {
	h := newHarnessWithFollowUps(t, operation, fake)
	h.OnWorkflow(workflows.FollowUpType, mock.Anything, mock.Anything).Return(func(_ workflow.Context, f workflows.FollowUp) (workflows.FollowUpResult, error) {
		h.followUps = append(h.followUps, f)
		return workflows.FollowUpResult{}, nil
	}).Maybe()
	return h
}

// newHarnessWithFollowUps also runs the follow-ups.
func newHarnessWithFollowUps(t *testing.T, operation string, fake fakes) *harness {
	suite := quietSuite()
	h := &harness{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, operation: operation}
	h.SetStartTime(started)
	h.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.WorkflowID(carriers.CarrierOf(operation), "r-1")})
	require.NoError(t, h.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(workflows.CarrierAttribute.ValueSet(string(carriers.CarrierOf(operation))))))
	Register(h, workflows.Operations())
	asked := 0
	h.RegisterActivityWithOptions(func(_ context.Context, in submitInput) (activities.SubmitResult, error) {
		asked++
		turn := h.turn(asked)
		if !turn.Granted && !h.granted {
			return activities.SubmitResult{}, problem(activities.LineBusy, 0, activities.Problem{Turn: turn, Intent: &in.Earlier})
		}
		ack, err := fake.submit(note(h, &h.sent, in), in)
		return activities.SubmitResult{Acknowledgement: ack, Turn: turn.Line}, err
	}, activity.RegisterOptions{Name: activities.SubmitName(operation)})
	h.RegisterActivityWithOptions(func(_ context.Context, in checkInput) (activities.CheckResult, error) {
		return fake.check(note(h, &h.asked, question{in, h.Now().Sub(started)}), in)
	}, activity.RegisterOptions{Name: activities.CheckName(operation)})
	h.RegisterActivityWithOptions(func(_ context.Context, in readInput) (map[string]any, error) {
		return fake.read(note(h, &h.read, in), in)
	}, activity.RegisterOptions{Name: activities.ReadName(operation)})
	h.direct = func(checkInput) (activities.CheckResult, error) {
		return activities.CheckResult{}, errors.New("no read may be made now")
	}
	h.turn = func(int) activities.Turn { return activities.Turn{Line: lineID, Granted: true} }
	h.RegisterActivityWithOptions(func(_ context.Context, in checkInput) (activities.CheckResult, error) {
		note(h, &h.reads, in)
		return h.direct(in)
	}, activity.RegisterOptions{Name: activities.ConfirmName(operation)})
	h.RegisterActivityWithOptions(func(_ context.Context, line, to string, _ activities.LineRequest) error {
		require.Equal(t, lineID, line)
		note(h, &h.released, to)
		return nil
	}, activity.RegisterOptions{Name: activities.HandTurnName})
	h.RegisterActivityWithOptions(func(context.Context, activities.LineRequest) (string, error) { return lineID, nil },
		activity.RegisterOptions{Name: activities.LineOfName})
	h.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{turns.Interceptor(func(_ string, _ activities.Asker, in activities.LineRequest) {
		require.Equal(t, operation, in.Operation)
		note(h, &h.released, "")
	})}})
	h.RegisterActivityWithOptions(activities.LineKey("secret"), activity.RegisterOptions{Name: activities.LineKeyName})
	h.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		set := args.Get(0).(temporal.SearchAttributes)
		if _, ok := set.GetKeyword(workflows.CarrierAttribute); ok {
			h.attributes = set
			return
		}
		value, raised := set.GetKeywordList(workflows.NeedsAttentionAttribute)
		if h.onList = raised; raised {
			h.raised = append(h.raised, value)
		}
	}).Return(nil)
	return h
}

func quietSuite() *testsuite.WorkflowTestSuite {
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	return suite
}

var started = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

func note[T any](h *harness, list *[]T, v T) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	*list = append(*list, v)
	return len(*list)
}

// run executes the operation with its smallest input, changed by patches.
func (h *harness) run(patches ...string) *harness {
	h.t.Helper()
	h.ExecuteWorkflow(h.operation, samples.Request(h.t, h.operation, patches...))
	require.True(h.t, h.IsWorkflowCompleted())
	return h
}

// at does something at a time after the start.
func (h *harness) at(after time.Duration, do func()) *harness {
	h.RegisterDelayedCallback(do, after)
	return h
}

// calledBack delivers a callback at a time after the start.
func (h *harness) calledBack(after time.Duration, c workflows.Callback) *harness {
	return h.at(after, func() { h.SignalWorkflow(workflows.CallbackSignal.Name, c) })
}

// completed returns the result.
func (h *harness) completed() (r workflows.Result) {
	h.t.Helper()
	require.NoError(h.t, h.GetWorkflowError())
	require.NoError(h.t, h.GetWorkflowResult(&r))
	require.Equal(h.t, carriers.CarrierOf(h.operation), r.Carrier)
	require.Equal(h.t, h.operation, r.Operation)
	require.Equal(h.t, "r-1", r.Reference)
	require.False(h.t, r.DecidedAt.IsZero())
	require.False(h.t, h.onList, "no operator has to look at a completed operation")
	return r
}

// failed returns the failure, complete and without anything personal.
func (h *harness) failed(want workflows.FailureType) *workflows.Failure {
	h.t.Helper()
	err := h.GetWorkflowError()
	require.Error(h.t, err)
	failure, ok := workflows.AsFailure(err)
	require.True(h.t, ok, "%v", err)
	require.Equal(h.t, want, failure.Type, failure.Message)
	require.Equal(h.t, carriers.CarrierOf(h.operation), failure.Carrier)
	require.Equal(h.t, h.operation, failure.Operation)
	require.NotEmpty(h.t, failure.Message)
	require.Contains(h.t, err.Error(), failure.Message)
	details, marshalErr := json.Marshal(failure)
	require.NoError(h.t, marshalErr)
	samples.RequireNothingPersonal(h.t, err.Error()+string(details))
	return failure
}

// attention is the latest value of NeedsAttention.
func (h *harness) attention() []string {
	if len(h.raised) == 0 {
		return nil
	}
	return h.raised[len(h.raised)-1]
}

// times are when the checks were made, after the start.
func (h *harness) times() (at []time.Duration) {
	for _, q := range h.asked {
		at = append(at, q.after)
	}
	return at
}

// acknowledges answers a submit with one acknowledgement.
func acknowledges(ack carriers.Acknowledgement) func(int, submitInput) (carriers.Acknowledgement, error) {
	return func(int, submitInput) (carriers.Acknowledgement, error) { return ack, nil }
}

// refuses answers a submit with one error.
func refuses(err error) func(int, submitInput) (carriers.Acknowledgement, error) {
	return func(int, submitInput) (carriers.Acknowledgement, error) { return carriers.Acknowledgement{}, err }
}

// answers answers the checks in turn with outcomes, results or errors, and repeats the last one.
func answers(steps ...any) func(int, checkInput) (activities.CheckResult, error) {
	return func(n int, _ checkInput) (activities.CheckResult, error) {
		switch step := steps[min(n, len(steps))-1].(type) {
		case error:
			return activities.CheckResult{}, step
		case carriers.Outcome:
			return activities.CheckResult{Outcome: step}, nil
		case activities.CheckResult:
			return step, nil
		default:
			panic(fmt.Sprintf("no answer: %T", step))
		}
	}
}

// times repeats a step.
func times(n int, step any) (steps []any) {
	for range n {
		steps = append(steps, step)
	}
	return steps
}

// problem is an activity's error of a kind; next is its delay, 0 makes it final.
func problem(kind string, next time.Duration, details activities.Problem) error {
	return temporal.NewApplicationErrorWithOptions("what an operator reads", kind, temporal.ApplicationErrorOptions{
		NonRetryable: next == 0, NextRetryDelay: next, Details: []any{details},
	})
}

// mayHaveSent is what is known when a request may have been sent at the start.
func mayHaveSent(before *carriers.Line) *activities.Intent {
	i := &activities.Intent{Before: before}
	i.Sending(started)
	return i
}

func undecided(next time.Duration) error {
	return problem(activities.Pending, next, activities.Problem{CarrierStatus: "InProgress"})
}

// What carriers say and show in these tests.
var (
	accepted = carriers.Acknowledgement{
		TransactionID: "tx-1", HTTPStatus: 200, At: started.Add(time.Second),
		Outcome: carriers.Outcome{State: carriers.Pending, Status: "Success"},
	}
	line  = &carriers.Line{Status: "Suspended", Number: "15550100123", ICCID: "89010000000000000017"}
	done  = carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Shown, Line: line}
	not   = carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Missing, Line: line}
	ended = carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E-42", Reason: "no such plan"}
)

const (
	suspend = "dish.UpdateSubscriptionStatus"
	// lineID is the workflow id of the line of every request here.
	lineID = "line:dish:0123456789abcdef"
)

// typesOf lists the operations of a kind.
func typesOf(kind carriers.Kind) (types []string) {
	for _, o := range workflows.Operations() {
		if o.Info().Kind == kind {
			types = append(types, o.Info().Type)
		}
	}
	return types
}
