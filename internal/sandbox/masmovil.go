package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// masmovilError is ErrorMessage (Customers API v2); its code is text.
type masmovilError struct {
	Code    string `json:"code"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

// masmovilOrder is the answer of AddDevice and SIM replacement, the same for 201 and 202; both fields are optional.
type masmovilOrder struct {
	RiskDecision           string `json:"risk_decision,omitempty"`
	SubscriptionTerminalID int64  `json:"subscription_terminal_id,omitempty"`
}

// masmovilSIMReplacement is the body of the SIM replacement.
type masmovilSIMReplacement struct {
	DealerID *string `json:"dealer_id"`
	ShopID   *string `json:"shop_id"`
	Logistic *bool   `json:"logistic"`
	NewICC   *string `json:"new_icc"`
}

// masmovilNewDevice is the body of AddDevice; the inside of its objects is not documented.
type masmovilNewDevice struct {
	Sell         json.RawMessage `json:"sell"`
	Client       json.RawMessage `json:"client"`
	Device       json.RawMessage `json:"device"`
	Segment      *string         `json:"subscription_offer_segment"`
	DeliveryInfo json.RawMessage `json:"delivery_info"`
}

// masmovilReplaceSIM serves the SIM replacement. No handle comes back: only the card on the line tells the outcome.
func (s *Sandbox) masmovilReplaceSIM(w http.ResponseWriter, r *http.Request) {
	var in masmovilSIMReplacement
	body, err := decode(r, &in)
	s.masmovilChange(w, r, opSIMReplacement, body, err, func(c *checker) {
		c.that(text(in.DealerID) != "", "dealer_id is required")
		c.that(in.Logistic != nil, "logistic is required")
		c.that(in.NewICC == nil || *in.NewICC != "", "new_icc cannot be empty")
	}, func(line *masmovilLineState, _ *change) (int64, func()) {
		card := text(in.NewICC)
		if card == "" {
			card = s.world.masmovil.newCard()
		}
		return 0, func() { line.iccid = card }
	})
}

// masmovilAddDevice serves AddDevice.
func (s *Sandbox) masmovilAddDevice(w http.ResponseWriter, r *http.Request) {
	var in masmovilNewDevice
	body, err := decode(r, &in)
	s.masmovilChange(w, r, opAddDevice, body, err, func(c *checker) {
		c.object("sell", in.Sell)
		c.object("client", in.Client)
		c.object("device", in.Device)
		c.that(text(in.Segment) != "", "subscription_offer_segment is required")
		if len(in.DeliveryInfo) > 0 {
			c.object("delivery_info", in.DeliveryInfo)
		}
	}, func(line *masmovilLineState, made *change) (int64, func()) {
		device := s.world.masmovil.newDevice(line.id, time.Now())
		device.made = made
		return device.TerminalID, func() { line.devices = append(line.devices, device) }
	})
}

// masmovilChange serves what both have in common: 201 is done, 202 is held for a risk decision. prepare runs under the
// world's lock; it returns the terminal's id, if there is one, and what puts the change into effect.
func (s *Sandbox) masmovilChange(
	w http.ResponseWriter, r *http.Request, operation string, body []byte, unreadable error,
	check func(*checker), prepare func(*masmovilLineState, *change) (int64, func()),
) {
	key, bad := masmovilKeyOf(r)
	s.serve(w, r, exchange{
		carrier: carriers.MasMovil, operation: operation, line: r.PathValue("subscriptionId"), body: body,
		ip: r.Header.Get("x-ip-address"),
		refuse: checkMasMovil(func(c *checker) {
			c.that(bad == nil, "subscriptionId must be a number")
			c.that(unreadable == nil, "the body cannot be read")
			if unreadable == nil {
				check(c)
			}
			if ip := r.Header.Get("x-ip-address"); ip != "" {
				address, err := netip.ParseAddr(ip)
				c.that(err == nil && address.Is4(), "x-ip-address must be an IPv4 address")
			}
		}),
		record: func(p plan) (reply, *change) {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			line := s.world.masmovil.line(key)
			made := &change{plan: p, usual: s.cfg.ReviewFor, created: time.Now()}
			answer := masmovilOrder{}
			answer.SubscriptionTerminalID, made.apply = prepare(line, made)
			if p.review == noReview {
				made.atOnce = true
				return reply{status: http.StatusCreated, body: answer}, made
			}
			made.atOnce = p.review == deniedAtOnce
			s.world.masmovil.lastFraud++
			line.frauds = append(line.frauds, &masmovilFraud{id: s.world.masmovil.lastFraud, change: made})
			answer.RiskDecision = riskReferred
			if made.atOnce {
				answer.RiskDecision = riskDenied
			}
			return reply{status: http.StatusAccepted, body: answer}, made
		},
	})
}

// masmovilFraudRequests serves the fraud requests of the Subscriptions API v1: 404 when nothing matches.
func (s *Sandbox) masmovilFraudRequests(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	id, err := strconv.ParseInt(query.Get("subscription_id"), 10, 64)
	missing := refusal(carriers.MasMovil, http.StatusNotFound, "no fraud request matches")
	s.serve(w, r, exchange{
		carrier: carriers.MasMovil, operation: opFraudRequests, line: query.Get("subscription_id"), missing: &missing,
		refuse: checkMasMovil(func(c *checker) {
			c.that(err == nil || query.Get("subscription_id") == "", "subscription_id must be a number")
		}),
		read: func() reply {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			var found []masmovilFraudView
			for key, line := range s.world.masmovil.lines {
				if key.org != r.PathValue("orgId") || (err == nil && id != key.id) {
					continue
				}
				for _, fraud := range line.frauds {
					decision := query.Get("risk_decision")
					if view := fraud.view(line.id); !s.hides(fraud.change) && (decision == "" || decision == view.RiskDecision) {
						found = append(found, view)
					}
				}
			}
			if len(found) == 0 {
				return missing
			}
			slices.SortFunc(found, func(a, b masmovilFraudView) int { return cmp.Compare(a.ID, b.ID) })
			return reply{status: http.StatusOK, body: found}
		},
	})
}

// masmovilKeyOf reads the two path parameters of every operation: orgId is text, subscriptionId an int64.
func masmovilKeyOf(r *http.Request) (masmovilKey, error) {
	id, err := strconv.ParseInt(r.PathValue("subscriptionId"), 10, 64)
	return masmovilKey{org: r.PathValue("orgId"), id: id}, err
}

// checkMasMovil returns the refusal of a request that breaks a documented rule, nil for a good one.
func checkMasMovil(check func(*checker)) *reply {
	var c checker
	check(&c)
	if err := errors.Join(c.problems...); err != nil {
		refused := refusal(carriers.MasMovil, http.StatusBadRequest, strings.ReplaceAll(err.Error(), "\n", "; "))
		return &refused
	}
	return nil
}
