package carriers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Class says what an error means for its request. Each carrier's client decides it in one function.
type Class string

// The classes.
const (
	// Unreachable: the request never left this machine (no connection, no token). Sending it again is safe.
	Unreachable Class = "unreachable"
	// Uncertain: the request may or may not have been recorded: a timeout, a reset, an incomplete body, a page that is not
	// an answer, a 5xx. A change must be looked up before it is sent again.
	Uncertain Class = "uncertain"
	// Throttled: refused for now with a 429; RetryAfter says how long to wait, if the carrier said so.
	Throttled Class = "throttled"
	// NotYet: what the request is about is in a state in which the carrier refuses such a request, and that state passes.
	// Certainly nothing was recorded. It is tried again until the deadline.
	NotYet Class = "not yet"
	// Conflict: a 409, a code which says that the carrier has the request already, or a 2xx with an unknown error. After a
	// submit the request has to be looked up.
	Conflict Class = "conflict"
	// NotFound: a 404 with one of the carrier's own codes: the carrier does not know what was asked for.
	NotFound Class = "not found"
	// Misrouted: any other 404: the path is wrong, or a gateway has answered. As the answer to a request it is a refusal;
	// as the answer to a look-up it says nothing.
	Misrouted Class = "misrouted"
	// Unauthorized: 401 after the credential was refreshed once, or 403.
	Unauthorized Class = "unauthorized"
	// Rejected: the carrier refused the request permanently (400, 405, 422, or an error inside a 2xx).
	Rejected Class = "rejected"
)

// Error is what every carrier client returns for a call that did not succeed. Its text contains no personal data.
type Error struct {
	Carrier Carrier
	// Call names what was attempted, for example "activate subscription".
	Call string
	// Reference is the caller's reference of the operation.
	Reference string
	Class     Class
	// Unreadable: an answer had a status of success, but its body is not what was asked for. It distinguishes a carrier
	// whose answers we cannot read from one that does not answer; both are Uncertain.
	Unreadable bool
	// HTTPStatus is 0 when no answer was read.
	HTTPStatus int
	// Code and Message are the carrier's own texts, redacted.
	Code, Message string
	// RetryAfter is how long the carrier asked us to wait; 0 when it did not say.
	RetryAfter time.Duration
	// Err is the cause, if there is one below HTTP.
	Err error
}

// Error says what was attempted, for which reference, and what came back.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, reference %s: %s", e.Carrier, e.Call, e.Reference, e.Class)
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ", HTTP %d %s", e.HTTPStatus, http.StatusText(e.HTTPStatus))
	}
	if e.Code != "" {
		fmt.Fprintf(&b, ", code %s", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of a carrier error, and Uncertain for any other error, after which the request may have been sent.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Uncertain
}

// ClassOfStatus is the class of an HTTP status alone; see [Codes.ClassOfAnswer].
func ClassOfStatus(status int) Class {
	switch {
	case status == http.StatusTooManyRequests:
		return Throttled
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Unauthorized
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusConflict:
		return Conflict
	case status == http.StatusRequestTimeout, status >= 500:
		return Uncertain
	default:
		return Rejected
	}
}
