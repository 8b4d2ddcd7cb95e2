package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// changes are the changes that sTN takes.
func (c *carrier) changes() []engine.Operation {
	return []engine.Operation{
		// Documented: SetServicesSubscription.
		{Name: "set-services", Kind: engine.KindChange, Route: "POST " + base + "/api/SetServicesSubscription", Handle: c.setServices},
	}
}

// setServices serves SetServicesSubscription. Services that sTN does not know are left out without an error; a known one
// with a value that sTN does not know is accepted now and fails the whole request later.
func (c *carrier) setServices(_ *http.Request, body []byte) engine.Request {
	var in setServices
	err := json.Unmarshal(body, &in)
	// What happens when both are given and disagree is not documented; here the subscription id wins.
	key := lineKey{id: engine.TextOf(in.SubscriptionID)}
	if key.id == "" {
		key = lineKey{number: withoutDash(engine.TextOf(in.PhoneNumber))}
	}
	return engine.Request{
		Reference: engine.TextOf(in.ReferenceNumber),
		Line:      cmp.Or(engine.TextOf(in.SubscriptionID), engine.TextOf(in.PhoneNumber)),
		Refusal:   in.check(err),
		Record: func(made *engine.Change) (engine.Reply, bool) {
			line := c.world.line(key)
			a := &activation{
				Change: made, id: uuid.NewString()[24:] + strconv.Itoa(len(c.world.activations)),
				on: line, services: acceptedServices(in.Services, made.Plan.LeavesOutPart),
			}
			made.Rule = func() *engine.Failure {
				if !allowedServices(a.services) {
					return &engine.Failure{} // the pages show no reason on an ERROR record
				}
				return nil
			}
			made.Apply = func() { line.set(a.services) }
			c.world.enter(a)
			view := a.view()
			if made.Plan.NoStatus {
				view.Status = ""
			}
			return engine.Reply{Status: http.StatusOK, Body: view}, true
		},
	}
}
