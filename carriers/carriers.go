// Package carriers holds the words every carrier adapter shares: who the carriers are, what an acknowledgement and
// an outcome look like, and the one error type their clients return.
//
// It is the ground floor of the house: the folders dish, stn and masmovil below it each speak one carrier's language,
// transport is the HTTP they have in common. The folder sandbox in each of them is the carrier's sandbox, and sandboxes
// puts them on one server. Nothing in here knows Temporal.
package carriers

import "time"

// Carrier names the company with the API. Its value is part of workflow ids, queues and operation types.
type Carrier string

// The carriers carrierflow provisions at.
const (
	DISH     Carrier = "dish"     // DISH Wireless, SPS v5
	STN      Carrier = "stn"      // sTN Partner API
	MasMovil Carrier = "masmovil" // MásMóvil (MasStack) Customers API v2
)

// Name is the carrier's name as people write it.
func (c Carrier) Name() string {
	switch c {
	case DISH:
		return "DISH"
	case STN:
		return "sTN"
	case MasMovil:
		return "MásMóvil"
	}
	return string(c)
}

// CallsBack reports whether the carrier documents that it sends callbacks: DISH does (SPS - Subscriptions v5).
func (c Carrier) CallsBack() bool { return c == DISH }

// State is what a carrier's word means for an operation.
type State string

// The four things a carrier's word can mean.
const (
	// Pending: the carrier is still working on it.
	Pending State = "pending"
	// Done: the carrier says the change was made. Whether it is in effect is the matter of [Effect].
	Done State = "done"
	// Failed: the carrier says the change will not be made.
	Failed State = "failed"
	// Unknown: a word nobody has told us the meaning of. Never success, never failure.
	Unknown State = "unknown"
)

// Final reports whether the state ends an operation.
func (s State) Final() bool { return s == Done || s == Failed }

// Effect is what the carrier's own read says about the change.
type Effect string

// What a read can show.
const (
	// NotRead: nobody looked.
	NotRead Effect = ""
	// Shown: the read shows the change.
	Shown Effect = "shown"
	// Missing: the read does not show the change (yet).
	Missing Effect = "missing"
	// Incomparable: nothing that can be read at the carrier can be compared.
	Incomparable Effect = "incomparable"
)

// Outcome is what is known about an operation at one moment: the carrier's word, what it means, what a read shows.
type Outcome struct {
	State State `json:"state"`
	// Status is the carrier's own word, unchanged, for example "DONE" or "Success".
	Status string `json:"status,omitempty"`
	// Code and Reason are the carrier's explanation of a failure, without personal data.
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	Effect Effect `json:"effect,omitempty"`
	// Line is what the carrier's read showed, if one was made.
	Line *Line `json:"line,omitempty"`
	// NotReadable says why the effect could not be read, when a read that was needed failed: the carrier's word stands
	// without it.
	NotReadable string `json:"notReadable,omitempty"`
	// RiskDenied is set on a failure that is MásMóvil's negative risk decision.
	RiskDenied bool `json:"riskDenied,omitempty"`
}

// Line is a subscription as a carrier's read shows it. Fields the carrier does not report stay empty.
type Line struct {
	SubscriptionID string `json:"subscriptionId,omitempty" jsonschema_description:"the carrier's id of the subscription; personal"`
	SubscriberID   string `json:"subscriberId,omitempty" jsonschema_description:"the carrier's id of the subscriber; personal"`
	Status         string `json:"status,omitempty" jsonschema_description:"the line's status, in the carrier's own word"`    // the carrier's own word
	Number         string `json:"number,omitempty" jsonschema_description:"phone number as the carrier writes it; personal"` // GPSI, MSISDN or national number, as the carrier writes it
	ICCID          string `json:"iccid,omitempty" jsonschema_description:"SIM card number; personal"`
	// IMSI is called SUPI at DISH.
	IMSI string `json:"imsi,omitempty" jsonschema_description:"IMSI, called SUPI at DISH; personal"`
	// BillCycleStartDay is a day of the month, 1 to 28 (DISH).
	BillCycleStartDay int `json:"billCycleStartDay,omitempty" jsonschema_description:"day of the month, 1 to 28 (DISH)"`
	// Services are the requested service settings as read back (sTN).
	Services map[string]any `json:"services,omitempty" jsonschema_description:"the requested service settings as read back (sTN)"`
	// Devices are the ids of the line's devices (MásMóvil subscription_terminal_id).
	// It is nil when they were not read, and empty when the line has none: a list that is missing is no list.
	Devices []string `json:"devices,omitzero" jsonschema_description:"ids of the line's devices (MásMóvil); absent when they were not read"`
	// RiskRequest is the id of the line's newest risk request at the time of the read (MásMóvil): nil when they were not
	// read, and empty when there was none.
	RiskRequest *string `json:"riskRequest,omitempty" jsonschema_description:"id of the line's newest risk request (MásMóvil), empty when it has none; absent when they were not read"`
}

// Acknowledgement is a carrier's immediate answer to a request that changes something: recorded, hardly ever done.
type Acknowledgement struct {
	// TransactionID is the carrier's handle for the request: partnerTransactionId at DISH, the Activation id at sTN,
	// the subscription_terminal_id of an added device at MásMóvil (which has none for a SIM replacement).
	TransactionID string `json:"transactionId,omitempty"`
	// Outcome is what the answer already says; usually Pending.
	Outcome Outcome `json:"outcome"`
	// HTTPStatus is the status code of the answer; 0 when the request was found by look-up.
	HTTPStatus int `json:"httpStatus,omitempty"`
	// Found tells that the request was not sent now: a look-up showed that the carrier already has it.
	Found bool `json:"found,omitempty"`
	// At is when the answer was read.
	At time.Time `json:"at"`
	// Before is the line as read just before sending, kept where it is the only way to see the change afterwards.
	Before *Line `json:"before,omitempty"`
	// RiskReview tells that the carrier holds the request for a risk decision (MásMóvil, HTTP 202).
	RiskReview bool `json:"riskReview,omitempty"`
	// Applied and Ignored list the requested service keys the carrier took and the ones it silently left out (sTN).
	Applied []string `json:"applied,omitempty"`
	Ignored []string `json:"ignored,omitempty"`
}
