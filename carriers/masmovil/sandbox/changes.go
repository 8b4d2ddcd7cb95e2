package sandbox

import (
	"encoding/json"
	"net/http"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// changes are the changes that MásMóvil takes. Documented: Customers API v2, Subscriptions; the path of SIM replacement is not.
func (c *carrier) changes() []engine.Operation {
	return []engine.Operation{
		{Name: "add-device", Kind: engine.KindChange, Route: "POST " + linePath + "/devices", Handle: c.addDevice},
		{Name: "sim-replacement", Kind: engine.KindChange, Route: "POST " + linePath + simPath, Handle: c.replaceSIM},
	}
}

// order is the answer of AddDevice and SIM replacement, the same for 201 and 202; both engine.Object are optional.
type order struct {
	RiskDecision           string `json:"risk_decision,omitempty"`
	SubscriptionTerminalID int64  `json:"subscription_terminal_id,omitempty"`
}

// prepare enters a change into a line. It returns the terminal's id, if there is one, and what puts the change into effect.
type prepare func(*subscription, *engine.Change) (terminal int64, apply func())

// replaceSIM serves the SIM replacement. No id comes back: only the card on the line tells the outcome.
func (c *carrier) replaceSIM(r *http.Request, body []byte) engine.Request {
	var in simReplacement
	err := json.Unmarshal(body, &in)
	return c.change(r, err, in.check, func(line *subscription, _ *engine.Change) (int64, func()) {
		card := engine.TextOf(in.NewICC)
		if card == "" {
			card = c.world.newCard()
		}
		return 0, func() { line.iccid = card }
	})
}

// addDevice serves AddDevice.
func (c *carrier) addDevice(r *http.Request, body []byte) engine.Request {
	var in newDevice
	err := json.Unmarshal(body, &in)
	return c.change(r, err, in.check, func(line *subscription, made *engine.Change) (int64, func()) {
		device := c.world.newDevice(line.id, time.Now())
		device.made = made
		return device.TerminalID, func() { line.devices = append(line.devices, device) }
	})
}

// change serves what both have in common: 201 is done, 202 is held for a risk decision.
func (c *carrier) change(r *http.Request, unreadable error, check func(*engine.Checker), prepare prepare) engine.Request {
	key, bad := keyOf(r)
	ip := r.Header.Get("x-ip-address")
	return engine.Request{
		Line: r.PathValue("subscriptionId"), IPAddress: ip,
		Refusal: refused(func(c *engine.Checker) { checkChange(c, ip, bad, unreadable, check) }),
		Record: func(made *engine.Change) (engine.Reply, bool) {
			line := c.world.line(key)
			made.Review = true
			var answer order
			answer.SubscriptionTerminalID, made.Apply = prepare(line, made)
			if made.Plan.Review == engine.NoReview {
				made.AtOnce = true
				return engine.Reply{Status: http.StatusCreated, Body: answer}, true
			}
			made.AtOnce = made.Plan.Review == engine.DeniedAtOnce
			c.world.lastFraud++
			line.frauds = append(line.frauds, &fraud{id: c.world.lastFraud, Change: made})
			answer.RiskDecision = riskReferred
			if made.AtOnce {
				answer.RiskDecision = riskDenied
			}
			return engine.Reply{Status: http.StatusAccepted, Body: answer}, true
		},
	}
}
