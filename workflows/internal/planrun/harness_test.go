package planrun

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// harness runs a plan in Temporal's test environment, with fakes of the operations' workflows.
type harness struct {
	*testsuite.TestWorkflowEnvironment
	t *testing.T
	// ends are how operations end, by their reference without that of the plan; without an entry they complete. A result is JSON.
	ends map[string]any
	// calls are the operations that were started, in order.
	calls []call
	// onList tells whether the plan is on the operators' list now.
	onList bool
	// followUps are the follow-ups that the plan has started.
	followUps []workflows.FollowUp
}

// call is an operation that was started.
type call struct {
	reference string
	request   map[string]any
}

// forEver is the end of an operation that ends only when it is cancelled, and then as the failure.
type forEver struct{ failure error }

var started = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// taking is how long each operation takes.
const taking = time.Minute

const personalNumber = "06-12345678"

func newHarness(t *testing.T, ends map[string]any) *harness {
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	h := &harness{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, ends: ends}
	h.SetStartTime(started)
	h.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: plans.WorkflowID("p")})
	require.NoError(t, h.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(workflows.OperationAttribute.ValueSet(plans.WorkflowType))))
	Register(h)
	for _, o := range workflows.Operations() {
		h.RegisterWorkflowWithOptions(h.fake(o), workflow.RegisterOptions{Name: o.Info().Type})
	}
	h.RegisterWorkflowWithOptions(func(_ workflow.Context, f workflows.FollowUp) (workflows.FollowUpResult, error) {
		h.followUps = append(h.followUps, f)
		return workflows.FollowUpResult{}, nil
	}, workflow.RegisterOptions{Name: workflows.FollowUpType})
	h.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		_, h.onList = args.Get(0).(temporal.SearchAttributes).GetKeywordList(workflows.NeedsAttentionAttribute)
	}).Return(nil).Maybe()
	return h
}

// fake is the workflow of an operation.
func (h *harness) fake(o carriers.Operation) func(workflow.Context, json.RawMessage) (json.RawMessage, error) {
	return func(ctx workflow.Context, raw json.RawMessage) (json.RawMessage, error) {
		info := workflow.GetInfo(ctx)
		reference := carriers.CommonOf(raw).Reference
		if want := workflows.WorkflowID(o.Info().Carrier(), reference); info.WorkflowExecution.ID != want {
			return nil, fmt.Errorf("the id is %s and not %s", info.WorkflowExecution.ID, want)
		}
		if faults := workflows.Validate(o.Info().Type, raw); len(faults) > 0 {
			return nil, fmt.Errorf("the plan sent an invalid request: %v", faults)
		}
		var request map[string]any
		if err := json.Unmarshal(raw, &request); err != nil {
			return nil, err
		}
		delete(request, "reference")
		h.calls = append(h.calls, call{strings.TrimPrefix(reference, "p-"), request})
		end := h.ends[strings.TrimPrefix(reference, "p-")]
		if waits, ok := end.(forEver); ok {
			_ = workflow.Sleep(ctx, 1000*time.Hour)
			end = waits.failure
		} else if err := workflow.Sleep(ctx, taking); err != nil {
			return nil, err
		}
		switch end := end.(type) {
		case error:
			return nil, end
		case string:
			return json.RawMessage(end), nil
		}
		if o.Info().Kind == carriers.KindRead {
			return json.RawMessage(`{"sims":[{"status":"FREE"}]}`), nil
		}
		return json.Marshal(workflows.Result{Operation: o.Info().Type, Reference: reference, Line: &carriers.Line{Number: personalNumber}})
	}
}

// failsAs is the end of an operation that failed.
func failsAs(kind workflows.FailureType) error {
	return endsAs(workflows.Failure{Type: kind, Message: "the carrier said no."})
}

func endsAs(f workflows.Failure) error {
	if f.Type == workflows.Canceled {
		return temporal.NewCanceledError(f)
	}
	return temporal.NewApplicationErrorWithOptions(f.Message, string(f.Type), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{f}})
}

// order is a plan with a step of each kind: a read, two steps that can be undone, one that cannot, and one after that.
func order() plans.Plan {
	return read(`{"reference":"p","title":"A line","values":{
		"card":"8931990000000000017","next":"8931990000000000025","begins":"2026-03-01T00:00:00+01:00"},"steps":[
		{"name":"sim","operation":"stn.GetSIM","from":{"simCardNumber":"values.card"},"expect":{"sims.0.status":["FREE","BUSY"]}},
		{"name":"line","operation":"stn.NewSubscription","from":{"simCardNumber":"values.card","wishDate":"values.begins"},
			"undo":{"operation":"stn.Terminate","request":{"immediately":true},"from":{"phoneNumber":"line.line.number"}}},
		{"name":"services","operation":"stn.SetServices","request":{"services":{"blockData":true}},"from":{"phoneNumber":"line.line.number"},
			"undo":{"operation":"stn.SetServices","request":{"services":{"blockData":false}},"from":{"phoneNumber":"line.line.number"}}},
		{"name":"swap","operation":"stn.SwapSIM","from":{"phoneNumber":"line.line.number","newSimCardNumber":"values.next"},"undo":"cannot"},
		{"name":"more","operation":"stn.SetServices","request":{"services":{"voiceMail":false}},"from":{"phoneNumber":"line.line.number"},"undo":"nothing"}],
		"results":{"number":"line.line.number"}}`)
}

func read(text string) (p plans.Plan) {
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		panic(err)
	}
	return p
}

// run executes a plan.
func (h *harness) run(p plans.Plan) *harness {
	h.t.Helper()
	raw, err := json.Marshal(p)
	require.NoError(h.t, err)
	h.ExecuteWorkflow(plans.WorkflowType, json.RawMessage(raw))
	require.True(h.t, h.IsWorkflowCompleted())
	require.False(h.t, h.onList, "a plan that has ended needs nobody; its follow-up may")
	return h
}

// completed returns the result.
func (h *harness) completed() (r plans.Result) {
	h.t.Helper()
	require.NoError(h.t, h.GetWorkflowError())
	require.NoError(h.t, h.GetWorkflowResult(&r))
	return r
}

// failed returns the failure, without anything personal.
func (h *harness) failed(want workflows.FailureType) *plans.Failure {
	h.t.Helper()
	err := h.GetWorkflowError()
	require.Error(h.t, err)
	f, ok := plans.AsFailure(err)
	require.True(h.t, ok, "%v", err)
	require.Equal(h.t, want, workflows.FailureType(f.Type), f.Message)
	text, marshalErr := json.Marshal(f)
	require.NoError(h.t, marshalErr)
	h.requireNothingPersonal(err.Error() + string(text))
	return f
}

func (h *harness) requireNothingPersonal(text string) {
	h.t.Helper()
	samples.RequireNothingPersonal(h.t, text)
	for _, value := range []string{personalNumber, "8931990000000000017", "8931990000000000025"} {
		require.NotContains(h.t, text, value)
	}
}

// references are those of the operations that were started, in order.
func (h *harness) references() (all []string) {
	for _, c := range h.calls {
		all = append(all, c.reference)
	}
	return all
}

// states are the states of the steps.
func states(steps []plans.StepStatus) (all []plans.StepState) {
	for _, s := range steps {
		all = append(all, s.State)
	}
	return all
}

// status asks the plan.
func (h *harness) status() (s plans.PlanStatus) {
	h.t.Helper()
	value, err := h.QueryWorkflow(workflows.StatusQuery)
	require.NoError(h.t, err)
	require.NoError(h.t, value.Get(&s))
	text, err := json.Marshal(s)
	require.NoError(h.t, err)
	h.requireNothingPersonal(string(text))
	return s
}

// at does something at a time after the start.
func (h *harness) at(after time.Duration, do func()) *harness {
	h.RegisterDelayedCallback(do, after)
	return h
}

// reply is the answer or the error of an update.
type reply struct {
	rejected, failed error
	status           plans.PlanStatus
	ended            bool
}

// sendUpdate sends an update at a time after the start.
func sendUpdate[I, O any](h *harness, after time.Duration, u workflows.Update[I, O], argument any) *reply {
	r := &reply{}
	h.at(after, func() {
		h.UpdateWorkflow(u.Name, fmt.Sprintf("%s-%d", u.Name, h.Now().UnixNano()), &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { r.rejected = err },
			OnComplete: func(answer any, err error) {
				if r.failed, r.ended = err, true; err == nil {
					r.status = answer.(plans.PlanStatus)
				}
			},
		}, argument)
	})
	return r
}

// refused returns the reason of a refusal.
func (r *reply) refused(t *testing.T, kind string) string {
	t.Helper()
	require.Error(t, r.rejected)
	application, ok := errors.AsType[*temporal.ApplicationError](r.rejected)
	require.True(t, ok, "%v", r.rejected)
	require.Equal(t, kind, application.Type())
	return application.Message()
}

// answered returns the status that an update answered with.
func (r *reply) answered(t *testing.T) plans.PlanStatus {
	t.Helper()
	require.NoError(t, r.rejected)
	require.NoError(t, r.failed)
	require.True(t, r.ended, "an update is answered before its run ends")
	return r.status
}

var alex = workflows.OperatorAction{Operator: "alex", Reason: "ticket 4711"}
