package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
)

const (
	// WebhookDeliveryType is the type of the workflow that delivers one event to the endpoints that want it. It is started by the
	// run that the event is about, and goes on after that run has closed.
	WebhookDeliveryType = "WebhookDelivery"
	// WebhookQueue is the task queue of the activity that delivers.
	WebhookQueue = "carrierflow-webhooks"

	// TellWebhooksName and ReadEndName are local activities: one starts the delivery of a [WebhookEvent], the other completes an
	// event of type [WebhookEnded] with how the operation ended. DeliverWebhookName is an activity with a [WebhookAttempt].
	TellWebhooksName   = "TellWebhooks"
	ReadEndName        = "ReadEnd"
	DeliverWebhookName = "DeliverWebhook"

	webhookPrefix = "webhook:"
)

// WebhookDelivery is the input of the WebhookDelivery workflow.
type WebhookDelivery struct {
	Event WebhookEvent `json:"event"`
	// Endpoints are the names of the endpoints that wanted it when it happened.
	Endpoints []string `json:"endpoints"`
}

// WebhookDeliveryResult is what the WebhookDelivery workflow returns.
type WebhookDeliveryResult struct {
	// Endpoints says by name what became of the event.
	Endpoints map[string]WebhookAnswer `json:"endpoints"`
	SeenBy    string                   `json:"seenBy,omitempty"`
	Reason    string                   `json:"reason,omitempty"`
}

// WebhookAttempt is the input of the activity that delivers one event to one endpoint.
type WebhookAttempt struct {
	Endpoint string       `json:"endpoint"`
	Event    WebhookEvent `json:"event"`
}

// WebhookAnswer is what became of an event at one endpoint.
type WebhookAnswer string

// The answers.
const (
	// AnswerDelivered: the endpoint answered 2xx.
	AnswerDelivered WebhookAnswer = "delivered"
	// AnswerGone: the endpoint answered 410, and wants no more.
	AnswerGone WebhookAnswer = "gone"
	// AnswerDisabled: the worker's configuration says that nothing is delivered to it.
	AnswerDisabled WebhookAnswer = "disabled"
	// AnswerNone: no attempt has succeeded.
	AnswerNone WebhookAnswer = "not delivered"
)

// RedeliverSignal makes a WebhookDelivery that has given up try again.
var RedeliverSignal = Signal[Seen]{Name: "redeliver"}

// DeliveryID is the workflow id of the delivery of an event that a run tells of. It says what the event is, so that it is started
// once however often the run tells it: a run that is made anew from its history may tell something else under the same number. It
// has one end.
func DeliveryID(run workflow.Execution, e WebhookEvent) string {
	id := webhookPrefix + run.ID + ":" + run.RunID + ":"
	switch e.Type {
	case WebhookEnded:
		return id + "ended"
	case WebhookAccepted:
		return id + "accepted"
	case WebhookAttentionRaised:
		return fmt.Sprintf("%s%d:raised:%s", id, e.Data.Number, e.Data.Attention)
	}
	return fmt.Sprintf("%s%d:cleared:%s", id, e.Data.Number, e.Data.Attention)
}

// IsDeliveryID reports whether a workflow id is that of a delivery.
func IsDeliveryID(id string) bool { return strings.HasPrefix(id, webhookPrefix) }

// EventID is the id of the event with a delivery. It is a hash, because the signature is made of the id, a full stop and the rest, and
// a reference may contain a full stop.
func EventID(deliveryID string) string {
	sum := sha256.Sum256([]byte(deliveryID))
	return "evt_" + hex.EncodeToString(sum[:16])
}

// DeliveryOptions are the options with which a delivery is started, once.
func DeliveryOptions(id string, e WebhookEvent) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: id, TaskQueue: TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		StaticSummary:         fmt.Sprintf("Webhook %s of %s", e.Type, e.Data.WorkflowID),
	}
}
