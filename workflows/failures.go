package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// FailureType is the type of a workflow failure. The strings are part of the contract.
type FailureType string

// Why an operation fails, and what the caller should do.
const (
	// InvalidRequest: the input breaks its schema. Fix it and use a new reference.
	InvalidRequest FailureType = "InvalidRequest"
	// CarrierRejected: the carrier refused the request when it was submitted. Fix it and use a new reference.
	CarrierRejected FailureType = "CarrierRejected"
	// CarrierFailed: accepted, later ERROR. Read code and reason; a retry takes a new reference.
	CarrierFailed FailureType = "CarrierFailed"
	// ServicesIgnored: sTN silently left out requested services. Fix the names.
	ServicesIgnored FailureType = "ServicesIgnored"
	// RiskDenied: MásMóvil's risk decision was negative. Nothing to retry.
	RiskDenied FailureType = "RiskDenied"
	// NotInEffect: the carrier says done, its own read says otherwise. A matter for an operator.
	NotInEffect FailureType = "NotInEffect"
	// CarrierUnauthorized: the carrier refused our credentials. A matter for an operator.
	CarrierUnauthorized FailureType = "CarrierUnauthorized"
	// DeadlineExceeded: undecided until the deadline. A matter for an operator.
	DeadlineExceeded FailureType = "DeadlineExceeded"
	// OutcomeUnknown: nobody can tell whether the request reached the carrier. A matter for an operator.
	OutcomeUnknown FailureType = "OutcomeUnknown"
	// ResolvedFailed: an operator closed the operation as failed. Who and why is in the details.
	ResolvedFailed FailureType = "ResolvedFailed"
	// Canceled: the run was cancelled before anything was sent. It is the one type that ends the run as Canceled.
	Canceled FailureType = "Canceled"
	// CanceledAfterSubmit: the run was cancelled when the request had gone to the carrier. The request stands there.
	CanceledAfterSubmit FailureType = "CanceledAfterSubmit"
)

// Advice says what the caller should do about a failure; "" for a type that is not known here.
func (t FailureType) Advice() string {
	switch t {
	case InvalidRequest, CarrierRejected:
		return "correct the request and start it with a new reference"
	case CarrierFailed:
		return "read the carrier's code and reason; a retry takes a new reference"
	case ServicesIgnored:
		return "correct the names of the ignored services and start them with a new reference; the applied ones are in effect"
	case RiskDenied:
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
	Carrier       carriers.Carrier `json:"carrier" jsonschema:"example=dish,example=stn,example=masmovil" jsonschema_description:"the carrier"`
	Operation     string           `json:"operation" jsonschema_description:"the operation type"`
	Reference     string           `json:"reference,omitempty" jsonschema_description:"the caller's id of the operation; left out when the input's is no reference"`
	TransactionID string           `json:"transactionId,omitempty" jsonschema_description:"the carrier's handle, when it gave one"`
	Status        string           `json:"status,omitempty" jsonschema_description:"the carrier's latest word"`
	Code          string           `json:"code,omitempty" jsonschema_description:"the carrier's error code"`
	Reason        string           `json:"reason,omitempty" jsonschema_description:"the carrier's explanation, without personal data"`
	HTTPStatus    int              `json:"httpStatus,omitempty" jsonschema_description:"status of the answer that refused the request, if one did"`
	Faults        []Fault          `json:"faults,omitempty" jsonschema_description:"every bad field of the input (InvalidRequest)"`
	Applied       []string         `json:"applied,omitempty" jsonschema_description:"services that are in effect (ServicesIgnored)"`
	Ignored       []string         `json:"ignored,omitempty" jsonschema_description:"services that sTN left out"`
	SubmittedAt   time.Time        `json:"submittedAt,omitzero" jsonschema_description:"when the carrier acknowledged the request; absent if it never did"`
	DecidedBy     DecidedBy        `json:"decidedBy,omitempty" jsonschema_description:"what the verdict rests on; new values may be added"`
	LineStatus    string           `json:"lineStatus,omitempty" jsonschema_description:"the line's status as read after the run was cancelled, when it could be read"`
	Resolution    *Resolution      `json:"resolution,omitempty" jsonschema_description:"which operator decided it and why, if one did"`
	Message       string           `json:"message" jsonschema_description:"what happened and what to do, in a sentence; its wording may change"`
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// AsFailure finds the failure in an error that a Temporal client returned for a workflow run, or for the update
// "accepted", or that a function of this package returned. ok is false when the error is something else, for example a lost connection or a terminated run.
func AsFailure(err error) (failure *Failure, ok bool) {
	if found, is := errors.AsType[*Failure](err); is {
		return found, true
	}
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
	var f Failure
	if details == nil || !details.HasDetails() || details.Details(&f) != nil || f.Type == "" || string(f.Type) != kind {
		return nil, false
	}
	return &f, true
}

// failed turns a failure into the error that ends the workflow as Failed with the failure's type.
func failed(f Failure) error {
	return temporal.NewApplicationErrorWithOptions(f.Message, string(f.Type), temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{f},
	})
}

// canceledClean ends the run as Canceled: nothing was sent.
func canceledClean(f Failure) error { return temporal.NewCanceledError(f) }

// listed are faults in one line.
func listed(faults []Fault) string {
	named := make([]string, len(faults))
	for i, fault := range faults {
		named[i] = fault.String()
	}
	return strings.Join(named, "; ")
}

// invalid ends the workflow because of an input with faults.
func invalid(operation, reference string, faults []Fault) error {
	return failed(invalidInput(operation, reference, faults))
}

// invalidInput is the failure for an input with faults; its message names them all.
func invalidInput(operation, reference string, faults []Fault) Failure {
	return Failure{
		Type: InvalidRequest, Carrier: CarrierOf(operation), Operation: operation, Reference: reference, Faults: faults,
		Message: fmt.Sprintf("%s: the input is not valid, nothing was sent: %s", operation, listed(faults)),
	}
}
