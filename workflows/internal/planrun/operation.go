package planrun

import (
	"encoding/json"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

// outcome is how an operation ended, as far as the plan is concerned.
type outcome int

const (
	done    outcome = iota
	clean           // it failed, and certainly nothing of it is in effect
	partly          // it failed, and a part of it is in effect
	unclear         // it is not known what is in effect
)

// outcomeOf is what a failure of a change says about its effect. It depends on its argument alone.
func outcomeOf(f workflows.Failure) outcome {
	switch f.Type {
	case workflows.InvalidRequest, workflows.CarrierRejected, workflows.CarrierFailed, workflows.DecisionDenied, workflows.Canceled, workflows.ResolvedFailed:
		return clean
	case workflows.CarrierUnauthorized:
		if f.SubmittedAt.IsZero() { // the request itself was refused; otherwise it was taken, and only the question about it was refused
			return clean
		}
	case workflows.PartlyTaken:
		return partly
	}
	return unclear
}

// ended is the end of an operation: its answer or result, or why it failed.
type ended struct {
	outcome          outcome
	result           json.RawMessage
	failure, message string
}

// operate starts an operation as a child and waits for its end. The child outlives the plan: terminating a plan never kills an
// operation under way. Cancelling it asks the operation to cancel, and waits for what that says.
func operate(ctx workflow.Context, id, operation string, request json.RawMessage) ended {
	options := workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		TaskQueue:             workflows.TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		WaitForCancellation:   true,
	}
	// The operation sets its search attributes itself: the line's key needs the secret of the worker.
	if description, err := workflows.Describe(operation, request, workflow.Now(ctx)); err == nil {
		options.StaticSummary = description.Summary
	}
	var result json.RawMessage
	err := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), operation, request).Get(ctx, &result)
	return endOf(id, operation, result, err)
}

// endOf reads how a child ended.
func endOf(id, operation string, result json.RawMessage, err error) ended {
	if err == nil {
		return ended{result: result}
	}
	if _, exists := errors.AsType[*temporal.ChildWorkflowExecutionAlreadyStartedError](err); exists {
		return existing(id)
	}
	e := ended{outcome: unclear}
	if application, failed := errors.AsType[*temporal.ApplicationError](err); failed && application.HasDetails() {
		_ = operators.Readable(application.Details(new(workflows.Failure)))
	}
	failure, known := workflows.AsFailure(err)
	switch {
	case known:
		e.outcome, e.failure, e.message = outcomeOf(*failure), string(failure.Type), failure.Message
	case temporal.IsCanceledError(err): // without details: the plan was cancelled before the operation was started
		e.outcome, e.failure, e.message = clean, string(workflows.Canceled), "the plan was cancelled before the operation was started"
	default:
		e.failure = endByForce(err)
		e.message = fmt.Sprintf("%s ended without saying why (%s), and what became of its request is not known", id, e.failure)
	}
	if kindOf(operation) == carriers.KindRead { // reads change nothing
		e.outcome = clean
	}
	return e
}

// endByForce is how an operation ended that could not say why itself.
func endByForce(err error) string {
	if _, terminated := errors.AsType[*temporal.TerminatedError](err); terminated {
		return "Terminated"
	}
	if temporal.IsTimeoutError(err) {
		return "TimedOut"
	}
	return "Failed"
}

// existing is the end of an operation that was not started, because its id is in use: the plan was reset, or something else has the
// reference. It is never started under another reference by itself. To take its outcome, an activity would have to wait for its end,
// and compare that it is the same request; until there is one, an operator looks.
func existing(id string) ended {
	return ended{
		outcome: unclear, failure: "AlreadyStarted",
		message: fmt.Sprintf("%s is there already, so it was not started again: look at what became of it before anything is sent", id),
	}
}
