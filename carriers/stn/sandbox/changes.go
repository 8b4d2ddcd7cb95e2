package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// changes are the changes that sTN takes.
func (c *carrier) changes() []engine.Operation {
	return []engine.Operation{
		// Documented: SetServicesSubscription. Services that sTN does not know are left out without an error; a known one with a
		// value that sTN does not know is accepted now and fails the whole request later.
		change(c, "set-services", "SetServicesSubscription", typeSetServices, func(in *setServices, a *activation, p engine.Plan) {
			services := acceptedServices(in.Services, p.LeavesOutPart)
			a.info["services"] = services
			a.Rule = func() *engine.Failure { return failUnless(allowedServices(services)) }
			a.Apply = func() { a.on.set(services) }
		}),
		// Documented: SuspendSubscription, ResumeSubscription.
		change(c, "suspend", "SuspendSubscription", typeSuspend, func(_ *lineRequest, a *activation, _ engine.Plan) {
			a.Rule = func() *engine.Failure { return failUnless(!suspendingTwiceFails || a.on.state != stateSuspended) }
			a.Apply = func() { a.on.state = stateSuspended }
		}),
		change(c, "resume", "ResumeSubscription", typeResume, func(_ *lineRequest, a *activation, _ engine.Plan) {
			a.Rule = func() *engine.Failure { return failUnless(!suspendingTwiceFails || a.on.state != stateActive) }
			a.Apply = func() { a.on.state = stateActive }
		}),
		// Documented: SimSwapSubscription. A request for a card and an eSIM is one for an eSIM.
		change(c, "swap-sim", "SimSwapSubscription", typeSwapSIM, func(in *swapSIM, a *activation, _ engine.Plan) {
			if !in.ESIM {
				a.Apply = func() { c.world.giveCard(a.on, engine.TextOf(in.NewSIMCardNumber), false) }
				return
			}
			a.info["eSim"], a.info["email"], a.info["confirmationCode"] = true, in.Email, in.ConfirmationCode
			a.Apply = func() { c.world.giveCard(a.on, c.world.newESIM(a.on), true) }
		}),
		// Documented: TerminateSubscription, PortingOutSubscription.
		change(c, "terminate", "TerminateSubscription", typeTerminate, func(in *datedRequest, a *activation, _ engine.Plan) {
			if in.WishDate != nil {
				a.info["wishDate"] = *in.WishDate
			}
			a.due(in.WishDate, time.RFC3339)
			a.Rule = func() *engine.Failure { return failUnless(a.on.state != stateTerminated) }
			a.Apply = func() { a.on.state = stateTerminated }
		}),
		change(c, "port-out", "PortingOutSubscription", typePortOut, func(in *datedRequest, a *activation, _ engine.Plan) {
			a.info["wishDate"] = timestamp(a.Created, "") // a date comes back also when none was sent
			if in.WishDate != nil {
				a.info["wishDate"] = *in.WishDate
			}
			a.due(in.WishDate, time.RFC3339)
			a.Apply = func() { a.on.state = statePortedOut }
		}),
		// Documented: MoveEnvironmentSubscription, with the limit of one move in two months.
		change(c, "move-environment", "MoveEnvironmentSubscription", typeMove, func(in *moveEnvironment, a *activation, _ engine.Plan) {
			a.due(in.WishDate, localTime)
			a.Rule = func() *engine.Failure { return failUnless(time.Since(a.on.moved) > 60*24*time.Hour) }
			a.Apply = func() { a.on.environment, a.on.moved = engine.TextOf(in.NewProviderEnvironment), time.Now() }
		}),
		// Documented: NewSubscription, with the record of QueryActivation; InPortSubscription.
		change(c, "new-subscription", "NewSubscription", typeNew, func(in *newLine, a *activation, _ engine.Plan) {
			a.info["simCardNumber"], a.info["wishDate"] = a.on.sim, in.WishDate
			a.due(in.WishDate, time.RFC3339)
			a.Apply = func() { c.world.open(a.on, in.Services) }
		}),
		change(c, "port-in", "InPortSubscription", typePortIn, func(in *portIn, a *activation, _ engine.Plan) {
			a.info["isdn"] = a.on.dashed()
			a.due(in.PortingWishDate, time.RFC3339)
			a.info["donorCustomerNumber"], a.info["portingWishDate"] = in.DonorCustomerNumber, in.PortingWishDate
			a.Apply = func() { c.world.open(a.on, in.Services) }
		}),
	}
}

// due puts the decision of a request off until the date for which it asks.
func (a *activation) due(date *string, layout string) {
	if date != nil {
		a.NotBefore, _ = time.ParseInLocation(layout, *date, zone) // it was checked
	}
}

// decide is the failure of a request when it is due: one that is cancelled is not carried out.
func (a *activation) decide(allowed func() *engine.Failure) *engine.Failure {
	switch {
	case a.withdrawn():
		return &engine.Failure{}
	case allowed != nil:
		return allowed()
	}
	return nil
}

// failUnless is the failure of a change that a rule does not allow. The pages show no reason on an ERROR record.
func failUnless(allowed bool) *engine.Failure {
	if allowed {
		return nil
	}
	return &engine.Failure{}
}

// request is the body of a change: it has what all of them have, and rules of its own.
type request interface {
	common() *lineRequest
	// line names the line as the caller does, and on finds it, or makes one that is not open yet.
	line() string
	on(w *world) *subscription
	// opens reports whether the request is for a new line, which it cannot name.
	opens() bool
	// broken returns the refusal of a request that breaks a documented rule of its operation.
	broken() *engine.Reply
}

// change serves one change: a POST that makes an Activation record. describe says what the record shows and what becomes of it.
func change[R any, P interface {
	*R
	request
}](c *carrier, name, page, activationType string, describe func(in P, a *activation, p engine.Plan)) engine.Operation {
	return engine.Operation{Name: name, Kind: engine.KindChange, Route: "POST " + base + "/api/" + page, Handle: func(_ *http.Request, body []byte) engine.Request {
		in := P(new(R))
		err := json.Unmarshal(body, in)
		about := in.common()
		refusal := about.checkLine(page, err, in.opens())
		if refusal == nil {
			refusal = in.broken()
		}
		return engine.Request{
			Reference: engine.TextOf(about.ReferenceNumber), Line: in.line(), Refusal: refusal,
			Record: func(made *engine.Change) (engine.Reply, bool) {
				a := &activation{
					Change: made, id: uuid.NewString()[24:] + strconv.Itoa(len(c.world.activations)), kind: activationType,
					on: in.on(&c.world), info: engine.Object{},
				}
				describe(in, a, made.Plan)
				allowed := a.Rule
				a.Rule = func() *engine.Failure { return a.decide(allowed) }
				c.world.enter(a)
				return a.answer(made, a.view(true)), true
			},
		}
	}}
}
