package webhooks

import (
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

// Registry is the part of a Temporal worker that registers workflows.
type Registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// Register registers the workflow of a delivery under its explicit name.
func Register(r Registry) {
	r.RegisterWorkflowWithOptions(deliver, workflow.RegisterOptions{
		Name: workflows.WebhookDeliveryType, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade, // it may go on for days
	})
}
