package dish

import "github.com/carrierflow/carrierflow/carriers"

// classify is the one reading of DISH's answers. The pages list numbers (200, 400, 401, 404, 409, 429, 500 beside other
// operations) and no error body, so what a body says beside them is a matter of configuration; see carriers.Codes. A 2xx
// holds an error when it has an error or an error code, and neither a status nor a subscription. One with a message alone
// does not: the message may be "accepted".
func (c Config) classify(status int, body []byte) (class carriers.Class, code, message string) {
	answer, err := parse(body)
	code, message = answer.explanation()
	failed := err == nil && !answered(answer) &&
		(code != "" || answer.text(errorNames...) != "" || answer.object(errorNames...) != nil)
	if class = c.Codes.ClassOfAnswer(status, failed, code); class == "" {
		return "", "", ""
	}
	return class, code, message
}

// answered reports whether an answer says what one of DISH's answers says.
func answered(f fields) bool {
	return f.text(statusNames...) != "" || f.has("subscriptions", "subscriberId")
}
