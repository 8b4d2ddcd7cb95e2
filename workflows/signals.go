package workflows

import (
	"context"
	"iter"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
)

// Signal is a signal with the type of its payload, so that the two cannot drift apart.
type Signal[T any] struct{ Name string }

// Channel is the workflow's end of the signal.
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

// Callback is a carrier's notice of an outcome, as a workflow is told of it. The callback receiver sends it; an
// operator may send it by hand.
type Callback struct {
	// State is what the carrier's word means: done, failed, pending or unknown. Only done and failed can end the wait.
	State carriers.State `json:"state" jsonschema:"enum=done,enum=failed,enum=pending,enum=unknown" jsonschema_description:"what the carrier's word means; only done and failed can end the wait"`
	// Status, Code and Reason are the carrier's own words, without personal data.
	Status string `json:"status,omitempty" jsonschema_description:"the carrier's own word"`
	Code   string `json:"code,omitempty" jsonschema_description:"the carrier's error code"`
	Reason string `json:"reason,omitempty" jsonschema_description:"the carrier's explanation, without personal data"`
	// EventID is the carrier's id of the notice, if it has one.
	EventID    string    `json:"eventId,omitempty" jsonschema_description:"the carrier's id of the notice, if it has one"`
	ReceivedAt time.Time `json:"receivedAt,omitzero" jsonschema_description:"when it was received"`
}

// pending takes the callbacks that have come already, and waits for none.
func pending(callbacks workflow.ReceiveChannel) iter.Seq[Callback] {
	return func(yield func(Callback) bool) {
		for c := (Callback{}); callbacks.ReceiveAsync(&c); c = (Callback{}) {
			if !yield(c) {
				return
			}
		}
	}
}

// CallbackSignal delivers a Callback to the workflow of its operation.
var CallbackSignal = Signal[Callback]{Name: "callback"}

// reaction is what a callback makes the workflow do.
type reaction int

const (
	lookNow   reaction = iota // it decides nothing: ask the carrier now
	believeIt                 // the final word
	confirmIt                 // final unless what is read at the carrier contradicts it
)

// reactionTo decides what to do with a callback. A final word is held against what can be read at the carrier; only a success
// is believed as it is, when the caller asked for no confirmation. Where the carrier documents no callbacks about an
// operation, one decides nothing.
func reactionTo(c Callback, confirming, notified bool) reaction {
	switch {
	case !notified || !c.State.Final():
		return lookNow
	case c.State == carriers.Done && !confirming:
		return believeIt
	}
	return confirmIt
}

// outcome is what the callback says. It is redacted here too, because operators write callbacks by hand.
func (c Callback) outcome() carriers.Outcome {
	return carriers.Outcome{
		State: c.State, Status: carriers.Redact(c.Status), Code: carriers.Redact(c.Code), Reason: carriers.Redact(c.Reason),
	}
}
