package sandbox

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"strings"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// The error body of the page on error handling.
type (
	errorBody struct {
		ResponseStatus responseStatus `json:"responseStatus"`
	}
	responseStatus struct {
		ErrorCode string       `json:"errorCode"`
		Message   string       `json:"message"`
		Errors    []fieldError `json:"errors"`
	}
	fieldError struct {
		ErrorCode string            `json:"errorCode"`
		FieldName string            `json:"fieldName"`
		Message   string            `json:"message"`
		Meta      map[string]string `json:"meta"`
	}
)

// refusal is an error answer. The usual code is the status in words: 400 is BadRequest.
func refusal(status int, code, message string) engine.Reply {
	return refusalOfField(status, cmp.Or(code, strings.ReplaceAll(http.StatusText(status), " ", "")), message)
}

// refusalOfField is an error answer that names the fields that are wrong.
func refusalOfField(status int, code, message string, errors ...fieldError) engine.Reply {
	return engine.Reply{Status: status, Body: errorBody{responseStatus{code, message, append([]fieldError{}, errors...)}}}
}

// noError is the error body with a code that means "no error", or without anything in it.
func noError(code any, random *rand.Rand) engine.Object {
	status := engine.Object{"errorCode": code, "message": "OK", "errors": []any{}}
	return engine.Object{"responseStatus": []any{status, nil}[random.IntN(2)]}
}
