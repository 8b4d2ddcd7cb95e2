package workflows

import (
	"time"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
)

// DecidedBy says what decided an operation.
type DecidedBy string

// What can decide an operation.
const (
	ByAcknowledgement DecidedBy = "acknowledgement" // the carrier's immediate answer was final
	ByCallback        DecidedBy = "callback"
	ByCheck           DecidedBy = "check"
	ByOperator        DecidedBy = "operator"
)

// Result is what a completed change returns. Its Line is personal.
type Result struct {
	Carrier       carriers.Carrier `json:"carrier" jsonschema_description:"the carrier"`
	Operation     string           `json:"operation" jsonschema_description:"the operation type"`
	Reference     string           `json:"reference" jsonschema_description:"the caller's id of the operation"`
	TransactionID string           `json:"transactionId,omitempty" jsonschema_description:"the carrier's handle, when it gave one"`
	Status        string           `json:"status,omitempty" jsonschema_description:"the carrier's latest status, in its own word"`
	DecidedBy     DecidedBy        `json:"decidedBy" jsonschema_description:"what the decision rests on; new values may be added"`
	Effect        carriers.Effect  `json:"effect,omitempty" jsonschema:"example=shown,example=incomparable" jsonschema_description:"shown: a read shows the change; incomparable: nothing that can be read at the carrier shows it; absent when it was not read; new values may be added"`
	NotReadable   string           `json:"notReadable,omitempty" jsonschema_description:"why the carrier's read could not be had, when that is why the effect is incomparable"`
	Line          *carriers.Line   `json:"line,omitempty" jsonschema_description:"what the confirming read showed"`
	SubmittedAt   time.Time        `json:"submittedAt,omitzero" jsonschema_description:"when the carrier acknowledged the request; absent if it never did"`
	DecidedAt     time.Time        `json:"decidedAt" jsonschema_description:"when it was decided"`
	Resolution    *Resolution      `json:"resolution,omitempty" jsonschema_description:"which operator decided it and why, if one did; then no read has shown that the change is in effect"`
}

// JSONSchema names the known values; others may be added.
func (DecidedBy) JSONSchema() *jsonschema.Schema {
	return schema.Open(ByAcknowledgement, ByCallback, ByCheck, ByOperator)
}

// Resolution is an operator's decision, as part of a Result or a Failure.
type Resolution struct {
	OperatorAction
	At time.Time `json:"at" jsonschema_description:"when it was recorded"`
}

// OperatorAction says who acts on an operation and why. It is kept in the history of the run, and in the result or failure
// when it decides the operation.
type OperatorAction struct {
	Operator string `json:"operator" jsonschema:"required,minLength=1,maxLength=100" jsonschema_description:"who acts"`
	Reason   string `json:"reason" jsonschema:"required,minLength=1,maxLength=500" jsonschema_description:"why"`
}
