// EVERYTHING IN THIS FILE IS INVENTED, or taken from gateways that are in use. None of it is a fact about a carrier.

package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// What the sandbox says about errors that a scenario asks for.
const (
	refusalText      = "a scenario of the sandbox asks for this error"
	duplicateCode    = "DUPLICATE_TRANSACTION"
	duplicateText    = "this request has been received before"
	unauthorizedText = "the credential is missing or not valid"
	maintenancePage  = "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be right back</h1></body></html>\n"
)

// gatewayAnswer is what a gateway answers by itself, in the words of one that is in use.
type gatewayAnswer struct {
	status             int
	contentType, words string
}

// What gateways answer when they do not know where to send a request, or refuse to let it pass. The carrier has not seen
// it.
var (
	gatewayText      = gatewayAnswer{http.StatusNotFound, "text/plain; charset=utf-8", "default backend - 404"}
	gatewayJSON      = gatewayAnswer{http.StatusNotFound, "application/json; charset=utf-8", `{"message":"no Route matched with those Values"}`}
	gatewayHTML      = gatewayAnswer{http.StatusNotFound, "text/html", "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"}
	gatewayForbidden = gatewayAnswer{http.StatusForbidden, "application/json", `{"message":"Forbidden"}`}
	gatewayBad       = gatewayAnswer{http.StatusBadRequest, "text/html", "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n</body>\r\n</html>\r\n"}
)

// gatewayed lets a gateway answer in the carrier's place.
func gatewayed(answer gatewayAnswer) func(time.Duration) fault {
	return func(time.Duration) fault {
		return func(on stage) bool {
			on.row.answered(fmt.Sprintf("%d of a gateway", answer.status))
			on.w.Header().Set("Content-Type", answer.contentType)
			on.w.WriteHeader(answer.status)
			_, _ = on.w.Write([]byte(answer.words))
			return true
		}
	}
}

// duplicateOnRepeat refuses what was recorded before with 400 and a word for it.
func duplicateOnRepeat(time.Duration) fault {
	return func(on stage) bool {
		if !on.row.repeats() {
			return false
		}
		on.send(duplicate(on.x.carrier))
		return true
	}
}

// answeredDuplicate is a gateway that forwarded a request twice and answers with what the second one got. To the ledger it
// is one request: the repetition is not the client's.
func answeredDuplicate(time.Duration) fault {
	return func(on stage) bool {
		if !on.row.isRecorded() {
			return false
		}
		on.send(duplicate(on.x.carrier))
		return true
	}
}

// duplicate is the answer of an implementation that knows a request already: 400 with a word for it, as reported from
// gateways that repeat a request by themselves and answer with what the repetition got.
func duplicate(c *Carrier) Reply {
	return c.Refusal(http.StatusBadRequest, duplicateCode, duplicateText)
}
