// EVERYTHING IN THIS FILE IS INVENTED.
//
// Telnyx's public pages leave these things open, and a server has to do something. None of it is a fact about Telnyx: do not
// copy it into a client without making it configuration, and replace it once Telnyx has told.

package sandbox

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// base is where Telnyx is on the sandbox. The documented one ends in /v2 as well.
const base = "/telnyx/v2"

// wordUnknown is a status of an action that no page shows.
const wordUnknown = "queued"

// codes are the error codes that go with a status. The codes are documented, 401, 404 and 429 with the meaning of theirs; which
// status each of the others comes with is not.
var codes = map[int]string{
	http.StatusBadRequest: "10015", http.StatusUnauthorized: "10009", http.StatusForbidden: "10010", http.StatusNotFound: "10005",
	http.StatusConflict: "10012", http.StatusUnprocessableEntity: "10015", http.StatusTooManyRequests: "10011",
}

// codeOtherwise goes with every other status: an unexpected error.
const codeOtherwise = "10007"

// The statuses of errors whose code alone is documented.
const (
	statusInvalidID      = http.StatusUnprocessableEntity
	statusInvalidJSON    = http.StatusBadRequest
	statusInvalidQuery   = http.StatusBadRequest
	statusNoActivation   = http.StatusUnprocessableEntity
	statusNoGroup        = http.StatusUnprocessableEntity // the pages name 422 for enable, and no code with it
	codeNoActivationCode = "10015"                        // no page says with which code a physical card is refused
)

// noError is the error body with a code that means "no error", or with no error in it.
func noError(code any, random *rand.Rand) engine.Object {
	return engine.Object{"errors": []any{[]any{engine.Object{"code": code, "title": "OK"}}, []any{}, nil}[random.IntN(3)]}
}

// condition is how a made-up SIM card is when it is first asked about.
type condition struct {
	status        string
	esim, noGroup bool
	// wakes: the card consumes data as soon as it is on standby, and Telnyx enables it.
	wakes bool
	// absent: there is no such card.
	absent bool
}

// conditions are the groups of four digits, the second of a card's UUID, that choose its condition. Each digit says one thing:
// 1 in the first place makes an eSIM, 1 in the second a card without a group, 1 in the third one that consumes data on standby,
// and the fourth digit is the status. 9999 is no card at all, and everything else is a card like 0000: physical, in a
// group, disabled.
var conditions = regexp.MustCompile(`^[01][01][01][0-7]$`)

// statuses are the statuses by the fourth digit.
var statuses = []string{
	statusDisabled, statusEnabled, statusStandby, statusRegistering, statusDataLimitExceeded, statusUnauthorizedIMEI, statusBlocked, statusAbolished,
}

func conditionOf(id string) condition {
	switch digits := strings.Split(id, "-")[1]; {
	case digits == "9999":
		return condition{absent: true}
	case conditions.MatchString(digits):
		return condition{
			esim: digits[0] == '1', noGroup: digits[1] == '1', wakes: digits[2] == '1', status: statuses[digits[3]-'0'],
		}
	}
	return condition{status: statusDisabled}
}

// registered is what becomes of a card that registers, once it has been read.
const registered = statusEnabled

// interrupted is why an action was interrupted. What interrupts one is not documented. Here it is a newer action of the same card.
const interrupted = "The action was interrupted by a newer one."

// imposedReason is why an action fails while Telnyx imposes a status. The pages say that there is no transition then, and not
// whether the request is refused or its action fails.
func imposedReason(status string) string {
	return "The SIM card is " + status + "; it cannot transition."
}

// sampleReason is a reason on an action that is completed, as every sample of the pages has one. Which actions have one is not
// documented; here it is those of cards whose last digit is odd.
const sampleReason = "The SIM card has reached its data limit."

func oddCard(id string) bool { return strings.ContainsRune("13579", rune(id[len(id)-1])) }

// newestFirst is the order of lists of actions. No order is documented.
const newestFirst = true

// The other values of made-up SIM cards.
const (
	groupID        = "6b14e151-8493-4fa1-8664-1cc4e6d14158"
	cardTag        = "sandbox"
	cardVersion    = "4.3"
	activationHost = "sandbox.invalid"
)
