package plans

import (
	"errors"
	"fmt"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
	"github.com/carrierflow/carrierflow/workflows"
)

// Why a plan fails, besides [workflows.InvalidRequest] (the plan is not valid, and nothing was started) and [workflows.Canceled] (it was
// cancelled, and nothing of it is in effect).
const (
	// PlanUndone: a step failed, or an operator decided so, and everything that the plan had done was undone.
	PlanUndone workflows.FailureType = "PlanUndone"
	// PlanPartlyUndone: what could be undone was undone, and something is left in effect or not known. The steps say what.
	PlanPartlyUndone workflows.FailureType = "PlanPartlyUndone"
	// PlanLeft: an operator ended the plan as it was. The steps say what is in effect.
	PlanLeft workflows.FailureType = "PlanLeft"
	// PlanCanceled: the run was cancelled when something of it was in effect or not known. Nothing was undone because of that.
	PlanCanceled workflows.FailureType = "PlanCanceled"
)

// FailureType is the type of the failure of a plan. The strings are part of the contract.
type FailureType string

// JSONSchema names the known types; others may be added.
func (FailureType) JSONSchema() *jsonschema.Schema {
	return schema.Open(workflows.InvalidRequest, workflows.Canceled, PlanUndone, PlanPartlyUndone, PlanLeft, PlanCanceled)
}

// Advice says what the caller should do about a failure; "" for an unknown type.
func (t FailureType) Advice() string {
	switch kind := workflows.FailureType(t); kind {
	case workflows.InvalidRequest:
		return "correct the plan and start it with a new reference"
	case workflows.Canceled:
		return "nothing is in effect; the same plan takes a new reference"
	case PlanUndone:
		return "read why the step failed; a new try takes a new reference"
	case PlanPartlyUndone, PlanLeft, PlanCanceled:
		return "the steps say what is in effect; decide about each of those that are left"
	}
	return ""
}

// Failure is the details value of a plan that did not complete.
type Failure struct {
	Type      FailureType      `json:"type" jsonschema_description:"what happened; new types may be added, take one you do not know for: an operator has to look"`
	Operation string           `json:"operation" jsonschema_description:"the workflow type, Plan"`
	Reference string           `json:"reference,omitempty" jsonschema_description:"the caller's id of the plan; left out when the plan's is no reference"`
	Title     string           `json:"title,omitempty" jsonschema_description:"what the plan does"`
	Faults    []carriers.Fault `json:"faults,omitempty" jsonschema_description:"everything that is wrong with the plan (InvalidRequest)"`
	Steps     []StepStatus     `json:"steps,omitempty" jsonschema_description:"every step, and how it ended"`
	Undone    []string         `json:"undone,omitempty" jsonschema_description:"names of the steps that were undone, in that order"`
	Left      []string         `json:"left,omitempty" jsonschema_description:"names of the steps that are in effect, or of which that is not known"`
	Decisions []Decision       `json:"decisions,omitempty" jsonschema_description:"what operators decided, in order"`
	Message   string           `json:"message" jsonschema_description:"what happened and what to do, in a sentence; its wording may change"`
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// AsFailure finds the failure of a plan in an error that a Temporal client returned, or that a function of this package returned. ok is
// false for any other error, for example a lost connection or a terminated run.
func AsFailure(err error) (failure *Failure, ok bool) {
	if found, is := errors.AsType[*Failure](err); is {
		return found, true
	}
	return workflows.FailureDetails(err, func(f Failure) workflows.FailureType { return workflows.FailureType(f.Type) })
}

// InvalidPlan is the failure for an invalid plan, of which nothing was started; its message names all faults.
func InvalidPlan(p Plan, faults []carriers.Fault) Failure {
	f := Failure{
		Type: FailureType(workflows.InvalidRequest), Operation: WorkflowType, Faults: faults,
		Message: fmt.Sprintf("%s: the plan is not valid, nothing was started: %s", WorkflowType, carriers.FaultsText(faults)),
	}
	if carriers.ValidReference(p.Reference) {
		f.Reference = p.Reference
	}
	return f
}
