package stn

import (
	"encoding/json"

	"github.com/carrierflow/carrierflow/carriers"
)

// classify is the reading of every sTN answer. Error Handling names 400, 401, 403 and 429 and the body
// {"responseStatus": {"errorCode", "message", …}}; the error codes are an open list, so the HTTP status decides, and what a
// code says beside it is a matter of configuration; see carriers.Codes. The rejected values in responseStatus.errors are not
// read: they may be personal.
func (c Config) classify(status int, body []byte) (class carriers.Class, code, message string) {
	var answer struct {
		ResponseStatus struct {
			ErrorCode carriers.Text `json:"errorCode"`
			Message   carriers.Text `json:"message"`
		} `json:"responseStatus"`
	}
	_ = json.Unmarshal(body, &answer) // a body of another shape says nothing; then the status speaks alone
	code, message = answer.ResponseStatus.ErrorCode.String(), answer.ResponseStatus.Message.String()
	if class = c.Codes.ClassOfAnswer(status, code != "", code); class == "" {
		return "", "", ""
	}
	return class, code, message
}
