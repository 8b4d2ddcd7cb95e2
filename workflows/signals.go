package workflows

import (
	"context"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
)

// Signal is a signal with the type of its payload.
type Signal[T any] struct{ Name string }

// Channel is the channel on which a workflow receives the signal.
func (s Signal[T]) Channel(ctx workflow.Context) workflow.ReceiveChannel {
	return workflow.GetSignalChannel(ctx, s.Name)
}

// Signaller is the part of a Temporal client that sends signals.
type Signaller interface {
	SignalWorkflow(ctx context.Context, workflowID, runID, name string, arg any) error
}

// Send signals the current run of a workflow.
func (s Signal[T]) Send(ctx context.Context, c Signaller, workflowID string, payload T) error {
	return c.SignalWorkflow(ctx, workflowID, "", s.Name, payload)
}

// Callback is a carrier's notice of an outcome, as a workflow receives it. The callback receiver sends it; an operator may
// send one too.
type Callback struct {
	// State is what the carrier's status means: done, failed, pending or unknown. Only done and failed can end the wait.
	State carriers.State `json:"state" jsonschema:"enum=done,enum=failed,enum=pending,enum=unknown" jsonschema_description:"what the carrier's word means; only done and failed can end the wait"`
	// Status, Code and Reason are the carrier's own texts, without personal data.
	Status string `json:"status,omitempty" jsonschema_description:"the carrier's own word"`
	Code   string `json:"code,omitempty" jsonschema_description:"the carrier's error code"`
	Reason string `json:"reason,omitempty" jsonschema_description:"the carrier's explanation, without personal data"`
	// EventID is the carrier's id of the notice, if it has one.
	EventID    string    `json:"eventId,omitempty" jsonschema_description:"the carrier's id of the notice, if it has one"`
	ReceivedAt time.Time `json:"receivedAt,omitzero" jsonschema_description:"when it was received"`
	// Swept tells that the carrier did not send it: a sweep has read it in the carrier's list. TransactionID is the carrier's id of
	// the request that it is about; an operation whose request has another one ignores it.
	Swept         bool   `json:"swept,omitempty" jsonschema_description:"it was not sent by the carrier but read in the carrier's list"`
	TransactionID string `json:"transactionId,omitempty" jsonschema_description:"of one that was read in the carrier's list: the carrier's id of the request that it is about"`
	// Line is the line as the carrier's list names it, so that confirming need not read the record once more. It is not kept.
	Line *ListedLine `json:"line,omitempty" jsonschema_description:"of one that was read in the carrier's list: the line as the record names it; personal"`
}

// ListedLine names a line as a carrier's list does.
type ListedLine struct {
	SubscriptionID string `json:"subscriptionId,omitempty" jsonschema_description:"the carrier's id of the subscription; personal"`
	Number         string `json:"number,omitempty" jsonschema_description:"phone number as the carrier writes it; personal"`
}

// CallbackSignal delivers a Callback to the workflow of its operation.
var CallbackSignal = Signal[Callback]{Name: "callback"}

// AsOutcome is the outcome that the callback reports. It is redacted, because an operator may have written the callback.
func (c Callback) AsOutcome() carriers.Outcome {
	return carriers.Outcome{
		State: c.State, Status: carriers.Redact(c.Status), Code: carriers.Redact(c.Code), Reason: carriers.Redact(c.Reason),
	}
}

// Seen is an operator's acknowledgement of unmatched callbacks or of a follow-up.
type Seen struct {
	By     string `json:"by" jsonschema_description:"your name"`
	Reason string `json:"reason,omitempty" jsonschema_description:"what was done about it"`
}

// SeenSignal ends an UnmatchedCallback or a FollowUp workflow.
var SeenSignal = Signal[Seen]{Name: "seen"}
