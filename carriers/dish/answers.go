package dish

import (
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Subscriber is the answer of the subscription query. The page shows one sample and no field is marked required.
type Subscriber struct {
	WholesaleCustomerID carriers.Text  `json:"wholesaleCustomerId,omitempty" jsonschema_description:"sub-node of the customer hierarchy"`
	SubscriberID        carriers.Text  `json:"subscriberId,omitempty" jsonschema_description:"unique subscriber identifier; personal"`
	Subscriptions       []Subscription `json:"subscriptions" jsonschema:"nullable" jsonschema_description:"one for each active SIM; null when DISH lists none"`
}

// Subscription is one active SIM of a subscriber.
type Subscription struct {
	// SubscriptionStatus: the page shows "Active" and no other value.
	SubscriptionStatus string             `json:"subscriptionStatus,omitempty" jsonschema_description:"DISH's word; only Active is documented"`
	WholesalePlanID    carriers.Text      `json:"wholesalePlanId,omitempty" jsonschema_description:"wholesale plan identifier"`
	BillCycleFrequency string             `json:"billCycleFrequency,omitempty" jsonschema_description:"MONTHLY is the only documented value"`
	BillCycleStartDay  carriers.Text      `json:"billCycleStartDay,omitempty" jsonschema_description:"day of the month"`
	StartDate          carriers.Timestamp `json:"startDate" jsonschema_description:"when it began, as DISH writes it"`
	Products           []Product          `json:"products,omitempty" jsonschema_description:"products on top of the plan"`
	Resources          []Resource         `json:"resources,omitempty" jsonschema_description:"the identifiers assigned to the subscription"`
}

// Product is one product on a subscription.
type Product struct {
	ProductID       string             `json:"productId,omitempty" jsonschema_description:"product identifier"`
	ProductStatus   string             `json:"productStatus,omitempty" jsonschema_description:"DISH's word"`
	StartDate       carriers.Timestamp `json:"startDate" jsonschema_description:"when it began, as DISH writes it"`
	Characteristics []Characteristic   `json:"characteristics,omitempty" jsonschema_description:"named values of the product"`
}

// Characteristic is a named value of a product.
type Characteristic struct {
	Key   string        `json:"key"`
	Value carriers.Text `json:"value"`
}

// Resource holds the identifiers assigned to a subscription. A sample on another page shows gpsi as a bare number, so
// both forms are read.
type Resource struct {
	GPSI  carriers.Text `json:"gpsi,omitempty" jsonschema_description:"phone number with country code; personal"`
	SUPI  carriers.Text `json:"supi,omitempty" jsonschema_description:"IMSI; personal"`
	ICCID carriers.Text `json:"iccid,omitempty" jsonschema_description:"SIM card number; personal"`
	PEI   carriers.Text `json:"pei,omitempty" jsonschema_description:"PEI or IMEI of the device; personal"`
	EID   carriers.Text `json:"eid,omitempty" jsonschema_description:"EID of the eSIM; personal"`
}

// TransactionStatus is the answer of Get Transaction Status. The page shows {"status": "Success"} and nothing else;
// code and reason are read where a carrier would put them.
type TransactionStatus struct {
	Status string         `json:"status" jsonschema_description:"DISH's word"`
	State  carriers.State `json:"state" jsonschema:"enum=pending,enum=done,enum=failed,enum=unknown" jsonschema_description:"what the word means: pending, done, failed or unknown"`
	Code   string         `json:"code,omitempty" jsonschema_description:"DISH's error code, if it gives one"`
	Reason string         `json:"reason,omitempty" jsonschema_description:"DISH's explanation, if it gives one, without personal data"`
}

// Callback is a completion notice, decoded. Its shape on the wire is not documented; see DecodeCallbacks.
type Callback struct {
	PartnerTransactionID string
	Status               string
	State                carriers.State
	Code, Reason         string
	// EventID tells two deliveries of one notice from two notices, if the carrier sends one.
	EventID string
	At      time.Time
}
