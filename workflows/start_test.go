package workflows

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

var (
	alreadyStarted = serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "request", "run-1")
	disconnected   = serviceerror.NewUnavailable("connection refused")
	isRefused      = temporal.NewApplicationErrorWithOptions("DISH refused the request", string(CarrierRejected), temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{Failure{Type: CarrierRejected, Message: "DISH refused the request"}},
	})
)

// startsWith is a client that answers a start and shows the options it was given.
func startsWith(err error) (*mocks.Client, *client.StartWorkflowOptions) {
	c, options := &mocks.Client{}, &client.StartWorkflowOptions{}
	note := func(args mock.Arguments) { *options = args.Get(1).(client.StartWorkflowOptions) }
	c.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Run(note).Return(&mocks.WorkflowRun{}, err)
	return c, options
}

var suspendLine = dish.UpdateSubscriptionStatus{Reference: "r-1", ICCID: "89010000000000000018", Action: dish.Suspend}

func optionsOf(t *testing.T, operation string, request json.RawMessage, secret string) client.StartWorkflowOptions {
	t.Helper()
	options, err := StartOptions(operation, request, secret)
	require.NoError(t, err)
	return options
}

func TestStart(t *testing.T) {
	in := suspendLine
	c, options := startsWith(nil)
	run, err := Start(t.Context(), c, in, LineSecret("secret"))
	require.NoError(t, err)
	require.NotNil(t, run)
	require.Equal(t, optionsOf(t, suspend, samples.Request(t, suspend), "secret"), *options)
	c.AssertCalled(t, "ExecuteWorkflow", mock.Anything, mock.Anything, suspend, in)
}

func TestStartLater(t *testing.T) {
	c, options := startsWith(nil)
	_, err := Start(t.Context(), c, suspendLine, StartAt(time.Now().Add(time.Hour)))
	require.NoError(t, err)
	require.InDelta(t, time.Hour, options.StartDelay, float64(time.Minute))

	_, err = Start(t.Context(), c, suspendLine, StartAt(time.Now().Add(-time.Hour)))
	require.NoError(t, err)
	require.Zero(t, options.StartDelay, "a time that has passed is now")
}

// An invalid request starts nothing, and every function names all its faults.
func TestNothingStartsWithAnInvalidRequest(t *testing.T) {
	request := dish.UpdateSubscriptionStatus{Reference: "a b", GPSI: "555 0100123"}
	raw, err := json.Marshal(request)
	require.NoError(t, err)
	_, err = Start(t.Context(), &mocks.Client{}, request)
	_, _, acceptedErr := StartAccepted(t.Context(), &mocks.Client{}, request)
	_, optionsErr := StartOptions(suspend, raw, "secret")
	for _, err := range []error{err, acceptedErr, optionsErr} {
		requireInvalid(t, err, "action", "gpsi", "reference")
	}
}

func TestNothingStartsWithoutARequest(t *testing.T) {
	for _, request := range []carriers.Request{nil, (*dish.GetSubscription)(nil)} {
		_, err := Start(t.Context(), &mocks.Client{}, request)
		require.ErrorContains(t, err, "there is no request")
		_, _, err = StartAccepted(t.Context(), &mocks.Client{}, request)
		require.ErrorContains(t, err, "there is no request")
	}
	_, err := Start(t.Context(), &mocks.Client{}, foreignRequest{})
	require.ErrorContains(t, err, "there is no operation acme.Thing")
	_, err = StartOptions("acme.Thing", json.RawMessage(`{}`), "")
	requireInvalid(t, err, "")
	_, err = Start(t.Context(), &mocks.Client{}, dish.ActivateSubscription{Location: carriers.Object("{")})
	require.ErrorContains(t, err, "cannot be written as JSON")
}

type foreignRequest struct{}

func (foreignRequest) Operation() string { return "acme.Thing" }

func TestAUsedReferenceIsADuplicate(t *testing.T) {
	c, _ := startsWith(alreadyStarted)
	_, err := Start(t.Context(), c, suspendLine)
	duplicate, ok := errors.AsType[*DuplicateError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "dish:r-1", duplicate.WorkflowID)
	require.Equal(t, "run-1", duplicate.RunID)
	require.True(t, temporal.IsWorkflowExecutionAlreadyStartedError(err))
	require.ErrorContains(t, err, "dish:r-1 was started before, as run run-1")

	c, _ = startsWith(disconnected)
	_, err = Start(t.Context(), c, suspendLine)
	require.ErrorIs(t, err, disconnected)
	require.ErrorContains(t, err, "starting dish:r-1")
	require.False(t, errors.As(err, new(*DuplicateError)))
}

// withStart is an operation that a client starts together with an update.
type withStart struct{ run client.WorkflowRun }

func (w withStart) Get(context.Context) (client.WorkflowRun, error) { return w.run, nil }

func TestStartAccepted(t *testing.T) {
	for name, answered := range map[string]struct {
		start, update error
		check         func(t *testing.T, err error)
	}{
		"accepted": {nil, nil, func(t *testing.T, err error) { require.NoError(t, err) }},
		"refused": {nil, isRefused, func(t *testing.T, err error) {
			failure, ok := errors.AsType[*Failure](err)
			require.True(t, ok)
			require.Equal(t, CarrierRejected, failure.Type)
		}},
		"duplicate": {alreadyStarted, nil, func(t *testing.T, err error) {
			require.True(t, errors.As(err, new(*DuplicateError)), "%v", err)
		}},
		"unreachable": {disconnected, nil, func(t *testing.T, err error) { require.ErrorIs(t, err, disconnected) }},
		"interrupted": {nil, context.Canceled, func(t *testing.T, err error) { require.ErrorIs(t, err, context.Canceled) }},
	} {
		t.Run(name, func(t *testing.T) {
			in, run, handle, c := suspendLine, &mocks.WorkflowRun{}, &mocks.WorkflowUpdateHandle{}, &mocks.Client{}
			c.On("NewWithStartWorkflowOperation", optionsOf(t, suspend, samples.Request(t, suspend), "secret"), suspend, in).Return(withStart{run})
			c.On("UpdateWithStartWorkflow", mock.Anything, client.UpdateWithStartWorkflowOptions{
				StartWorkflowOperation: withStart{run},
				UpdateOptions: client.UpdateWorkflowOptions{
					UpdateName: "accepted", Args: []any{AcceptedQuestion{}}, WaitForStage: client.WorkflowUpdateStageCompleted,
				},
			}).Return(handle, answered.start)
			handle.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
				*args.Get(1).(*Accepted) = Accepted{State: AcceptedByCarrier}
			}).Return(answered.update)
			accepted, got, err := StartAccepted(t.Context(), c, in, LineSecret("secret"))
			answered.check(t, err)
			if err == nil {
				require.Equal(t, AcceptedByCarrier, accepted.State)
			}
			require.Equal(t, answered.start == nil, got != nil, "the run is there when it was started")
		})
	}
}

func TestStartAcceptedRefusesReadsAndLaterStarts(t *testing.T) {
	_, _, err := StartAccepted(t.Context(), &mocks.Client{}, dish.GetSubscription{Reference: "r-1", GPSI: "15550100123"})
	require.ErrorContains(t, err, "use Start")
	_, _, err = StartAccepted(t.Context(), &mocks.Client{}, suspendLine, StartAt(time.Now().Add(time.Hour)))
	require.ErrorContains(t, err, "use Start")
}

func TestStartOptions(t *testing.T) {
	options := optionsOf(t, suspend, samples.Request(t, suspend), "secret")
	require.Equal(t, "dish:r-1", options.ID)
	require.Equal(t, TaskQueue, options.TaskQueue)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, options.WorkflowIDReusePolicy)
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL, options.WorkflowIDConflictPolicy)
	require.True(t, options.WorkflowExecutionErrorWhenAlreadyStarted)
	require.Equal(t, "Suspend line …0018 at DISH", options.StaticSummary)
	require.Equal(t, temporal.NewSearchAttributes(
		CarrierAttribute.ValueSet("dish"), OperationAttribute.ValueSet(suspend),
		LineKeyAttribute.ValueSet(LineKey("secret", "dish", "89010000000000000018")),
	), options.TypedSearchAttributes)

	without := temporal.NewSearchAttributes(CarrierAttribute.ValueSet("dish"), OperationAttribute.ValueSet(suspend))
	require.Equal(t, without, optionsOf(t, suspend, samples.Request(t, suspend), "").TypedSearchAttributes, "no secret, no key")
	require.Equal(t, 2, optionsOf(t, "dish.GetTransactionStatus", samples.Request(t, "dish.GetTransactionStatus"), "secret").TypedSearchAttributes.Size(), "no line, no key")
}
