package workflows

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

var (
	alreadyStarted = serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "request", "run-1")
	disconnected   = serviceerror.NewUnavailable("connection refused")
	isRefused      = failed(Failure{Type: CarrierRejected, Message: "DISH refused the request"})
)

// startsWith is a client that answers a start and shows the options it was given.
func startsWith(err error) (*mocks.Client, *client.StartWorkflowOptions) {
	c, options := &mocks.Client{}, &client.StartWorkflowOptions{}
	note := func(args mock.Arguments) { *options = args.Get(1).(client.StartWorkflowOptions) }
	c.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Run(note).Return(&mocks.WorkflowRun{}, err)
	return c, options
}

func TestStart(t *testing.T) {
	in := parse(t, suspend)
	c, options := startsWith(nil)
	run, err := Start(t.Context(), c, in, LineSecret("secret"))
	require.NoError(t, err)
	require.NotNil(t, run)
	require.Equal(t, StartOptions(in, "secret"), *options)
	c.AssertCalled(t, "ExecuteWorkflow", mock.Anything, mock.Anything, suspend, in)
}

func TestStartLater(t *testing.T) {
	c, options := startsWith(nil)
	_, err := Start(t.Context(), c, parse(t, suspend), At(time.Now().Add(time.Hour)))
	require.NoError(t, err)
	require.InDelta(t, time.Hour, options.StartDelay, float64(time.Minute))

	_, err = Start(t.Context(), c, parse(t, suspend), At(time.Now().Add(-time.Hour)))
	require.NoError(t, err)
	require.Zero(t, options.StartDelay, "a time that has passed is now")
}

func TestNothingStartsWithABadInput(t *testing.T) {
	var in DishUpdateSubscriptionStatus
	in.Reference, in.GPSI = "a b", "555 0100123"
	_, err := Start(t.Context(), &mocks.Client{}, in)
	_, _, acceptedErr := StartAccepted(t.Context(), &mocks.Client{}, in)
	for _, err := range []error{err, acceptedErr} {
		failure, ok := AsFailure(err)
		require.True(t, ok, "%v", err)
		require.Equal(t, InvalidRequest, failure.Type)
		var fields []string
		for _, fault := range failure.Faults {
			fields = append(fields, fault.Field)
		}
		require.Equal(t, []string{"action", "gpsi", "reference"}, fields)
		requireNothingPersonal(t, err.Error())
	}

	_, err = Start(t.Context(), &mocks.Client{}, unknownOperation{})
	require.ErrorContains(t, err, `"dish.Nothing" is no operation`)
	var activation DishActivateSubscription
	activation.Location = []byte("{")
	_, err = Start(t.Context(), &mocks.Client{}, activation)
	require.ErrorContains(t, err, "cannot be written as JSON")
}

type unknownOperation struct{ DishGetSubscription }

func (unknownOperation) Type() string { return "dish.Nothing" }

func TestAUsedReferenceIsADuplicate(t *testing.T) {
	c, _ := startsWith(alreadyStarted)
	_, err := Start(t.Context(), c, parse(t, suspend))
	duplicate, ok := errors.AsType[*DuplicateError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "dish:r-1", duplicate.WorkflowID)
	require.Equal(t, "run-1", duplicate.RunID)
	require.True(t, temporal.IsWorkflowExecutionAlreadyStartedError(err))
	require.ErrorContains(t, err, "dish:r-1 was started before, as run run-1")

	c, _ = startsWith(disconnected)
	_, err = Start(t.Context(), c, parse(t, suspend))
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
			in, run, handle, c := parse(t, suspend), &mocks.WorkflowRun{}, &mocks.WorkflowUpdateHandle{}, &mocks.Client{}
			c.On("NewWithStartWorkflowOperation", StartOptions(in, "secret"), suspend, in).Return(withStart{run})
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

func TestStartAcceptedKnowsItsLimits(t *testing.T) {
	_, _, err := StartAccepted(t.Context(), &mocks.Client{}, parse(t, activities.DishGetSubscription))
	require.ErrorContains(t, err, "use Start")
	_, _, err = StartAccepted(t.Context(), &mocks.Client{}, parse(t, suspend), At(time.Now().Add(time.Hour)))
	require.ErrorContains(t, err, "use Start")
}

// endsWith is a client that finds one run, with its outcome.
func endsWith[T any](id string, outcome T, err error) *mocks.Client {
	c, run := &mocks.Client{}, &mocks.WorkflowRun{}
	c.On("GetWorkflow", mock.Anything, id, "").Return(run)
	run.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) { *args.Get(1).(*T) = outcome }).Return(err)
	return c
}

func TestAwait(t *testing.T) {
	result, err := Await(t.Context(), endsWith("dish:r-1", Result{Operation: suspend, Status: "Success"}, nil), "dish:r-1")
	require.NoError(t, err)
	require.Equal(t, "Success", result.Status)

	_, err = Await(t.Context(), endsWith("dish:r-1", Result{}, isRefused), "dish:r-1")
	failure, ok := errors.AsType[*Failure](err)
	require.True(t, ok)
	require.Equal(t, CarrierRejected, failure.Type)
	require.EqualError(t, err, "DISH refused the request")

	_, err = Await(t.Context(), endsWith("dish:r-1", Result{}, disconnected), "dish:r-1")
	require.ErrorIs(t, err, disconnected)
	require.ErrorContains(t, err, "dish:r-1")

	// A read's answer would otherwise pass for a success with nothing in it.
	_, err = Await(t.Context(), endsWith("dish:r-1", Result{Status: "Failed"}, nil), "dish:r-1")
	require.ErrorContains(t, err, "use AwaitAnswer")
}

func TestAwaitAnswer(t *testing.T) {
	status, err := AwaitAnswer[dish.TransactionStatus](t.Context(), endsWith("dish:r-1", dish.TransactionStatus{Status: "Success"}, nil), "dish:r-1")
	require.NoError(t, err)
	require.Equal(t, "Success", status.Status)
}
