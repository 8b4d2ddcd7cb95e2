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
	tokenPath        = "/oauth/token"
)

// Status words. DISH documents "Success" and "Active" only.
const (
	wordInProgress = "InProgress"
	wordFailed     = "Failed"
	wordSuspended  = "Suspended"
	wordCeased     = "Ceased"
	wordUnknown    = "Fulfilled"
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
