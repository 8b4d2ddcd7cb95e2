package sandbox

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

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

// newBonus is the body of the PUT of a bonus.
type newBonus struct {
	BonusID       *int64  `json:"bonusId"`
	ScheduledDate *string `json:"scheduled_date"`
}

func (in newBonus) check(c *engine.Checker) {
	c.That(in.BonusID != nil, "bonusId is required")
	checkDay(c, "scheduled_date", in.ScheduledDate)
}

// newBlock is the PATCH of a block.
type newBlock struct {
	id     string
	Active *bool   `json:"active"`
	Reason *string `json:"reason"`
}

func (in newBlock) check(c *engine.Checker) {
	c.That(in.id == "1" || in.id == "2", "blockId must be 1 or 2")
	c.That(in.Active != nil, "active is required")
}

// newProduct is the body of the change of a product.
type newProduct struct {
	ProductID     *int64  `json:"productId"`
	ScheduledDate *string `json:"scheduled_date"`
}

func (in newProduct) check(c *engine.Checker) {
	c.That(in.ProductID != nil, "productId is required")
	checkDay(c, "scheduled_date", in.ScheduledDate)
}

// maskOperation is the body of an operation on barring masks.
type maskOperation struct {
	Action *string  `json:"action"`
	Codes  []string `json:"barringsMasksCodes"`
	Reason *string  `json:"reason"`
}

func (in maskOperation) check(c *engine.Checker) {
	action := engine.TextOf(in.Action)
	c.That(action == "APPLY" || action == "REMOVE", "action must be APPLY or REMOVE")
	c.That(len(in.Codes) > 0, "barringsMasksCodes is required")
	codes := slices.Clone(in.Codes)
	slices.Sort(codes)
	c.That(len(slices.Compact(codes)) == len(in.Codes), "barringsMasksCodes must not repeat a code")
	c.That(in.Reason == nil || slices.Contains([]string{"DEBT", "RISK", "MIGRATION", "ATC", "CUST"}, *in.Reason), "reason is none of the list")
}

// newTariff is the body of a request for another tariff.
type newTariff struct {
	SpecificData struct {
		ProductID  *string  `json:"catalogue_bundled_commercial_product_id"`
		Promotions []string `json:"catalogue_promotion_ids,omitempty"`
	} `json:"specific_data"`
	DateScheduled *time.Time `json:"date_scheduled"`
	Reason        *string    `json:"reason"`
}

func (in newTariff) check(c *engine.Checker) {
	c.That(engine.TextOf(in.SpecificData.ProductID) != "", "specific_data.catalogue_bundled_commercial_product_id is required")
}

// checkDay checks a date that may be left out.
func checkDay(c *engine.Checker, name string, day *string) {
	if day != nil {
		_, err := time.Parse(time.DateOnly, *day)
		c.That(err == nil, name+" must be a date such as 2026-01-31")
	}
}

// keyOf reads the two path parameters of every operation: orgId is text, subscriptionId an int64.
func keyOf(r *http.Request) (lineKey, error) {
	id, err := strconv.ParseInt(r.PathValue("subscriptionId"), 10, 64)
	return lineKey{org: r.PathValue("orgId"), id: id}, err
}

// tariffKeyOf reads them at the Subscriptions API v2, where subscriptionId is a UUID.
func tariffKeyOf(r *http.Request) tariffKey {
	return tariffKey{r.PathValue("orgId"), r.PathValue("subscriptionId")}
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

// refusedBarring is refused in the shape of the Barrings API.
func refusedBarring(check func(*engine.Checker)) *engine.Reply {
	var c engine.Checker
	check(&c)
	if c.Problem() == "" {
		return nil
	}
	return &engine.Reply{Status: http.StatusBadRequest, Body: barringError{TracingID: tracingID, Code: codeOfBarring, Message: c.Problem()}}
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
