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
func (l Line) id() string { return strconv.FormatInt(l.SubscriptionID, 10) }

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
