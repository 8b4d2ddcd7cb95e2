package workflows

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"

	"github.com/carrierflow/carrierflow/carriers/dish"
)

// endsWith is a client that finds one run of an operation, with its outcome.
func endsWith[T any](operation string, outcome T, err error) *mocks.Client {
	c, run := &mocks.Client{}, &mocks.WorkflowRun{}
	c.On("DescribeWorkflowExecution", mock.Anything, "dish:r-1", "").Return(&workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Type: &commonpb.WorkflowType{Name: operation}},
	}, nil)
	c.On("GetWorkflow", mock.Anything, "dish:r-1", "").Return(run)
	run.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) { *args.Get(1).(*T) = outcome }).Return(err)
	return c
}

func TestAwait(t *testing.T) {
	result, err := Await(t.Context(), endsWith(suspend, Result{Operation: suspend, Status: "Success"}, nil), "dish:r-1")
	require.NoError(t, err)
	require.Equal(t, "Success", result.Status)

	_, err = Await(t.Context(), endsWith(suspend, Result{}, isRefused), "dish:r-1")
	failure, ok := errors.AsType[*Failure](err)
	require.True(t, ok)
	require.Equal(t, CarrierRejected, failure.Type)
	require.EqualError(t, err, "DISH refused the request")

	_, err = Await(t.Context(), endsWith(suspend, Result{}, disconnected), "dish:r-1")
	require.ErrorIs(t, err, disconnected)
	require.ErrorContains(t, err, "dish:r-1")

	away := &mocks.Client{}
	away.On("DescribeWorkflowExecution", mock.Anything, "dish:r-1", "").Return(nil, disconnected)
	_, err = Await(t.Context(), away, "dish:r-1")
	require.ErrorIs(t, err, disconnected)
	require.ErrorContains(t, err, "dish:r-1")
}

func TestAwaitAnswer(t *testing.T) {
	answer := dish.TransactionStatus{Status: "Success"}
	status, err := AwaitAnswer[dish.TransactionStatus](t.Context(), endsWith("dish.GetTransactionStatus", answer, nil), "dish:r-1")
	require.NoError(t, err)
	require.Equal(t, "Success", status.Status)

	own, err := AwaitAnswer[map[string]any](t.Context(), endsWith("acme.Thing", map[string]any{"a": 1}, nil), "dish:r-1")
	require.NoError(t, err, "an operation that this program does not know returns what the caller expects")
	require.Len(t, own, 1)
}

// An answer that is decoded into another type would look like an empty success.
func TestAwaitRefusesAWrongTypeAtOnce(t *testing.T) {
	for operation, wait := range map[string]func(*mocks.Client) error{
		"dish.GetSubscription": func(c *mocks.Client) error { _, err := Await(t.Context(), c, "dish:r-1"); return err },
		suspend: func(c *mocks.Client) error {
			_, err := AwaitAnswer[dish.Subscriber](t.Context(), c, "dish:r-1")
			return err
		},
		"dish.GetTransactionStatus": func(c *mocks.Client) error {
			_, err := AwaitAnswer[dish.Subscriber](t.Context(), c, "dish:r-1")
			return err
		},
	} {
		c := endsWith(operation, Result{}, nil)
		require.ErrorContains(t, wait(c), "dish:r-1: "+operation+" returns a ")
		c.AssertNotCalled(t, "GetWorkflow", mock.Anything, mock.Anything, mock.Anything)
	}
}
