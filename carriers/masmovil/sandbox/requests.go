package sandbox

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// simReplacement is the body of the SIM replacement.
type simReplacement struct {
	DealerID *string `json:"dealer_id"`
	ShopID   *string `json:"shop_id"`
	Logistic *bool   `json:"logistic"`
	NewICC   *string `json:"new_icc"`
}

func (in simReplacement) check(c *engine.Checker) {
	c.That(engine.TextOf(in.DealerID) != "", "dealer_id is required")
	c.That(in.Logistic != nil, "logistic is required")
	c.That(in.NewICC == nil || *in.NewICC != "", "new_icc cannot be empty")
}

// newDevice is the body of AddDevice; the inside of its objects is not documented.
type newDevice struct {
	Sell         json.RawMessage `json:"sell"`
	Client       json.RawMessage `json:"client"`
	Device       json.RawMessage `json:"device"`
	Segment      *string         `json:"subscription_offer_segment"`
	DeliveryInfo json.RawMessage `json:"delivery_info"`
}

func (in newDevice) check(c *engine.Checker) {
	c.Object("sell", in.Sell)
	c.Object("client", in.Client)
	c.Object("device", in.Device)
	c.That(engine.TextOf(in.Segment) != "", "subscription_offer_segment is required")
	if len(in.DeliveryInfo) > 0 {
		c.Object("delivery_info", in.DeliveryInfo)
	}
}

// keyOf reads the two path parameters of every operation: orgId is text, subscriptionId an int64.
func keyOf(r *http.Request) (lineKey, error) {
	id, err := strconv.ParseInt(r.PathValue("subscriptionId"), 10, 64)
	return lineKey{org: r.PathValue("orgId"), id: id}, err
}

// checkChange checks what the requests of all changes have in common, and then the body if it can be read.
func checkChange(c *engine.Checker, ip string, badID, unreadable error, body func(*engine.Checker)) {
	c.That(badID == nil, "subscriptionId must be a number")
	c.That(unreadable == nil, "the body cannot be read")
	if unreadable == nil {
		body(c)
	}
	if ip != "" {
		address, err := netip.ParseAddr(ip)
		c.That(err == nil && address.Is4(), "x-ip-address must be an IPv4 address")
	}
}

// refused returns the refusal of a request that breaks a documented rule, nil for a good one.
func refused(check func(*engine.Checker)) *engine.Reply {
	var c engine.Checker
	check(&c)
	if c.Problem() == "" {
		return nil
	}
	answer := refusal(http.StatusBadRequest, "", c.Problem())
	return &answer
}
