package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// changes are the changes that MásMóvil takes. Documented: Customers API v2, Subscriptions, Products, Bonuses and Barrings;
// the path of SIM replacement is not, nor are method and path of the change of a product.
func (c *carrier) changes() []engine.Operation {
	return []engine.Operation{
		{Name: "add-device", Kind: engine.KindChange, Route: "POST " + linePath + "/devices", Handle: c.addDevice},
		{Name: "add-bonus", Kind: engine.KindChange, Route: "PUT " + linePath + "/bonuses", Handle: c.addBonus},
		{Name: "change-product", Kind: engine.KindChange, Route: "PUT " + linePath + productsPath, Handle: c.changeProduct},
		{Name: "set-block", Kind: engine.KindChange, Route: "PATCH " + linePath + "/blocks/{blockId}", Handle: c.setBlock},
		// Documented: Barrings API v2, Masks.
		{Name: "barring-masks", Kind: engine.KindChange, Route: "POST " + barringsPath + "/barrings-masks/operations", Handle: c.operateMasks},
		// Documented: Subscriptions API v2, Change requests.
		{Name: "change-tariff", Kind: engine.KindChange, Route: "POST " + requestsPath + "/tariff", Handle: c.changeTariff},
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

// changeProduct serves the change of a product. Its 201 has no body.
func (c *carrier) changeProduct(r *http.Request, body []byte) engine.Request {
	var in newProduct
	err := json.Unmarshal(body, &in)
	request := c.change(r, err, in.check, func(line *subscription, _ *engine.Change) (int64, func()) {
		return 0, func() { line.changeProduct(in) }
	})
	record := request.Record
	request.Record = func(made *engine.Change) (engine.Reply, bool) {
		answer, recorded := record(made)
		if answer.Status == http.StatusCreated {
			answer.Body = nil
		}
		return answer, recorded
	}
	return request
}

// change serves what these have in common: 201 is done, 202 is held for a risk decision.
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

// addBonus serves the PUT of a bonus. Each request adds one, also a second one for the same bonus: invented, and the worse case.
func (c *carrier) addBonus(r *http.Request, body []byte) engine.Request {
	var in newBonus
	err := json.Unmarshal(body, &in)
	return c.set(r, err, in.check, func(line *subscription, made *engine.Change) func() {
		return func() { line.bonuses = append(line.bonuses, in.made(made)) }
	})
}

// setBlock serves the PATCH of a block.
func (c *carrier) setBlock(r *http.Request, body []byte) engine.Request {
	in := newBlock{id: r.PathValue("blockId")}
	err := json.Unmarshal(body, &in)
	return c.set(r, err, in.check, func(line *subscription, _ *engine.Change) func() {
		return func() { line.setBlock(in) }
	})
}

// operateMasks serves an operation on barring masks: 202, and the masks change later.
func (c *carrier) operateMasks(r *http.Request, body []byte) engine.Request {
	key, bad := keyOf(r)
	var in maskOperation
	err := json.Unmarshal(body, &in)
	return engine.Request{
		Line:    r.PathValue("subscriptionId"),
		Refusal: refusedBarring(func(c *engine.Checker) { checkChange(c, "", bad, err, in.check) }),
		Record: func(made *engine.Change) (engine.Reply, bool) {
			line := c.world.line(key)
			if made.Plan.Review != engine.NoReview {
				made.Plan.Fails = false
			}
			made.Apply = func() { line.operateMasks(in) }
			c.world.lastProcess++
			return engine.Reply{Status: http.StatusAccepted, Body: engine.Object{"externalId": fmt.Sprintf("process-%d", c.world.lastProcess)}}, true
		},
	}
}

// set serves a change that is done with its answer: 201 without a body, and never a review.
func (c *carrier) set(r *http.Request, unreadable error, check func(*engine.Checker), prepare func(*subscription, *engine.Change) (apply func())) engine.Request {
	key, bad := keyOf(r)
	return engine.Request{
		Line:    r.PathValue("subscriptionId"),
		Refusal: refused(func(c *engine.Checker) { checkChange(c, "", bad, unreadable, check) }),
		Record: func(made *engine.Change) (engine.Reply, bool) {
			made.AtOnce = true
			if made.Plan.Review != engine.NoReview {
				made.Plan.Fails = false
			}
			made.Apply = prepare(c.world.line(key), made)
			return engine.Reply{Status: http.StatusCreated}, true
		},
	}
}

// changeTariff serves a request for another tariff. It makes a change request each time.
func (c *carrier) changeTariff(r *http.Request, body []byte) engine.Request {
	var in newTariff
	err := json.Unmarshal(body, &in)
	key := tariffKeyOf(r)
	return engine.Request{
		Line:    key.uuid,
		Refusal: refused(func(c *engine.Checker) { checkChange(c, "", nil, err, in.check) }),
		Record: func(made *engine.Change) (engine.Reply, bool) {
			line := c.world.tariffLine(key)
			if made.Plan.Review != engine.NoReview {
				made.Plan.Fails = false
			}
			c.world.lastProcess++
			request := &changeRequest{made, fmt.Sprintf("0c0ffee0-0000-4000-8000-%012d", c.world.lastProcess), in}
			line.requests = append(line.requests, request)
			made.Apply = func() { line.product = *in.SpecificData.ProductID }
			return engine.Reply{Status: http.StatusCreated, Body: request.view()}, true
		},
	}
}
