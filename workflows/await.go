package workflows

import (
	"context"
	"fmt"
	"reflect"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// Getter is the part of a Temporal client that finds runs.
type Getter interface {
	GetWorkflow(ctx context.Context, workflowID, runID string) client.WorkflowRun
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
}

// Await waits until an operation that changes something has its outcome, for days if needed, and returns the result. An
// operation that failed is a [*Failure]. Any other error is not an outcome: a lost connection, a context that ended, a
// terminated run, or a run that is a read. The workflow id is that of the run, see [WorkflowID]; any process can wait.
func Await(ctx context.Context, c Getter, workflowID string) (Result, error) {
	return AwaitAnswer[Result](ctx, c, workflowID)
}

// AwaitAnswer is [Await] for a read. T is the type of its answer, which the request's documentation names. Any other type
// is an error at once.
func AwaitAnswer[T any](ctx context.Context, c Getter, workflowID string) (answer T, err error) {
	found, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return answer, fmt.Errorf("waiting for %s: %w", workflowID, err)
	}
	operation := found.GetWorkflowExecutionInfo().GetType().GetName()
	if returns, asked := answerOf(operation), reflect.TypeFor[T](); returns != nil && returns != asked {
		return answer, fmt.Errorf("waiting for %s: %s returns a %s and not a %s", workflowID, operation, returns, asked)
	}
	err = outcomeOf(workflowID, c.GetWorkflow(ctx, workflowID, "").Get(ctx, &answer))
	return answer, err
}

// answerOf is the type that an operation returns; nil for an operation that this build does not know.
func answerOf(operation string) reflect.Type {
	o, known := registry.Operation(operation)
	switch {
	case !known:
		return nil
	case o.Info().Kind == carriers.KindChange:
		return reflect.TypeFor[Result]()
	}
	return o.Answer()
}

// outcomeOf turns what a client returned for an operation into its failure, if it is one.
func outcomeOf(id string, err error) error {
	if err == nil {
		return nil
	}
	if failure, ok := AsFailure(err); ok {
		return failure
	}
	return fmt.Errorf("waiting for %s: %w", id, err)
}
