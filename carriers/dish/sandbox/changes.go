package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// wordSuccess is the one documented status word of acknowledgements and transactions (SPS - Subscriptions v5).
const wordSuccess = "Success"

// statusBody is the body of acknowledgements and transaction statuses. Only status is documented.
type statusBody struct {
	Status string `json:"status,omitempty"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// changes are the changes that DISH takes.
func (c *carrier) changes() []engine.Operation {
	return []engine.Operation{
		{Name: "activate", Kind: engine.KindChange, Route: "POST " + base + activatePath, Handle: c.activate},
		{Name: "status", Kind: engine.KindChange, Route: "POST " + base + statusPath, Handle: c.updateStatus},
		// Documented: SPS - Subscription Number Management (v5); the method is not shown.
		{Name: "change-number", Kind: engine.KindChange, Route: "POST " + base + "/change", Handle: c.changeNumber},
		{Name: "bill-cycle", Kind: engine.KindChange, Route: "POST " + base + billCyclePath, Handle: c.updateBillCycle},
	}
}

// activate serves Activate Subscription: acknowledged at once, decided later, told by callback.
func (c *carrier) activate(r *http.Request, body []byte) engine.Request {
	var in activation
	err := json.Unmarshal(body, &in)
	wanted := in.subscription()
	return engine.Request{
		Reference: engine.TextOf(in.PartnerTransactionID),
		Line:      cmp.Or(wanted.iccid, wanted.gpsi, wanted.subscriberID),
		Refusal:   refused(r, err, in.check),
		Record: c.transact("Activate", func(made *engine.Change) {
			c.world.expect(wanted)
			made.Apply = func() { c.world.activate(wanted) }
		}),
	}
}

// updateStatus serves Update Subscription Status. Whether the line's state allows the action is asked when the transaction
// is decided; what a wrong state is answered is not documented.
func (c *carrier) updateStatus(r *http.Request, body []byte) engine.Request {
	var in statusUpdate
	err := json.Unmarshal(body, &in)
	key, action := lineKey{iccid: engine.TextOf(in.ICCID), gpsi: engine.TextOf(in.GPSI)}, engine.TextOf(in.Action)
	return engine.Request{
		Reference: engine.TextOf(in.PartnerTransactionID),
		Line:      cmp.Or(key.iccid, key.gpsi),
		Refusal:   refused(r, err, in.check),
		Record: c.transact(action, func(made *engine.Change) {
			var line *subscription
			made.Rule = func() *engine.Failure {
				lines := c.world.lines(key)
				if len(lines) == 0 {
					return &failedNoLine
				}
				if line = lines[0]; line.status != transitions[action].from {
					return failedWrongState(action, line.status)
				}
				return nil
			}
			made.Apply = func() { line.status, line.guessed = transitions[action].to, false }
		}),
	}
}

// changeNumber serves Change GPSI, in its one visible form: to a reserved number, by the present one.
func (c *carrier) changeNumber(r *http.Request, body []byte) engine.Request {
	var in numberChange
	err := json.Unmarshal(body, &in)
	old, next := engine.TextOf(in.GPSI), engine.TextOf(in.NewGPSI)
	return engine.Request{
		Reference: engine.TextOf(in.PartnerTransactionID),
		Line:      old,
		Refusal:   refused(r, err, in.check),
		Record: c.transact("Change GPSI", func(made *engine.Change) {
			c.world.expect(subscription{gpsi: next})
			var line *subscription
			made.Rule = func() (failure *engine.Failure) {
				line, failure = c.world.changeable(old, next)
				return failure
			}
			made.Apply = func() { c.world.changeNumber(line, next) }
		}),
	}
}

// transact returns what records a transaction and acknowledges it.
func (c *carrier) transact(action string, prepare func(*engine.Change)) func(*engine.Change) (engine.Reply, bool) {
	return func(made *engine.Change) (engine.Reply, bool) {
		if _, repeated := c.world.transactions[made.Reference]; repeated && c.cfg.RefusesDuplicates {
			return refusal(http.StatusConflict, "", "this partnerTransactionId has been used"), false
		}
		prepare(made)
		c.world.transactions[made.Reference] = transaction{Change: made, action: action}
		return acknowledgement(made.Plan), true
	}
}

func acknowledgement(p engine.Plan) engine.Reply {
	if p.NoStatus {
		return engine.Reply{Status: http.StatusOK, Body: statusBody{}}
	}
	return engine.Reply{Status: http.StatusOK, Body: statusBody{Status: wordSuccess}}
}

// updateBillCycle serves the bill cycle update, which has no transaction and is in effect when it is answered
// (SPS - Subscription Profile Management v5: the subscription must exist and be active).
func (c *carrier) updateBillCycle(r *http.Request, body []byte) engine.Request {
	var in billCycle
	err := json.Unmarshal(body, &in)
	gpsi := engine.TextOf(in.GPSI)
	return engine.Request{
		Line: gpsi, Refusal: refused(r, err, in.check),
		Record: func(made *engine.Change) (engine.Reply, bool) {
			lines := c.world.lines(lineKey{gpsi: gpsi})
			if len(lines) == 0 || lines[0].status != wordActive {
				return refusal(http.StatusNotFound, "", "no active subscription has this gpsi"), false
			}
			line, day := lines[0], int(*in.BillCycleStartDay)
			made.AtOnce = true
			made.Apply = func() { line.billCycleStartDay, line.guessed = day, false }
			answer := acknowledgement(made.Plan)
			if made.Plan.Fails {
				answer.Body = statusBody{wordFailed, engine.FailedByScenario.Code, engine.FailedByScenario.Reason}
			}
			return answer, true
		},
	}
}
