package sandbox

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"strings"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// errorBody is ErrorMessage (Customers API v2). Its code is text.
type errorBody struct {
	Code    string `json:"code"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

// refusal is an error answer. Its status is the one of HTTP in words: 400 is BAD_REQUEST.
func refusal(status int, code, message string) engine.Reply {
	words := strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "_"))
	return engine.Reply{Status: status, Body: errorBody{Code: cmp.Or(code, codes[status]), Status: words, Message: message}}
}

// barringError is the error body of the Barrings API v2.
type barringError struct {
	TracingID string `json:"tracingId"`
	Code      string `json:"code"`
	Message   string `json:"message"`
}

// noError is the error body with a code that means "no error".
func noError(code any, _ *rand.Rand) engine.Object {
	return engine.Object{"code": code, "message": "OK"}
}
