package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

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
	switch reference := engine.TextOf(in.ReferenceNumber); {
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
	case engine.TextOf(in.SubscriptionID) == "" && engine.TextOf(in.PhoneNumber) == "":
		refused = refusal(http.StatusBadRequest, "BadRequest", "subscriptionId or phoneNumber is required")
	case engine.TextOf(in.SubscriptionID) == "" && !numberPattern.MatchString(withoutDash(engine.TextOf(in.PhoneNumber))):
		refused = refusal(http.StatusBadRequest, "BadRequest", "no subscription has this phone number")
	default:
		return nil
	}
	return &refused
}
