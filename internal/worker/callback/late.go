package callback

import (
	"context"
	"errors"
	"fmt"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	sdktemporal "go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// runEnd is how a run ended.
type runEnd struct {
	failure workflows.FailureType // empty when it completed, and when it ended without a failure of ours
	// state is what the run's end says about the request at the carrier; Unknown when it does not say.
	// state is what the run says the carrier made of the request; Unknown when it does not say.
	state   carriers.State
	message string
}

// deliverLate handles a notice for an operation that has ended. A final status that only repeats how it ended is not kept; any
// other is kept for an operator.
func (c *deliverer) deliverLate(ctx context.Context, carrier carriers.Carrier, n Notice, request string, run *workflowpb.WorkflowExecutionInfo) (Result, error) {
	if n.State != carriers.Done && n.State != carriers.Failed {
		return Finished, nil
	}
	id, runID := run.GetExecution().GetWorkflowId(), run.GetExecution().GetRunId()
	end, err := c.endOfRun(ctx, run)
	if err != nil {
		return Unavailable, fmt.Errorf("reading how workflow %s ended: %w", id, err)
	}
	if n.State == end.state {
		return Finished, nil
	}
	followUp := workflows.FollowUp{
		WorkflowID: id, RunID: runID, Carrier: carrier, Operation: run.GetType().GetName(), Reference: n.Reference,
		Failure: end.failure, Message: end.message,
	}
	options := workflows.FollowUpOptions(followUp)
	if err := c.keep(ctx, options, workflows.FollowUpType, followUp, request, n.Callback); err != nil {
		return Unavailable, fmt.Errorf("keeping a late callback in workflow %s: %w", options.ID, err)
	}
	return Late, nil
}

// knownFailed are the failures after which it is certain that the carrier did not carry out the request, as the carrier or an
// operator said. After any other, such as NotInEffect or CanceledAfterSubmit, this is not known.
var knownFailed = []workflows.FailureType{
	workflows.CarrierFailed, workflows.CarrierRejected, workflows.DecisionDenied, workflows.PartlyTaken, workflows.ResolvedFailed,
}

// endOfRun reads how a closed run ended.
func (c *deliverer) endOfRun(ctx context.Context, run *workflowpb.WorkflowExecutionInfo) (runEnd, error) {
	switch run.GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return runEnd{state: carriers.Done, message: "The operation had completed."}, nil
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return runEnd{state: carriers.Unknown, message: "The run had been terminated."}, nil
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return runEnd{state: carriers.Unknown, message: "The run had timed out."}, nil
	}
	err := c.temporal.GetWorkflow(ctx, run.GetExecution().GetWorkflowId(), run.GetExecution().GetRunId()).Get(ctx, nil)
	if failure, ok := workflows.AsFailure(err); ok {
		end := runEnd{failure: failure.Type, state: carriers.Unknown, message: failure.Message}
		if slices.Contains(knownFailed, failure.Type) {
			end.state = carriers.Failed
		}
		return end, nil
	}
	if _, ended := errors.AsType[*sdktemporal.WorkflowExecutionError](err); ended {
		return runEnd{state: carriers.Unknown, message: "The run had ended with an error that is not the carrier's."}, nil
	}
	if err == nil {
		err = fmt.Errorf("its status is %s and it shows no failure", run.GetStatus())
	}
	return runEnd{}, err
}
