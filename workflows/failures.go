package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/invopop/jsonschema"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
)

// FailureType is the type of a workflow failure. The strings are part of the contract.
type FailureType string

// Why an operation fails, and what the caller should do.
const (
	// InvalidRequest: the input does not meet its schema. Correct it and use a new reference.
	InvalidRequest FailureType = "InvalidRequest"
	// CarrierRejected: the carrier refused the request when it was submitted. Correct it and use a new reference.
	CarrierRejected FailureType = "CarrierRejected"
	// CarrierFailed: the carrier accepted the request and later failed it. Read code and reason; a retry needs a new reference.
	CarrierFailed FailureType = "CarrierFailed"
	// PartlyTaken: the carrier applied a part of the request and left out the rest without an error. Correct what was left out.
	PartlyTaken FailureType = "PartlyTaken"
	// DecisionDenied: the carrier held the request, and the decision was against it. Nothing to retry.
	DecisionDenied FailureType = "DecisionDenied"
	// NotInEffect: the carrier says done, but its own read does not show the change. An operator has to look at it.
	NotInEffect FailureType = "NotInEffect"
	// CarrierUnauthorized: the carrier refused our credentials. An operator has to renew them.
	CarrierUnauthorized FailureType = "CarrierUnauthorized"
	// DeadlineExceeded: undecided until the deadline. An operator has to look at it.
	DeadlineExceeded FailureType = "DeadlineExceeded"
	// OutcomeUnknown: it is not known whether the request reached the carrier. An operator has to look at it.
	OutcomeUnknown FailureType = "OutcomeUnknown"
	// ResolvedFailed: an operator closed the operation as failed. The details contain who and why.
	ResolvedFailed FailureType = "ResolvedFailed"
	// Canceled: the run was cancelled before anything was sent. It is the only type that ends the run as Canceled.
	Canceled FailureType = "Canceled"
	// CanceledAfterSubmit: the run was cancelled after the request was sent. The carrier still has the request.
	CanceledAfterSubmit FailureType = "CanceledAfterSubmit"
)

// Advice says what the caller should do about a failure; "" for an unknown type.
func (t FailureType) Advice() string {
	switch t {
	case InvalidRequest, CarrierRejected:
		return "correct the request and start it with a new reference"
	case CarrierFailed:
		return "read the carrier's code and reason; a retry takes a new reference"
	case PartlyTaken:
		return "correct the parts that were ignored and start them with a new reference; the applied ones are in effect"
	case DecisionDenied:
		return "nothing to retry"
	case CarrierUnauthorized:
		return "an operator has to renew the credentials for the carrier"
	case NotInEffect, DeadlineExceeded, OutcomeUnknown:
		return "an operator has to look at the carrier; until then send nothing again"
	case Canceled:
		return "nothing was sent; the same request takes a new reference"
	case CanceledAfterSubmit:
		return "the request stands at the carrier; an operator has to look there; until then send nothing again"
	case ResolvedFailed:
		return "do as the operator says who closed it"
	}
	return ""
}

// Failure is the details value of every workflow failure.
type Failure struct {
	Type          FailureType      `json:"type" jsonschema_description:"what happened; new types may be added, take one you do not know for: an operator has to look"`
	Carrier       carriers.Carrier `json:"carrier" jsonschema_description:"the carrier"`
	Operation     string           `json:"operation" jsonschema_description:"the operation type"`
	Reference     string           `json:"reference,omitempty" jsonschema_description:"the caller's id of the operation; left out when the input's is no reference"`
	TransactionID string           `json:"transactionId,omitempty" jsonschema_description:"the carrier's handle, when it gave one"`
	Status        string           `json:"status,omitempty" jsonschema_description:"the carrier's latest status, in its own word"`
	Code          string           `json:"code,omitempty" jsonschema_description:"the carrier's error code"`
	Reason        string           `json:"reason,omitempty" jsonschema_description:"the carrier's explanation, without personal data"`
	HTTPStatus    int              `json:"httpStatus,omitempty" jsonschema_description:"status of the answer that refused the request, if one did"`
	Faults        []carriers.Fault `json:"faults,omitempty" jsonschema_description:"every bad field of the input (InvalidRequest)"`
	Applied       []string         `json:"applied,omitempty" jsonschema_description:"parts of the request that are in effect (PartlyTaken)"`
	Ignored       []string         `json:"ignored,omitempty" jsonschema_description:"parts of the request that the carrier left out"`
	SubmittedAt   time.Time        `json:"submittedAt,omitzero" jsonschema_description:"when the carrier acknowledged the request; absent if it never did"`
	DecidedBy     DecidedBy        `json:"decidedBy,omitempty" jsonschema_description:"what the decision rests on; new values may be added"`
	LineStatus    string           `json:"lineStatus,omitempty" jsonschema_description:"the line's status as read after the run was cancelled, when it could be read"`
	Resolution    *Resolution      `json:"resolution,omitempty" jsonschema_description:"which operator decided it and why, if one did"`
	Message       string           `json:"message" jsonschema_description:"what happened and what to do, in a sentence; its wording may change"`
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// AsFailure finds the failure in an error that a Temporal client returned for a workflow run or for the update "accepted", or that
// a function of this package returned. ok is false for any other error, for example a lost connection or a terminated run.
func AsFailure(err error) (failure *Failure, ok bool) {
	if found, is := errors.AsType[*Failure](err); is {
		return found, true
	}
	return FailureDetails(err, func(f Failure) FailureType { return f.Type })
}

// FailureDetails finds the details of a workflow failure in an error that a Temporal client returned. typeOf is the type that they
// name, which is the one that the run failed with. [AsFailure] is this for operations.
func FailureDetails[F any](err error, typeOf func(F) FailureType) (failure *F, ok bool) {
	var details interface {
		HasDetails() bool
		Details(d ...any) error
	}
	kind := string(Canceled)
	if application, is := errors.AsType[*temporal.ApplicationError](err); is {
		details, kind = application, application.Type()
	} else if cancellation, is := errors.AsType[*temporal.CanceledError](err); is {
		details = cancellation
	}
	var f F
	if details == nil || !details.HasDetails() || details.Details(&f) != nil || typeOf(f) == "" || string(typeOf(f)) != kind {
		return nil, false
	}
	return &f, true
}

// InvalidInput is the failure for an invalid request, of which nothing was sent; its message names all faults.
func InvalidInput(operation string, request json.RawMessage, faults []carriers.Fault) Failure {
	return Failure{
		Type: InvalidRequest, Carrier: carriers.CarrierOf(operation), Operation: operation, Reference: referenceIn(request), Faults: faults,
		Message: fmt.Sprintf("%s: the input is not valid, nothing was sent: %s", operation, carriers.FaultsText(faults)),
	}
}

// referenceIn reads the reference of a request that may be invalid in any way; "" when the reference is invalid or missing.
func referenceIn(request json.RawMessage) string {
	var in struct {
		Reference json.RawMessage `json:"reference"`
	}
	var reference string
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on request alone
	readable := json.Unmarshal(request, &in) == nil && json.Unmarshal(in.Reference, &reference) == nil
	if !readable || !carriers.ValidReference(reference) {
		return ""
	}
	return reference
}

// JSONSchema names the known types; others may be added.
func (FailureType) JSONSchema() *jsonschema.Schema {
	return schema.Open(InvalidRequest, CarrierRejected, CarrierFailed, PartlyTaken, DecisionDenied, NotInEffect, CarrierUnauthorized,
		DeadlineExceeded, OutcomeUnknown, ResolvedFailed, Canceled, CanceledAfterSubmit)
}
