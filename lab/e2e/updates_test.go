package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// waitingFor are timings of an operation that waits for as long as a test looks at it.
const waitingFor = `{"pollEvery":"30s","lookupDelay":"200ms","overdueAfter":"1m","deadline":"1h","callTimeout":"10s","confirmWithin":"3s"}`

var alex = workflows.OperatorAction{Operator: "alex", Reason: "the carrier said so on the phone"}

// undecided starts an operation that its carrier never decides, and waits until it is acknowledged.
func undecided(t *testing.T) (client.WorkflowRun, string) {
	t.Helper()
	ref, id := reference(t), line("SUB-", 6, 63)
	run := start(t, "stn.SetServices", ref, fmt.Sprintf(`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":%s}`, ref, id, waitingFor))
	_, err := workflows.AcceptedUpdate.Send(stack.Context(t), world.client, run.GetID(), workflows.AcceptedQuestion{})
	require.NoError(t, err)
	return run, id
}

func update[I any](t *testing.T, run client.WorkflowRun, u workflows.Update[I, workflows.OperationStatus], argument I) (workflows.OperationStatus, error) {
	t.Helper()
	return u.Send(stack.Context(t), world.client, run.GetID(), argument)
}

// What an operator sends is done, recorded, and refused when it makes no sense.
func TestUpdates(t *testing.T) {
	t.Parallel()
	t.Run("resolve as failed", func(t *testing.T) {
		t.Parallel()
		run, id := undecided(t)
		status, err := update(t, run, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Failed})
		require.NoError(t, err)
		require.True(t, status.Ended())
		failure := fail(t, run)
		require.Equal(t, workflows.ResolvedFailed, failure.Type)
		require.Equal(t, alex, failure.Resolution.OperatorAction)
		require.Equal(t, 1, recorded(t, "stn", id))
	})
	t.Run("resolve as done", func(t *testing.T) {
		t.Parallel()
		run, _ := undecided(t)
		_, err := update(t, run, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Done})
		require.NoError(t, err)
		result := succeed(t, run)
		require.Equal(t, workflows.ByOperator, result.DecidedBy)
		require.Equal(t, "alex", result.Resolution.Operator)
	})
	t.Run("check now, and extend the deadline", func(t *testing.T) {
		t.Parallel()
		run, _ := undecided(t)
		status, err := update(t, run, workflows.CheckNowUpdate, alex)
		require.NoError(t, err)
		require.Contains(t, []string{"INIT", "BUSY"}, status.CarrierStatus)
		extended, err := update(t, run, workflows.ExtendDeadlineUpdate, workflows.ExtendDeadline{OperatorAction: alex, By: carriers.Duration(time.Hour)})
		require.NoError(t, err)
		require.Equal(t, status.Deadline.Add(time.Hour), extended.Deadline)
		require.NoError(t, world.client.TerminateWorkflow(t.Context(), run.GetID(), "", "the test is over"))
	})
	t.Run("a refusal leaves nothing in the history", func(t *testing.T) {
		t.Parallel()
		run, _ := undecided(t)
		_, err := update(t, run, workflows.ApproveUpdate, alex)
		application, ok := errors.AsType[*temporal.ApplicationError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, workflows.Refused, application.Type())
		require.ErrorContains(t, err, "does not hold this request for a decision")
		_, err = update(t, run, workflows.ResolveUpdate, workflows.Resolve{})
		require.ErrorContains(t, err, "operator: must have at least 1 characters")
		require.ErrorContains(t, err, "outcome: must be one of done, failed")
		for _, event := range history(t, run) {
			if taken := event.GetWorkflowExecutionUpdateAcceptedEventAttributes(); taken != nil {
				require.Equal(t, workflows.AcceptedUpdate.Name, taken.GetAcceptedRequest().GetInput().GetName())
			}
		}
		require.NoError(t, world.client.TerminateWorkflow(t.Context(), run.GetID(), "", "the test is over"))
	})
	t.Run("a held request", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		run := start(t, "masmovil.ReplaceSIM", ref, fmt.Sprintf(
			`{"reference":%q,"orgId":"yoigo","subscriptionId":%s,"dealer_id":"D-1","logistic":false,"new_icc":"8934000000000000001","timings":%s}`,
			ref, line("7", 6, 66), waitingFor))
		eventually(t, "held", func() bool { return len(attention(t, run)) > 0 })
		_, err := update(t, run, workflows.ApproveUpdate, alex)
		require.NoError(t, err)
		eventually(t, "nobody's work", func() bool { return len(attention(t, run)) == 0 })
		_, err = update(t, run, workflows.DenyUpdate, alex)
		require.NoError(t, err)
		failure := fail(t, run)
		require.Equal(t, workflows.DecisionDenied, failure.Type)
		require.Equal(t, workflows.ByOperator, failure.DecidedBy)
	})
}

// A caller that starts an operation together with the question learns at once whether the carrier took it.
func TestAccepted(t *testing.T) {
	t.Parallel()
	ask := func(t *testing.T, input string) (workflows.Accepted, error) {
		t.Helper()
		ctx := stack.Context(t)
		o, err := workflows.StartOptions("stn.SetServices", json.RawMessage(input), "secret")
		if err != nil { // whoever does not check starts it all the same
			o = unchecked("stn.SetServices", carriers.CommonOf(json.RawMessage(input)).Reference)
		}
		handle, err := world.client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
			StartWorkflowOperation: world.client.NewWithStartWorkflowOperation(o, "stn.SetServices", json.RawMessage(input)),
			UpdateOptions: client.UpdateWorkflowOptions{
				UpdateName: workflows.AcceptedUpdate.Name, Args: []any{workflows.AcceptedQuestion{}}, WaitForStage: client.WorkflowUpdateStageCompleted,
			},
		})
		if err != nil {
			return workflows.Accepted{}, err
		}
		var accepted workflows.Accepted
		err = handle.Get(ctx, &accepted)
		return accepted, err
	}
	input := func(code int, service string) string {
		return fmt.Sprintf(`{"reference":%q,"subscriptionId":%q,"services":{%s},"timings":%s}`, reference(t), line("SUB-", 6, code), service, fast)
	}
	t.Run("taken", func(t *testing.T) {
		t.Parallel()
		accepted, err := ask(t, input(0, `"voiceMail":false`))
		require.NoError(t, err)
		require.Equal(t, workflows.AcceptedByCarrier, accepted.State)
		require.NotEmpty(t, accepted.TransactionID)
	})
	for name, tc := range map[string]struct {
		input string
		want  workflows.FailureType
	}{
		"refused by the carrier": {input(70, `"voiceMail":false`), workflows.CarrierRejected},
		"an invalid input":       {input(0, ``), workflows.InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ask(t, tc.input)
			require.Error(t, err)
			failure, ok := workflows.AsFailure(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, tc.want, failure.Type)
		})
	}
	t.Run("asked twice", func(t *testing.T) {
		t.Parallel()
		same := input(0, `"voiceMail":false`)
		_, err := ask(t, same)
		require.NoError(t, err)
		_, err = ask(t, same)
		require.True(t, temporal.IsWorkflowExecutionAlreadyStartedError(err), "%v", err)
	})
}

// A cancelled run says what it left behind: nothing, or a request that stands.
func TestCancel(t *testing.T) {
	t.Parallel()
	t.Run("before it begins", func(t *testing.T) {
		t.Parallel()
		ref, id := reference(t), line("SUB-", 6, 0)
		input := fmt.Sprintf(`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false}}`, ref, id)
		later := options(t, "stn.SetServices", input)
		later.StartDelay = 2 * time.Second
		run, err := world.client.ExecuteWorkflow(t.Context(), later, "stn.SetServices", json.RawMessage(input))
		require.NoError(t, err)
		require.NoError(t, world.client.CancelWorkflow(t.Context(), run.GetID(), ""))
		require.Contains(t, requireNothingSent(t, run, id).Message, "before anything was sent")
	})
	t.Run("while the carrier is away", func(t *testing.T) {
		t.Parallel()
		ref, id := reference(t), line("SUB-", 6, 0)
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: "stn", Operation: "set-services", Line: id, Scenario: "unavailable-503"}))
		run := start(t, "stn.SetServices", ref, fmt.Sprintf(
			`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":{"pollEvery":"5s","lookupDelay":"200ms","callTimeout":"10s"}}`, ref, id))
		eventually(t, "tried", func() bool { return len(ledger(t, "stn", id)) > 0 })
		require.NoError(t, world.client.CancelWorkflow(t.Context(), run.GetID(), ""))
		requireNothingSent(t, run, id)
	})
	t.Run("while the answer is awaited", func(t *testing.T) {
		t.Parallel()
		ref, id := reference(t), line("SUB-", 6, 0)
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: "stn", Operation: "set-services", Line: id, Scenario: "stall-after-recording", Delay: carriers.Duration(3 * time.Second)}))
		run := start(t, "stn.SetServices", ref, fmt.Sprintf(
			`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":{"lookupDelay":"200ms","callTimeout":"10s","confirmWithin":"3s"}}`, ref, id))
		eventually(t, "recorded", func() bool { return recorded(t, "stn", id) == 1 })
		require.NoError(t, world.client.CancelWorkflow(t.Context(), run.GetID(), ""))
		if err := run.Get(stack.Context(t), nil); err != nil { // completed when the carrier was quicker
			failure, ok := workflows.AsFailure(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, workflows.CanceledAfterSubmit, failure.Type)
		}
		require.Equal(t, 1, recorded(t, "stn", id))
	})
	t.Run("while it waits for the decision", func(t *testing.T) {
		t.Parallel()
		run, id := undecided(t)
		require.NoError(t, world.client.CancelWorkflow(t.Context(), run.GetID(), ""))
		failure := fail(t, run)
		require.Equal(t, workflows.CanceledAfterSubmit, failure.Type)
		require.Contains(t, []string{"INIT", "BUSY"}, failure.Status)
		require.NotEmpty(t, failure.TransactionID)
		require.Contains(t, failure.Message, "the request stands at sTN")
		require.Equal(t, 1, recorded(t, "stn", id))
	})
}

func requireNothingSent(t *testing.T, run client.WorkflowRun, id string) *workflows.Failure {
	t.Helper()
	failure := fail(t, run)
	require.Equal(t, workflows.Canceled, failure.Type, failure.Message)
	require.Zero(t, recorded(t, "stn", id))
	d, err := world.client.DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, d.GetWorkflowExecutionInfo().GetStatus())
	return failure
}

// A caller that knows nothing but the type, the id and the input gets a run that operators find and can read.
func TestABareStartIsLabelled(t *testing.T) {
	t.Parallel()
	ref, id := reference(t), line("SUB-", 6, 63)
	input := fmt.Sprintf(`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":%s}`, ref, id, waitingFor)
	run, err := world.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "stn:" + ref, TaskQueue: workflows.TaskQueue},
		"stn.SetServices", json.RawMessage(input))
	require.NoError(t, err)
	eventually(t, "labelled", func() bool {
		return attribute[string](t, run, "Carrier") == "stn" && attribute[string](t, run, "Operation") == "stn.SetServices" &&
			attribute[string](t, run, "LineKey") == workflows.LineKey("secret", "stn", id)
	})
	eventually(t, "says what it does and what can be done", func() bool {
		var metadata sdkpb.WorkflowMetadata
		value, err := world.client.QueryWorkflow(t.Context(), run.GetID(), "", "__temporal_workflow_metadata")
		require.NoError(t, err)
		require.NoError(t, value.Get(&metadata))
		text := metadata.GetCurrentDetails()
		return strings.Contains(text, "Set services of line …"+id[len(id)-4:]+" at sTN") && strings.Contains(text, "resolve")
	})
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), run.GetID(), "", "the test is over"))
}

// attribute is a search attribute of a run; nothing when it is not set.
func attribute[T any](t *testing.T, run client.WorkflowRun, name string) (value T) {
	t.Helper()
	d, err := world.client.DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
	require.NoError(t, err)
	if payload, ok := d.GetWorkflowExecutionInfo().GetSearchAttributes().GetIndexedFields()[name]; ok {
		require.NoError(t, converter.GetDefaultDataConverter().FromPayload(payload, &value))
	}
	return value
}
