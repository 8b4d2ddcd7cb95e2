// EVERYTHING IN THIS FILE IS INVENTED.
//
// MásMóvil's public pages leave these things open, and a server has to do something. None of it is a fact about MásMóvil: do
// not copy it into a client without making it configuration, and replace it once MásMóvil has told.

package sandbox

import (
	"net/http"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// Where MásMóvil is on the sandbox.
const (
	base      = "/masmovil/v2"
	fraudBase = "/masmovil/subscriptions/v1"
	barrings  = "/masmovil/barrings/v2"
	ofLine    = "/orgs/{orgId}/subscriptions/{subscriptionId}"

	// subscriptionsBase is the Subscriptions API v2.
	subscriptionsBase = "/masmovil/subscriptions/v2"
	requestsPath      = subscriptionsBase + ofLine + "/change_requests"

	linePath     = base + ofLine
	barringsPath = barrings + ofLine
)

// MásMóvil's pages lost the paths of SIM replacement and recharges; its token path is not in an official page either.
const (
	simPath       = "/sim_replacement"
	rechargesPath = "/recharges"
	productsPath  = "/products" // of the change, with PUT; the read with this path is documented
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

// firstBonus is the bonus that every line has. The words of the filter of the list of bonuses are documented, and of their
// meaning only that active leaves out bonuses that begin later. That inactive shows those that have ended, and actual the others, is
// invented.
const firstBonus = 6001

// firstProduct is the product that every line has. What the id of destination_product looks like is invented.
const firstProduct = 101

// appliedMasksPath is where the masks of a line are read. The answer is documented for the Partners API, without a readable path.
const appliedMasksPath = "/barrings-masks"

// What an error of the Barrings API says; the shape is documented, of the codes INVALID_BARRING_MASK alone.
const (
	tracingID     = "sandbox-trace"
	codeOfBarring = "BAD_REQUEST"
)

// Of the statuses of a change request the page shows REQUESTED alone. PROCESSED is shown for another kind of them in version 1.
const (
	requestOpen    = "REQUESTED"
	requestDone    = "PROCESSED"
	requestFailed  = "FAILED"
	requestStrange = "IN_LIMBO"
)

// tariffField is the field of a subscription of version 2 with its product, and firstTariff the product of every line.
const (
	tariffField = "catalogue_bundled_commercial_product_id"
	firstTariff = "MOBILE_10GB"
)

// services are the services of every line at the Barrings API, whose fields are not documented.
var services = []engine.Object{{"id": 11, "code": "VOZ", "active": true}, {"id": 12, "code": "DATOS", "active": true}}

// blockNames are what the blocks 1 and 2 stand for. ROBO is documented as the name of a block, and of neither of the two.
var blockNames = map[string]string{"1": "ROBO", "2": "PERDIDA"}

// codes are the error codes; the pages show only that they are text such as "0001" or "0013".
var codes = map[int]string{
	http.StatusBadRequest: "0001", http.StatusNotFound: "0013", http.StatusUnauthorized: "0401",
	http.StatusForbidden: "0403", http.StatusConflict: "0409", http.StatusTooManyRequests: "0429",
	http.StatusInternalServerError: "0500", http.StatusServiceUnavailable: "0503",
}
