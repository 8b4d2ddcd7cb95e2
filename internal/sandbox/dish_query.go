package sandbox

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
)

// The answer of the subscription query, as the one sample of SPS - Subscription Profile Management (v5) shows it.
type (
	dishSubscriberView struct {
		WholesaleCustomerID string                 `json:"wholesaleCustomerId"`
		SubscriberID        string                 `json:"subscriberId"`
		Subscriptions       []dishSubscriptionView `json:"subscriptions"`
	}
	dishSubscriptionView struct {
		SubscriptionStatus string             `json:"subscriptionStatus"`
		WholesalePlanID    string             `json:"wholesalePlanId"`
		BillCycleFrequency string             `json:"billCycleFrequency"`
		BillCycleStartDay  int                `json:"billCycleStartDay"`
		StartDate          string             `json:"startDate"`
		Products           []dishProductView  `json:"products"`
		Resources          []dishResourceView `json:"resources"`
	}
	dishProductView struct {
		ProductID       string                   `json:"productId"`
		ProductStatus   string                   `json:"productStatus"`
		StartDate       string                   `json:"startDate"`
		Characteristics []dishCharacteristicView `json:"characteristics,omitempty"`
	}
	dishCharacteristicView struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	dishResourceView struct {
		GPSI  string `json:"gpsi"`
		SUPI  string `json:"supi"`
		ICCID string `json:"iccid"`
		PEI   string `json:"pei"`
		EID   string `json:"eid"`
	}
)

// dishQuery serves the subscription query. Whether its parameters may be combined is not documented: here they may, and
// then a line must have all of them.
func (s *Sandbox) dishQuery(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	iccid, gpsi, subscriber := query.Get("iccid"), query.Get("gpsi"), query.Get("subscriberId")
	s.serve(w, r, exchange{
		carrier: carriers.DISH, operation: opSubscription, line: first(iccid, gpsi, subscriber),
		refuse: checkDISH(r, nil, func(c *checker) {
			c.that(iccid+gpsi+subscriber != "", "one of gpsi, iccid and subscriberId is required")
			c.text("iccid", given(query, "iccid"), false, 20, dishICCID)
			c.text("gpsi", given(query, "gpsi"), false, 15, dishGPSI)
			c.text("subscriberId", given(query, "subscriberId"), false, 36, dishAny)
		}),
		read: func() reply {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			key := dishKey{iccid: iccid}
			switch {
			case iccid == "" && gpsi != "":
				key = dishKey{gpsi: gpsi}
			case iccid == "":
				key = dishKey{subscriberID: subscriber}
			}
			lines := slices.DeleteFunc(slices.Clone(s.world.dish.lines(key)), func(line *dishLine) bool {
				return gpsi != "" && gpsi != line.gpsi || subscriber != "" && subscriber != line.subscriberID
			})
			if len(lines) == 0 {
				return refusal(carriers.DISH, http.StatusNotFound, "no subscription has this identifier")
			}
			view := dishSubscriberView{
				WholesaleCustomerID: first(r.Header.Get("wholesaleCustomerId"), dishCustomer),
				SubscriberID:        lines[0].subscriberID,
			}
			for _, line := range lines {
				view.Subscriptions = append(view.Subscriptions, line.view())
			}
			return reply{status: http.StatusOK, body: view}
		},
	})
}

// given returns a query parameter, nil when it is absent.
func given(query url.Values, name string) *string {
	if !query.Has(name) {
		return nil
	}
	value := query.Get(name)
	return &value
}

func (l *dishLine) view() dishSubscriptionView {
	start := l.start.UTC().Format("2006-01-02T15:04:05.000Z")
	product := func(id string, characteristics ...dishCharacteristicView) dishProductView {
		return dishProductView{id, dishActive, start, characteristics}
	}
	return dishSubscriptionView{
		SubscriptionStatus: l.status, WholesalePlanID: l.plan,
		BillCycleFrequency: dishFrequency, BillCycleStartDay: l.billCycleStartDay, StartDate: start,
		Products: []dishProductView{
			product("Voice"), product("Data"), product("SMS"),
			product("VM", dishCharacteristicView{"Voice Mail Type", "Traditional VoiceMail"}),
		},
		Resources: []dishResourceView{{l.gpsi, l.supi, l.iccid, l.pei, l.eid}},
	}
}
