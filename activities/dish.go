package activities

import (
	"cmp"
	"context"
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// The DISH operation types, as workflows name them.
const (
	DishActivateSubscription     = "dish.ActivateSubscription"
	DishUpdateSubscriptionStatus = "dish.UpdateSubscriptionStatus"
	DishUpdateBillCycle          = "dish.UpdateBillCycle"
	DishGetTransactionStatus     = "dish.GetTransactionStatus"
	DishGetSubscription          = "dish.GetSubscription"
)

// DishActivation is the request of dish.ActivateSubscription.
type DishActivation struct {
	dish.Customer
	dish.Activation
}

// DishStatusUpdate is the request of dish.UpdateSubscriptionStatus.
type DishStatusUpdate struct {
	dish.Customer
	dish.StatusUpdate
}

// DishBillCycle is the request of dish.UpdateBillCycle.
type DishBillCycle struct {
	dish.Customer
	dish.BillCycle
}

// DishTransactionQuery is the request of dish.GetTransactionStatus.
type DishTransactionQuery struct {
	dish.Customer
	dish.TransactionQuery
}

// DishSubscriptionQuery is the request of dish.GetSubscription.
type DishSubscriptionQuery struct {
	dish.Customer
	dish.SubscriptionQuery
}

// Dish returns the activities of DISH Wireless.
func Dish(client *dish.Client) Set {
	d := dishActivities{client}
	s := set{carrier: carriers.DISH}
	s.activities = append(s.activities, change[DishActivation]{
		carrier: carriers.DISH, operation: DishActivateSubscription, exchange: client.ExchangeTimeout(),
		send: func(ctx context.Context, in SubmitInput[DishActivation]) (carriers.Acknowledgement, error) {
			return client.Activate(ctx, in.Reference, in.Request.Customer, in.Request.Activation)
		},
		find: d.findActivation,
		look: d.lookActivation,
	}.register()...)
	s.activities = append(s.activities, change[DishStatusUpdate]{
		carrier: carriers.DISH, operation: DishUpdateSubscriptionStatus, exchange: client.ExchangeTimeout(),
		asks:   func(r DishStatusUpdate) bool { return client.Queryable(r.Action) },
		before: d.beforeStatusUpdate,
		inEffect: func(r DishStatusUpdate, before *carriers.Line) string {
			if d.client.SubscriptionWords().EffectOf(r.Action, before.Status) != carriers.Shown {
				return ""
			}
			return fmt.Sprintf("the subscription is %q already, and nothing else could show that a %s was taken", before.Status, r.Action)
		},
		send: func(ctx context.Context, in SubmitInput[DishStatusUpdate]) (carriers.Acknowledgement, error) {
			return client.UpdateStatus(ctx, in.Reference, in.Request.Customer, in.Request.StatusUpdate)
		},
		find: d.findStatusUpdate,
		look: d.lookStatusUpdate,
	}.register()...)
	s.activities = append(s.activities, change[DishBillCycle]{
		carrier: carriers.DISH, operation: DishUpdateBillCycle, exchange: client.ExchangeTimeout(),
		asks: func(DishBillCycle) bool { return false },
		send: func(ctx context.Context, in SubmitInput[DishBillCycle]) (carriers.Acknowledgement, error) {
			return client.UpdateBillCycle(ctx, in.Reference, in.Request.Customer, in.Request.BillCycle)
		},
		find: d.findBillCycle,
		look: d.lookBillCycle,
	}.register()...)
	s.activities = append(s.activities,
		read(carriers.DISH, DishGetTransactionStatus, func(ctx context.Context, reference string, r DishTransactionQuery) (dish.TransactionStatus, error) {
			return client.TransactionStatus(ctx, reference, r.Customer, r.PartnerTransactionID)
		}),
		read(carriers.DISH, DishGetSubscription, func(ctx context.Context, reference string, r DishSubscriptionQuery) (dish.Subscriber, error) {
			return client.Subscriber(ctx, reference, r.Customer, r.SubscriptionQuery)
		}),
	)
	return s
}

type dishActivities struct{ client *dish.Client }

// transaction reads the status of our own transaction; known is false when DISH itself says that it does not have it.
func (d dishActivities) transaction(ctx context.Context, reference string, customer dish.Customer) (status dish.TransactionStatus, known bool, err error) {
	status, err = d.client.TransactionStatus(ctx, reference, customer, reference)
	if err != nil && carriers.ClassOf(err) == carriers.NotFound {
		return status, false, nil
	}
	return status, err == nil, err
}

// findTransaction looks up our own transaction.
func (d dishActivities) findTransaction(ctx context.Context, reference string, customer dish.Customer) (carriers.Finding, error) {
	status, known, err := d.transaction(ctx, reference, customer)
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case known:
		return carriers.FoundAs(reference, carriers.Outcome{State: carriers.Pending, Status: status.Status}), nil
	}
	return carriers.FoundNothing(), nil
}

func (d dishActivities) findActivation(ctx context.Context, in SubmitInput[DishActivation], _ *carriers.Line) (carriers.Finding, error) {
	return d.findTransaction(ctx, in.Reference, in.Request.Customer)
}

func (d dishActivities) lookActivation(ctx context.Context, in CheckInput[DishActivation]) (carriers.Outcome, error) {
	return lookTransaction(ctx, d, in, in.Request.Customer, func() (carriers.Effect, *carriers.Line, error) {
		a := in.Request.Activation
		line, clear, err := d.line(ctx, in.Reference, in.Request.Customer, dish.SubscriptionQuery{ICCID: a.ICCID, GPSI: a.GPSI, SubscriberID: a.SubscriberID})
		if line != nil {
			return d.client.SubscriptionWords().EffectOfActivation(line.Status), line, err
		}
		return notShown(clear), nil, err
	})
}

// beforeStatusUpdate reads the line where only its state can show that the action was taken. The read is an aid: one that is
// refused leaves the operation without it.
func (d dishActivities) beforeStatusUpdate(ctx context.Context, in SubmitInput[DishStatusUpdate]) (*carriers.Line, error) {
	if d.client.Queryable(in.Request.Action) {
		return nil, nil
	}
	line, clear, err := d.line(ctx, in.Reference, in.Request.Customer, in.Request.Query())
	switch {
	case err != nil && notPossible(asCarrierError(carriers.DISH, DishUpdateSubscriptionStatus, in.Reference, err)):
		return nil, nil
	case line == nil && clear && err == nil:
		return &carriers.Line{}, nil // DISH shows no such subscription now
	}
	return line, err
}

func (d dishActivities) findStatusUpdate(ctx context.Context, in SubmitInput[DishStatusUpdate], before *carriers.Line) (carriers.Finding, error) {
	finding, err := d.findTransaction(ctx, in.Reference, in.Request.Customer)
	if err != nil || finding.Presence == carriers.Present || d.client.Queryable(in.Request.Action) {
		return finding, err
	}
	// Reactivate is missing from the transactions that can be asked about, so only the state can tell.
	effect, _, err := d.statusEffect(ctx, in.Reference, in.Request)
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case effect == carriers.Shown && before != nil:
		return carriers.FoundAs(in.Reference, carriers.Outcome{State: carriers.Pending}), nil
	}
	return carriers.FoundUnclear("nothing but the subscription's status shows such a request"), nil
}

func (d dishActivities) lookStatusUpdate(ctx context.Context, in CheckInput[DishStatusUpdate]) (carriers.Outcome, error) {
	if d.client.Queryable(in.Request.Action) {
		return lookTransaction(ctx, d, in, in.Request.Customer, func() (carriers.Effect, *carriers.Line, error) {
			return d.statusEffect(ctx, in.Reference, in.Request)
		})
	}
	outcome := carriers.Outcome{State: undecided(in.Acknowledgement), Status: in.Acknowledgement.Outcome.Status}
	if in.Told.State == carriers.Done {
		outcome.State, outcome.Status = carriers.Done, cmp.Or(in.Told.Status, outcome.Status)
	}
	effect, line, err := d.statusEffect(ctx, in.Reference, in.Request)
	if err != nil && outcome.State != carriers.Done {
		return outcome, err
	}
	if err != nil {
		return unread(outcome, err), nil
	}
	outcome.Effect, outcome.Line = effect, line
	if effect == carriers.Shown && in.taken() {
		outcome.State = carriers.Done
	}
	if line != nil && outcome.State != carriers.Unknown && in.Told.State == "" {
		outcome.Status = line.Status
	}
	return outcome, nil
}

// statusEffect reads whether the subscription is in the state that the action leads to.
func (d dishActivities) statusEffect(ctx context.Context, reference string, r DishStatusUpdate) (carriers.Effect, *carriers.Line, error) {
	line, clear, err := d.line(ctx, reference, r.Customer, r.Query())
	if line == nil {
		// Whether a ceased subscription is shown at all is not documented.
		return notShown(clear && r.Action != dish.Cease), nil, err
	}
	return d.client.SubscriptionWords().EffectOf(r.Action, line.Status), line, err
}

func (d dishActivities) findBillCycle(ctx context.Context, in SubmitInput[DishBillCycle], _ *carriers.Line) (carriers.Finding, error) {
	effect, _, err := d.billCycleEffect(ctx, in.Reference, in.Request)
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case effect == carriers.Shown:
		return carriers.FoundAs(in.Reference, carriers.Outcome{State: carriers.Done}), nil
	case effect == carriers.Missing: // a bill cycle that was taken is in effect at once, so another one says that it was not
		return carriers.FoundNothing(), nil
	}
	return carriers.FoundUnclear("the read does not show the bill cycle"), nil
}

func (d dishActivities) lookBillCycle(ctx context.Context, in CheckInput[DishBillCycle]) (carriers.Outcome, error) {
	said := in.Acknowledgement.Outcome
	outcome := carriers.Outcome{State: undecided(in.Acknowledgement), Status: said.Status}
	if said.State == carriers.Done {
		outcome.State = carriers.Done
	}
	effect, line, err := d.billCycleEffect(ctx, in.Reference, in.Request)
	switch {
	case err != nil && outcome.State != carriers.Done:
		return outcome, err
	case err != nil:
		return unread(outcome, err), nil
	}
	outcome.Effect, outcome.Line = effect, line
	if effect == carriers.Shown {
		outcome.State = carriers.Done // whoever set it: it is what was asked for
	}
	return outcome, nil
}

func (d dishActivities) billCycleEffect(ctx context.Context, reference string, r DishBillCycle) (carriers.Effect, *carriers.Line, error) {
	line, clear, err := d.line(ctx, reference, r.Customer, dish.SubscriptionQuery{GPSI: r.GPSI})
	switch {
	case err != nil || line == nil:
		return notShown(clear), nil, err
	case line.BillCycleStartDay == 0: // a field that is missing says nothing
		return carriers.Incomparable, line, nil
	case line.BillCycleStartDay != r.BillCycleStartDay: // the frequency has one value only
		return carriers.Missing, line, nil
	}
	return carriers.Shown, line, nil
}

// lookTransaction reads the transaction status and, when somebody has said a final word or it is the only look, the effect.
func lookTransaction[R any](ctx context.Context, d dishActivities, in CheckInput[R], customer dish.Customer,
	effect func() (carriers.Effect, *carriers.Line, error),
) (carriers.Outcome, error) {
	status, known, err := d.transaction(ctx, in.Reference, customer)
	if err != nil {
		return carriers.Outcome{}, err
	}
	outcome := carriers.Outcome{State: carriers.Pending}
	if known {
		outcome = carriers.Outcome{State: status.State, Status: status.Status, Code: status.Code, Reason: status.Reason}
	}
	claimed := outcome.State == carriers.Done || outcome.State != carriers.Failed && in.Told.State.Final()
	return withEffect(in, outcome, in.Confirm && claimed, effect), nil
}

// line reads the one subscription that the query names; nil when DISH does not show it, and then clear tells whether anything
// follows from that.
func (d dishActivities) line(ctx context.Context, reference string, customer dish.Customer, q dish.SubscriptionQuery) (line *carriers.Line, clear bool, err error) {
	subscriber, err := d.client.Subscriber(ctx, reference, customer, q)
	if err != nil {
		if carriers.ClassOf(err) == carriers.NotFound {
			return nil, true, nil
		}
		return nil, false, err
	}
	subscription, resource, clear := subscriber.Find(q)
	if subscription == nil {
		return nil, clear, nil
	}
	found := dish.Line(subscriber, subscription, resource)
	return &found, true, nil
}

// notShown is what a read says that does not show the line: nothing, unless it is clear that the carrier does not have it.
func notShown(clear bool) carriers.Effect {
	if clear {
		return carriers.Missing
	}
	return carriers.Incomparable
}
