package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// DynamicRegistry is the part of a Temporal worker that takes a workflow for all types that no other is registered for.
type DynamicRegistry interface {
	RegisterDynamicWorkflow(w any, options workflow.DynamicRegisterOptions)
}

// RegisterUnknown adds the workflow that fails every run of a type that is no operation. Without it such a run would wait for
// ever for a worker that knows it, and nobody would be told.
func RegisterUnknown(r DynamicRegistry) {
	r.RegisterDynamicWorkflow(failUnknown, workflow.DynamicRegisterOptions{})
}

func failUnknown(ctx workflow.Context, _ converter.EncodedValues) (any, error) {
	name := workflow.GetInfo(ctx).WorkflowType.Name
	f := Failure{
		Type: InvalidRequest, Carrier: CarrierOf(name), Operation: name,
		Message: fmt.Sprintf("%q is no operation of this worker, nothing was sent: correct the workflow type, or start a worker that knows it and use a new reference", name),
	}
	workflow.SetCurrentDetails(ctx, "**"+name+"**\n\n"+endOfFailure(f, workflow.Now(ctx))[0])
	return nil, failed(f)
}
