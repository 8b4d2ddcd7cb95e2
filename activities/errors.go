package activities

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// Types of the errors that activities return. The workflow decides by them; operators see them on a pending activity.
const (
	// Pending: the carrier is undecided. The retries of this error are the polls.
	Pending = "Pending"
	// Retrying: the call did not come through and is made again.
	Retrying = "Retrying"
	// Rejected: the carrier refused the request for good.
	Rejected = "CarrierRejected"
	// AlreadyInEffect: the request would change nothing; it was not sent.
	AlreadyInEffect = "AlreadyInEffect"
	// Unauthorized: the carrier refused our credentials.
	Unauthorized = "CarrierUnauthorized"
	// OutcomeUnknown: nobody can tell whether the request reached the carrier.
	OutcomeUnknown = "OutcomeUnknown"
	// UnknownStatus: the carrier used a word nobody knows, gave an answer nobody can read, or refuses to be asked.
	UnknownStatus = "UnknownStatus"
	// Unconfirmed: the carrier says done, and its read, which would show it, cannot be had.
	Unconfirmed = "Unconfirmed"
	// Found: a check has found a request of which nobody could tell whether the carrier has it.
	Found = "Found"
	// Recovered: what operators were told of has passed.
	Recovered = "Recovered"
	// NotServed is no error of an activity: it is how a workflow says that it has told the operators that nobody takes an activity up.
	NotServed = "NotServed"
)

// Problem is the details value of every error an activity returns.
type Problem struct {
	Class         carriers.Class `json:"class,omitempty"`
	HTTPStatus    int            `json:"httpStatus,omitempty"`
	CarrierStatus string         `json:"carrierStatus,omitempty"`
	Code          string         `json:"code,omitempty"`
	Reason        string         `json:"reason,omitempty"`
	// Intent is what is known about the sending, of a submit; nil when nothing was to be added to what was known before.
	Intent *Intent `json:"intent,omitempty"`
	// Found stands in for the acknowledgement of an unsure request that a check has found at the carrier.
	Found *carriers.Acknowledgement `json:"found,omitempty"`
}

// readError turns the error of a read into a Temporal error: what may be repeated is retryable, a refusal is final.
func readError(c carriers.Carrier, operation, reference string, err error) error {
	failure := asCarrierError(c, operation, reference, err)
	switch failure.Class {
	case carriers.Rejected, carriers.NotFound, carriers.Conflict, carriers.Unauthorized:
		return refused(failure)
	}
	return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, problemOf(failure))
}

// refused is the error for a request that the carrier will not take: final, CarrierUnauthorized or CarrierRejected.
func refused(failure *carriers.Error) error {
	return applicationError(failure.Error(), refusedAs(failure.Class), true, 0, problemOf(failure))
}

func refusedAs(class carriers.Class) string {
	if class == carriers.Unauthorized {
		return Unauthorized
	}
	return Rejected
}

// asCarrierError finds the carrier's error, or makes one of any other: what we cannot name may have sent.
func asCarrierError(c carriers.Carrier, operation, reference string, err error) *carriers.Error {
	if failure, ok := errors.AsType[*carriers.Error](err); ok {
		return failure
	}
	return &carriers.Error{Carrier: c, Call: operation, Reference: reference, Class: carriers.Uncertain, Err: err}
}

func problemOf(e *carriers.Error) Problem {
	return Problem{Class: e.Class, HTTPStatus: e.HTTPStatus, Code: e.Code, Reason: e.Message}
}

// applicationError builds the error. A next of zero leaves the delay to the retry policy.
func applicationError(message, kind string, final bool, next time.Duration, problem Problem) error {
	options := temporal.ApplicationErrorOptions{NonRetryable: final, NextRetryDelay: next, Details: []any{problem}}
	switch kind {
	case Pending, Found, Recovered:
		options.Category = temporal.ApplicationErrorCategoryBenign // waiting is not an error
	}
	return temporal.NewApplicationErrorWithOptions(message, kind, options)
}
