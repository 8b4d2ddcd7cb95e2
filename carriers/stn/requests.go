package stn

import (
	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// SetServices changes services of a subscription (SetServicesSubscription). SubscriptionID or PhoneNumber names it; when both
// are given only SubscriptionID is sent, because it is not documented which of them would win. The outcome comes from the
// Activation record that every change makes: INIT, BUSY, then DONE or ERROR. An operation with services that sTN leaves out of
// its answer ends as PartlyTaken.
type SetServices struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference      string `json:"reference" jsonschema:"required"`
	SubscriptionID string `json:"subscriptionId,omitempty" jsonschema:"minLength=1" jsonschema_description:"sTN's id of the subscription; this or phoneNumber"`
	PhoneNumber    string `json:"phoneNumber,omitempty" jsonschema:"minLength=1" jsonschema_description:"national number such as 0612345678; this or subscriptionId"`
	// Services maps service names to values, which are booleans and texts. The list of services is sTN's; unknown names go out
	// as they are, and sTN leaves them out of its answer.
	Services map[string]any `json:"services" jsonschema:"required" jsonschema_description:"every service to be changed or added, with its value"`
	carriers.Options
}

// Operation is stn.SetServices.
func (SetServices) Operation() string { return "stn.SetServices" }

// JSONSchemaExtend adds the documented "at least one of" and the value types seen in sTN's samples.
func (SetServices) JSONSchemaExtend(s *jsonschema.Schema) {
	s.AnyOf = []*jsonschema.Schema{{Required: []string{"subscriptionId"}}, {Required: []string{"phoneNumber"}}}
	if services, ok := s.Properties.Get("services"); ok {
		one := uint64(1)
		services.MinProperties = &one
		services.AdditionalProperties = &jsonschema.Schema{
			AnyOf: []*jsonschema.Schema{{Type: "boolean"}, {Type: "string"}},
		}
	}
}

// personal lists the values that must not appear in logs or messages.
func (r SetServices) personal() []string {
	return []string{r.SubscriptionID, r.PhoneNumber, national(r.PhoneNumber)}
}

// longestReference is how many characters sTN takes as a referenceNumber (SetServicesSubscription).
const longestReference = 15

// shortReference is a reference as sTN takes it.
func shortReference(reference string) string {
	return carriers.ShortReference(reference, longestReference)
}

// national writes a Dutch number as sTN takes it, 0612345678 (SetServicesSubscription). What is no Dutch number stays as it
// is, for sTN to refuse.
func national(number string) string {
	if digits, ok := identifiers.NationalPhone(number, identifiers.Netherlands); ok {
		return digits
	}
	return number
}

// usable reports whether a number from an answer can be asked for. The pages show numbers with "#" in place of digits;
// whether the live service does that too is not documented.
func usable(number string) bool {
	_, ok := identifiers.NationalPhone(number, identifiers.Netherlands)
	return ok
}
