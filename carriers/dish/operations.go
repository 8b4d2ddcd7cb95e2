package dish

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	subscriptionsPage = "SPS - Subscriptions (v5)"
	profilePage       = "SPS - Subscription Profile Management (v5)"
	numberPage        = "SPS - Subscription Number Management (v5)"
	simPage           = "SPS - Subscription SIM Management (v5)"
	devicePage        = "SPS - Subscription Device Management (v5)"
	portInPage        = "SPS - Port-In Management (v5)"
	byTransaction     = "callback or transaction status"
)

// operations are all that can be asked of DISH.
func operations() []carriers.Operation {
	return []carriers.Operation{
		carriers.NewChange(carriers.Change[*client, ActivateSubscription]{
			Info: carriers.Info{
				Title: "Activate a subscription", Source: subscriptionsPage, DecidedBy: byTransaction, CallsBack: true, DecidedLater: true, FoundBy: carriers.FoundByReference, Summary: "Activate line",
				Examples: []carriers.Example{{Title: "activate a SIM", Request: ActivateSubscription{
					Reference: "order-17", SubscriberID: "SUB-000042", WholesalePlanID: "PLAN-BASIC", Location: carriers.Object(`{"zip":"80202"}`), ICCID: "89010000000000000017",
				}}},
			},
			Line:     func(r ActivateSubscription) string { return cmp.Or(r.ICCID, r.GPSI, r.SubscriberID) },
			Complete: withBillCycleDay,
			Send:     (*client).activate,
			Find: func(c *client, ctx context.Context, s carriers.Submission[ActivateSubscription], _ *carriers.Line) (carriers.Finding, error) {
				return c.findTransaction(ctx, s.Reference, s.Request.Customer)
			},
			Look: (*client).lookAtActivation,
		}),
		carriers.NewChange(carriers.Change[*client, UpdateSubscriptionStatus]{
			Info: carriers.Info{
				Title: "Suspend, resume, cease or reactivate a subscription", Source: subscriptionsPage, DecidedBy: byTransaction, CallsBack: true,
				DecidedLater: true, FoundBy: carriers.FoundByReference,
				Summary: "Update the status of line",
				Examples: []carriers.Example{
					{Title: "suspend a line", Request: UpdateSubscriptionStatus{Reference: "order-18", ICCID: "89010000000000000018", Action: Suspend}},
					{Title: "reactivate a line, which DISH cannot be asked about", Request: UpdateSubscriptionStatus{Reference: "order-19", ICCID: "89010000000000000019", Action: Reactivate}},
				},
			},
			Line:      func(r UpdateSubscriptionStatus) string { return cmp.Or(r.ICCID, r.GPSI) },
			Summarise: summaryOfStatusUpdate,
			CanAsk:    func(c *client, r UpdateSubscriptionStatus) bool { return c.queryable(r.Action) },
			Before:    (*client).beforeStatusUpdate,
			// With DISH_REACTIVATE_QUERYABLE it is not read for a Reactivate either, which only costs a stored intent.
			BaselineFor: func(r UpdateSubscriptionStatus) bool { return r.Action == Reactivate },
			Precheck:    (*client).statusInEffect,
			Send:        (*client).updateStatus,
			Find:        (*client).findStatusUpdate,
			Look:        (*client).lookAtStatusUpdate,
		}),
		carriers.NewChange(carriers.Change[*client, UpdateBillCycle]{
			Info: carriers.Info{
				Title: "Set the bill cycle of a subscription", Source: profilePage, DecidedBy: "answer, confirmed by read", FoundBy: carriers.FoundByEffect, Summary: "Set the bill cycle of line",
				Examples: []carriers.Example{{Title: "bill on the 15th", Request: UpdateBillCycle{
					Reference: "order-20", GPSI: "15550100120", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 15,
				}}},
			},
			Line:   func(r UpdateBillCycle) string { return r.GPSI },
			CanAsk: func(*client, UpdateBillCycle) bool { return false },
			Send:   (*client).updateBillCycle,
			Find:   (*client).findBillCycle,
			Look:   (*client).lookAtBillCycle,
		}),
		carriers.NewChange(carriers.Change[*client, ChangeNumber]{
			Info: carriers.Info{
				Title: "Change the number of a subscription", Source: numberPage, DecidedBy: byTransaction, CallsBack: true, DecidedLater: true,
				FoundBy: carriers.FoundByReference, Summary: "Change the number of line",
				Examples: []carriers.Example{{Title: "change to a reserved number", Request: ChangeNumber{
					Reference: "order-26", GPSI: "15550100126", NewGPSI: "15560100126", GPSIReservationID: "RSV-1001",
				}}},
			},
			Line:     func(r ChangeNumber) string { return r.GPSI },
			Before:   (*client).beforeNumberChange,
			Precheck: (*client).sameNumber,
			Send:     (*client).changeNumber,
			Find:     (*client).findNumberChange,
			Look:     (*client).lookAtNumberChange,
		}),
		carriers.NewRead(carriers.Read[*client, GetTransactionStatus, TransactionStatus]{
			Info: carriers.Info{
				Title: "Read the status of a transaction", Source: subscriptionsPage, DecidedBy: "answer", Summary: "Read a transaction's status",
				Examples: []carriers.Example{{Title: "ask about an earlier operation", Request: GetTransactionStatus{Reference: "read-1", PartnerTransactionID: "order-18"}}},
			},
			Get: func(c *client, ctx context.Context, reference string, r GetTransactionStatus) (TransactionStatus, error) {
				return c.transactionStatus(ctx, reference, r.Customer, r.PartnerTransactionID)
			},
		}),
		carriers.NewRead(carriers.Read[*client, GetSubscription, Subscriber]{
			Info: carriers.Info{
				Title: "Read a subscriber's subscriptions", Source: profilePage, DecidedBy: "answer", Summary: "Read line",
				Examples: []carriers.Example{{Title: "read a line by its SIM", Request: GetSubscription{Reference: "read-2", ICCID: "89010000000000000018"}}},
			},
			Line: func(r GetSubscription) string { return cmp.Or(r.ICCID, r.GPSI, r.SubscriberID) },
			Get: func(c *client, ctx context.Context, reference string, r GetSubscription) (Subscriber, error) {
				return c.subscriber(ctx, reference, r.Customer, target{r.ICCID, r.GPSI, r.SubscriberID})
			},
		}),
		carriers.NewRead(carriers.Read[*client, CheckSIM, SIMCheck]{
			Info: carriers.Info{
				Title: "Check whether a SIM can be activated", Source: simPage, DecidedBy: "answer", Summary: "Check SIM",
				Examples: []carriers.Example{{Title: "check a SIM before its activation", Request: CheckSIM{Reference: "read-8", ICCID: "89010000000000000017"}}},
			},
			Line: func(r CheckSIM) string { return r.ICCID },
			Get:  (*client).checkSIM,
		}),
		carriers.NewRead(carriers.Read[*client, CheckDevice, DeviceCheck]{
			Info: carriers.Info{
				Title: "Check whether a device works in the network", Source: devicePage, DecidedBy: "answer", Summary: "Check a device",
				Examples: []carriers.Example{
					{Title: "check a device before an activation", Request: CheckDevice{Reference: "read-9", PEI: "350000000000017"}},
					{Title: "check a type of device", Request: CheckDevice{Reference: "read-10", TAC: "35000000"}},
				},
			},
			Get: (*client).checkDevice, // a device is no line
		}),
		carriers.NewRead(carriers.Read[*client, CheckPortIn, PortInCheck]{
			Info: carriers.Info{
				Title: "Check whether a number can be ported in", Source: portInPage, DecidedBy: "answer", Summary: "Check the port-in of number",
				Examples: []carriers.Example{{Title: "check a number before its port-in", Request: CheckPortIn{Reference: "read-11", GPSI: "15550100117"}}},
			},
			Line: func(r CheckPortIn) string { return r.GPSI },
			Get:  (*client).checkPortIn,
		}),
	}
}

// withBillCycleDay fills in the day that DISH documents for an activation without one: today's if it is 1 to 28, else 1 (SPS -
// Subscriptions v5). DISH would take today by its own clock; sent explicitly, it is the same on every attempt. Whose today is not
// documented; UTC is ours.
func withBillCycleDay(r ActivateSubscription, now time.Time) ActivateSubscription {
	if r.BillCycleStartDay == 0 {
		r.BillCycleStartDay = 1
		if day := now.UTC().Day(); day <= 28 {
			r.BillCycleStartDay = day
		}
	}
	return r
}

func (c *client) lookAtActivation(ctx context.Context, s carriers.Submission[ActivateSubscription], in carriers.Inquiry) (carriers.Outcome, error) {
	r := s.Request
	return c.lookAtTransaction(ctx, s.Reference, r.Customer, in, func() (carriers.Effect, *carriers.Line, error) {
		line, certain, err := c.line(ctx, s.Reference, r.Customer, target{r.ICCID, r.GPSI, r.SubscriberID})
		if line != nil {
			return c.cfg.Subscription.effectOfActivation(line.Status), line, err
		}
		return carriers.EffectNotShown(certain), nil, err
	})
}

// summaryOfStatusUpdate names the action. What is none may be anything, and is not repeated.
func summaryOfStatusUpdate(r UpdateSubscriptionStatus) string {
	switch r.Action {
	case Suspend, Resume, Cease, Reactivate:
		return string(r.Action) + " line"
	}
	return ""
}

// queryable reports whether Get Transaction Status answers for an action. Its page lists Suspend, Resume and Cease and
// leaves out Reactivate (SPS - Subscriptions v5); Config.ReactivateQueryable overrules that.
func (c *client) queryable(a Action) bool { return a != Reactivate || c.cfg.ReactivateQueryable }

// beforeStatusUpdate reads the line where only its state can show that the action was taken. The read is an aid: one that is
// refused leaves the operation without it.
func (c *client) beforeStatusUpdate(ctx context.Context, s carriers.Submission[UpdateSubscriptionStatus]) (*carriers.Line, error) {
	if c.queryable(s.Request.Action) {
		return nil, nil
	}
	line, certain, err := c.line(ctx, s.Reference, s.Request.Customer, target{iccid: s.Request.ICCID, gpsi: s.Request.GPSI})
	switch {
	case err != nil && carriers.RefusedForGood(err):
		return nil, nil
	case line == nil && certain && err == nil:
		return &carriers.Line{}, nil // DISH shows no such subscription now
	}
	return line, err
}

func (c *client) statusInEffect(r UpdateSubscriptionStatus, before *carriers.Line) string {
	if c.cfg.Subscription.effectOf(r.Action, before.Status) != carriers.Shown {
		return ""
	}
	return fmt.Sprintf("the subscription is %q already, and nothing else could show that a %s was taken", before.Status, r.Action)
}

func (c *client) findStatusUpdate(ctx context.Context, s carriers.Submission[UpdateSubscriptionStatus], before *carriers.Line) (carriers.Finding, error) {
	finding, err := c.findTransaction(ctx, s.Reference, s.Request.Customer)
	if err != nil || finding.Presence == carriers.Present || c.queryable(s.Request.Action) {
		return finding, err
	}
	// Reactivate is missing from the transactions that can be asked about, so only the state can tell.
	effect, _, err := c.statusEffect(ctx, s.Reference, s.Request)
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case effect == carriers.Shown && before != nil:
		return carriers.FoundAs(s.Reference, carriers.Outcome{State: carriers.Pending}), nil
	}
	return carriers.FoundUnclear("nothing but the subscription's status shows such a request"), nil
}

func (c *client) lookAtStatusUpdate(ctx context.Context, s carriers.Submission[UpdateSubscriptionStatus], in carriers.Inquiry) (carriers.Outcome, error) {
	if c.queryable(s.Request.Action) {
		return c.lookAtTransaction(ctx, s.Reference, s.Request.Customer, in, func() (carriers.Effect, *carriers.Line, error) {
			return c.statusEffect(ctx, s.Reference, s.Request)
		})
	}
	outcome := carriers.Outcome{State: in.Acknowledgement.Undecided(), Status: in.Acknowledgement.Outcome.Status}
	if in.Told.State == carriers.Done {
		outcome.State, outcome.Status = carriers.Done, cmp.Or(in.Told.Status, outcome.Status)
	}
	effect, line, err := c.statusEffect(ctx, s.Reference, s.Request)
	if err != nil && outcome.State != carriers.Done {
		return outcome, err
	}
	if err != nil {
		return carriers.WithoutEffect(outcome, err), nil
	}
	outcome.Effect, outcome.Line = effect, line
	if effect == carriers.Shown && in.Taken {
		outcome.State = carriers.Done
	}
	if line != nil && outcome.State != carriers.Unknown && in.Told.State == "" {
		outcome.Status = line.Status
	}
	return outcome, nil
}

// statusEffect reads whether the subscription is in the state that the action leads to.
func (c *client) statusEffect(ctx context.Context, reference string, r UpdateSubscriptionStatus) (carriers.Effect, *carriers.Line, error) {
	line, certain, err := c.line(ctx, reference, r.Customer, target{iccid: r.ICCID, gpsi: r.GPSI})
	if line == nil {
		// Whether a ceased subscription is shown at all is not documented.
		return carriers.EffectNotShown(certain && r.Action != Cease), nil, err
	}
	return c.cfg.Subscription.effectOf(r.Action, line.Status), line, err
}

func (c *client) findBillCycle(ctx context.Context, s carriers.Submission[UpdateBillCycle], _ *carriers.Line) (carriers.Finding, error) {
	effect, _, err := c.billCycleEffect(ctx, s.Reference, s.Request)
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case effect == carriers.Shown:
		return carriers.FoundAs(s.Reference, carriers.Outcome{State: carriers.Done}), nil
	case effect == carriers.Missing: // a bill cycle that was taken is in effect at once, so another one says that it was not
		return carriers.FoundNothing(), nil
	}
	return carriers.FoundUnclear("the read does not show the bill cycle"), nil
}

func (c *client) lookAtBillCycle(ctx context.Context, s carriers.Submission[UpdateBillCycle], in carriers.Inquiry) (carriers.Outcome, error) {
	said := in.Acknowledgement.Outcome
	outcome := carriers.Outcome{State: in.Acknowledgement.Undecided(), Status: said.Status}
	if said.State == carriers.Done {
		outcome.State = carriers.Done
	}
	effect, line, err := c.billCycleEffect(ctx, s.Reference, s.Request)
	switch {
	case err != nil && outcome.State != carriers.Done:
		return outcome, err
	case err != nil:
		return carriers.WithoutEffect(outcome, err), nil
	}
	outcome.Effect, outcome.Line = effect, line
	if effect == carriers.Shown {
		outcome.State = carriers.Done // whoever set it: it is what was asked for
	}
	return outcome, nil
}

func (c *client) billCycleEffect(ctx context.Context, reference string, r UpdateBillCycle) (carriers.Effect, *carriers.Line, error) {
	line, certain, err := c.line(ctx, reference, r.Customer, target{gpsi: r.GPSI})
	switch {
	case err != nil || line == nil:
		return carriers.EffectNotShown(certain), nil, err
	case line.BillCycleStartDay == 0: // a field that is missing says nothing
		return carriers.Incomparable, line, nil
	case line.BillCycleStartDay != r.BillCycleStartDay: // the frequency has one value only
		return carriers.Missing, line, nil
	}
	return carriers.Shown, line, nil
}
