package plans

import (
	"time"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/internal/schema"
	"github.com/carrierflow/carrierflow/workflows"
)

// StepState is how far a step is.
type StepState string

// The states of a step.
const (
	// StepPending: not begun.
	StepPending StepState = "pending"
	// StepConfirming: it waits for [ConfirmUpdate].
	StepConfirming StepState = "awaiting-confirmation"
	// StepRunning: its operation is under way.
	StepRunning StepState = "running"
	// StepDone: its operation completed.
	StepDone StepState = "done"
	// StepFailed: its operation failed, and certainly nothing of it is in effect.
	StepFailed StepState = "failed"
	// StepPartly: a part of it is in effect.
	StepPartly StepState = "partly-done"
	// StepUnclear: it is not known whether it is in effect.
	StepUnclear StepState = "unclear"
	// StepSkipped: an operator went on without it.
	StepSkipped StepState = "skipped"
	// StepUndoing: what undoes it is under way.
	StepUndoing StepState = "undoing"
	// StepUndone: it was undone.
	StepUndone StepState = "undone"
	// StepLeft: it could not be undone, or was left as it is.
	StepLeft StepState = "left"
)

// JSONSchema names the known states; others may be added.
func (StepState) JSONSchema() *jsonschema.Schema {
	return schema.Open(StepPending, StepConfirming, StepRunning, StepDone, StepFailed, StepPartly, StepUnclear, StepSkipped, StepUndoing, StepUndone, StepLeft)
}

// StepStatus is how far a step is. It holds nothing personal.
type StepStatus struct {
	Name      string    `json:"name" jsonschema_description:"the step"`
	Operation string    `json:"operation" jsonschema_description:"its operation type"`
	State     StepState `json:"state" jsonschema_description:"how far it is; new values may be added"`
	// WorkflowID is the step's newest operation; empty before it begins. UndoWorkflowID is what undoes it.
	WorkflowID     string `json:"workflowId,omitempty" jsonschema_description:"workflow id of its newest operation; absent before it begins"`
	UndoWorkflowID string `json:"undoWorkflowId,omitempty" jsonschema_description:"workflow id of the newest operation that undoes it"`
	// UndoOperation is the operation type of what undoes it.
	UndoOperation string `json:"undoOperation,omitempty" jsonschema_description:"operation type of what undoes it"`
	// Undo is how the step is undone.
	Undo UndoKind `json:"undo" jsonschema:"enum=operation,enum=nothing,enum=cannot" jsonschema_description:"how it is undone"`
	// Failure is the type of the failure of its newest operation, or of the one that undoes it, and Message what happened.
	Failure string `json:"failure,omitempty" jsonschema_description:"the type of the failure of its newest operation, or of what undoes it"`
	Message string `json:"message,omitempty" jsonschema_description:"what happened, in a sentence; its wording may change"`
}

// Decision is what an operator decided about a plan.
type Decision struct {
	workflows.OperatorAction
	Update string    `json:"update" jsonschema_description:"the update that was sent"`
	Step   string    `json:"step,omitempty" jsonschema_description:"the step that it was about"`
	At     time.Time `json:"at" jsonschema_description:"when it was recorded"`
}
