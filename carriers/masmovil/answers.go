package masmovil

import "github.com/carrierflow/carrierflow/carriers"

// Coded is MásMóvil's pair of a numeric id and a Spanish label. Match on the id; the list of ids is not published.
type Coded struct {
	ID    carriers.Text `json:"id,omitempty" jsonschema_description:"numeric id; match on this one"`
	Value string        `json:"value,omitempty" jsonschema_description:"Spanish label"`
}

// Subscription is the answer of the subscription read. No field is marked required, several may be null.
type Subscription struct {
	ID                 carriers.Text      `json:"id,omitempty" jsonschema_description:"subscription identifier"`
	SubscriptionStatus *Coded             `json:"subscription_status,omitempty" jsonschema_description:"status of the subscription"`
	SellDate           carriers.Timestamp `json:"sell_date" jsonschema_description:"when it was sold"`
	ActivatedDate      carriers.Timestamp `json:"activated_date" jsonschema_description:"when it was activated"`
	EndDate            carriers.Timestamp `json:"end_date" jsonschema_description:"when it ended"`
	SubscriptionType   *Coded             `json:"subscription_type,omitempty" jsonschema_description:"kind of the subscription"`
	// Origin and HistoricalStatus are only there when asked for with include.
	Origin           *Coded             `json:"origin,omitempty" jsonschema_description:"only when asked for with include"`
	HistoricalStatus []HistoricalStatus `json:"historical_status,omitempty" jsonschema_description:"only when asked for with include"`
	DealerID         carriers.Text      `json:"dealer_id,omitempty" jsonschema_description:"dealer id"`
	ShopID           carriers.Text      `json:"shop_id,omitempty" jsonschema_description:"shop id"`
	Path             carriers.Text      `json:"path,omitempty"`
	Filename         carriers.Text      `json:"filename,omitempty"`
	// IdentificationNr is the phone number; documented as int32, kept as text.
	IdentificationNr carriers.Text `json:"identification_nr,omitempty" jsonschema_description:"phone number; personal"`
	IMSI             carriers.Text `json:"imsi,omitempty" jsonschema_description:"IMSI; personal"`
	// ICCID is text in the field table and a bare number in the sample; both are read digit by digit.
	ICCID carriers.Text `json:"iccid,omitempty" jsonschema_description:"SIM card number; personal"`
}

// HistoricalStatus is one status change of a subscription.
type HistoricalStatus struct {
	SubscriptionStatus *Coded             `json:"subscription_status,omitempty" jsonschema_description:"the status"`
	Date               carriers.Timestamp `json:"date" jsonschema_description:"since when"`
	ModifiedBy         carriers.Text      `json:"modified_by,omitempty" jsonschema_description:"who changed it"`
}

// Devices is the answer of the device list. The inner fields of a device are not documented for v2; the ones used here
// are those of the sibling list in v3, and the whole object is kept in Raw.
type Devices struct {
	Devices []Device `json:"devices" jsonschema:"nullable" jsonschema_description:"the devices; null when MásMóvil's answer holds no list"`
}

// Device is one device (terminal) of a subscription.
type Device struct {
	SubscriptionTerminalID carriers.Text   `json:"subscription_terminal_id,omitempty" jsonschema_description:"id of the device on the subscription"`
	Status                 *Coded          `json:"status,omitempty" jsonschema_description:"status of the device"`
	Raw                    carriers.Object `json:"raw,omitempty" jsonschema_description:"the whole object as MásMóvil sent it"`
}

// Recharges is the answer of the recharge list; the inner fields of its parts are not documented and kept as they are.
type Recharges struct {
	SubscriptionID   carriers.Text     `json:"subscription_id,omitempty" jsonschema_description:"subscription identifier"`
	IdentificationNr carriers.Text     `json:"identification_nr,omitempty" jsonschema_description:"phone number; personal"`
	PeriodDate       carriers.Object   `json:"period_date,omitempty" jsonschema_description:"the period, as MásMóvil sent it"`
	Recharges        []carriers.Object `json:"recharges" jsonschema:"nullable" jsonschema_description:"the recharges as MásMóvil sent them; null when it lists none"`
}

// Order is the answer to AddDevice and to a SIM replacement.
type Order struct {
	// HTTPStatus tells done (201) from held for a risk decision (202); the body has the same shape for both.
	HTTPStatus int `json:"httpStatus"`
	// RiskDecision is a plain string with no published list of values.
	RiskDecision string `json:"risk_decision,omitempty"`
	// SubscriptionTerminalID is the id of the added device; absent on a SIM replacement.
	SubscriptionTerminalID carriers.Text `json:"subscription_terminal_id,omitempty"`
}

// FraudRequest is a risk decision as the Subscriptions API v1 lists it (Fraud requests). RiskDecision is A, X, D or R;
// what they mean is not documented, see Risk. An order makes a request of its own, so a request with the id of one that
// was there before the order says nothing about it.
type FraudRequest struct {
	ID            carriers.Text       `json:"id"`
	RiskDecision  string              `json:"risk_decision"`
	Subscriptions []FraudSubscription `json:"subscriptions,omitempty"`
}

// FraudSubscription is one of the subscriptions a risk decision is about.
type FraudSubscription struct {
	SubscriptionID carriers.Text `json:"subscription_id"`
}
