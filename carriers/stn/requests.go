package stn

import (
	"cmp"

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
	needsLine(s)
	serviceValues(s)
}

// serviceValues adds the value types of services seen in sTN's samples.
func serviceValues(s *jsonschema.Schema) {
	if services, ok := s.Properties.Get("services"); ok {
		one := uint64(1)
		services.MinProperties = &one
		services.AdditionalProperties = &jsonschema.Schema{
			AnyOf: []*jsonschema.Schema{{Type: "boolean"}, {Type: "string"}},
		}
	}
}

// Line names a line. When both are given only SubscriptionID is sent, because it is not documented which of them would win.
type Line struct {
	SubscriptionID string `json:"subscriptionId,omitempty" jsonschema:"minLength=1" jsonschema_description:"sTN's id of the subscription; this or phoneNumber"`
	PhoneNumber    string `json:"phoneNumber,omitempty" jsonschema:"minLength=1" jsonschema_description:"national number such as 0612345678; this or subscriptionId"`
}

// line is what the request names the line with.
func (r SetServices) line() Line { return Line{r.SubscriptionID, r.PhoneNumber} }

// key names the line to the caller.
func (l Line) key() string { return cmp.Or(l.SubscriptionID, l.PhoneNumber) }

// parameter is the name and the value with which sTN is told the line.
func (l Line) parameter() (name, value string) {
	if l.SubscriptionID != "" {
		return "subscriptionId", l.SubscriptionID
	}
	return "phoneNumber", national(l.PhoneNumber)
}

// personal lists the values that must not appear in logs or messages.
func (l Line) personal() []string {
	return []string{l.SubscriptionID, l.PhoneNumber, national(l.PhoneNumber)}
}

// needsLine adds the documented "at least one of" to a request's schema.
func needsLine(s *jsonschema.Schema) {
	s.AnyOf = []*jsonschema.Schema{{Required: []string{"subscriptionId"}}, {Required: []string{"phoneNumber"}}}
}

// Suspend blocks all traffic of a line (SuspendSubscription). A line that shows itself as suspended already is refused, and
// nothing is sent: what sTN does then is not documented.
type Suspend struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	carriers.Options
}

// Operation is stn.Suspend.
func (Suspend) Operation() string { return "stn.Suspend" }

// JSONSchemaExtend adds the rule about the line.
func (Suspend) JSONSchemaExtend(s *jsonschema.Schema) { needsLine(s) }

// Resume restores all traffic of a suspended line (ResumeSubscription). A line that shows itself as active already is refused,
// and nothing is sent: what sTN does then is not documented.
type Resume struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	carriers.Options
}

// Operation is stn.Resume.
func (Resume) Operation() string { return "stn.Resume" }

// JSONSchemaExtend adds the rule about the line.
func (Resume) JSONSchemaExtend(s *jsonschema.Schema) { needsLine(s) }

// SwapSIM gives a line another SIM card (SimSwapSubscription): a physical one, or an eSIM. For an eSIM sTN mails a QR code to
// Email; the confirmation code is not in that mail, and the customer has to get it from you. sTN takes a request with both a
// card and an eSIM for one for an eSIM; here that is refused.
type SwapSIM struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	NewSIMCardNumber string `json:"newSimCardNumber,omitempty" jsonschema_description:"number of the physical SIM card, 19 or 20 digits; this or eSim"`
	ESIM
	carriers.Options
}

// ESIM are the fields of a request for an eSIM (SimSwapSubscription, NewSubscription).
type ESIM struct {
	ESIM             bool   `json:"eSim,omitempty" jsonschema_description:"true asks for an eSIM; then email and confirmationCode are required"`
	Email            string `json:"email,omitempty" jsonschema:"format=email" jsonschema_description:"where sTN mails the QR code of an eSIM; personal"`
	ConfirmationCode string `json:"confirmationCode,omitempty" jsonschema:"minLength=1,maxLength=10" jsonschema_description:"chosen by you, and typed by the customer when the eSIM is installed; secret"`
}

// Operation is stn.SwapSIM.
func (SwapSIM) Operation() string { return "stn.SwapSIM" }

// JSONSchemaExtend adds the rules about the line and the kind of SIM.
func (SwapSIM) JSONSchemaExtend(s *jsonschema.Schema) {
	needsLine(s)
	cardOrESIM(s, "newSimCardNumber")
}

// cardOrESIM demands either the number of a physical card or an eSIM with what belongs to one.
func cardOrESIM(s *jsonschema.Schema, card string) {
	acceptCard(s, card)
	onlyTrue(s, "eSim")
	s.OneOf = []*jsonschema.Schema{{Required: []string{card}}, {Required: []string{"eSim"}}}
	s.DependentRequired = map[string][]string{
		"eSim": {"email", "confirmationCode"}, "email": {"eSim"}, "confirmationCode": {"eSim"},
	}
}

// onlyTrue excludes false, which would mean the same as no value.
func onlyTrue(s *jsonschema.Schema, field string) {
	if flag, ok := s.Properties.Get(field); ok {
		flag.Const = true
	}
}

// cardPattern is a SIM card number as it is printed: blanks and dashes are left out when it is sent (ours).
const cardPattern = `^[0-9](?:[ -]?[0-9]){18,19}$`

// acceptCard adds the form of a SIM card number to a field.
func acceptCard(s *jsonschema.Schema, field string) {
	if number, ok := s.Properties.Get(field); ok {
		number.Pattern = cardPattern
	}
}

// GetActivation reads the record of a change (QueryActivation); the answer is [Activations].
type GetActivation struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference    string `json:"reference" jsonschema:"required"`
	ActivationID string `json:"activationId" jsonschema:"required,minLength=1" jsonschema_description:"id of the record, which is the transaction id of the operation that made it"`
	carriers.Options
}

// Operation is stn.GetActivation.
func (GetActivation) Operation() string { return "stn.GetActivation" }

// GetSubscription reads a subscription by its number or its SIM card (QuerySubscription); the answer is [Subscriptions]. A read
// by the id of the subscription is not documented.
type GetSubscription struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference     string `json:"reference" jsonschema:"required"`
	PhoneNumber   string `json:"phoneNumber,omitempty" jsonschema:"minLength=1" jsonschema_description:"national number such as 0612345678; this or simCardNumber"`
	SIMCardNumber string `json:"simCardNumber,omitempty" jsonschema_description:"SIM card number, 19 or 20 digits; this or phoneNumber"`
	carriers.Options
}

// Operation is stn.GetSubscription.
func (GetSubscription) Operation() string { return "stn.GetSubscription" }

// JSONSchemaExtend demands one of the two: whether they can be combined is not documented.
func (GetSubscription) JSONSchemaExtend(s *jsonschema.Schema) {
	s.OneOf = []*jsonschema.Schema{{Required: []string{"phoneNumber"}}, {Required: []string{"simCardNumber"}}}
	acceptCard(s, "simCardNumber")
}

// GetSIM reads a SIM card (QuerySimcard); the answer is [SIMs].
type GetSIM struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference     string `json:"reference" jsonschema:"required"`
	SIMCardNumber string `json:"simCardNumber" jsonschema:"required" jsonschema_description:"SIM card number, 19 or 20 digits"`
	carriers.Options
}

// Operation is stn.GetSIM.
func (GetSIM) Operation() string { return "stn.GetSIM" }

// JSONSchemaExtend adds the form of the number.
func (GetSIM) JSONSchemaExtend(s *jsonschema.Schema) { acceptCard(s, "simCardNumber") }

// key is the number or the SIM card.
func (r GetSubscription) key() string { return cmp.Or(r.PhoneNumber, r.SIMCardNumber) }

// key is the SIM card.
func (r GetSIM) key() string { return r.SIMCardNumber }

// fields are the fields of an eSIM as they are sent; none for a physical card.
func (e ESIM) fields() map[string]any {
	if !e.ESIM {
		return map[string]any{}
	}
	return map[string]any{"eSim": true, "email": e.Email, "confirmationCode": e.ConfirmationCode}
}

// personal lists the values that must not appear in logs or messages.
func (e ESIM) personal() []string { return []string{e.Email, e.ConfirmationCode} }

// spellings say in words what the patterns of the schemas demand.
var spellings = map[string]string{
	cardPattern: "must be a SIM card number of 19 or 20 digits", monthPattern: "must be a month such as 2026_03",
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
