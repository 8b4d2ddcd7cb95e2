package stn

import (
	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
)

// MaxReference is the longest referenceNumber sTN takes, in characters (SetServicesSubscription).
const MaxReference = 15

// SetServices changes services of a subscription (POST /api/SetServicesSubscription). SubscriptionID or PhoneNumber
// names it; when both are given only SubscriptionID is sent, because it is not documented which of them would win.
type SetServices struct {
	SubscriptionID string `json:"subscriptionId,omitempty" jsonschema:"minLength=1" jsonschema_description:"sTN's id of the subscription; this or phoneNumber"`
	PhoneNumber    string `json:"phoneNumber,omitempty" jsonschema:"minLength=1" jsonschema_description:"national number such as 0612345678; this or subscriptionId"`
	// Services maps service names to values. The list of services is sTN's; names nobody knows go out as they are, and
	// sTN leaves them out of its answer.
	Services map[string]any `json:"services" jsonschema:"required" jsonschema_description:"every service to be changed or added, with its value"`
}

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

// Personal lists the values that must not appear in logs or messages.
func (r SetServices) Personal() []string { return []string{r.SubscriptionID, r.PhoneNumber} }

// ActivationSetServices is the activationType of a service change.
const ActivationSetServices = "SETSERVICES"

// Activation is sTN's record of a change: every change creates one, and its status says how far it is. Only the
// fields used here are named.
type Activation struct {
	ID                  carriers.Text      `json:"id"`
	CreatedAt           carriers.Timestamp `json:"createdAt"`
	ModifiedAt          carriers.Timestamp `json:"modifiedAt"`
	Status              string             `json:"status"`
	ActivationType      string             `json:"activationType"`
	ReferenceNumber     carriers.Text      `json:"referenceNumber,omitempty"`
	ProviderOrderNumber carriers.Text      `json:"providerOrderNumber,omitempty"`
	ProviderEnvironment string             `json:"providerEnvironment,omitempty"`
	SubscriptionID      carriers.Text      `json:"subscriptionId,omitempty"`
	PhoneNumber         carriers.Text      `json:"phoneNumber,omitempty"`
	Info                Info               `json:"info"`
}

// Info is the part of an Activation that differs by type.
type Info struct {
	// Services is the accepted part of the requested services.
	Services map[string]any `json:"services,omitempty"`
	// Reason is what info says besides, where a failure might be explained, redacted. Where sTN explains an ERROR is not
	// documented, so nothing may depend on it.
	Reason string `json:"reason,omitempty"`
}

// Subscription is a line as QuerySubscription shows it, without its secrets.
type Subscription struct {
	ID            carriers.Text  `json:"id"`
	State         string         `json:"state"`
	PhoneNumber   carriers.Text  `json:"phoneNumber,omitempty"`
	SimCardNumber carriers.Text  `json:"simCardNumber,omitempty"`
	Services      map[string]any `json:"services,omitempty"`
}
