package service

import (
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/carrierflow/carrierflow/internal/worker/webhook"
	"github.com/carrierflow/carrierflow/workflows"
)

// deliveriesAtOnce is how many webhooks a worker delivers at the same time. They mostly wait: an endpoint that does not answer takes one
// up for 15 seconds, and must not keep the others from being told.
const deliveriesAtOnce = 200

// newDelivery makes the worker that delivers webhooks.
func newDelivery(c client.Client, options worker.Options, hooks *webhook.Webhooks) worker.Worker {
	options.DisableWorkflowWorker = true
	options.MaxConcurrentActivityExecutionSize = deliveriesAtOnce
	w := worker.New(c, workflows.WebhookQueue, options)
	hooks.RegisterDelivery(w)
	return w
}
