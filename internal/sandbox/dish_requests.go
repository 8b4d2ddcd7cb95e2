package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
)

// The patterns of SPS - Subscriptions (v5) and SPS - Subscription Profile Management (v5).
var (
	dishAny        = regexp.MustCompile(`^.*$`)
	dishSubscriber = regexp.MustCompile(`^[-a-zA-Z0-9\s].*$`)
	dishGPSI       = regexp.MustCompile(`^[0-9]{11,15}$`)
	dishICCID      = regexp.MustCompile(`^[0-9]{19,20}$`)
	dishPEI        = regexp.MustCompile(`^[0-9]{15,17}$`)
	dishEID        = regexp.MustCompile(`^[0-9]{19,32}$`)
)

// dishActivation is the body of Activate Subscription. Pointers tell an absent field from an empty one.
type dishActivation struct {
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

func (a dishActivation) check(c *checker) {
	c.text("partnerTransactionId", a.PartnerTransactionID, true, 36, dishAny)
	c.text("subscriberId", a.SubscriberID, true, 36, dishSubscriber)
	c.text("wholesalePlanId", a.WholesalePlanID, true, 36, dishSubscriber)
	c.object("location", a.Location)
	for _, bucket := range a.BucketRefID {
		c.that(bucket != "", "the items of bucketRefId cannot be empty")
	}
	c.enum("billCycleFrequency", a.BillCycleFrequency, false, dishFrequency)
	c.day("billCycleStartDay", a.BillCycleStartDay, false)
	c.text("gpsi", a.GPSI, false, 15, dishGPSI)
	c.text("gpsiReservationId", a.GPSIReservationID, false, 36, dishAny)
	c.text("iccid", a.ICCID, false, 20, dishICCID)
	c.text("pei", a.PEI, false, 17, dishPEI)
	c.text("eid", a.EID, false, 32, dishEID)
	c.enum("eSIMDeliveryMethod", a.ESIMDeliveryMethod, false, "QR")
	for _, product := range a.Products {
		c.object("products", product)
	}
}

// dishStatusUpdate is the body of Update Subscription Status, a "one of": with iccid or with gpsi.
type dishStatusUpdate struct {
	PartnerTransactionID *string `json:"partnerTransactionId"`
	ICCID                *string `json:"iccid"`
	GPSI                 *digits `json:"gpsi"`
	Action               *string `json:"action"`
}

func (u dishStatusUpdate) check(c *checker) {
	c.text("partnerTransactionId", u.PartnerTransactionID, true, 36, dishAny)
	c.that((u.ICCID == nil) != (u.GPSI == nil), "exactly one of iccid and gpsi is required")
	c.text("iccid", u.ICCID, false, 20, dishICCID)
	c.text("gpsi", (*string)(u.GPSI), false, 15, dishGPSI)
	c.enum("action", u.Action, true, "Suspend", "Resume", "Cease", "Reactivate")
}

// dishBillCycle is the body of the bill cycle update.
type dishBillCycle struct {
	GPSI               *string  `json:"gpsi"`
	BillCycleFrequency *string  `json:"billCycleFrequency"`
	BillCycleStartDay  *float64 `json:"billCycleStartDay"`
}

func (b dishBillCycle) check(c *checker) {
	c.text("gpsi", b.GPSI, true, 15, dishGPSI)
	c.enum("billCycleFrequency", b.BillCycleFrequency, true, dishFrequency)
	c.day("billCycleStartDay", b.BillCycleStartDay, true)
}

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

// checker collects what is wrong with a request.
type checker struct{ problems []error }

func (c *checker) that(ok bool, problem string) {
	if !ok {
		c.problems = append(c.problems, errors.New(problem))
	}
}

func (c *checker) text(name string, value *string, required bool, longest int, pattern *regexp.Regexp) {
	if value == nil {
		c.that(!required, name+" is required")
		return
	}
	length := len([]rune(*value))
	c.that(length >= 1 && length <= longest, fmt.Sprintf("%s must have 1 to %d characters", name, longest))
	c.that(pattern.MatchString(*value), name+" must match "+pattern.String())
}

func (c *checker) enum(name string, value *string, required bool, allowed ...string) {
	if value == nil {
		c.that(!required, name+" is required")
		return
	}
	for _, word := range allowed {
		if *value == word {
			return
		}
	}
	c.that(false, name+" must be one of "+strings.Join(allowed, ", "))
}

func (c *checker) day(name string, value *float64, required bool) {
	if value == nil {
		c.that(!required, name+" is required")
		return
	}
	c.that(*value >= 1 && *value <= 28 && *value == math.Trunc(*value), name+" must be a day from 1 to 28")
}

func (c *checker) object(name string, value json.RawMessage) {
	c.that(len(value) > 0 && value[0] == '{', name+" must be an object")
}

// checkDISH returns the refusal of a request that breaks a documented rule, nil for a good one.
func checkDISH(r *http.Request, unreadable error, check func(*checker)) *reply {
	var c checker
	if unreadable != nil {
		c.that(false, "the body cannot be read: "+unreadable.Error())
	} else {
		check(&c)
	}
	if customer := r.Header.Values("wholesaleCustomerId"); len(customer) > 0 {
		c.text("the header wholesaleCustomerId", &customer[0], false, 12, dishAny)
	}
	if err := errors.Join(c.problems...); err != nil {
		refused := refusal(carriers.DISH, http.StatusBadRequest, strings.ReplaceAll(err.Error(), "\n", "; "))
		return &refused
	}
	return nil
}

// text returns what a pointer points to, or nothing.
func text[T ~string](value *T) string {
	if value == nil {
		return ""
	}
	return string(*value)
}
