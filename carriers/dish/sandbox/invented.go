// EVERYTHING IN THIS FILE IS INVENTED.
//
// DISH's public pages leave these things open, and a server has to do something. None of it is a fact about DISH: do not
// copy it into a client without making it configuration, and replace it once DISH has told.

package sandbox

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// Where DISH is on the sandbox. No page names its base URL, no path but the one of the transaction status, and no
// authentication.
const (
	base             = "/dish"
	activatePath     = "/subscription/activate"
	statusPath       = "/subscription/status"
	billCyclePath    = "/subscription/billCycle"
	subscriptionPath = "/subscription"
	portInCheckPath  = "/portIn/eligibility"
	tokenPath        = "/oauth/token"
)

// Status words. DISH documents "Success", "Active" and "Reject" only.
const (
	wordInProgress = "InProgress"
	wordFailed     = "Failed"
	wordSuspended  = "Suspended"
	wordCeased     = "Ceased"
	wordUnknown    = "Fulfilled"
	wordEligible   = "Accept"
)

// The values of made-up lines.
const (
	frequency   = "MONTHLY" // documented; the only value
	customer    = "100000000001"
	defaultPlan = "PLAN-BASIC"
)

// failedNoLine is the failure of a change to a line that does not exist.
var failedNoLine = engine.Failure{Code: "SUBSCRIPTION_NOT_FOUND", Reason: "no subscription has this identifier"}

// failedWrongState is the failure of an action that the line's status does not allow.
func failedWrongState(action, status string) *engine.Failure {
	return &engine.Failure{Code: "INVALID_STATE", Reason: action + " is not possible while the subscription is " + status}
}

// failedNumberTaken is the failure of a change to a number that a subscription has.
var failedNumberTaken = engine.Failure{Code: "NUMBER_NOT_AVAILABLE", Reason: "the new number belongs to a subscription"}

// changeable returns the line that a change of number is about, or why the change is not possible. The page says only that the
// status of the subscription is to be checked before: that it has to be active is invented. Reservations are not known here, so
// every one is good.
func (d *world) changeable(old, next string) (*subscription, *engine.Failure) {
	lines := d.lines(lineKey{gpsi: old})
	switch {
	case len(lines) == 0:
		return nil, &failedNoLine
	case lines[0].status != wordActive:
		return nil, failedWrongState("Change GPSI", lines[0].status)
	case d.inUse(lineKey{gpsi: next}):
		return nil, &failedNumberTaken
	}
	return lines[0], nil
}

// invalidSIM is what the SIM check answers about a SIM that cannot be activated. The page names a sample for it and hides what it
// contains. Which SIMs those are is not documented either: here they are those of subscriptions that have not ceased.
var invalidSIM = engine.Reply{Status: http.StatusOK, Body: engine.Object{"validationStatus": false}}

// device is the answer of the device check. The page shows the names of its parts and the equipment type PHONE; what is in the
// others is hidden. A device whose identifier ends in 99 is blocked.
func device(id string) engine.Object {
	return engine.Object{
		"manufacturer": engine.Object{"name": "Example"}, "equipmentType": "PHONE", "networkCompatibilityList": []engine.Object{{"network": "5G", "compatible": true}},
		"blockStatus": engine.Object{"blocked": strings.HasSuffix(id, "99")},
	}
}

// errorBody is the error body of DISH, of which no field is documented.
type errorBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refusal is an error answer. The usual code is the status in words: 400 is BAD_REQUEST.
func refusal(status int, code, message string) engine.Reply {
	if code == "" {
		code = strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "_"))
	}
	return engine.Reply{Status: status, Body: errorBody{Code: code, Message: message}}
}

// noError is the error body with a code that means "no error".
func noError(code any, _ *rand.Rand) engine.Object {
	return engine.Object{"code": code, "message": "OK"}
}

// eventType is the type of every notice.
const eventType = "TransactionStatus"

// noticeBody is the body of a callback notice, of which no field is documented.
type noticeBody struct {
	EventID              string    `json:"eventId"`
	EventType            string    `json:"eventType"`
	EventTime            time.Time `json:"eventTime"`
	PartnerTransactionID string    `json:"partnerTransactionId"`
	Status               string    `json:"status"`
	Code                 string    `json:"code,omitempty"`
	Reason               string    `json:"reason,omitempty"`
}

// callback is the notice about a transaction.
func callback(n engine.Notice) (body any, status string) {
	notice := noticeBody{
		EventID: n.EventID, EventType: eventType, EventTime: n.At, PartnerTransactionID: n.Reference, Status: word(n.State),
	}
	if n.Failure != nil {
		notice.Code, notice.Reason = n.Failure.Code, n.Failure.Reason
	}
	return notice, notice.Status
}
