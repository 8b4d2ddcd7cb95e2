package activities

import (
	"context"

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
		carrier: carriers.DISH, operation: DishActivateSubscription,
		send: func(ctx context.Context, in SubmitInput[DishActivation]) (carriers.Acknowledgement, error) {
			return client.Activate(ctx, in.Reference, in.Request.Customer, in.Request.Activation)
		},
		find: d.findActivation,
		look: d.lookActivation,
	}.register()...)
	s.activities = append(s.activities, change[DishStatusUpdate]{
		carrier: carriers.DISH, operation: DishUpdateSubscriptionStatus,
		send: func(ctx context.Context, in SubmitInput[DishStatusUpdate]) (carriers.Acknowledgement, error) {
			return client.UpdateStatus(ctx, in.Reference, in.Request.Customer, in.Request.StatusUpdate)
		},
		find: d.findStatusUpdate,
		look: d.lookStatusUpdate,
	}.register()...)
	s.activities = append(s.activities, change[DishBillCycle]{
		carrier: carriers.DISH, operation: DishUpdateBillCycle,
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

// transaction reads the status of our own transaction; known is false when DISH does not have it.
func (d dishActivities) transaction(ctx context.Context, reference string, customer dish.Customer) (status dish.TransactionStatus, known bool, err error) {
	status, err = d.client.TransactionStatus(ctx, reference, customer, reference)
	if err != nil && carriers.ClassOf(err) == carriers.NotFound {
		return status, false, nil
	}
	return status, err == nil, err
}

func (d dishActivities) findActivation(ctx context.Context, in SubmitInput[DishActivation], _ *carriers.Line) (carriers.Acknowledgement, verdict, error) {
	status, known, err := d.transaction(ctx, in.Reference, in.Request.Customer)
	if err != nil || !known {
		return carriers.Acknowledgement{}, absent, err
	}
	return foundAs(in.Reference, status.Status), present, nil
}

func (d dishActivities) lookActivation(ctx context.Context, in CheckInput[DishActivation]) (carriers.Outcome, error) {
	return lookTransaction(ctx, d, in, in.Request.Customer, func() (carriers.Effect, *carriers.Line, error) {
		a := in.Request.Activation
		query := dish.SubscriptionQuery{ICCID: a.ICCID, GPSI: a.GPSI, SubscriberID: a.SubscriberID}
		subscriber, line, err := d.line(ctx, in.Reference, in.Request.Customer, query)
		switch {
		case line != nil:
			return d.client.SubscriptionWords().EffectOfActivation(line.Status), line, err
		case a.ICCID == "" && a.GPSI == "" && len(subscriber.Subscriptions) > 1:
			return carriers.Incomparable, nil, err // nothing tells the new one from the subscriber's others
		}
		return carriers.Missing, nil, err
	})
}

func (d dishActivities) findStatusUpdate(ctx context.Context, in SubmitInput[DishStatusUpdate], _ *carriers.Line) (carriers.Acknowledgement, verdict, error) {
	status, known, err := d.transaction(ctx, in.Reference, in.Request.Customer)
	switch {
	case err != nil:
		return carriers.Acknowledgement{}, absent, err
	case known:
		return foundAs(in.Reference, status.Status), present, nil
	case d.client.Queryable(in.Request.Action):
		return carriers.Acknowledgement{}, absent, nil
	}
	// Reactivate is missing from the transactions that can be asked about, so only the state can tell.
	effect, _, err := d.statusEffect(ctx, in.Reference, in.Request)
	if err == nil && effect == carriers.Shown {
		return foundAs(in.Reference, ""), present, nil
	}
	return carriers.Acknowledgement{}, cannotTell, err
}

func (d dishActivities) lookStatusUpdate(ctx context.Context, in CheckInput[DishStatusUpdate]) (carriers.Outcome, error) {
	if !d.client.Queryable(in.Request.Action) {
		effect, line, err := d.statusEffect(ctx, in.Reference, in.Request)
		outcome := carriers.Outcome{State: undecided(in.Acknowledgement), Status: in.Acknowledgement.Outcome.Status, Effect: effect, Line: line}
		if effect == carriers.Shown || in.Told == carriers.Done {
			outcome.State = carriers.Done
		}
		if line != nil && outcome.State != carriers.Unknown {
			outcome.Status = line.Status
		}
		return outcome, err
	}
	return lookTransaction(ctx, d, in, in.Request.Customer, func() (carriers.Effect, *carriers.Line, error) {
		return d.statusEffect(ctx, in.Reference, in.Request)
	})
}

// statusEffect reads whether the subscription is in the state that the action leads to.
func (d dishActivities) statusEffect(ctx context.Context, reference string, r DishStatusUpdate) (carriers.Effect, *carriers.Line, error) {
	_, line, err := d.line(ctx, reference, r.Customer, r.Query())
	if err != nil || line == nil {
		return carriers.Missing, nil, err
	}
	return d.client.SubscriptionWords().EffectOf(r.Action, line.Status), line, nil
}

func (d dishActivities) findBillCycle(ctx context.Context, in SubmitInput[DishBillCycle], _ *carriers.Line) (carriers.Acknowledgement, verdict, error) {
	effect, _, err := d.billCycleEffect(ctx, in.Reference, in.Request)
	if err != nil || effect != carriers.Shown {
		return carriers.Acknowledgement{}, repeatable, err // absolute values: sending them again changes nothing
	}
	ack := foundAs(in.Reference, "")
	ack.Outcome.State = carriers.Done
	return ack, present, nil
}

func (d dishActivities) lookBillCycle(ctx context.Context, in CheckInput[DishBillCycle]) (carriers.Outcome, error) {
	effect, line, err := d.billCycleEffect(ctx, in.Reference, in.Request)
	said := in.Acknowledgement.Outcome
	outcome := carriers.Outcome{State: undecided(in.Acknowledgement), Status: said.Status, Effect: effect, Line: line}
	if effect == carriers.Shown || said.State == carriers.Done || in.Told == carriers.Done {
		outcome.State = carriers.Done
	}
	return outcome, err
}

func (d dishActivities) billCycleEffect(ctx context.Context, reference string, r DishBillCycle) (carriers.Effect, *carriers.Line, error) {
	_, line, err := d.line(ctx, reference, r.Customer, dish.SubscriptionQuery{GPSI: r.GPSI})
	if err != nil || line == nil || line.BillCycleStartDay != r.BillCycleStartDay { // the frequency has one value only
		return carriers.Missing, line, err
	}
	return carriers.Shown, line, nil
}

// lookTransaction reads the transaction status and, when somebody says "done" or it is the only look, the effect.
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
	claimed := outcome.State == carriers.Done || outcome.State != carriers.Failed && in.Told == carriers.Done
	return withEffect(in, outcome, in.Confirm && claimed, effect)
}

// line reads the one subscription that the query names; nil when DISH does not show it.
func (d dishActivities) line(ctx context.Context, reference string, customer dish.Customer, q dish.SubscriptionQuery) (dish.Subscriber, *carriers.Line, error) {
	subscriber, err := d.client.Subscriber(ctx, reference, customer, q)
	if err != nil {
		if carriers.ClassOf(err) == carriers.NotFound {
			err = nil
		}
		return subscriber, nil, err
	}
	subscription, resource := subscriber.Find(q)
	if subscription == nil {
		return subscriber, nil, nil
	}
	line := dish.Line(subscriber, subscription, resource)
	return subscriber, &line, nil
}
