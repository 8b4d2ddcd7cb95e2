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
		// Documented: Customers API v2, Products.
		{Name: "product", Kind: engine.KindRead, Route: "GET " + linePath + "/products", Handle: c.product},
		// Documented: Customers API v2, Bonuses.
		{Name: "bonuses", Kind: engine.KindRead, Route: "GET " + linePath + "/bonuses", Handle: c.bonuses},
		// Documented: Customers API v2, Barrings; deprecated there.
		{Name: "blocks", Kind: engine.KindRead, Route: "GET " + linePath + "/blocks", Handle: c.blocks},
		// Documented: Barrings API v2, Services; the path of the masks of a line is not.
		{Name: "services", Kind: engine.KindRead, Route: "GET " + barringsPath + "/services", Handle: c.services},
		{Name: "masks", Kind: engine.KindRead, Route: "GET " + barringsPath + appliedMasksPath, Handle: c.masks},
		// Documented: Subscriptions API v2, Change requests and Subscriptions.
		{Name: "change-requests", Kind: engine.KindLookUp, Route: "GET " + requestsPath, Handle: c.changeRequests},
		{Name: "tariff", Kind: engine.KindRead, Route: "GET " + subscriptionsBase + ofLine, Handle: c.tariff},
		// Documented: Subscriptions API v1, fraud requests.
		{Name: "fraud-requests", Kind: engine.KindLookUp, Route: "GET " + fraudBase + "/orgs/{orgId}/fraud_requests", Handle: c.fraudRequests},
	}
}

// subscription serves the subscription read. Its parameter query is a JSON object with lists filter and include.
func (c *carrier) subscription(r *http.Request, _ []byte) engine.Request {
	asked, check := queryOf(r)
	return c.read(r, check, func(line *subscription) any {
		include := map[string]bool{}
		for _, name := range asked.Include {
			include[name] = true
		}
		return line.view(include)
	})
}

// query is the parameter query of a read.
type query struct {
	Filter  []string `json:"filter"`
	Include []string `json:"include"`
}

func queryOf(r *http.Request) (asked query, check func(*engine.Checker)) {
	var unreadable error
	if raw := r.URL.Query().Get("query"); raw != "" {
		unreadable = json.Unmarshal([]byte(raw), &asked)
	}
	return asked, func(c *engine.Checker) {
		c.That(unreadable == nil, "query must be a JSON object with lists filter and include")
	}
}

// bonuses serves the list of a subscription's bonuses. Its filters are words of the parameter query.
func (c *carrier) bonuses(r *http.Request, _ []byte) engine.Request {
	asked, check := queryOf(r)
	return c.read(r, check, func(line *subscription) any {
		now := time.Now()
		return engine.Object{"id": line.id, "items": slices.DeleteFunc(slices.Clone(line.bonuses), func(b bonus) bool {
			hidden := b.made != nil && b.made.Hidden()
			ended, later := b.EndDate.Before(now), b.StartDate.After(now)
			return hidden || ended != slices.Contains(asked.Filter, "inactive") || later && slices.Contains(asked.Filter, "active")
		})}
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

// product serves the read of a subscription's product.
func (c *carrier) product(r *http.Request, _ []byte) engine.Request {
	_, check := queryOf(r)
	return c.read(r, check, func(line *subscription) any { return engine.Object{"id": line.id, "product": line.product} })
}

// blocks serves the list of a subscription's blocks.
func (c *carrier) blocks(r *http.Request, _ []byte) engine.Request {
	return c.read(r, func(*engine.Checker) {}, func(line *subscription) any {
		return engine.Object{"subscription_id": line.id, "items": slices.Clone(line.blocks)}
	})
}

// services serves the list of a subscription's services at the Barrings API.
func (c *carrier) services(r *http.Request, _ []byte) engine.Request {
	return c.read(r, func(*engine.Checker) {}, func(*subscription) any { return services })
}

// masks serves the barring masks that are applied to a subscription.
func (c *carrier) masks(r *http.Request, _ []byte) engine.Request {
	return c.read(r, func(*engine.Checker) {}, func(line *subscription) any {
		return engine.Object{"subscriptionId": line.id, "appliedBarringsMaskCodes": slices.Clone(line.masks)}
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

// changeRequests serves one page of a line's change requests, the oldest first.
func (c *carrier) changeRequests(r *http.Request, _ []byte) engine.Request {
	key := tariffKeyOf(r)
	offset, badOffset := number(r, "offset", 0)
	limit, badLimit := number(r, "limit", 10)
	return engine.Request{
		Line: key.uuid,
		Refusal: refused(func(c *engine.Checker) {
			c.That(badOffset == nil && badLimit == nil, "offset and limit must be numbers")
		}),
		Read: func() engine.Reply {
			page := []engine.Object{}
			for _, request := range c.world.tariffLine(key).requests {
				if !request.Hidden() {
					page = append(page, request.view())
				}
			}
			page = page[min(offset, len(page)):]
			return engine.Reply{Status: http.StatusOK, Body: page[:min(limit, len(page))]}
		},
	}
}

// number reads a number of the query that may be left out.
func number(r *http.Request, name string, otherwise int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err
}

// tariff serves the read of a line of version 2.
func (c *carrier) tariff(r *http.Request, _ []byte) engine.Request {
	key := tariffKeyOf(r)
	return engine.Request{
		Line: key.uuid,
		Read: func() engine.Reply {
			return engine.Reply{Status: http.StatusOK, Body: engine.Object{"id": key.uuid, "status": "ACTIVE", tariffField: c.world.tariffLine(key).product}}
		},
	}
}

func (r *changeRequest) view() engine.Object {
	return engine.Object{
		"id": r.id, "type": "TARIFF", "status": r.status(), "date_scheduled": r.in.DateScheduled, "reason": r.in.Reason,
		"parent_change_request": nil, "request_user": "sandbox", "request_system": "sandbox", "specific_data": r.in.SpecificData,
	}
}

// status is MásMóvil's present word on the request.
func (r *changeRequest) status() string {
	switch r.State() {
	case engine.StateFailed:
		return requestFailed
	case engine.StateDone:
		return requestDone
	case engine.StateUnknownWord:
		return requestStrange
	default:
		return requestOpen
	}
}
