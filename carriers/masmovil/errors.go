package masmovil

import (
	"cmp"
	"encoding/json"

	"github.com/carrierflow/carrierflow/carriers"
)

// classify is the reading of every MásMóvil answer. The page of the Subscriptions section documents 400 and 404 with an
// ErrorMessage and 405 without a body; 401, 403 and 5xx are listed by version 4 of the same service. The HTTP status
// decides, and what the code of an ErrorMessage says beside it is a matter of configuration; see carriers.Codes. A 404 with
// a whole ErrorMessage is MásMóvil's own, and one with a code that Codes lists for it.
func (c Config) classify(status int, body []byte) (class carriers.Class, code, message string) {
	var said errorMessage
	_ = json.Unmarshal(body, &said) // a body of another shape says nothing; then the status speaks alone
	code = said.Code.String()
	class = c.Codes.ClassOfAnswer(status, said.isError(), said.word(c.Codes))
	switch ours := said.isWhole() || carriers.Among(c.Codes.Unknown, code); {
	case class == "":
		return "", "", ""
	case class == carriers.Misrouted && ours:
		class = carriers.NotFound
	case class == carriers.NotFound && !ours:
		class = carriers.Misrouted
	}
	return class, code, said.Message.String()
}

// errorMessage is the ErrorMessage of the pages. Its code was an int32 once and is a string now ("0013" is not 13).
type errorMessage struct {
	Code    carriers.Text `json:"code"`
	Status  carriers.Text `json:"status"`
	Message carriers.Text `json:"message"`
}

// word is the one of an ErrorMessage's two words that says more: its code, unless only its status is a known refusal. What
// the codes mean is not published; the status is BAD_REQUEST in the sample.
func (e errorMessage) word(known carriers.Codes) string {
	code, status := e.Code.String(), e.Status.String()
	for _, list := range [][]string{known.Success, known.Refusal, known.Duplicate, known.Unknown} {
		if carriers.Among(list, code) {
			return code
		}
	}
	if carriers.Among(known.Refusal, status) || carriers.Among(known.Duplicate, status) {
		return status
	}
	return cmp.Or(code, status)
}

// isError tells an ErrorMessage from an answer: none of the documented answers has a code or a status of its own. A
// message alone may be a courtesy, and an order that was taken must not be reported as refused.
func (e errorMessage) isError() bool { return e.Code != "" || (e.Status != "" && e.Message != "") }

// isWhole tells MásMóvil's own ErrorMessage from a message of something in front of it, which has no code or no status.
func (e errorMessage) isWhole() bool { return e.Code != "" && e.Status != "" && e.Message != "" }
