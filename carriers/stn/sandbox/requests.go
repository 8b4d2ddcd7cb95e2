package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// maxReference is the longest referenceNumber (SetServicesSubscription).
const maxReference = 15

// setServices is the body of SetServicesSubscription.
type setServices struct {
	SubscriptionID  *string                    `json:"subscriptionId"`
	PhoneNumber     *string                    `json:"phoneNumber"`
	Services        map[string]json.RawMessage `json:"services"`
	ReferenceNumber *string                    `json:"referenceNumber"`
}

// check returns the refusal of a request that breaks a documented rule (SetServicesSubscription, error handling).
func (in setServices) check(unreadable error) *engine.Reply {
	var refused engine.Reply
	switch reference := engine.Text(in.ReferenceNumber); {
	case unreadable != nil, in.Services == nil:
		// The page's sample of this error carries internal type names and a line break.
		refused = refusal(http.StatusBadRequest, "SerializationException",
			"Unable to bind to request 'SetServicesSubscription'\nSTNPartnerAPIServiceStack.ServiceModel.SetServicesSubscription")
	case len([]rune(reference)) > maxReference:
		length := len([]rune(reference))
		message := fmt.Sprintf("referenceNumber is too long (%d allowed, %d given)", maxReference, length)
		refused = refusalOfField(http.StatusBadRequest, "MaximumLength", message, fieldError{
			ErrorCode: "MaximumLength", FieldName: "referenceNumber", Message: message,
			Meta: map[string]string{
				"MinLength": "0", "MaxLength": strconv.Itoa(maxReference), "TotalLength": strconv.Itoa(length),
				"PropertyName": "reference Number", "PropertyValue": reference,
			},
		})
	case engine.Text(in.SubscriptionID) == "" && engine.Text(in.PhoneNumber) == "":
		refused = refusal(http.StatusBadRequest, "BadRequest", "subscriptionId or phoneNumber is required")
	case engine.Text(in.SubscriptionID) == "" && !numberPattern.MatchString(withoutDash(engine.Text(in.PhoneNumber))):
		refused = refusal(http.StatusBadRequest, "BadRequest", "no subscription has this phone number")
	default:
		return nil
	}
	return &refused
}

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
