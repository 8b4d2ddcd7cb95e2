package plans

import (
	"encoding/json"

	"github.com/carrierflow/carrierflow/carriers"
)

// Plan is an ordered list of operations. As JSON it is the input of the workflow.
type Plan struct {
	// Reference is the caller's own id of the plan. The references of its steps begin with it.
	Reference string `json:"reference" jsonschema:"required" jsonschema_description:"your own id of the plan; the references of its steps begin with it, and starting twice with one reference starts once"`
	// Title says in a few words what the plan does. It is shown to operators, so nothing personal belongs in it.
	Title string `json:"title,omitempty" jsonschema:"minLength=1,maxLength=100" jsonschema_description:"what the plan does, in a few words, for people; nothing personal belongs in it"`
	// Values are named values that steps can select from.
	Values carriers.Object `json:"values,omitempty" jsonschema_description:"named values that steps select from, for example a SIM card number"`
	// Steps are carried out one after the other.
	Steps []Step `json:"steps" jsonschema:"required,minItems=1,maxItems=50" jsonschema_description:"the operations, one after the other"`
	// Results are selectors of what the result of the plan shows, by the name that it has there.
	Results map[string]string `json:"results,omitempty" jsonschema_description:"what the result of the plan shows: a name, and the selector of the value"`
}

// Step is one operation of a plan.
type Step struct {
	// Name is unique in the plan. The step's reference is the plan's, a dash and the name.
	Name string `json:"name" jsonschema:"required,minLength=1" jsonschema_description:"unique in the plan; the reference of the operation is that of the plan, a dash and this"`
	Call
	// Expect lists, by the path of a field of the answer or result, the values with which the plan continues.
	Expect map[string][]any `json:"expect,omitempty" jsonschema_description:"path of a field of the answer or result, and the values with which the plan continues"`
	// Undo says how the step is undone. A change needs it; a read has nothing to be undone.
	Undo *Undo `json:"undo,omitempty" jsonschema_description:"what undoes the step: an operation, \"nothing\" when nothing has to be done, \"cannot\" when it cannot be undone; required for a change"`
	// RequiresConfirmation lets the plan wait for [ConfirmUpdate] before the step begins.
	RequiresConfirmation bool `json:"requiresConfirmation,omitempty" jsonschema_description:"wait for the update confirm before this step begins"`
}

// MaxSteps is the largest number of steps of a plan.
const MaxSteps = 50

// MaxAttempts is how often one step, or what undoes it, can be started in one plan.
const MaxAttempts = 99

// UndoKind is how a step is undone. A read leaves nothing to be undone.
func (s Step) UndoKind() UndoKind {
	if s.Undo == nil {
		return UndoNothing
	}
	return s.Undo.Kind
}

// Irreversible reports whether the step cannot be undone.
func (s Step) Irreversible() bool { return s.UndoKind() == UndoCannot }

// SelectsFrom reports whether the step's request selects from the result of another step.
func (s Step) SelectsFrom(other string) bool {
	for _, field := range sortedKeys(s.From) {
		if selectsFrom(s.From[field], other) {
			return true
		}
	}
	return false
}

// NewSources are the sources of a plan that has not begun.
func NewSources(p Plan) Sources { return Sources{valuesSource: json.RawMessage(p.Values)} }
