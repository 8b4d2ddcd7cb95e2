package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// reads are what DISH can be asked.
func (c *carrier) reads() []engine.Operation {
	return []engine.Operation{
		{Name: "subscription", Kind: engine.KindRead, Route: "GET " + base + subscriptionPath, Handle: c.query},
		// Documented: SPS - Subscriptions (v5), Get Transaction Status.
		{Name: "transaction", Kind: engine.KindLookUp, Route: "GET " + base + "/transaction/status/{id}", Handle: c.transactionStatus},
		// Documented: SPS - Subscription SIM Management (v5); the method is not shown.
		{Name: "sim-check", Kind: engine.KindRead, Route: "GET " + base + "/simCheck", Handle: c.checkSIM},
		// Documented: SPS - Subscription Device Management (v5); the method is not shown.
		{Name: "device-check", Kind: engine.KindRead, Route: "GET " + base + "/compatibility", Handle: c.checkDevice},
		{Name: "port-in-check", Kind: engine.KindRead, Route: "POST " + base + portInCheckPath, Handle: c.checkPortIn},
	}
}

// The answer of the subscription query, as the one sample of SPS - Subscription Profile Management (v5) shows it.
type (
	subscriberView struct {
		WholesaleCustomerID string             `json:"wholesaleCustomerId"`
		SubscriberID        string             `json:"subscriberId"`
		Subscriptions       []subscriptionView `json:"subscriptions"`
	}
	subscriptionView struct {
		SubscriptionStatus string         `json:"subscriptionStatus"`
		WholesalePlanID    string         `json:"wholesalePlanId"`
		BillCycleFrequency string         `json:"billCycleFrequency"`
		BillCycleStartDay  int            `json:"billCycleStartDay"`
		StartDate          string         `json:"startDate"`
		Products           []productView  `json:"products"`
		Resources          []resourceView `json:"resources"`
	}
	productView struct {
		ProductID       string               `json:"productId"`
		ProductStatus   string               `json:"productStatus"`
		StartDate       string               `json:"startDate"`
		Characteristics []characteristicView `json:"characteristics,omitempty"`
	}
	characteristicView struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	resourceView struct {
		GPSI  string `json:"gpsi"`
		SUPI  string `json:"supi"`
		ICCID string `json:"iccid"`
		PEI   string `json:"pei"`
		EID   string `json:"eid"`
	}
)

// query serves the subscription query. Whether its parameters may be combined is not documented: here they may, and then a
// line must have all of them.
func (c *carrier) query(r *http.Request, _ []byte) engine.Request {
	query := r.URL.Query()
	iccid, gpsi, subscriber := query.Get("iccid"), query.Get("gpsi"), query.Get("subscriberId")
	return engine.Request{
		Line: cmp.Or(iccid, gpsi, subscriber),
		Refusal: refused(r, nil, func(c *engine.Checker) {
			c.That(iccid+gpsi+subscriber != "", "one of gpsi, iccid and subscriberId is required")
			c.Text("iccid", given(query, "iccid"), false, 20, iccidPattern)
			c.Text("gpsi", given(query, "gpsi"), false, 15, gpsiPattern)
			c.Text("subscriberId", given(query, "subscriberId"), false, 36, anyText)
		}),
		Read: func() engine.Reply {
			key := lineKey{iccid: iccid}
			switch {
			case iccid == "" && gpsi != "":
				key = lineKey{gpsi: gpsi}
			case iccid == "":
				key = lineKey{subscriberID: subscriber}
			}
			lines := slices.DeleteFunc(slices.Clone(c.world.lines(key)), func(line *subscription) bool {
				return gpsi != "" && gpsi != line.gpsi || subscriber != "" && subscriber != line.subscriberID
			})
			if len(lines) == 0 {
				return refusal(http.StatusNotFound, "", "no subscription has this identifier")
			}
			view := subscriberView{
				WholesaleCustomerID: cmp.Or(r.Header.Get("wholesaleCustomerId"), customer),
				SubscriberID:        lines[0].subscriberID,
			}
			for _, line := range lines {
				view.Subscriptions = append(view.Subscriptions, line.view())
			}
			return engine.Reply{Status: http.StatusOK, Body: view}
		},
	}
}

// checkSIM serves the SIM check. A card that is new to the sandbox can be activated; one that a subscription has cannot.
func (c *carrier) checkSIM(r *http.Request, _ []byte) engine.Request {
	iccid := r.URL.Query().Get("iccid")
	return engine.Request{
		Line:    iccid,
		Refusal: refused(r, nil, func(c *engine.Checker) { c.Text("iccid", given(r.URL.Query(), "iccid"), true, 20, iccidPattern) }),
		Read: func() engine.Reply {
			if c.world.inUse(lineKey{iccid: iccid}) {
				return invalidSIM
			}
			return engine.Reply{Status: http.StatusOK, Body: engine.Object{"validationStatus": true}}
		},
	}
}

// checkDevice serves the device check, by pei or by tac. It has no line.
func (c *carrier) checkDevice(r *http.Request, _ []byte) engine.Request {
	query := r.URL.Query()
	return engine.Request{
		Refusal: refused(r, nil, func(c *engine.Checker) {
			c.That(query.Has("pei") != query.Has("tac"), "exactly one of pei and tac is required")
			c.Text("pei", given(query, "pei"), false, 17, peiPattern)
			c.Text("tac", given(query, "tac"), false, 16, tacPattern)
		}),
		Read: func() engine.Reply {
			return engine.Reply{Status: http.StatusOK, Body: device(cmp.Or(query.Get("pei"), query.Get("tac")))}
		},
	}
}

// The answer of the port-in check, as the one sample of SPS - Port-In Management (v5) shows it.
type portInView struct {
	EligibilityStatus string `json:"eligibilityStatus"`
	CheckedDate       string `json:"checkedDate"`
	ReasonCode        string `json:"reasonCode,omitempty"`
	ReasonDesc        string `json:"reasonDesc,omitempty"`
}

// checkPortIn serves the port-in check. A number that is active already cannot be ported in, which is the documented sample.
func (c *carrier) checkPortIn(r *http.Request, body []byte) engine.Request {
	var in portInCheck
	err := json.Unmarshal(body, &in)
	gpsi := engine.TextOf(in.GPSI)
	return engine.Request{
		Line: gpsi, Refusal: refused(r, err, in.check),
		Read: func() engine.Reply {
			view := portInView{EligibilityStatus: wordEligible}
			if c.world.inUse(lineKey{gpsi: gpsi}) {
				view = portInView{EligibilityStatus: "Reject", ReasonCode: "8A", ReasonDesc: "Numberalreadyactive"}
			}
			view.CheckedDate = time.Now().UTC().Format("2006-01-02T15:04:05Z")
			return engine.Reply{Status: http.StatusOK, Body: view}
		},
	}
}

// transactionStatus serves Get Transaction Status.
func (c *carrier) transactionStatus(r *http.Request, _ []byte) engine.Request {
	id := r.PathValue("id")
	missing := refusal(http.StatusNotFound, "", "no transaction has this partnerTransactionId")
	request := engine.Request{
		Reference: id, Missing: &missing,
		Refusal: refused(r, nil, func(c *engine.Checker) { c.Text("partnerTransactionId", &id, true, 36, anyText) }),
		Read: func() engine.Reply {
			t, known := c.world.transactions[id]
			// Reactivate is missing from the documented list of transaction types that can be queried.
			if !known || t.Hidden() || (t.action == "Reactivate" && !c.cfg.ReactivateQueryable) {
				return missing
			}
			return engine.Reply{Status: http.StatusOK, Body: t.status()}
		},
	}
	if t, known := c.world.transactions[id]; known {
		request.Line = t.Line // so that a rule for a line meets its look-ups too
	}
	return request
}

// status is DISH's present word on a transaction.
func (t transaction) status() statusBody {
	body := statusBody{Status: word(t.State())}
	if failure := t.Failure(); failure != nil {
		body.Code, body.Reason = failure.Code, failure.Reason
	}
	return body
}

// word is the status word for a state.
func word(s engine.State) string {
	switch s {
	case engine.StateDone:
		return wordSuccess
	case engine.StateFailed:
		return wordFailed
	case engine.StateUnknownWord:
		return wordUnknown
	default:
		return wordInProgress
	}
}

// given returns a query parameter, nil when it is absent.
func given(query url.Values, name string) *string {
	if !query.Has(name) {
		return nil
	}
	value := query.Get(name)
	return &value
}

func (l *subscription) view() subscriptionView {
	start := l.start.UTC().Format("2006-01-02T15:04:05.000Z")
	product := func(id string, characteristics ...characteristicView) productView {
		return productView{id, wordActive, start, characteristics}
	}
	return subscriptionView{
		SubscriptionStatus: l.status, WholesalePlanID: l.plan,
		BillCycleFrequency: frequency, BillCycleStartDay: l.billCycleStartDay, StartDate: start,
		Products: []productView{
			product("Voice"), product("Data"), product("SMS"),
			product("VM", characteristicView{"Voice Mail Type", "Traditional VoiceMail"}),
		},
		Resources: []resourceView{{l.gpsi, l.supi, l.iccid, l.pei, l.eid}},
	}
}
