package stn

import (
	"encoding/json"
	"net/http"

	"github.com/carrierflow/carrierflow/carriers"
)

// classify is the reading of every sTN answer. Error Handling names 400, 401, 403 and 429 and the body
// {"responseStatus": {"errorCode", "message", …}}; the error codes are an open list, so the HTTP status decides. A
// responseStatus with an errorCode inside a 2xx is a refusal. The rejected values in responseStatus.errors are not read:
// they may be personal.
func classify(status int, body []byte) (class carriers.Class, code, message string) {
	var answer struct {
		ResponseStatus struct {
			ErrorCode carriers.Text `json:"errorCode"`
			Message   carriers.Text `json:"message"`
		} `json:"responseStatus"`
	}
	_ = json.Unmarshal(body, &answer) // a body of another shape says nothing; then the status speaks alone
	code, message = answer.ResponseStatus.ErrorCode.String(), answer.ResponseStatus.Message.String()
	switch {
	case status < http.StatusOK || status >= http.StatusMultipleChoices:
		return carriers.ClassOfStatus(status), code, message
	case code != "":
		return carriers.Rejected, code, message
	}
	return "", "", ""
}
