package carriers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Class says what an error means for the request that met it. Each carrier's client decides it in one function.
type Class string

// The classes, from harmless to final.
const (
	// Unreachable: the request never left this machine (no connection, no token). Sending again is safe.
	Unreachable Class = "unreachable"
	// Uncertain: the request may or may not have been recorded: a timeout, a reset, half a body, a page that is no
	// answer, a 5xx. A change must be looked up before it is sent again.
	Uncertain Class = "uncertain"
	// Throttled: refused for now with 429; RetryAfter says until when, if the carrier said so.
	Throttled Class = "throttled"
	// Conflict: 409, a code that says that the carrier has the request already, or a 2xx with an error that nobody knows. At
	// a submit it means "look it up".
	Conflict Class = "conflict"
	// NotFound: a 404 in the carrier's own words: the carrier does not know what was asked for.
	NotFound Class = "not found"
	// Misrouted: a 404 in other words: the path is wrong, or something in front of the carrier has answered. As the answer to
	// a request it is a refusal; as the answer to a look-up it says nothing.
	Misrouted Class = "misrouted"
	// Unauthorized: 401 after the credential was refreshed once, or 403.
	Unauthorized Class = "unauthorized"
	// Rejected: the carrier refused the request for good (400, 405, 422, or an error inside a 2xx).
	Rejected Class = "rejected"
)

// Error is what every carrier client returns for a call that did not succeed. Its text carries no personal data.
type Error struct {
	Carrier Carrier
	// Call names what was attempted, for example "activate subscription".
	Call string
	// Reference is the caller's reference of the operation.
	Reference string
	Class     Class
	// Unreadable: an answer came with a status of success, and its body is not what was asked for. It tells a carrier whose
	// answers we cannot read from one that does not answer, which is Uncertain as well.
	Unreadable bool
	// HTTPStatus is 0 when no answer was read.
	HTTPStatus int
	// Code and Message are the carrier's own words, redacted.
	Code, Message string
	// RetryAfter is how long the carrier asked us to stay away; 0 when it did not say.
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

// ClassOf returns the class of a carrier error, and Uncertain for any other error: what we cannot name may have sent.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Uncertain
}

// ClassOfStatus is the reading of an HTTP status alone; see [Codes.ClassOfAnswer].
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
