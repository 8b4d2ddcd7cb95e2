package dish

import (
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Subscriber is the answer of the subscription query. The page shows one sample and no field is marked required.
type Subscriber struct {
	WholesaleCustomerID carriers.Text  `json:"wholesaleCustomerId,omitempty"`
	SubscriberID        carriers.Text  `json:"subscriberId,omitempty"`
	Subscriptions       []Subscription `json:"subscriptions"`
}

// Subscription is one active SIM of a subscriber.
type Subscription struct {
	// SubscriptionStatus: the page shows "Active" and no other value.
	SubscriptionStatus string             `json:"subscriptionStatus,omitempty"`
	WholesalePlanID    carriers.Text      `json:"wholesalePlanId,omitempty"`
	BillCycleFrequency string             `json:"billCycleFrequency,omitempty"`
	BillCycleStartDay  carriers.Text      `json:"billCycleStartDay,omitempty"`
	StartDate          carriers.Timestamp `json:"startDate"`
	Products           []Product          `json:"products,omitempty"`
	Resources          []Resource         `json:"resources,omitempty"`
}

// Product is one product on a subscription.
type Product struct {
	ProductID       string             `json:"productId,omitempty"`
	ProductStatus   string             `json:"productStatus,omitempty"`
	StartDate       carriers.Timestamp `json:"startDate"`
	Characteristics []Characteristic   `json:"characteristics,omitempty"`
}

// Characteristic is a named value of a product.
type Characteristic struct {
	Key   string        `json:"key"`
	Value carriers.Text `json:"value"`
}

// Resource holds the identifiers assigned to a subscription. A sample on another page shows gpsi as a bare number, so
// both forms are read.
type Resource struct {
	GPSI  carriers.Text `json:"gpsi,omitempty"`
	SUPI  carriers.Text `json:"supi,omitempty"`
	ICCID carriers.Text `json:"iccid,omitempty"`
	PEI   carriers.Text `json:"pei,omitempty"`
	EID   carriers.Text `json:"eid,omitempty"`
}

// TransactionStatus is the answer of Get Transaction Status. The page shows {"status": "Success"} and nothing else;
// code and reason are read where a carrier would put them.
type TransactionStatus struct {
	Status string         `json:"status"`
	State  carriers.State `json:"state"`
	Code   string         `json:"code,omitempty"`
	Reason string         `json:"reason,omitempty"`
}

// Callback is a completion notice, decoded. Its shape on the wire is not documented; see DecodeCallback.
type Callback struct {
	PartnerTransactionID string
	Status               string
	State                carriers.State
	Code, Reason         string
	// EventID tells two deliveries of one notice from two notices, if the carrier sends one.
	EventID string
	At      time.Time
}
