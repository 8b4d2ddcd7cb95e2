package sandbox

import (
	"fmt"
	"net/http"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// action serves the requests for one type of action (SIM Cards): 202 with the action, whose id Telnyx makes up. A request carries
// nothing of the caller's, so the reference in the ledger is derived from the card.
func (c *carrier) action(kind string) func(*http.Request, []byte) engine.Request {
	return func(r *http.Request, body []byte) engine.Request {
		id, refused := idOf(r)
		request := engine.Request{Line: id, Derived: true, Refusal: refused}
		if refused != nil {
			return request
		}
		on := c.world.card(id)
		on.requests[kind]++
		request.Reference = fmt.Sprintf("%s:%s#%d", kind, id, on.requests[kind])
		switch {
		case on.absent:
			missing := notFound("SIM card")
			request.Refusal = &missing
		default:
			if request.Refusal = checkBody(body); request.Refusal == nil {
				request.Refusal = checkGroup(on, kind)
			}
		}
		request.Record = func(made *engine.Change) (engine.Reply, bool) { return c.record(on, kind, made), true }
		return request
	}
}

// record enters an action. It ends in the status that it asks for, unless Telnyx imposes one or a newer action interrupts it.
func (c *carrier) record(on *card, kind string, made *engine.Change) engine.Reply {
	for _, older := range on.actions {
		if older.running() {
			older.interrupted, older.change.Modified = true, made.Created
		}
	}
	a := &action{kind: kind, on: on, created: made.Created, change: made}
	c.world.enter(a)
	made.Rule = func() *engine.Failure {
		switch {
		case a.interrupted:
			return &engine.Failure{Reason: interrupted}
		case imposed(on.status):
			return &engine.Failure{Reason: imposedReason(on.status)}
		}
		return nil
	}
	made.Apply = func() {
		on.set(transitions[kind].after)
		if kind == actionSetStandby && on.wakes {
			c.world.enter(&action{kind: actionWoken, on: on, created: time.Now()})
			on.set(statusEnabled)
		}
	}
	view := a.view()
	if made.Plan.NoStatus {
		view.Status = nil
	}
	return engine.Reply{Status: http.StatusAccepted, Body: envelope{Data: view}}
}
