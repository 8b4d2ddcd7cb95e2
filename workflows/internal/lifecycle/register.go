// Package lifecycle implements the contract of package workflows: the workflows of changes and reads, the updates and the
// query of a running operation, and the workflows that keep what an operator has to look at later.
//
// A change begins in change.go: submit.go sends the request, await.go waits for the callback or the check, whichever is
// final first, decide.go says what an outcome means, closing.go ends the run. Workflow code uses no HTTP, environment,
// clock or randomness, and contains no name of a carrier.
package lifecycle

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/measures"
)

// Registry is the part of a Temporal worker that registers workflows.
type Registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// DynamicRegistry is the part of a Temporal worker that registers a workflow for all unregistered types.
type DynamicRegistry interface {
	RegisterDynamicWorkflow(w any, options workflow.DynamicRegisterOptions)
}

// Register registers the workflows of the operations, FollowUp and UnmatchedCallback under their explicit names. Of a versioned
// worker an operation stays on the build that it began on. FollowUp and UnmatchedCallback wait for people, without a limit or for a month,
// and would keep an old build that long: they go on with the current one.
func Register(r Registry, operations []carriers.Operation) {
	for _, o := range operations {
		named := workflow.RegisterOptions{Name: o.Info().Type, VersioningBehavior: workflow.VersioningBehaviorPinned}
		switch o := o.(type) {
		case carriers.ChangeOperation:
			r.RegisterWorkflowWithOptions(changeWorkflow(o), named)
		case carriers.ReadOperation:
			r.RegisterWorkflowWithOptions(readWorkflow(o), named)
		}
	}
	r.RegisterWorkflowWithOptions(unmatchedCallback, workflow.RegisterOptions{
		Name: workflows.UnmatchedCallbackType, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	})
	r.RegisterWorkflowWithOptions(followUp, workflow.RegisterOptions{
		Name: workflows.FollowUpType, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	})
}

// RegisterUnknown registers the workflow that fails every run whose type is not an operation. Without it such a run would
// wait for a worker for ever, and operators would not be told.
func RegisterUnknown(r DynamicRegistry) {
	r.RegisterDynamicWorkflow(failUnknown, workflow.DynamicRegisterOptions{})
}

func failUnknown(ctx workflow.Context, _ converter.EncodedValues) (any, error) {
	name := workflow.GetInfo(ctx).WorkflowType.Name
	f := workflows.Failure{
		Type: workflows.InvalidRequest, Carrier: carriers.CarrierOf(name), Operation: name,
		Message: fmt.Sprintf("%q is no operation of this worker, nothing was sent: correct the workflow type, or start a worker that knows it and use a new reference", name),
	}
	workflow.SetCurrentDetails(ctx, "**"+name+"**\n\n"+detailsOfFailure(f, workflow.Now(ctx))[0])
	measures.Unknown(ctx)
	return nil, failed(f)
}
