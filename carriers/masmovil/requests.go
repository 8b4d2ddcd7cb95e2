package masmovil

import (
	"strconv"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
)

// Line names a subscription of one tenant: the two path parameters of every operation here.
type Line struct {
	OrgID          string `json:"orgId" jsonschema:"required,minLength=1,pattern=^[A-Za-z0-9_-]+$" jsonschema_description:"organization name (tenant), for example masmovil or yoigo"`
	SubscriptionID int64  `json:"subscriptionId" jsonschema:"required,minimum=1" jsonschema_description:"subscription identifier"`
}

// id is the subscription id as text.
func (l Line) id() string { return decimal(l.SubscriptionID) }

// decimal is a numeric id as text.
func decimal(id int64) string { return strconv.FormatInt(id, 10) }

// line is the line itself; every request about one has it.
func (l Line) line() Line { return l }

// uuidPattern is a UUID as the samples write it.
const uuidPattern = `^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`

// Origin is where an order came from.
type Origin struct {
	// IPAddress is sent as the header x-ip-address (IPv4).
	IPAddress string `json:"ipAddress,omitempty" jsonschema:"format=ipv4" jsonschema_description:"IPv4 address the order came from, sent as the header x-ip-address"`
}

// GetSubscription reads a subscription (GET /orgs/{orgId}/subscriptions/{subscriptionId}); the answer is a [Subscription].
type GetSubscription struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	Include []string `json:"include,omitempty" jsonschema:"uniqueItems=true" jsonschema_description:"extra parts of the answer: origin, selldate, historical_status"`
	carriers.Options
}

// Operation is masmovil.GetSubscription.
func (GetSubscription) Operation() string { return "masmovil.GetSubscription" }

// JSONSchemaExtend lists the documented values of include.
func (GetSubscription) JSONSchemaExtend(s *jsonschema.Schema) {
	if include, ok := s.Properties.Get("include"); ok {
		include.Items.Enum = []any{"origin", "selldate", "historical_status"}
	}
}

// ListDevices lists the devices of a subscription (GET …/devices); the answer is [Devices].
type ListDevices struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	carriers.Options
}

// Operation is masmovil.ListDevices.
func (ListDevices) Operation() string { return "masmovil.ListDevices" }

// AddDevice adds a device to a subscription (POST …/devices, AddDeviceToSubscriptionRequest). The inner fields of its objects
// are not documented; they go out as they came in. 201 is done; 202 is a risk review, observed by reading.
type AddDevice struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	Origin
	Sell                     carriers.Object `json:"sell" jsonschema:"required" jsonschema_description:"Sell; inner fields as agreed with MásMóvil"`
	Client                   carriers.Object `json:"client" jsonschema:"required" jsonschema_description:"DeviceClient; inner fields as agreed with MásMóvil"`
	Device                   carriers.Object `json:"device" jsonschema:"required" jsonschema_description:"Device; inner fields as agreed with MásMóvil"`
	SubscriptionOfferSegment string          `json:"subscription_offer_segment" jsonschema:"required" jsonschema_description:"offer segment of the subscription"`
	DeliveryInfo             carriers.Object `json:"delivery_info,omitempty" jsonschema_description:"DeviceDeliveryInfo; inner fields as agreed with MásMóvil"`
	carriers.Options
}

// Operation is masmovil.AddDevice.
func (AddDevice) Operation() string { return "masmovil.AddDevice" }

// personal lists the values that must not appear in logs or messages.
func (r AddDevice) personal() []string {
	var values []string
	for _, o := range []carriers.Object{r.Sell, r.Client, r.Device, r.DeliveryInfo} {
		values = append(values, carriers.Leaves(o)...)
	}
	return values
}

// ReplaceSIM puts a new card on a line (SimReplacement). 201 is done; 202 is observed by reading the line's ICCID.
type ReplaceSIM struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	Origin
	DealerID string `json:"dealer_id" jsonschema:"required,minLength=1" jsonschema_description:"dealer id"`
	ShopID   string `json:"shop_id,omitempty" jsonschema:"minLength=1" jsonschema_description:"shop id"`
	// Logistic tells online from offline operation. Which value means which is not documented, and a wrong guess may
	// post a card instead of swapping one, so it has no default.
	Logistic *bool `json:"logistic" jsonschema:"required" jsonschema_description:"online or offline operation; agree its meaning with MásMóvil"`
	// NewICC is sent as digits, however it is spelled. It may not be known yet, for a card that is posted.
	NewICC string `json:"new_icc,omitempty" jsonschema:"minLength=1" jsonschema_description:"ICC of the new card"`
	carriers.Options
}

// Operation is masmovil.ReplaceSIM.
func (ReplaceSIM) Operation() string { return "masmovil.ReplaceSIM" }

// AddBonus adds a bonus, a package of free units, to a line (PUT …/bonuses; Customers API v2, Bonuses). 201 is done. Whether a
// second request for the same bonus adds it a second time is not documented. No operation that takes a bonus away is.
type AddBonus struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	BonusID int64 `json:"bonusId" jsonschema:"required,minimum=1" jsonschema_description:"id of the bonus"`
	// ScheduledDate is documented as optional; what is left out is meant to begin now.
	ScheduledDate string `json:"scheduled_date,omitempty" jsonschema:"format=date" jsonschema_description:"day on which the bonus is to begin, yyyy-mm-dd"`
	carriers.Options
}

// Operation is masmovil.AddBonus.
func (AddBonus) Operation() string { return "masmovil.AddBonus" }

// SetBlock sets or takes away one of the two blocks of a line (PATCH …/blocks/{blockId}; Customers API v2, Barrings). The page
// describes reason as why the SIM card is blocked, and shows a loss as a reason and ROBO (theft) as a block. Which block is which
// is not documented.
type SetBlock struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	BlockID int `json:"blockId" jsonschema:"required,minimum=1,maximum=2" jsonschema_description:"block, 1 or 2; agree their meaning with MásMóvil"`
	// Active is sent as it is. The page describes it in the words of another operation; that true sets the block is a
	// reading of ours, so it has no default.
	Active *bool  `json:"active" jsonschema:"required" jsonschema_description:"the field active as it is sent; that true sets the block is not documented, prove it on a test line"`
	Reason string `json:"reason,omitempty" jsonschema:"minLength=1" jsonschema_description:"why the SIM card is blocked; sent to MásMóvil"`
	carriers.Options
}

// Operation is masmovil.SetBlock.
func (SetBlock) Operation() string { return "masmovil.SetBlock" }

// ChangeProduct changes the product (the tariff) of a line (Customers API v2, Products). 201 is done or, with a later day, on the
// schedule; 202 is a risk review, observed by reading. No operation that cancels a change on the schedule is documented.
type ChangeProduct struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	ProductID int64 `json:"productId" jsonschema:"required,minimum=1" jsonschema_description:"id of the product to change to"`
	// ScheduledDate is documented as optional; what is left out is meant to happen now.
	ScheduledDate string `json:"scheduled_date,omitempty" jsonschema:"format=date" jsonschema_description:"day of the change, yyyy-mm-dd; then done means that the line shows the change on its schedule"`
	carriers.Options
}

// Operation is masmovil.ChangeProduct.
func (ChangeProduct) Operation() string { return "masmovil.ChangeProduct" }

// OperateBarringMasks applies barring masks to a line or removes them (POST …/barrings-masks/operations; Barrings API v2, Masks).
// It is answered 202, and the network is changed later. A mask is a named set of barred services: suspending a line for debt is
// applying the mask for it.
type OperateBarringMasks struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	Action MaskAction `json:"action" jsonschema:"required,enum=APPLY,enum=REMOVE" jsonschema_description:"what to do with the masks"`
	Codes  []string   `json:"barringsMasksCodes" jsonschema:"required,minItems=1,uniqueItems=true" jsonschema_description:"codes of the masks, for example DEBT_MOBILE_LP"`
	Reason string     `json:"reason,omitempty" jsonschema:"enum=DEBT,enum=RISK,enum=MIGRATION,enum=ATC,enum=CUST" jsonschema_description:"why"`
	carriers.Options
}

// MaskAction is what to do with barring masks.
type MaskAction string

// The documented actions.
const (
	ApplyMasks  MaskAction = "APPLY"
	RemoveMasks MaskAction = "REMOVE"
)

// Operation is masmovil.OperateBarringMasks.
func (OperateBarringMasks) Operation() string { return "masmovil.OperateBarringMasks" }

// ListServices lists the services of a line that can be barred (GET …/services; Barrings API v2, Services); the answer is
// [Services].
type ListServices struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	carriers.Options
}

// Operation is masmovil.ListServices.
func (ListServices) Operation() string { return "masmovil.ListServices" }

// ChangeTariff asks for another tariff of a line (POST …/change_requests/tariff; Subscriptions API v2, Change requests). The answer
// is a change request with an id, which is polled in the list of the line's change requests.
type ChangeTariff struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	OrgID     string `json:"orgId" jsonschema:"required,minLength=1,pattern=^[A-Za-z0-9_-]+$" jsonschema_description:"organization name (tenant), for example masmovil or yoigo"`
	// SubscriptionUUID is not the number of the other operations.
	SubscriptionUUID string `json:"subscriptionUuid" jsonschema:"required" jsonschema_description:"the subscription's id at the Subscriptions API v2, a UUID in lower case"`
	// The page has these two inside specific_data.
	ProductID    string   `json:"catalogue_bundled_commercial_product_id" jsonschema:"required,minLength=1" jsonschema_description:"id of the product in the catalogue; it may be a bundle, and then the change concerns other lines too"`
	PromotionIDs []string `json:"catalogue_promotion_ids,omitempty" jsonschema:"uniqueItems=true" jsonschema_description:"ids of promotions in the catalogue"`
	// DateScheduled is documented as a point in time; what is left out is meant to happen now.
	DateScheduled string `json:"date_scheduled,omitempty" jsonschema:"format=date-time" jsonschema_description:"when the tariff is to change (RFC 3339)"`
	Reason        string `json:"reason,omitempty" jsonschema:"minLength=1" jsonschema_description:"for example SUBSCRIBER_REQUESTED; the page has no list"`
	carriers.Options
}

// Operation is masmovil.ChangeTariff.
func (ChangeTariff) Operation() string { return "masmovil.ChangeTariff" }

// JSONSchemaExtend adds the form of the subscription's id.
func (ChangeTariff) JSONSchemaExtend(s *jsonschema.Schema) {
	if id, ok := s.Properties.Get("subscriptionUuid"); ok {
		id.Pattern = uuidPattern
	}
}

// ListRecharges lists the recharges of a subscription between two dates; the answer is [Recharges]. Whether the bounds are
// inclusive is not documented.
type ListRecharges struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Line
	StartDate string `json:"start_date,omitempty" jsonschema:"format=date" jsonschema_description:"first day, yyyy-mm-dd"`
	EndDate   string `json:"end_date,omitempty" jsonschema:"format=date" jsonschema_description:"last day, yyyy-mm-dd"`
	carriers.Options
}

// Operation is masmovil.ListRecharges.
func (ListRecharges) Operation() string { return "masmovil.ListRecharges" }
