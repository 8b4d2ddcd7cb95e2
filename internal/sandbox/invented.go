// EVERYTHING IN THIS FILE IS INVENTED.
//
// The carriers' public pages leave these things open, and a server has to do something. None of it is a fact about a
// carrier: do not copy it into a client without making it configuration, and replace it once the carrier has told.
// Besides this file only two kinds of things are ours: the delays in config.go, and the made-up values of made-up lines
// in dish_lines.go, stn_lines.go and masmovil_lines.go.

package sandbox

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Where the sandbox puts each carrier. No page names DISH's base URL, nor sTN's.
const (
	dishBase          = "/dish"
	stnBase           = "/stn"
	masmovilBase      = "/masmovil/v2"
	masmovilFraudBase = "/masmovil/subscriptions/v1"
	masmovilLine      = masmovilBase + "/orgs/{orgId}/subscriptions/{subscriptionId}"
)

// DISH documents no path but the one of the transaction status, and no authentication.
const (
	dishActivatePath     = "/subscription/activate"
	dishStatusPath       = "/subscription/status"
	dishBillCyclePath    = "/subscription/billCycle"
	dishSubscriptionPath = "/subscription"
	dishTokenPath        = "/oauth/token"
)

// MásMóvil's pages lost the paths of SIM replacement and recharges; its token path is not in an official page either.
const (
	masmovilSIMPath       = "/sim_replacement"
	masmovilRechargesPath = "/recharges"
	masmovilTokenPath     = "/masmovil/v1/oauth/token"
)

// Status words. DISH documents "Success" and "Active" only; sTN's four are documented and stand in stn.go.
const (
	dishInProgress   = "InProgress"
	stnMobilePayRead = `"Mobile Pay"` // how MOBILEPAY reads back; only "Internet Access" is shown
	dishFailed       = "Failed"
	dishSuspended    = "Suspended"
	dishCeased       = "Ceased"
	dishUnknownWord  = "Fulfilled"
	stnUnknownWord   = "PARKED"
	dishFrequency    = "MONTHLY" // documented; the only value
	dishCustomer     = "100000000001"
	dishDefaultPlan  = "PLAN-BASIC"
)

// MásMóvil lists four risk letters without their meaning; A, D and R are read as accepted, denied and referred. X is
// the letter nobody can read.
const (
	riskAccepted = "A"
	riskDenied   = "D"
	riskReferred = "R"
	riskUnknown  = "X"
)

// failure is why a change was decided as failed.
type failure struct{ code, reason string }

// Failures of a DISH transaction. sTN gives no reason on an ERROR record that any page shows, so the sandbox gives none.
var (
	failedByScenario = failure{"PROVISIONING_FAILED", "the network refused the change"}
	failedNoLine     = failure{"SUBSCRIPTION_NOT_FOUND", "no subscription has this identifier"}
)

func failedWrongState(action, status string) failure {
	return failure{"INVALID_STATE", action + " is not possible while the subscription is " + status}
}

// dishNotice is the body of DISH's callback, of which no field is documented.
type dishNotice struct {
	EventID              string    `json:"eventId"`
	EventType            string    `json:"eventType"`
	EventTime            time.Time `json:"eventTime"`
	PartnerTransactionID string    `json:"partnerTransactionId"`
	Status               string    `json:"status"`
	Code                 string    `json:"code,omitempty"`
	Reason               string    `json:"reason,omitempty"`
}

// stnDefaultTake is the page size when none is asked for; sTN documents neither it nor a longest one.
const stnDefaultTake = 100

const dishEventType = "TransactionStatus"

// stnTextServices are the services with a text value and the values they know. sTN shows "Limit 50" as good, "Limit 12.5" as
// bad and two data usage notifications; the linked list of values could not be read.
var stnTextServices = map[string]*regexp.Regexp{
	"dataRoamingLimitation": regexp.MustCompile(`^(Limit [1-9][0-9]*|No Limit)$`),
	"dataUsageNotification": regexp.MustCompile(`^Data Usage Notification [1-9][0-9]* MB$`),
	"accessType":            regexp.MustCompile(`^(INTERNETACCESS|MOBILEPAY)$`),
}

// stnNumber is what a phone number must look like without its dash. Only 06 numbers in national form are shown.
var stnNumber = regexp.MustCompile(`^0[0-9]{8,11}$`)

// masmovilCodes are error codes; the pages show only that they are text such as "0001" or "0013".
var masmovilCodes = map[int]string{
	http.StatusBadRequest: "0001", http.StatusNotFound: "0013", http.StatusUnauthorized: "0401",
	http.StatusForbidden: "0403", http.StatusConflict: "0409", http.StatusTooManyRequests: "0429",
	http.StatusInternalServerError: "0500", http.StatusServiceUnavailable: "0503",
}

const (
	refusalText     = "the sandbox plays a scenario"
	maintenancePage = "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be right back</h1></body></html>\n"
)

// refusal is an error answer in the carrier's shape. DISH documents no error body. sTN's (error handling page) and
// MásMóvil's ErrorMessage (Customers API v2) are documented, the codes in them hardly.
func refusal(c carriers.Carrier, status int, message string) reply {
	switch c {
	case carriers.STN:
		return stnRefusal(status, strings.ReplaceAll(http.StatusText(status), " ", ""), message)
	case carriers.MasMovil:
		return reply{status: status, body: masmovilError{Code: masmovilCodes[status], Status: shout(status), Message: message}}
	default:
		return reply{status: status, body: dishError{Code: shout(status), Message: message}}
	}
}

// duplicate is the answer of an implementation that knows a request already: 400 with a word for it, as reported from
// gateways that repeat a request by themselves and answer with what the repetition got.
func duplicate(c carriers.Carrier) reply {
	const code, message = "DUPLICATE_TRANSACTION", "this request has been received before"
	switch c {
	case carriers.STN:
		return stnRefusal(http.StatusBadRequest, code, message)
	case carriers.MasMovil:
		return reply{status: http.StatusBadRequest, body: masmovilError{Code: code, Status: shout(http.StatusBadRequest), Message: message}}
	default:
		return reply{status: http.StatusBadRequest, body: dishError{Code: code, Message: message}}
	}
}

// gatewayAnswer is what a gateway answers by itself, in the words of one that is in use.
type gatewayAnswer struct {
	status             int
	contentType, words string
}

// What gateways answer when they do not know where to, or whom to let pass. None of it is the carrier's word.
var (
	gatewayText      = gatewayAnswer{http.StatusNotFound, "text/plain; charset=utf-8", "default backend - 404"}
	gatewayJSON      = gatewayAnswer{http.StatusNotFound, "application/json; charset=utf-8", `{"message":"no Route matched with those Values"}`}
	gatewayHTML      = gatewayAnswer{http.StatusNotFound, "text/html", "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"}
	gatewayForbidden = gatewayAnswer{http.StatusForbidden, "application/json", `{"message":"Forbidden"}`}
	gatewayBad       = gatewayAnswer{http.StatusBadRequest, "text/html", "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n</body>\r\n</html>\r\n"}
)

// shout writes a status as 400 BAD_REQUEST does.
func shout(status int) string {
	return strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "_"))
}

// dishError is the error body of DISH, of which no field is documented.
type dishError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
