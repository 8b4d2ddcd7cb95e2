// Package planrun implements the contract of package plans: the workflow of a plan, its updates and its query.
//
// A plan begins in plan.go. step.go takes it through one step, operation.go starts an operation as a child and says how it ended,
// undo.go undoes, operator.go waits for an operator, and closing.go ends the run.
package planrun

import (
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows/plans"
)

// Registry is the part of a Temporal worker that registers workflows.
type Registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// Register registers the workflow of plans under its name. Of a versioned worker a plan stays on the build that it began on, and
// so do the operations that it starts.
func Register(r Registry) {
	r.RegisterWorkflowWithOptions(planWorkflow, workflow.RegisterOptions{
		Name: plans.WorkflowType, VersioningBehavior: workflow.VersioningBehaviorPinned,
	})
}
