package plans

import (
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// The updates of a plan. One that is not possible now, or whose argument does not meet its schema, is refused with the reason and adds
// nothing to the history; so an update that is sent twice acts once. The answer is the status of the plan.
var (
	// ConfirmUpdate lets a step begin that requires confirmation.
	ConfirmUpdate = workflows.NewUpdate[Confirm, PlanStatus](schemaPrefix, "confirm", "Let a step begin that requires confirmation")
	// ContinueUpdate repeats the step, or the undo, that stopped the plan, with a new reference.
	ContinueUpdate = workflows.NewUpdate[Continue, PlanStatus](schemaPrefix, "continue", "Repeat what stopped the plan, with a new reference, and go on")
	// SkipUpdate goes on without the step, or the undo, that stopped the plan.
	SkipUpdate = workflows.NewUpdate[Skip, PlanStatus](schemaPrefix, "skip", "Go on without what stopped the plan")
	// UndoUpdate undoes what can be undone, in reverse order, and ends the plan.
	UndoUpdate = workflows.NewUpdate[UndoArgument, PlanStatus](schemaPrefix, "undo", "Undo what can be undone, and end the plan")
	// LeaveUpdate ends the plan as it is.
	LeaveUpdate = workflows.NewUpdate[workflows.OperatorAction, PlanStatus](schemaPrefix, "leave", "End the plan as it is")
)

// schemaPrefix begins the names of the schemas of plans.
const schemaPrefix = "plan."

// Confirm is the argument of [ConfirmUpdate].
type Confirm struct {
	workflows.OperatorAction
	// Step is the step that waits, so that a confirmation that comes late does not let another one begin.
	Step string `json:"step" jsonschema:"required,minLength=1" jsonschema_description:"the step that waits"`
}

// Continue is the argument of [ContinueUpdate].
type Continue struct {
	workflows.OperatorAction
	// Step is the step that stopped the plan. When it is given and another step has stopped it, the update is refused.
	Step string `json:"step,omitempty" jsonschema_description:"the step that stopped the plan; when another one has, the update is refused"`
	// Set are corrected fields of the request; null takes a field away. Without it the same request is sent again.
	Set carriers.Object `json:"set,omitempty" jsonschema_description:"corrected fields of the request, null to leave a field out; without it the same request is made again"`
}

// Skip is the argument of [SkipUpdate].
type Skip struct {
	workflows.OperatorAction
	// Step is as in [Continue].
	Step string `json:"step,omitempty" jsonschema_description:"the step that stopped the plan; when another one has, the update is refused"`
}

// UndoArgument is the argument of [UndoUpdate].
type UndoArgument struct {
	workflows.OperatorAction
	// Unclear says what to do about steps of which it is not known whether they are in effect: "leave", which is the default, or "undo",
	// for when the operator has seen at the carrier that they are.
	Unclear string `json:"unclear,omitempty" jsonschema:"enum=leave,enum=undo" jsonschema_description:"what to do about steps of which it is not known whether they are in effect: leave them, which is the default, or undo them as well"`
}
