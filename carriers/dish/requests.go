package dish

import (
	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
)

// Customer picks a sub-node of the partner's customer hierarchy, for example one brand. It travels as the header
// wholesaleCustomerId. Whether a transaction started with the header must be asked for with it is not documented, so
// the same value goes with every call of an operation.
type Customer struct {
	// WholesaleCustomerID is optional: 1..12 characters (SPS - Subscriptions v5).
	WholesaleCustomerID string `json:"wholesaleCustomerId,omitempty" jsonschema:"minLength=1,maxLength=12,pattern=^.*$" jsonschema_description:"sub-node of the customer hierarchy, sent as the header wholesaleCustomerId"`
}

// Activation activates a SIM, optionally with a device (SPS - Subscriptions v5, Activate Subscription). The rules are
// the documented ones. The page asks for an EID for a device the customer brings along, but no field marks such a
// device, so that rule cannot be enforced here.
type Activation struct {
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
}

// JSONSchemaExtend adds the rules that tags cannot say: how identifiers may be spelled, and that the items of bucketRefId are
// not empty.
func (Activation) JSONSchemaExtend(s *jsonschema.Schema) {
	acceptSpellings(s)
	if buckets, ok := s.Properties.Get("bucketRefId"); ok {
		one := uint64(1)
		buckets.Items.MinLength = &one
	}
}

// Personal lists the values that must not appear in logs or messages.
func (a Activation) Personal() []string {
	values := append(carriers.Leaves(a.Location), a.GPSI, a.GPSIReservationID, a.ICCID, a.PEI, a.EID, a.SubscriberID)
	for _, p := range a.Products {
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

// StatusUpdate suspends, resumes, ceases or reactivates a subscription (SPS - Subscriptions v5, Update Subscription
// Status). Exactly one of ICCID and GPSI names it.
type StatusUpdate struct {
	ICCID  string `json:"iccid,omitempty" jsonschema_description:"ICCID of the active SIM, 19 or 20 digits; blanks, dashes and the filler F are left out; either this or gpsi"`
	GPSI   string `json:"gpsi,omitempty" jsonschema_description:"phone number with country code; +, 00, msisdn-, blanks and dashes are left out; either this or iccid"`
	Action Action `json:"action" jsonschema:"required,enum=Suspend,enum=Resume,enum=Cease,enum=Reactivate" jsonschema_description:"what to do with the subscription"`
}

// JSONSchemaExtend adds the documented "one of", and how identifiers may be spelled.
func (StatusUpdate) JSONSchemaExtend(s *jsonschema.Schema) {
	acceptSpellings(s)
	s.OneOf = []*jsonschema.Schema{{Required: []string{"iccid"}}, {Required: []string{"gpsi"}}}
}

// Personal lists the values that must not appear in logs or messages.
func (u StatusUpdate) Personal() []string { return []string{u.ICCID, u.GPSI} }

// Query is the query that finds the subscription the update is about.
func (u StatusUpdate) Query() SubscriptionQuery {
	return SubscriptionQuery{ICCID: u.ICCID, GPSI: u.GPSI}
}

// BillCycle sets the bill cycle of an active subscription (SPS - Subscription Profile Management v5). It carries no
// transaction id; it sets absolute values, so sending it again changes nothing.
type BillCycle struct {
	GPSI               string `json:"gpsi" jsonschema:"required" jsonschema_description:"phone number with country code; +, 00, msisdn-, blanks and dashes are left out"`
	BillCycleFrequency string `json:"billCycleFrequency" jsonschema:"required,enum=MONTHLY" jsonschema_description:"MONTHLY is the only value"`
	BillCycleStartDay  int    `json:"billCycleStartDay" jsonschema:"required,minimum=1,maximum=28" jsonschema_description:"day of the month"`
}

// JSONSchemaExtend adds how the number may be spelled.
func (BillCycle) JSONSchemaExtend(s *jsonschema.Schema) { acceptSpellings(s) }

// Personal lists the values that must not appear in logs or messages.
func (b BillCycle) Personal() []string { return []string{b.GPSI} }

// SubscriptionQuery reads a subscriber's subscriptions (SPS - Subscription Profile Management v5). The page does not
// say whether its three parameters may be combined; carrierflow sends exactly one.
type SubscriptionQuery struct {
	GPSI         string `json:"gpsi,omitempty" jsonschema_description:"phone number with country code; +, 00, msisdn-, blanks and dashes are left out"`
	ICCID        string `json:"iccid,omitempty" jsonschema_description:"SIM card number, 19 or 20 digits; blanks, dashes and the filler F are left out"`
	SubscriberID string `json:"subscriberId,omitempty" jsonschema:"minLength=1,maxLength=36,pattern=^.*$" jsonschema_description:"unique subscriber identifier"`
}

// JSONSchemaExtend asks for exactly one of the three, and adds how identifiers may be spelled.
func (SubscriptionQuery) JSONSchemaExtend(s *jsonschema.Schema) {
	acceptSpellings(s)
	s.OneOf = []*jsonschema.Schema{
		{Required: []string{"gpsi"}}, {Required: []string{"iccid"}}, {Required: []string{"subscriberId"}},
	}
}

// Personal lists the values that must not appear in logs or messages.
func (q SubscriptionQuery) Personal() []string { return []string{q.GPSI, q.ICCID, q.SubscriberID} }

// TransactionQuery asks for the status of an earlier transaction (SPS - Subscriptions v5, Get Transaction Status).
type TransactionQuery struct {
	PartnerTransactionID string `json:"partnerTransactionId" jsonschema:"required,minLength=1,maxLength=36,pattern=^.*$" jsonschema_description:"the id given on the original request; for operations started here, their reference"`
}
