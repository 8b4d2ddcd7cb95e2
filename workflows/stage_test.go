package workflows

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

type (
	submitInput = activities.SubmitInput[json.RawMessage]
	checkInput  = activities.CheckInput[json.RawMessage]
	readInput   = activities.ReadInput[json.RawMessage]
)

// stage runs one operation in Temporal's test environment; a script plays the carrier's activities.
type stage struct {
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
	// followUps are what the run has handed over when it ended.
	followUps []FollowUp
	// labels are the search attributes that the run gave itself.
	labels temporal.SearchAttributes
}

// question is one attempt of a check, and when it was made after the start.
type question struct {
	checkInput
	after time.Duration
}

// script is what the activities answer. Each is told the number of the attempt, counted over all activities of its kind.
type script struct {
	submit func(n int, in submitInput) (carriers.Acknowledgement, error)
	check  func(n int, in checkInput) (activities.CheckResult, error)
	read   func(n int, in readInput) (map[string]any, error)
}

func newStage(t *testing.T, operation string, play script) *stage {
	s := newStageWithFollowUps(t, operation, play)
	s.OnWorkflow(FollowUpType, mock.Anything, mock.Anything).Return(func(_ workflow.Context, f FollowUp) (FollowUpResult, error) {
		s.followUps = append(s.followUps, f)
		return FollowUpResult{}, nil
	}).Maybe()
	return s
}

// newStageWithFollowUps is a stage that runs the follow-ups, too.
func newStageWithFollowUps(t *testing.T, operation string, play script) *stage {
	suite := quietSuite()
	s := &stage{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, operation: operation}
	s.SetStartTime(started)
	s.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: WorkflowID(CarrierOf(operation), "r-1")})
	require.NoError(t, s.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(CarrierAttribute.ValueSet(string(CarrierOf(operation))))))
	Register(s)
	s.RegisterActivityWithOptions(func(_ context.Context, in submitInput) (carriers.Acknowledgement, error) {
		return play.submit(note(s, &s.sent, in), in)
	}, activity.RegisterOptions{Name: activities.SubmitName(operation)})
	s.RegisterActivityWithOptions(func(_ context.Context, in checkInput) (activities.CheckResult, error) {
		return play.check(note(s, &s.asked, question{in, s.Now().Sub(started)}), in)
	}, activity.RegisterOptions{Name: activities.CheckName(operation)})
	s.RegisterActivityWithOptions(func(_ context.Context, in readInput) (map[string]any, error) {
		return play.read(note(s, &s.read, in), in)
	}, activity.RegisterOptions{Name: activities.ReadName(operation)})
	s.RegisterActivityWithOptions(activities.LineKey("secret"), activity.RegisterOptions{Name: activities.LineKeyName})
	s.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		attributes := args.Get(0).(temporal.SearchAttributes)
		if _, ok := attributes.GetKeyword(CarrierAttribute); ok {
			s.labels = attributes
			return
		}
		value, raised := attributes.GetKeywordList(NeedsAttentionAttribute)
		if s.onList = raised; raised {
			s.raised = append(s.raised, value)
		}
	}).Return(nil)
	return s
}

func quietSuite() *testsuite.WorkflowTestSuite {
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	return suite
}

var started = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

func note[T any](s *stage, list *[]T, v T) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, v)
	return len(*list)
}

// run executes the operation with its smallest input, changed by patches.
func (s *stage) run(patches ...string) *stage {
	s.t.Helper()
	s.ExecuteWorkflow(s.operation, json.RawMessage(patched(s.t, inputs[s.operation], patches...)))
	require.True(s.t, s.IsWorkflowCompleted())
	return s
}

// at plays something at a time after the start.
func (s *stage) at(after time.Duration, do func()) *stage {
	s.RegisterDelayedCallback(do, after)
	return s
}

// calledBack delivers a callback at a time after the start.
func (s *stage) calledBack(after time.Duration, c Callback) *stage {
	return s.at(after, func() { s.SignalWorkflow(CallbackSignal.Name, c) })
}

// completed returns the result.
func (s *stage) completed() (r Result) {
	s.t.Helper()
	require.NoError(s.t, s.GetWorkflowError())
	require.NoError(s.t, s.GetWorkflowResult(&r))
	require.Equal(s.t, CarrierOf(s.operation), r.Carrier)
	require.Equal(s.t, s.operation, r.Operation)
	require.Equal(s.t, "r-1", r.Reference)
	require.False(s.t, r.DecidedAt.IsZero())
	require.False(s.t, s.onList, "a completed operation is nobody's work")
	return r
}

// failed returns the failure, complete and without anything personal.
func (s *stage) failed(want FailureType) *Failure {
	s.t.Helper()
	err := s.GetWorkflowError()
	require.Error(s.t, err)
	failure, ok := AsFailure(err)
	require.True(s.t, ok, "%v", err)
	require.Equal(s.t, want, failure.Type, failure.Message)
	require.Equal(s.t, CarrierOf(s.operation), failure.Carrier)
	require.Equal(s.t, s.operation, failure.Operation)
	require.NotEmpty(s.t, failure.Message)
	require.Contains(s.t, err.Error(), failure.Message)
	details, marshalErr := json.Marshal(failure)
	require.NoError(s.t, marshalErr)
	requireNothingPersonal(s.t, err.Error()+string(details))
	return failure
}

// personalValues are those of the inputs and of the lines in this package's tests.
var personalValues = []string{
	"89010000000000000017", "8934030000000000017", "8934030000000000025", "15550100123", "612000111", "70011223", "80202",
	"S-1", "p4Rz", "jane@example.com",
}

func requireNothingPersonal(t *testing.T, text string) {
	t.Helper()
	for _, value := range personalValues {
		require.NotContains(t, text, value)
	}
}

// attention is everything the operators were told in the end.
func (s *stage) attention() []string {
	if len(s.raised) == 0 {
		return nil
	}
	return s.raised[len(s.raised)-1]
}

// times are when the checks were made, after the start.
func (s *stage) times() (at []time.Duration) {
	for _, q := range s.asked {
		at = append(at, q.after)
	}
	return at
}

// patched merges JSON objects, field by field; null takes a field away.
func patched(t *testing.T, object string, patches ...string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(object), &fields))
	for _, patch := range patches {
		var changes map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(patch), &changes))
		maps.Copy(fields, changes)
	}
	maps.DeleteFunc(fields, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	whole, err := json.Marshal(fields)
	require.NoError(t, err)
	return string(whole)
}

// acknowledges answers a submit with one acknowledgement.
func acknowledges(ack carriers.Acknowledgement) func(int, submitInput) (carriers.Acknowledgement, error) {
	return func(int, submitInput) (carriers.Acknowledgement, error) { return ack, nil }
}

// refuses answers a submit with one error.
func refuses(err error) func(int, submitInput) (carriers.Acknowledgement, error) {
	return func(int, submitInput) (carriers.Acknowledgement, error) { return carriers.Acknowledgement{}, err }
}

// answers answers the checks in turn with outcomes, results or errors, and goes on with the last one.
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

const suspend = activities.DishUpdateSubscriptionStatus
