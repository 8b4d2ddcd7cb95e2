// Package carriers defines what all carriers have in common: operations, acknowledgements, look-ups, outcomes, timings, and
// the one error type of all calls.
//
// Each carrier has a folder below this one, with everything that is specific to it; package registry lists them. Nothing
// here depends on Temporal, and this package contains no name of a carrier.
package carriers

import (
	"strings"
	"time"
)

// Carrier is the short name of a carrier. It is part of workflow ids, task queues and operation types.
type Carrier string

// CarrierOf is the carrier of an operation type: the part before the dot.
func CarrierOf(operation string) Carrier {
	name, _, _ := strings.Cut(operation, ".")
	return Carrier(name)
}

// State is what a carrier's status means for an operation.
type State string

// The four states.
const (
	// Pending: the carrier is still working on it.
	Pending State = "pending"
	// Done: the carrier says the change was made. Whether it is in effect is a separate question; see [Effect].
	Done State = "done"
	// Failed: the carrier says the change will not be made.
	Failed State = "failed"
	// Unknown: a status whose meaning is neither documented nor configured. It is neither success nor failure.
	Unknown State = "unknown"
)

// Final reports whether the state ends an operation.
func (s State) Final() bool { return s == Done || s == Failed }

// Effect is what the carrier's own read shows about the change.
type Effect string

// What a read can show.
const (
	// NotRead: no read was made.
	NotRead Effect = ""
	// Shown: the read shows the change.
	Shown Effect = "shown"
	// Missing: the read does not show the change (yet).
	Missing Effect = "missing"
	// Incomparable: nothing that can be read at the carrier can be compared.
	Incomparable Effect = "incomparable"
)

// Outcome is what is known about an operation at one moment: the carrier's status, what it means, and what a read shows.
type Outcome struct {
	State State `json:"state"`
	// Status is the carrier's own text, unchanged, for example "DONE" or "Success".
	Status string `json:"status,omitempty"`
	// Code and Reason are the carrier's explanation of a failure, without personal data.
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	Effect Effect `json:"effect,omitempty"`
	// Line is what the carrier's read showed, if one was made.
	Line *Line `json:"line,omitempty"`
	// NotReadable says why the effect could not be read, when a required read failed. The carrier's status is kept without it.
	NotReadable string `json:"notReadable,omitempty"`
	// Denied is set on a failure that is a decision against a request that the carrier held.
	Denied bool `json:"denied,omitempty"`
}

// Line is a subscription as a carrier's read shows it. Fields the carrier does not report stay empty.
type Line struct {
	SubscriptionID string `json:"subscriptionId,omitempty" jsonschema_description:"the carrier's id of the subscription; personal"`
	SubscriberID   string `json:"subscriberId,omitempty" jsonschema_description:"the carrier's id of the subscriber; personal"`
	Status         string `json:"status,omitempty" jsonschema_description:"the line's status, in the carrier's own word"`    // the carrier's own word
	Number         string `json:"number,omitempty" jsonschema_description:"phone number as the carrier writes it; personal"` // GPSI, MSISDN or national number, as the carrier writes it
	ICCID          string `json:"iccid,omitempty" jsonschema_description:"SIM card number; personal"`
	IMSI           string `json:"imsi,omitempty" jsonschema_description:"IMSI, also called SUPI; personal"`
	// BillCycleStartDay is a day of the month, 1 to 28.
	BillCycleStartDay int `json:"billCycleStartDay,omitempty" jsonschema_description:"day of the month, 1 to 28"`
	// Services are the requested service settings as read back.
	Services map[string]any `json:"services,omitempty" jsonschema_description:"the requested service settings as read back"`
	// Devices are the ids of the line's devices.
	// It is nil when they were not read, and empty when the line has none: a list that is missing is no list.
	Devices []string `json:"devices,omitzero" jsonschema_description:"ids of the line's devices; absent when they were not read"`
	// Requests are the ids of the requests of this kind that the carrier has recorded for the line, where it lists them:
	// nil when they were not read, and empty when there are none.
	Requests []string `json:"requests,omitzero" jsonschema_description:"ids of the requests of this kind that the carrier has on record about the line; absent when they were not read"`
	// Record is what the carrier shows of the record of an earlier request, by the names of its fields, where a change is about
	// such a record: nil when it was not read, and empty when the carrier does not show it.
	Record map[string]string `json:"record,omitzero" jsonschema_description:"what the carrier shows of the record that the change is about, by the names of its fields; absent when it was not read; personal"`
	// Decision is the id of the newest decision about a held request for the line, at the time of the read: nil when
	// decisions were not read, and empty when there was none.
	Decision *string `json:"decision,omitempty" jsonschema_description:"id of the newest decision about a held request for the line, empty when there is none; absent when decisions were not read"`
}

// Acknowledgement is a carrier's immediate answer to a request that changes something. It usually means recorded, rarely done.
type Acknowledgement struct {
	// TransactionID is the carrier's id of the request, when it has one.
	TransactionID string `json:"transactionId,omitempty"`
	// Outcome is what the answer already says; usually Pending.
	Outcome Outcome `json:"outcome"`
	// HTTPStatus is the status code of the answer; 0 when the request was found by look-up.
	HTTPStatus int `json:"httpStatus,omitempty"`
	// Found tells that a look-up showed that the carrier already has the request, so it was not sent now.
	Found bool `json:"found,omitempty"`
	// At is when the answer was read.
	At time.Time `json:"at"`
	// Before is the line as read just before sending, kept where only a comparison with it shows the change.
	Before *Line `json:"before,omitempty"`
	// Held tells that the carrier holds the request until a decision is made about it.
	Held bool `json:"held,omitempty"`
	// Applied and Ignored list the parts of the request that the carrier applied, and those that it left out without an error.
	Applied []string `json:"applied,omitempty"`
	Ignored []string `json:"ignored,omitempty"`
	// Swept tells that a sweep of the carrier tells the operation when it is decided; its own checks are then a safety net.
	Swept bool `json:"swept,omitempty"`
}
