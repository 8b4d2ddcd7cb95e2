package stn

import (
	"time"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// Terminate ends a subscription (TerminateSubscription). Without a date sTN does it at once, so that has to be said: either
// Immediately is true, or WishDate is given. With a WishDate the operation is open until then.
type Terminate struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	Immediately bool   `json:"immediately,omitempty" jsonschema_description:"true ends the subscription now; this or wishDate"`
	WishDate    string `json:"wishDate,omitempty" jsonschema:"format=date-time" jsonschema_description:"when the subscription is to end, with an offset; this or immediately"`
	carriers.Options
}

// Operation is stn.Terminate.
func (Terminate) Operation() string { return "stn.Terminate" }

// JSONSchemaExtend demands that "now" is said.
func (Terminate) JSONSchemaExtend(s *jsonschema.Schema) {
	needsLine(s)
	s.OneOf = []*jsonschema.Schema{{Required: []string{"immediately"}}, {Required: []string{"wishDate"}}}
	onlyTrue(s, "immediately")
}

// PortOut gives a number to another provider (PortingOutSubscription). Without a WishDate sTN chooses the day.
type PortOut struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	WishDate string `json:"wishDate,omitempty" jsonschema:"format=date-time" jsonschema_description:"when the number is to go, with an offset; sTN chooses when it is left out"`
	carriers.Options
}

// Operation is stn.PortOut.
func (PortOut) Operation() string { return "stn.PortOut" }

// JSONSchemaExtend adds the rule about the line.
func (PortOut) JSONSchemaExtend(s *jsonschema.Schema) { needsLine(s) }

// MoveEnvironment moves a line to another environment of the network provider (MoveEnvironmentSubscription), at most once in two
// months. It cannot be taken back within them.
type MoveEnvironment struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	NewProviderEnvironment string `json:"newProviderEnvironment" jsonschema:"required,enum=SP16001,enum=SP16002" jsonschema_description:"SP16001 is the regular one, SP16002 the unlimited one"`
	WishDate               string `json:"wishDate,omitempty" jsonschema:"pattern=^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$" jsonschema_description:"when the line is to be moved, without an offset: 2026-03-01T00:00:00"`
	carriers.Options
}

// Operation is stn.MoveEnvironment.
func (MoveEnvironment) Operation() string { return "stn.MoveEnvironment" }

// JSONSchemaExtend adds the rule about the line.
func (MoveEnvironment) JSONSchemaExtend(s *jsonschema.Schema) { needsLine(s) }

// NewSubscription opens a subscription with a new number, on a SIM card or an eSIM (NewSubscription). The number is sTN's choice, and
// in the result. For a SIM card WishDate is required: the Quick Start asks for it, and the page of the operation does not. sTN takes a
// request with both a card and an eSIM for one for an eSIM; here that is refused.
type NewSubscription struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference     string `json:"reference" jsonschema:"required"`
	SIMCardNumber string `json:"simCardNumber,omitempty" jsonschema_description:"number of the physical SIM card, 19 or 20 digits; this or eSim"`
	ESIM
	WishDate string `json:"wishDate,omitempty" jsonschema:"format=date-time" jsonschema_description:"when the subscription is to begin, with an offset; required with simCardNumber"`
	Contract
	carriers.Options
}

// Operation is stn.NewSubscription.
func (NewSubscription) Operation() string { return "stn.NewSubscription" }

// JSONSchemaExtend adds the rules about the kind of SIM and the services.
func (NewSubscription) JSONSchemaExtend(s *jsonschema.Schema) {
	cardOrESIM(s, "simCardNumber")
	s.DependentRequired["simCardNumber"] = []string{"wishDate"}
	serviceValues(s)
}

// Contract are the fields of a new subscription that a port-in has as well (NewSubscription, InPortSubscription). sTN has a default
// for each.
type Contract struct {
	ProviderEnvironment string         `json:"providerEnvironment,omitempty" jsonschema:"enum=SP16001,enum=SP16002" jsonschema_description:"environment at the network provider; SP16001 when left out"`
	SubscriptionType    string         `json:"subscriptionType,omitempty" jsonschema:"enum=VOICEDATA,enum=DATAONLY" jsonschema_description:"VOICEDATA when left out"`
	AccessType          string         `json:"accessType,omitempty" jsonschema:"enum=INTERNETACCESS,enum=MOBILEPAY" jsonschema_description:"INTERNETACCESS when left out"`
	STNCustomerID       string         `json:"stnCustomerId,omitempty" jsonschema:"minLength=1" jsonschema_description:"which of your customer numbers at sTN, if you have several"`
	Services            map[string]any `json:"services,omitempty" jsonschema_description:"services with their values"`
}

// PortIn brings a number from another provider into a new subscription (InPortSubscription).
type PortIn struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference           string `json:"reference" jsonschema:"required"`
	PhoneNumber         string `json:"phoneNumber" jsonschema:"required,minLength=1" jsonschema_description:"the number to bring in, such as 0612345678"`
	DonorCustomerNumber string `json:"donorCustomerNumber" jsonschema:"required,minLength=1" jsonschema_description:"customer number at the other provider; personal"`
	DonorCustomerName   string `json:"donorCustomerName,omitempty" jsonschema:"minLength=1" jsonschema_description:"customer's name at the other provider; personal"`
	PortingWishDate     string `json:"portingWishDate,omitempty" jsonschema:"format=date-time" jsonschema_description:"when the number is to be ported, with an offset"`
	Note                string `json:"note,omitempty" jsonschema:"minLength=1,maxLength=164" jsonschema_description:"note to the porting"`
	SIMCardNumber       string `json:"simCardNumber,omitempty" jsonschema_description:"number of the physical SIM card, 19 or 20 digits; this or eSim"`
	ESIM
	Contract
	carriers.Options
}

// Operation is stn.PortIn.
func (PortIn) Operation() string { return "stn.PortIn" }

// JSONSchemaExtend adds the rules about the kind of SIM and the services.
func (PortIn) JSONSchemaExtend(s *jsonschema.Schema) {
	cardOrESIM(s, "simCardNumber")
	serviceValues(s)
}

// personal lists what a port-in says about the customer.
func (r PortIn) personal() []string {
	return append(r.ESIM.personal(), r.DonorCustomerNumber, r.DonorCustomerName, r.Note, r.STNCustomerID, r.SIMCardNumber, identifiers.SentICCID(r.SIMCardNumber))
}

// wish is the point in time of a wish date; zero when there is none. One without an offset is taken as UTC: it only decides when an
// operation is late.
func wish(date string) time.Time {
	at, _ := identifiers.ParseTime(date)
	return at
}

// withDate are the fields of a request with a date, which is left out when it is empty.
func withDate(date string) map[string]any {
	if date == "" {
		return map[string]any{}
	}
	return map[string]any{"wishDate": date}
}
