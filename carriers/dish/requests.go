package dish

import (
	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// Customer picks a sub-node of the partner's customer hierarchy, for example one brand. It travels as the header
// wholesaleCustomerId. Whether a transaction started with the header must be asked for with it is not documented, so
// the same value goes with every call of an operation.
type Customer struct {
	// WholesaleCustomerID is optional: 1..12 characters (SPS - Subscriptions v5).
	WholesaleCustomerID string `json:"wholesaleCustomerId,omitempty" jsonschema:"minLength=1,maxLength=12,pattern=^.*$" jsonschema_description:"sub-node of the customer hierarchy, sent as the header wholesaleCustomerId"`
}

// ActivateSubscription activates a SIM, optionally with a device (SPS - Subscriptions v5, Activate Subscription). The outcome
// comes by callback or transaction status. The rules are the documented ones. The page asks for an EID for a device that the
// customer brings along, but no field marks such a device, so that rule cannot be enforced here.
type ActivateSubscription struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	SubscriberID    string `json:"subscriberId" jsonschema:"required,minLength=1,maxLength=36,pattern=^[-a-zA-Z0-9\\s].*$" jsonschema_description:"unique subscriber identifier"`
	WholesalePlanID string `json:"wholesalePlanId" jsonschema:"required,minLength=1,maxLength=36,pattern=^[-a-zA-Z0-9\\s].*$" jsonschema_description:"wholesale plan identifier"`
	// Location is required; its inner fields are not documented, so it goes out as it came in.
	Location    carriers.Object `json:"location" jsonschema:"required" jsonschema_description:"location of the subscriber; inner fields as agreed with DISH"`
	BucketRefID []string        `json:"bucketRefId,omitempty" jsonschema_description:"allowance buckets to instantiate"`
	// BillCycleFrequency is MONTHLY when left out.
	BillCycleFrequency string `json:"billCycleFrequency,omitempty" jsonschema:"enum=MONTHLY" jsonschema_description:"MONTHLY when left out"`
	// BillCycleStartDay is a day of the month. DISH fills in the day of its own system date when it is left out, in a
	// time zone it does not name; carrierflow therefore always sends one.
	BillCycleStartDay  int               `json:"billCycleStartDay,omitempty" jsonschema:"minimum=1,maximum=28" jsonschema_description:"day of the month; when left out, today's day (UTC) if it is 1 to 28, else 1"`
	GPSI               string            `json:"gpsi,omitempty" jsonschema_description:"phone number with country code; +, 00, msisdn-, blanks and dashes are left out"`
	GPSIReservationID  string            `json:"gpsiReservationId,omitempty" jsonschema:"minLength=1,maxLength=36,pattern=^.*$" jsonschema_description:"order id of the number management system"`
	ICCID              string            `json:"iccid,omitempty" jsonschema_description:"SIM card number, 19 or 20 digits; blanks, dashes and the filler F are left out"`
	PEI                string            `json:"pei,omitempty" jsonschema:"pattern=^[0-9]{15\\,17}$" jsonschema_description:"PEI or IMEI of the device"`
	EID                string            `json:"eid,omitempty" jsonschema:"pattern=^[0-9]{19\\,32}$" jsonschema_description:"EID of the eSIM; needed for a device the customer brings along"`
	ESIMDeliveryMethod string            `json:"eSIMDeliveryMethod,omitempty" jsonschema:"enum=QR" jsonschema_description:"QR is the only value"`
	Products           []carriers.Object `json:"products,omitempty" jsonschema_description:"products to add, remove or update on top of the plan; inner fields as agreed with DISH"`
	carriers.Options
}

// Operation is dish.ActivateSubscription.
func (ActivateSubscription) Operation() string { return "dish.ActivateSubscription" }

// JSONSchemaExtend adds the rules that tags cannot say: how identifiers may be spelled, and that the items of bucketRefId are
// not empty.
func (ActivateSubscription) JSONSchemaExtend(s *jsonschema.Schema) {
	acceptSpellings(s)
	if buckets, ok := s.Properties.Get("bucketRefId"); ok {
		one := uint64(1)
		buckets.Items.MinLength = &one
	}
}

// personal lists the values that must not appear in logs or messages.
func (r ActivateSubscription) personal() []string {
	values := append(carriers.Leaves(r.Location), r.GPSI, r.GPSIReservationID, r.ICCID, r.PEI, r.EID, r.SubscriberID)
	for _, p := range r.Products {
		values = append(values, carriers.Leaves(p)...)
	}
	return values
}

// Action is what UpdateSubscriptionStatus does to a subscription.
type Action string

// The documented actions. Cease is listed from active only, not from suspended.
const (
	Suspend    Action = "Suspend"    // allowed on an active subscription
	Resume     Action = "Resume"     // allowed on a suspended subscription
	Cease      Action = "Cease"      // allowed on an active subscription
	Reactivate Action = "Reactivate" // allowed on a ceased subscription
)

// UpdateSubscriptionStatus suspends, resumes, ceases or reactivates a subscription (SPS - Subscriptions v5, Update
// Subscription Status). Exactly one of ICCID and GPSI names it. The outcome comes by callback or transaction status.
type UpdateSubscriptionStatus struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	ICCID  string `json:"iccid,omitempty" jsonschema_description:"ICCID of the active SIM, 19 or 20 digits; blanks, dashes and the filler F are left out; either this or gpsi"`
	GPSI   string `json:"gpsi,omitempty" jsonschema_description:"phone number with country code; +, 00, msisdn-, blanks and dashes are left out; either this or iccid"`
	Action Action `json:"action" jsonschema:"required,enum=Suspend,enum=Resume,enum=Cease,enum=Reactivate" jsonschema_description:"what to do with the subscription"`
	carriers.Options
}

// Operation is dish.UpdateSubscriptionStatus.
func (UpdateSubscriptionStatus) Operation() string { return "dish.UpdateSubscriptionStatus" }

// JSONSchemaExtend adds the documented "one of", and how identifiers may be spelled.
func (UpdateSubscriptionStatus) JSONSchemaExtend(s *jsonschema.Schema) {
	acceptSpellings(s)
	s.OneOf = []*jsonschema.Schema{{Required: []string{"iccid"}}, {Required: []string{"gpsi"}}}
}

// UpdateBillCycle sets the bill cycle of an active subscription (SPS - Subscription Profile Management v5). It carries no
// transaction id; it sets absolute values, so sending it again changes nothing. It is answered at once, and confirmed by read.
type UpdateBillCycle struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	GPSI               string `json:"gpsi" jsonschema:"required" jsonschema_description:"phone number with country code; +, 00, msisdn-, blanks and dashes are left out"`
	BillCycleFrequency string `json:"billCycleFrequency" jsonschema:"required,enum=MONTHLY" jsonschema_description:"MONTHLY is the only value"`
	BillCycleStartDay  int    `json:"billCycleStartDay" jsonschema:"required,minimum=1,maximum=28" jsonschema_description:"day of the month"`
	carriers.Options
}

// Operation is dish.UpdateBillCycle.
func (UpdateBillCycle) Operation() string { return "dish.UpdateBillCycle" }

// JSONSchemaExtend adds how the number may be spelled.
func (UpdateBillCycle) JSONSchemaExtend(s *jsonschema.Schema) { acceptSpellings(s) }

// ChangeNumber gives a subscription another number, which was reserved before (SPS - Subscription Number Management v5, Change
// GPSI). The outcome comes by callback or transaction status. The page names two more forms, by ICCID and with a number that DISH
// reserves itself, and hides what they contain; they are not offered. It describes both numbers as "to be ported in", which a
// change between two numbers of DISH's is not: the names of the fields are followed.
type ChangeNumber struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	GPSI              string `json:"gpsi" jsonschema:"required" jsonschema_description:"present phone number with country code; +, 00, msisdn-, blanks and dashes are left out"`
	NewGPSI           string `json:"newGpsi" jsonschema:"required" jsonschema_description:"new phone number with country code; +, 00, msisdn-, blanks and dashes are left out"`
	GPSIReservationID string `json:"gpsiReservationId" jsonschema:"required,minLength=1,maxLength=36,pattern=^.*$" jsonschema_description:"order id of the number management system, from the reservation of the new number"`
	carriers.Options
}

// Operation is dish.ChangeNumber.
func (ChangeNumber) Operation() string { return "dish.ChangeNumber" }

// JSONSchemaExtend adds how the numbers may be spelled.
func (ChangeNumber) JSONSchemaExtend(s *jsonschema.Schema) { acceptSpellings(s) }

// GetSubscription reads a subscriber's subscriptions (SPS - Subscription Profile Management v5); the answer is a
// [Subscriber]. The page does not say whether its three parameters may be combined; exactly one is taken.
type GetSubscription struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	GPSI         string `json:"gpsi,omitempty" jsonschema_description:"phone number with country code; +, 00, msisdn-, blanks and dashes are left out"`
	ICCID        string `json:"iccid,omitempty" jsonschema_description:"SIM card number, 19 or 20 digits; blanks, dashes and the filler F are left out"`
	SubscriberID string `json:"subscriberId,omitempty" jsonschema:"minLength=1,maxLength=36,pattern=^.*$" jsonschema_description:"unique subscriber identifier"`
	carriers.Options
}

// Operation is dish.GetSubscription.
func (GetSubscription) Operation() string { return "dish.GetSubscription" }

// JSONSchemaExtend asks for exactly one of the three, and adds how identifiers may be spelled.
func (GetSubscription) JSONSchemaExtend(s *jsonschema.Schema) {
	acceptSpellings(s)
	s.OneOf = []*jsonschema.Schema{
		{Required: []string{"gpsi"}}, {Required: []string{"iccid"}}, {Required: []string{"subscriberId"}},
	}
}

// GetTransactionStatus reads the status of an earlier transaction (SPS - Subscriptions v5, Get Transaction Status); the
// answer is a [TransactionStatus].
type GetTransactionStatus struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	PartnerTransactionID string `json:"partnerTransactionId" jsonschema:"required,minLength=1,maxLength=36,pattern=^.*$" jsonschema_description:"the id given on the original request; for operations started here, their reference"`
	carriers.Options
}

// Operation is dish.GetTransactionStatus.
func (GetTransactionStatus) Operation() string { return "dish.GetTransactionStatus" }

// target is what names a subscription: exactly one of the three is sent.
type target struct{ iccid, gpsi, subscriberID string }

func (t target) personal() []string { return []string{t.gpsi, t.iccid, t.subscriberID} }

// asSent is the target as the pages want it.
func (t target) asSent() target {
	t.iccid, t.gpsi = identifiers.SentICCID(t.iccid), sentGPSI(t.gpsi)
	return t
}

// The pages want digits only: ^[0-9]{19,20}$ for an iccid, ^[0-9]{11,15}$ for a gpsi (SPS v5). People paste other spellings, so
// the schema accepts those that can be written as the pages want them, and the client sends them so.
const (
	// iccidPattern is 19 or 20 digits, in groups, with the filler F in place of the twentieth (ETSI TS 102 221).
	iccidPattern = `^` + between + `[0-9](?:` + between + `[0-9]){18}(?:` + between + `[0-9Ff])?` + between + `$`
	// gpsiPattern is what the page wants, or a number that begins with its country code, behind +, 00 or the msisdn- of 3GPP TS
	// 29.571, in groups.
	gpsiPattern = `^(?:[0-9]{11,15}|\s*(?:msisdn-|MSISDN-)?` + grouped + `(?:\+|00)?` + grouped + `[1-9](?:` + grouped + `[0-9]){10,14}` + grouped + `)$`

	between = "[\\s\u00a0\u2010-\u2015-]*"
	grouped = "[\\s\u00a0\u2010-\u2015()-]*"

	// shortestGPSI and longestGPSI are documented.
	shortestGPSI, longestGPSI = 11, 15
)

// spellings say in words what the patterns of identifiers accept: as a pattern it helps nobody who has to correct an input.
var spellings = map[string]string{
	iccidPattern: "must be an ICCID of 19 or 20 digits",
	gpsiPattern:  "must be a phone number with its country code, of 11 to 15 digits",
}

// acceptSpellings loosens the schema of a request to what can be written as the pages want it.
func acceptSpellings(s *jsonschema.Schema) {
	for name, pattern := range map[string]string{"iccid": iccidPattern, "gpsi": gpsiPattern, "newGpsi": gpsiPattern} {
		if property, ok := s.Properties.Get(name); ok {
			property.Pattern = pattern
		}
	}
}

// sentGPSI writes a number as the pages want it. What cannot be written so stays as it is; the schema has refused it.
func sentGPSI(typed string) string {
	digits, ok := identifiers.Phone(typed, identifiers.NorthAmerica)
	if ok && len(digits) >= shortestGPSI && len(digits) <= longestGPSI {
		return digits
	}
	return typed
}
