// EVERYTHING IN THIS FILE IS INVENTED.
//
// MásMóvil's public pages leave these things open, and a server has to do something. None of it is a fact about MásMóvil: do
// not copy it into a client without making it configuration, and replace it once MásMóvil has told.

package sandbox

import "net/http"

// Where MásMóvil is on the sandbox.
const (
	base      = "/masmovil/v2"
	fraudBase = "/masmovil/subscriptions/v1"
	linePath  = base + "/orgs/{orgId}/subscriptions/{subscriptionId}"
)

// MásMóvil's pages lost the paths of SIM replacement and recharges; its token path is not in an official page either.
const (
	simPath       = "/sim_replacement"
	rechargesPath = "/recharges"
	tokenPath     = "/masmovil/v1/oauth/token"
)

// MásMóvil lists four risk letters without their meaning; A, D and R are read as accepted, denied and referred. X stands
// for the letter that nobody knows.
const (
	riskAccepted = "A"
	riskDenied   = "D"
	riskReferred = "R"
	riskUnknown  = "X"
)

// codes are the error codes; the pages show only that they are text such as "0001" or "0013".
var codes = map[int]string{
	http.StatusBadRequest: "0001", http.StatusNotFound: "0013", http.StatusUnauthorized: "0401",
	http.StatusForbidden: "0403", http.StatusConflict: "0409", http.StatusTooManyRequests: "0429",
	http.StatusInternalServerError: "0500", http.StatusServiceUnavailable: "0503",
}
