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
	// ResolvedFailed: an operator closed the operation as failed.
	ResolvedFailed FailureType = "ResolvedFailed"
)

// Failure is the details value of every workflow failure.
type Failure struct {
	Type      FailureType      `json:"type"`
	Carrier   carriers.Carrier `json:"carrier"`
	Operation string           `json:"operation"`
	Reference string           `json:"reference,omitempty"`
	// TransactionID is the carrier's handle, when it gave one.
	TransactionID string `json:"transactionId,omitempty"`
	// Status, Code and Reason are the carrier's own words, without personal data.
	Status string `json:"status,omitempty"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	// HTTPStatus is the status of the answer that refused the request, if one did.
	HTTPStatus int `json:"httpStatus,omitempty"`
	// Faults names every bad field of the input (InvalidRequest).
	Faults []Fault `json:"faults,omitempty"`
	// Ignored are the services that sTN left out; Applied are the others, said of ServicesIgnored alone.
	Applied []string `json:"applied,omitempty"`
	Ignored []string `json:"ignored,omitempty"`
	// SubmittedAt is when the carrier acknowledged the request; zero if it never did.
	SubmittedAt time.Time `json:"submittedAt,omitzero"`
	// DecidedBy tells what the verdict rests on: acknowledgement, callback, check or operator.
	DecidedBy DecidedBy `json:"decidedBy,omitempty"`
	// Message says in a sentence what happened and what to do.
	Message string `json:"message"`
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// AsFailure finds the failure in an error that a Temporal client returned for a workflow run. ok is false when the error
// is something else, for example a lost connection or a terminated run.
func AsFailure(err error) (failure *Failure, ok bool) {
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	if !ok || !application.HasDetails() {
		return nil, false
	}
	var f Failure
	if application.Details(&f) != nil || f.Type == "" || string(f.Type) != application.Type() {
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

// invalid is the failure for an input with faults; its message names them all.
func invalid(operation, reference string, faults []Fault) error {
	named := make([]string, len(faults))
	for i, fault := range faults {
		named[i] = fault.String()
	}
	return failed(Failure{
		Type: InvalidRequest, Carrier: CarrierOf(operation), Operation: operation, Reference: reference, Faults: faults,
		Message: fmt.Sprintf("%s: the input is not valid, nothing was sent: %s", operation, strings.Join(named, "; ")),
	})
}
