package dish

import (
	"bytes"

	"github.com/carrierflow/carrierflow/carriers"
)

// classify is the one reading of DISH's errors. The pages list numbers (200, 400, 401, 404, 409, 429, 500 beside other
// operations) and no error body, so the class is that of the number alone, with two exceptions of ours:
//
//   - A 2xx that holds an error or an error code, and neither a status nor a subscription, is a refusal. One with a
//     message alone is not: the message may be "accepted".
//   - A 404 that is a web page comes from something in front of the API. It does not tell that a transaction is
//     unknown there; a request taken for lost would be sent a second time.
func classify(status int, body []byte) (class carriers.Class, code, message string) {
	answer, err := parse(body)
	code, message = answer.explanation()
	class = carriers.ClassOfStatus(status)
	switch {
	case status >= 200 && status < 300:
		if err != nil || answered(answer) || (code == "" && answer.text(errorNames...) == "" && answer.object(errorNames...) == nil) {
			return "", "", ""
		}
		return carriers.Rejected, code, message
	case class == carriers.NotFound && bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return carriers.Uncertain, "", "a web page is no answer, check DISH_BASE_URL and the paths"
	}
	return class, code, message
}

// answered reports whether an answer says what one of DISH's answers says.
func answered(f fields) bool {
	return f.text(statusNames...) != "" || f.has("subscriptions", "subscriberId")
}
