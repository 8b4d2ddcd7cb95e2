package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// reads are what MásMóvil can be asked.
func (c *carrier) reads() []engine.Operation {
	return []engine.Operation{
		// Documented: Customers API v2, Subscriptions; the path of recharges is not.
		{Name: "subscription", Kind: engine.KindRead, Route: "GET " + linePath, Handle: c.subscription},
		{Name: "devices", Kind: engine.KindRead, Route: "GET " + linePath + "/devices", Handle: c.devices},
		{Name: "recharges", Kind: engine.KindRead, Route: "GET " + linePath + rechargesPath, Handle: c.recharges},
		// Documented: Subscriptions API v1, fraud requests.
		{Name: "fraud-requests", Kind: engine.KindLookUp, Route: "GET " + fraudBase + "/orgs/{orgId}/fraud_requests", Handle: c.fraudRequests},
	}
}

// subscription serves the subscription read. Its parameter query is a JSON object with lists filter and include.
func (c *carrier) subscription(r *http.Request, _ []byte) engine.Request {
	var query struct {
		Filter  []string `json:"filter"`
		Include []string `json:"include"`
	}
	var unreadable error
	if raw := r.URL.Query().Get("query"); raw != "" {
		unreadable = json.Unmarshal([]byte(raw), &query)
	}
	return c.read(r, func(c *engine.Checker) {
		c.That(unreadable == nil, "query must be a JSON object with lists filter and include")
	}, func(line *subscription) any {
		include := map[string]bool{}
		for _, name := range query.Include {
			include[name] = true
		}
		return line.view(include)
	})
}

// devices serves the list of a subscription's devices.
func (c *carrier) devices(r *http.Request, _ []byte) engine.Request {
	return c.read(r, func(*engine.Checker) {}, func(line *subscription) any {
		return engine.Object{"devices": slices.DeleteFunc(slices.Clone(line.devices), func(d device) bool {
			return d.made != nil && d.made.Hidden()
		})}
	})
}

// recharges serves the list of recharges; what is inside its parts is not documented and made up.
func (c *carrier) recharges(r *http.Request, _ []byte) engine.Request {
	query := r.URL.Query()
	return c.read(r, func(c *engine.Checker) {
		for _, name := range []string{"start_date", "end_date"} {
			_, err := time.Parse(time.DateOnly, query.Get(name))
			c.That(!query.Has(name) || err == nil, name+" must be a date such as 2026-01-31")
		}
	}, func(line *subscription) any {
		day := cmp.Or(query.Get("start_date"), line.activated.Format(time.DateOnly))
		return engine.Object{
			"subscription_id": line.id, "identification_nr": json.Number(line.number),
			"period_date": engine.Object{"start_date": day, "end_date": cmp.Or(query.Get("end_date"), time.Now().UTC().Format(time.DateOnly))},
			"recharges":   []engine.Object{{"date": day + "T10:00:00Z", "amount": 10.00, "channel": "SANDBOX"}},
		}
	})
}

// read serves what all reads of a line have in common.
func (c *carrier) read(r *http.Request, check func(*engine.Checker), show func(*subscription) any) engine.Request {
	key, bad := keyOf(r)
	return engine.Request{
		Line: r.PathValue("subscriptionId"),
		Refusal: refused(func(c *engine.Checker) {
			c.That(bad == nil, "subscriptionId must be a number")
			check(c)
		}),
		Read: func() engine.Reply {
			return engine.Reply{Status: http.StatusOK, Body: show(c.world.line(key))}
		},
	}
}

// fraudRequests serves the fraud requests of the Subscriptions API v1: 404 when nothing matches.
func (c *carrier) fraudRequests(r *http.Request, _ []byte) engine.Request {
	query := r.URL.Query()
	id, err := strconv.ParseInt(query.Get("subscription_id"), 10, 64)
	missing := refusal(http.StatusNotFound, "", "no fraud request matches")
	return engine.Request{
		Line: query.Get("subscription_id"), Missing: &missing,
		Refusal: refused(func(c *engine.Checker) {
			c.That(err == nil || query.Get("subscription_id") == "", "subscription_id must be a number")
		}),
		Read: func() engine.Reply {
			var found []fraudView
			for key, line := range c.world.lines {
				if key.org != r.PathValue("orgId") || (err == nil && id != key.id) {
					continue
				}
				for _, fraud := range line.frauds {
					decision := query.Get("risk_decision")
					if view := fraud.view(line.id); !fraud.Hidden() && (decision == "" || decision == view.RiskDecision) {
						found = append(found, view)
					}
				}
			}
			if len(found) == 0 {
				return missing
			}
			slices.SortFunc(found, func(a, b fraudView) int { return cmp.Compare(a.ID, b.ID) })
			return engine.Reply{Status: http.StatusOK, Body: found}
		},
	}
}

// subscriptionView is Subscription (Customers API v2).
type subscriptionView struct {
	ID               int64          `json:"id"`
	Status           coded          `json:"subscription_status"`
	SellDate         time.Time      `json:"sell_date"`
	ActivatedDate    time.Time      `json:"activated_date"`
	Type             coded          `json:"subscription_type"`
	Origin           *coded         `json:"origin,omitempty"`
	History          []statusChange `json:"historical_status,omitempty"`
	DealerID         *string        `json:"dealer_id"`
	ShopID           *string        `json:"shop_id"`
	Path             *string        `json:"path"`
	Filename         *string        `json:"filename"`
	IdentificationNr json.Number    `json:"identification_nr"`
	IMSI             json.Number    `json:"imsi"`
	ICCID            any            `json:"iccid"`
}

type statusChange struct {
	Status     coded     `json:"subscription_status"`
	Date       time.Time `json:"date"`
	ModifiedBy string    `json:"modified_by"`
}

func (l *subscription) view(include map[string]bool) subscriptionView {
	installed := coded{1, "INSTALADO"} // the one status a sample shows
	view := subscriptionView{
		ID: l.id, Status: installed, SellDate: l.activated, ActivatedDate: l.activated, Type: coded{1, "PRE-PAGO"},
		IdentificationNr: json.Number(l.number), IMSI: json.Number(l.imsi), ICCID: l.iccid,
	}
	// The table says text, the sample shows a bare number: lines with an odd id do as the sample does.
	if number := json.Number(l.iccid); l.id%2 != 0 && json.Valid([]byte(number)) {
		view.ICCID = number
	}
	if include["origin"] {
		view.Origin = &coded{2, "NUEVA"}
	}
	if include["historical_status"] {
		view.History = []statusChange{{installed, l.activated, "sandbox"}}
	}
	return view
}

type fraudView struct {
	ID            int64               `json:"id"`
	SellID        int64               `json:"sell_id"`
	RiskDecision  string              `json:"risk_decision"`
	Subscriptions []fraudSubscription `json:"subscriptions"`
}

type fraudSubscription struct {
	ID   int64  `json:"subscription_id"`
	Type string `json:"subscription_type"`
}

func (f *fraud) view(subscription int64) fraudView {
	return fraudView{f.id, f.id - 8000, f.decision(), []fraudSubscription{{subscription, "MOBILE"}}}
}

// decision is MásMóvil's present word on the change.
func (f *fraud) decision() string {
	switch f.State() {
	case engine.StateFailed:
		return riskDenied
	case engine.StateDone:
		return riskAccepted
	case engine.StateUnknownWord:
		return riskUnknown
	default:
		return riskReferred
	}
}
