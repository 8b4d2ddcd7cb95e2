package activities

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// Types of the errors that activities return. The workflow decides by them, and operators see them on a pending activity.
const (
	// Pending: the carrier has not decided. The retries of this error are the polls.
	Pending = "Pending"
	// LineBusy: another workflow has the line's turn; nothing was sent now.
	LineBusy = "LineBusy"
	// Retrying: the call did not succeed and is made again.
	Retrying = "Retrying"
	// Rejected: the carrier refused the request permanently.
	Rejected = "CarrierRejected"
	// PrecheckFailed: what was read before sending shows that the request must not be sent; it was not sent.
	PrecheckFailed = "PrecheckFailed"
	// Unauthorized: the carrier refused our credentials.
	Unauthorized = "CarrierUnauthorized"
	// OutcomeUnknown: it is not known whether the request reached the carrier.
	OutcomeUnknown = "OutcomeUnknown"
	// UnknownStatus: the carrier's status is unknown, its answer is unreadable, or it refuses to answer.
	UnknownStatus = "UnknownStatus"
	// Unconfirmed: the carrier says done, but the read that would show it fails.
	Unconfirmed = "Unconfirmed"
	// Found: a check has found a request of which it was not known whether the carrier has it.
	Found = "Found"
	// Recovered: a problem that operators were told of has passed.
	Recovered = "Recovered"
	// NotServed is not returned by an activity: in CheckInput.Raised it says that operators were told that no worker starts it.
	NotServed = "NotServed"
)

// Problem is the details value of every error an activity returns.
type Problem struct {
	Class         carriers.Class `json:"class,omitempty"`
	HTTPStatus    int            `json:"httpStatus,omitempty"`
	CarrierStatus string         `json:"carrierStatus,omitempty"`
	Code          string         `json:"code,omitempty"`
	Reason        string         `json:"reason,omitempty"`
	// Intent is what a submit knows about the sending; nil when it has learned nothing new.
	Intent *Intent `json:"intent,omitempty"`
	// Turn is what a submit knows about its line's turn.
	Turn Turn `json:"turn,omitzero"`
	// Found replaces the acknowledgement of an unsure request that a check has found at the carrier.
	Found *carriers.Acknowledgement `json:"found,omitempty"`
}

// readError turns the error of a read into a Temporal error: a refusal is final, any other error is retryable.
func readError(c carriers.Carrier, operation, reference string, err error) error {
	failure := asCarrierError(c, operation, reference, err)
	switch failure.Class {
	case carriers.Rejected, carriers.NotFound, carriers.Conflict, carriers.Unauthorized:
		return refused(failure)
	}
	return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, problemOf(failure))
}

// refused is the final error for a request that the carrier refuses: CarrierUnauthorized or CarrierRejected.
func refused(failure *carriers.Error) error {
	return applicationError(failure.Error(), refusedAs(failure.Class), true, 0, problemOf(failure))
}

func refusedAs(class carriers.Class) string {
	if class == carriers.Unauthorized {
		return Unauthorized
	}
	return Rejected
}

// asCarrierError finds the carrier's error, or makes one of any other: then the request may have been sent.
func asCarrierError(c carriers.Carrier, operation, reference string, err error) *carriers.Error {
	if failure, ok := errors.AsType[*carriers.Error](err); ok {
		return failure
	}
	return &carriers.Error{Carrier: c, Call: operation, Reference: reference, Class: carriers.Uncertain, Err: err}
}

func problemOf(e *carriers.Error) Problem {
	return Problem{Class: e.Class, HTTPStatus: e.HTTPStatus, Code: e.Code, Reason: e.Message}
}

// applicationError builds the error. With a next of zero, the retry policy decides the delay.
func applicationError(message, kind string, final bool, next time.Duration, problem Problem) error {
	options := temporal.ApplicationErrorOptions{NonRetryable: final, NextRetryDelay: next, Details: []any{problem}}
	switch kind {
	case Pending, Found, Recovered, LineBusy:
		options.Category = temporal.ApplicationErrorCategoryBenign // waiting is not an error
	}
	return temporal.NewApplicationErrorWithOptions(message, kind, options)
}
