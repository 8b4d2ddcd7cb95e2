package workflows

import (
	"time"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
)

// WebhookType is what a webhook tells of an operation.
type WebhookType string

// The types.
const (
	// WebhookAccepted: the carrier has acknowledged the request, or a look-up showed that it has it.
	WebhookAccepted WebhookType = "operation.accepted"
	// WebhookAttentionRaised and WebhookAttentionCleared: there is a reason for an operator to look, or it is gone.
	WebhookAttentionRaised  WebhookType = "operation.attention_raised"
	WebhookAttentionCleared WebhookType = "operation.attention_cleared"
	// WebhookEnded: the operation has ended.
	WebhookEnded WebhookType = "operation.ended"
)

// WebhookTypes are all types.
func WebhookTypes() []WebhookType {
	return []WebhookType{WebhookAccepted, WebhookAttentionRaised, WebhookAttentionCleared, WebhookEnded}
}

// JSONSchema names the known types; others may be added.
func (WebhookType) JSONSchema() *jsonschema.Schema {
	return schema.Open(WebhookAccepted, WebhookAttentionRaised, WebhookAttentionCleared, WebhookEnded)
}

// WebhookStatus is whether and how an operation has ended.
type WebhookStatus string

// The statuses.
const (
	WebhookRunning    WebhookStatus = "running"
	WebhookCompleted  WebhookStatus = "completed"
	WebhookFailed     WebhookStatus = "failed"
	WebhookCanceled   WebhookStatus = "canceled"
	WebhookTerminated WebhookStatus = "terminated"
)

// JSONSchema names the known statuses; others may be added.
func (WebhookStatus) JSONSchema() *jsonschema.Schema {
	return schema.Open(WebhookRunning, WebhookCompleted, WebhookFailed, WebhookCanceled, WebhookTerminated)
}

// WebhookEvent is the body of a webhook: one thing that has happened to an operation that changes something. It holds nothing personal.
type WebhookEvent struct {
	// ID is the same whenever the event is delivered, and no other event has it. It is also the header webhook-id.
	ID        string      `json:"id" jsonschema_description:"the id of the event, the same in every delivery of it, and that of the header webhook-id"`
	Type      WebhookType `json:"type" jsonschema_description:"what has happened; new values may be added"`
	Timestamp time.Time   `json:"timestamp" jsonschema_description:"when it happened, by the clock of the Temporal server"`
	Data      WebhookData `json:"data" jsonschema_description:"the operation"`
}

// WebhookData is the operation that a webhook tells of.
type WebhookData struct {
	Carrier    carriers.Carrier `json:"carrier" jsonschema_description:"the carrier"`
	Operation  string           `json:"operation" jsonschema_description:"the operation type"`
	Reference  string           `json:"reference" jsonschema_description:"the caller's id of the operation"`
	WorkflowID string           `json:"workflowId" jsonschema_description:"the workflow of the operation"`
	RunID      string           `json:"runId" jsonschema_description:"its run; one reference has another run after a reset, or when it is used again after the retention"`
	// Number orders the events of one workflow run that have the same timestamp.
	Number int           `json:"number" jsonschema_description:"orders events of one operation that have the same timestamp"`
	Status WebhookStatus `json:"status" jsonschema_description:"whether and how the operation has ended; new values may be added"`
	// Attention is the reason that was raised or cleared.
	Attention     Attention   `json:"attention,omitempty" jsonschema_description:"of an attention event: the reason that was raised or cleared; new values may be added"`
	FailureType   FailureType `json:"failureType,omitempty" jsonschema_description:"of an operation that has failed or was cancelled: the kind of failure; new values may be added"`
	TransactionID string      `json:"transactionId,omitempty" jsonschema_description:"the carrier's id of the request"`
	CarrierStatus string      `json:"carrierStatus,omitempty" jsonschema_description:"the carrier's status, in its own word"`
	Code          string      `json:"code,omitempty" jsonschema_description:"of an operation that has failed: the carrier's code"`
	Reason        string      `json:"reason,omitempty" jsonschema_description:"of an operation that has failed: the carrier's explanation, without personal data"`
}
