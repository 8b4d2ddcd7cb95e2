package sandbox

import (
	"encoding/json"
	"net/http"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// changesOfRecords are the changes that cancel an earlier request (CancelNewSubscription, CancelInPortSubscription, CancelPortingOutSubscription,
// CancelTerminateSubscription), and ChangeInPortSubscription.
func (c *carrier) changesOfRecords() []engine.Operation {
	return []engine.Operation{
		c.cancel("cancel-new-subscription", "CancelNewSubscription", typeNew),
		c.cancel("cancel-port-in", "CancelInPortSubscription", typePortIn),
		c.cancel("cancel-port-out", "CancelPortingOutSubscription", typePortOut),
		c.cancel("cancel-terminate", "CancelTerminateSubscription", typeTerminate),
		c.changePortIn(),
	}
}

// cancel serves one cancel. The request that it ends is not carried out, so the line stays as it is.
func (c *carrier) cancel(name, page, kind string) engine.Operation {
	return engine.Operation{Name: name, Kind: engine.KindChange, Route: "POST " + base + "/api/" + page, Handle: func(_ *http.Request, body []byte) engine.Request {
		var in cancelRequest
		a, refused := c.recordIn(body, &in, page, kind)
		if refused == nil {
			refused = in.broken()
		}
		if refused == nil {
			refused = a.refusesCancel()
		}
		return engine.Request{Line: lineOf(a, in.ActivationID), Refusal: refused, Record: func(made *engine.Change) (engine.Reply, bool) {
			a.cancel = made
			// A cancel that is not in effect is one whose request was carried out after all; one that is takes that back.
			undo := func() {}
			made.Rule = func() *engine.Failure {
				undo = a.carryOut(&c.world)
				return nil
			}
			made.Apply = func() { undo() }
			return a.answer(made, a.view(true)), true
		}}
	}}
}

// changePortIn serves ChangeInPortSubscription, which answers with the changed record.
func (c *carrier) changePortIn() engine.Operation {
	const page = "ChangeInPortSubscription"
	return engine.Operation{Name: "change-port-in", Kind: engine.KindChange, Route: "POST " + base + "/api/" + page, Handle: func(_ *http.Request, body []byte) engine.Request {
		var in changePortIn
		a, refused := c.recordIn(body, &in, page, typePortIn)
		if refused == nil {
			refused = in.broken()
		}
		return engine.Request{Line: lineOf(a, in.ActivationID), Refusal: refused, Record: func(made *engine.Change) (engine.Reply, bool) {
			made.AtOnce = true
			made.Apply = func() {
				in.changeInfo(a.info)
				a.Modified = time.Now()
			}
			view := a.view(true)
			in.changeInfo(view.Info)
			return a.answer(made, view), true
		}}
	}}
}

// recordIn reads a request about a record, and finds the record, also where the request is refused because of it.
func (c *carrier) recordIn(body []byte, in interface{ id() string }, page, kind string) (*activation, *engine.Reply) {
	if json.Unmarshal(body, in) != nil || in.id() == "" {
		return nil, unbound(page) // the sample of error handling is this request without its activationId
	}
	a := c.world.record(in.id())
	if a == nil || a.kind != kind {
		refused := refusal(http.StatusBadRequest, "BadRequest", "no such request")
		return a, &refused
	}
	if status := a.status(); status == wordDone || status == wordError {
		refused := refusal(http.StatusBadRequest, "BadRequest", "the request has ended")
		return a, &refused
	}
	return a, nil
}

// lineOf is what chooses the scenario of a request about a record: what chose that of the record, else the id that was sent.
func lineOf(a *activation, id *string) string {
	if a == nil {
		return engine.TextOf(id)
	}
	return a.Line
}

// refusesCancel is the refusal of a cancel: that of a port-in is documented (CancelInPortSubscription).
func (a *activation) refusesCancel() *engine.Reply {
	var why string
	switch {
	case a.cancel != nil:
		why = "the request is being cancelled"
	case a.kind == typePortIn && a.portingStatus() == wordInit:
		why = "the porting is being prepared"
	default:
		return nil
	}
	refused := refusal(http.StatusBadRequest, "BadRequest", why)
	return &refused
}

// withdrawn reports whether the request is cancelled, or about to be.
func (a *activation) withdrawn() bool { return a.cancel != nil && a.cancel.Failure() == nil }

// answer is the answer to a change with its record.
func (a *activation) answer(made *engine.Change, view activationView) engine.Reply {
	if made.Plan.NoStatus {
		view.Status = ""
	}
	return engine.Reply{Status: http.StatusOK, Body: view}
}

// carryOut carries the request of a record out, and returns what takes it back.
func (a *activation) carryOut(w *world) (undo func()) {
	switch a.kind {
	case typeNew, typePortIn:
		w.open(a.on, nil)
		return func() { w.close(a.on) }
	case typeTerminate, typePortOut:
		before := a.on.state
		a.on.state = map[string]string{typeTerminate: stateTerminated, typePortOut: statePortedOut}[a.kind]
		return func() { a.on.state = before }
	}
	return func() {}
}
