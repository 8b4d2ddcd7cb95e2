package sandbox

import (
	"encoding/json"
	"math"
	"net/http"
	"regexp"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// The patterns of the pages of SPS v5.
var (
	anyText           = regexp.MustCompile(`^.*$`)
	subscriberPattern = regexp.MustCompile(`^[-a-zA-Z0-9\s].*$`)
	gpsiPattern       = regexp.MustCompile(`^[0-9]{11,15}$`)
	iccidPattern      = regexp.MustCompile(`^[0-9]{19,20}$`)
	peiPattern        = regexp.MustCompile(`^[0-9]{15,17}$`)
	tacPattern        = regexp.MustCompile(`^[0-9]{8,16}$`)
	eidPattern        = regexp.MustCompile(`^[0-9]{19,32}$`)
)

// activation is the body of Activate Subscription. Pointers tell an absent field from an empty one.
type activation struct {
	PartnerTransactionID *string           `json:"partnerTransactionId"`
	SubscriberID         *string           `json:"subscriberId"`
	WholesalePlanID      *string           `json:"wholesalePlanId"`
	Location             json.RawMessage   `json:"location"`
	BucketRefID          []string          `json:"bucketRefId"`
	BillCycleFrequency   *string           `json:"billCycleFrequency"`
	BillCycleStartDay    *float64          `json:"billCycleStartDay"`
	GPSI                 *string           `json:"gpsi"`
	GPSIReservationID    *string           `json:"gpsiReservationId"`
	ICCID                *string           `json:"iccid"`
	PEI                  *string           `json:"pei"`
	EID                  *string           `json:"eid"`
	ESIMDeliveryMethod   *string           `json:"eSIMDeliveryMethod"`
	Products             []json.RawMessage `json:"products"`
}

// subscription is the line that the activation asks for.
func (a activation) subscription() subscription {
	wanted := subscription{
		subscriberID: engine.TextOf(a.SubscriberID), gpsi: engine.TextOf(a.GPSI), iccid: engine.TextOf(a.ICCID),
		pei: engine.TextOf(a.PEI), eid: engine.TextOf(a.EID), plan: engine.TextOf(a.WholesalePlanID),
	}
	if a.BillCycleStartDay != nil {
		wanted.billCycleStartDay = int(*a.BillCycleStartDay)
	}
	return wanted
}

func (a activation) check(c *engine.Checker) {
	c.Text("partnerTransactionId", a.PartnerTransactionID, true, 36, anyText)
	c.Text("subscriberId", a.SubscriberID, true, 36, subscriberPattern)
	c.Text("wholesalePlanId", a.WholesalePlanID, true, 36, subscriberPattern)
	c.Object("location", a.Location)
	for _, bucket := range a.BucketRefID {
		c.That(bucket != "", "the items of bucketRefId cannot be empty")
	}
	c.Enum("billCycleFrequency", a.BillCycleFrequency, false, frequency)
	checkDay(c, "billCycleStartDay", a.BillCycleStartDay, false)
	c.Text("gpsi", a.GPSI, false, 15, gpsiPattern)
	c.Text("gpsiReservationId", a.GPSIReservationID, false, 36, anyText)
	c.Text("iccid", a.ICCID, false, 20, iccidPattern)
	c.Text("pei", a.PEI, false, 17, peiPattern)
	c.Text("eid", a.EID, false, 32, eidPattern)
	c.Enum("eSIMDeliveryMethod", a.ESIMDeliveryMethod, false, "QR")
	for _, product := range a.Products {
		c.Object("products", product)
	}
}

// statusUpdate is the body of Update Subscription Status, a "one of": with iccid or with gpsi.
type statusUpdate struct {
	PartnerTransactionID *string `json:"partnerTransactionId"`
	ICCID                *string `json:"iccid"`
	GPSI                 *digits `json:"gpsi"`
	Action               *string `json:"action"`
}

func (u statusUpdate) check(c *engine.Checker) {
	c.Text("partnerTransactionId", u.PartnerTransactionID, true, 36, anyText)
	c.That((u.ICCID == nil) != (u.GPSI == nil), "exactly one of iccid and gpsi is required")
	c.Text("iccid", u.ICCID, false, 20, iccidPattern)
	c.Text("gpsi", (*string)(u.GPSI), false, 15, gpsiPattern)
	c.Enum("action", u.Action, true, "Suspend", "Resume", "Cease", "Reactivate")
}

// numberChange is the body of Change GPSI, of which one form of several is shown: to a reserved number, by the present one.
type numberChange struct {
	PartnerTransactionID *string `json:"partnerTransactionId"`
	GPSI                 *string `json:"gpsi"`
	NewGPSI              *string `json:"newGpsi"`
	GPSIReservationID    *string `json:"gpsiReservationId"`
}

func (n numberChange) check(c *engine.Checker) {
	c.Text("partnerTransactionId", n.PartnerTransactionID, true, 36, anyText)
	c.Text("gpsi", n.GPSI, true, 15, gpsiPattern)
	c.Text("newGpsi", n.NewGPSI, true, 15, gpsiPattern)
	c.Text("gpsiReservationId", n.GPSIReservationID, true, 36, anyText)
}

// billCycle is the body of the bill cycle update.
type billCycle struct {
	GPSI               *string  `json:"gpsi"`
	BillCycleFrequency *string  `json:"billCycleFrequency"`
	BillCycleStartDay  *float64 `json:"billCycleStartDay"`
}

func (b billCycle) check(c *engine.Checker) {
	c.Text("gpsi", b.GPSI, true, 15, gpsiPattern)
	c.Enum("billCycleFrequency", b.BillCycleFrequency, true, frequency)
	checkDay(c, "billCycleStartDay", b.BillCycleStartDay, true)
}

// portInCheck is the body of the port-in check.
type portInCheck struct {
	GPSI *string `json:"gpsi"`
}

func (p portInCheck) check(c *engine.Checker) { c.Text("gpsi", p.GPSI, true, 15, gpsiPattern) }

// digits is a string, or a bare number as DISH's sample of the status update by gpsi shows it.
type digits string

func (d *digits) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '"' {
		var n json.Number
		if err := json.Unmarshal(data, &n); err != nil {
			return err
		}
		*d = digits(n)
		return nil
	}
	return json.Unmarshal(data, (*string)(d))
}

func checkDay(c *engine.Checker, name string, value *float64, required bool) {
	if value == nil {
		c.That(!required, name+" is required")
		return
	}
	c.That(*value >= 1 && *value <= 28 && *value == math.Trunc(*value), name+" must be a day from 1 to 28")
}

// refused returns the refusal of a request that breaks a documented rule, nil for a good one.
func refused(r *http.Request, unreadable error, check func(*engine.Checker)) *engine.Reply {
	var c engine.Checker
	if unreadable != nil {
		c.That(false, "the body cannot be read: "+unreadable.Error())
	} else {
		check(&c)
	}
	if customer := r.Header.Values("wholesaleCustomerId"); len(customer) > 0 {
		c.Text("the header wholesaleCustomerId", &customer[0], false, 12, anyText)
	}
	if c.Problem() == "" {
		return nil
	}
	answer := refusal(http.StatusBadRequest, "", c.Problem())
	return &answer
}
