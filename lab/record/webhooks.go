package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// recordedEndpoint is an endpoint that wants nothing, so that the operations of the other paths tell it nothing. What is delivered to it
// ends at once.
const recordedEndpoint = `{"endpoints":[{"name":"recorded","url":"https://webhooks.example","secrets":["whsec_cmVjb3JkLXJlY29yZC1yZWNvcmQtcmVjb3JkLXJlY28="],"disabled":true}]}`

// endpointsIn writes the file of the endpoints, and returns the worker's setting of it.
func endpointsIn(directory string) (setting string, err error) {
	file := filepath.Join(directory, "webhooks.json")
	return "CARRIERFLOW_WEBHOOKS_FILE=" + file, os.WriteFile(file, []byte(recordedEndpoint), 0o600)
}

// webhookPaths are the paths of the workflow that delivers an event: one that is delivered as it is, and one that is read at the end of
// its operation.
func webhookPaths() []path {
	return []path{webhookPath("accepted", workflows.WebhookAccepted), webhookPath("ended", workflows.WebhookEnded)}
}

func webhookPath(name string, kind workflows.WebhookType) path {
	return path{name: workflows.WebhookDeliveryType + "." + name, operation: workflows.WebhookDeliveryType, begin: func(ctx context.Context, temporal client.Client) (client.WorkflowRun, error) {
		s := subject.Changes()[0]
		id := s.WorkflowID("webhook-" + name)
		about, err := temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue}, s.Type, json.RawMessage(`{"reference":"webhook-`+name+`"}`))
		if err != nil {
			return nil, err
		}
		_ = about.Get(ctx, nil) // it is refused, which is an end
		event := workflows.WebhookEvent{Type: kind, Timestamp: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), Data: workflows.WebhookData{
			Carrier: s.Carrier(), Operation: s.Type, Reference: "webhook-" + name, WorkflowID: id, RunID: about.GetRunID(), Number: 1, Status: workflows.WebhookRunning,
		}}
		delivery := workflows.DeliveryID(workflow.Execution{ID: id, RunID: about.GetRunID()}, event)
		event.ID = workflows.EventID(delivery)
		return temporal.ExecuteWorkflow(ctx, workflows.DeliveryOptions(delivery, event), workflows.WebhookDeliveryType,
			workflows.WebhookDelivery{Event: event, Endpoints: []string{"recorded"}})
	}}
}
