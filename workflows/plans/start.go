package plans

import (
	"context"
	"encoding/json"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Start starts a plan and returns its run without waiting. [Await] waits for its end.
//
// An invalid plan is refused before anything is started, with a [*Failure] of the type [workflows.InvalidRequest] that names all its
// faults. A reference that was used before is refused with a [*workflows.DuplicateError]. After any other error it is not known whether
// the plan was started: call Start again with the same reference, which never starts it twice.
func Start(ctx context.Context, c workflows.Starter, p Plan) (client.WorkflowRun, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("plan %s cannot be written as JSON, nothing was started: %w", p.Reference, err)
	}
	return StartJSON(ctx, c, raw)
}

// StartJSON is [Start] for a plan in JSON form.
func StartJSON(ctx context.Context, c workflows.Starter, raw json.RawMessage) (client.WorkflowRun, error) {
	options, err := StartOptions(raw)
	if err != nil {
		return nil, err
	}
	run, err := c.ExecuteWorkflow(ctx, options, WorkflowType, raw)
	if err != nil {
		return nil, workflows.NotStarted(options.ID, err)
	}
	return run, nil
}

// StartOptions are the options to start a plan in JSON form with a Temporal client directly, as [workflows.StartOptions] are for an
// operation. An invalid plan is a [*Failure].
func StartOptions(raw json.RawMessage) (options client.StartWorkflowOptions, err error) {
	p, faults := Read(raw)
	if len(faults) > 0 {
		f := InvalidPlan(p, faults)
		return options, &f
	}
	return client.StartWorkflowOptions{
		ID:                                       WorkflowID(p.Reference),
		TaskQueue:                                workflows.TaskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    temporal.NewSearchAttributes(p.Attributes()...),
		StaticSummary:                            p.Summary(),
	}, nil
}

// Attributes are the search attributes of a plan: Operation, and Carrier when all steps are at one carrier.
func (p Plan) Attributes() []temporal.SearchAttributeUpdate {
	set := []temporal.SearchAttributeUpdate{workflows.OperationAttribute.ValueSet(WorkflowType)}
	if c := p.Carrier(); c != "" {
		set = append(set, workflows.CarrierAttribute.ValueSet(string(c)))
	}
	return set
}

// Carrier is the carrier of all steps; "" when they are at several.
func (p Plan) Carrier() (carrier carriers.Carrier) {
	for i, s := range p.Steps {
		of := carriers.CarrierOf(s.Operation)
		if i > 0 && of != carrier {
			return ""
		}
		carrier = of
	}
	return carrier
}

// Summary describes the plan in one line.
func (p Plan) Summary() string {
	if p.Title != "" {
		return carriers.Redact(p.Title)
	}
	return fmt.Sprintf("Plan of %d steps", len(p.Steps))
}

// Await waits until a plan has ended, for weeks if needed, and returns its result. A plan that did not complete is a [*Failure]. Any
// other error is no end: a lost connection, a context that ended, or a terminated run.
func Await(ctx context.Context, c workflows.Getter, workflowID string) (result Result, err error) {
	err = c.GetWorkflow(ctx, workflowID, "").Get(ctx, &result)
	if failure, ok := AsFailure(err); ok {
		return result, failure
	}
	if err != nil {
		return result, fmt.Errorf("waiting for %s: %w", workflowID, err)
	}
	return result, nil
}
