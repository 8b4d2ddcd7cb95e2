package sandbox

import (
	"cmp"
	"net/http"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// The error codes that the sandbox's own rules answer with (API errors; IoT SIM, API errors). codes in invented.go are those of
// scenarios.
const (
	codeInvalidID   = "10006"
	codeInvalidJSON = "10023"
	codeNoGroup     = "70007"
)

// The error body (API errors). code and title are required; a code is a text of digits.
type (
	errorBody struct {
		Errors []apiError `json:"errors"`
	}
	apiError struct {
		Code   string       `json:"code"`
		Title  string       `json:"title"`
		Detail string       `json:"detail,omitempty"`
		Source *errorSource `json:"source,omitempty"`
		Meta   errorMeta    `json:"meta"`
	}
	errorSource struct {
		Pointer   string `json:"pointer,omitempty"`
		Parameter string `json:"parameter,omitempty"`
	}
	errorMeta struct {
		URL string `json:"url"`
	}
)

// refusal is an error answer. The usual code is the one that goes with the status.
func refusal(status int, code, message string) engine.Reply {
	return refusalAt(status, code, http.StatusText(status), message, nil)
}

// refusalAt is an error answer that names what it is about.
func refusalAt(status int, code, title, detail string, source *errorSource) engine.Reply {
	code = cmp.Or(code, codes[status], codeOtherwise)
	return engine.Reply{Status: status, Body: errorBody{Errors: []apiError{{
		Code: code, Title: title, Detail: detail, Source: source, Meta: errorMeta{URL: "https://developers.telnyx.com/docs/overview/errors/" + code},
	}}}}
}

// notFound says that there is no such thing.
func notFound(what string) engine.Reply {
	return refusalAt(http.StatusNotFound, "", "Resource not found", "The requested "+what+" could not be found.", nil)
}
