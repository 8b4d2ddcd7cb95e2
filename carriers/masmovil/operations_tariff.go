package masmovil

import (
	"context"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// nextBill: a tariff may change with the next bill, and how long a change request takes is not documented. Ours.
var nextBill = carriers.Timings{
	PollEvery:        carriers.Duration(time.Minute),
	OverdueAfter:     carriers.Duration(24 * time.Hour),
	OverduePollEvery: carriers.Duration(time.Hour),
	Deadline:         carriers.Duration(35 * 24 * time.Hour),
}

// tariffType is the type of a change request for another tariff.
const tariffType = "TARIFF"

// newChangeTariff is the operation ChangeTariff.
func newChangeTariff() carriers.Operation {
	return carriers.NewChange(carriers.Change[*client, ChangeTariff]{
		Info: carriers.Info{
			Title: "Change the tariff of a subscription by a change request", Source: "Subscriptions API v2, Change requests",
			DecidedBy: "polled change request", Summary: "Change the tariff of line", Timings: nextBill, DecidedLater: true, FoundBy: carriers.FoundByRecord,
			Examples: []carriers.Example{{Title: "change the tariff", Request: ChangeTariff{
				Reference: "order-37", OrgID: "masmovil", SubscriptionUUID: "7b1e4c20-0000-4000-8000-000000012338",
				ProductID: "MOBILE_30GB", Reason: "SUBSCRIBER_REQUESTED",
			}}},
		},
		Line: func(r ChangeTariff) string { return r.SubscriptionUUID },
		Before: func(c *client, ctx context.Context, s carriers.Submission[ChangeTariff]) (*carriers.Line, error) {
			all, whole, err := c.changeRequests(ctx, s)
			if err != nil {
				return nil, err
			}
			before := carriers.Line{SubscriptionID: s.Request.SubscriptionUUID}
			if whole {
				before.Requests = []string{}
				for _, request := range all {
					before.Requests = append(before.Requests, request.ID.String())
				}
			}
			return &before, nil
		},
		Send: (*client).changeTariff,
		Find: (*client).findTariff,
		Look: (*client).lookAtTariff,
	})
}

// findTariff looks for one change request that was not there before and asks for the same. It is absent only when the whole list has
// no new one that may be it.
func (c *client) findTariff(ctx context.Context, s carriers.Submission[ChangeTariff], before *carriers.Line) (carriers.Finding, error) {
	all, whole, err := c.changeRequests(ctx, s)
	if err != nil {
		return carriers.Finding{}, err
	}
	if before == nil || before.Requests == nil {
		return carriers.FoundUnclear("the change requests of the line were not read before the request was sent"), nil
	}
	var ours, unclear []changeRequest
	for _, request := range all {
		known := slices.ContainsFunc(before.Requests, func(id string) bool { return identifiers.CompareID(id, request.ID.String()) == identifiers.Equal })
		if known || request.Type != "" && !carriers.Among([]string{tariffType}, request.Type.String()) {
			continue
		}
		switch match := identifiers.CompareID(request.SpecificData.ProductID.String(), s.Request.ProductID); {
		case match == identifiers.Different: // it asks for another tariff
		case match == identifiers.Equal && unlike(before.Requests, request.ID.String()):
			ours = append(ours, request)
		default:
			unclear = append(unclear, request)
		}
	}
	switch {
	case len(ours) == 1 && len(unclear) == 0 && onTime(ours[0], s.Request):
		return carriers.FoundAs(ours[0].ID.String(), c.outcomeOf(ours[0])), nil
	case len(ours) > 0 || len(unclear) > 0:
		return carriers.FoundUnclear("the line has new change requests, and none of them is surely this one"), nil
	case !whole:
		return carriers.FoundUnclear("the list of the line's change requests does not end"), nil
	}
	return carriers.FoundNothing(), nil
}

// onTime reports whether a change request is not surely for another point in time than the one that was asked for.
func onTime(r changeRequest, asked ChangeTariff) bool {
	if asked.DateScheduled == "" {
		return true
	}
	order := identifiers.CompareTimes(r.DateScheduled.Raw, asked.DateScheduled)
	return order != identifiers.Before && order != identifiers.After
}

// lookAtTariff reads the change request and, once it is done or when it is the only look, the line's product.
func (c *client) lookAtTariff(ctx context.Context, s carriers.Submission[ChangeTariff], in carriers.Inquiry) (carriers.Outcome, error) {
	outcome := carriers.Outcome{State: carriers.Pending}
	if id := in.Acknowledgement.TransactionID; id != "" {
		all, _, err := c.changeRequests(ctx, s)
		if err != nil {
			return carriers.Outcome{}, err
		}
		for _, request := range all {
			if identifiers.CompareID(request.ID.String(), id) == identifiers.Equal {
				outcome = c.outcomeOf(request)
			}
		}
	}
	return carriers.WithEffect(in, outcome, in.Confirm && outcome.State == carriers.Done, func() (carriers.Effect, *carriers.Line, error) {
		return c.tariffEffect(ctx, s)
	}), nil
}

// tariffEffect reads whether the line has the product, where a setting names the field that shows it.
func (c *client) tariffEffect(ctx context.Context, s carriers.Submission[ChangeTariff]) (carriers.Effect, *carriers.Line, error) {
	product, known, err := c.tariff(ctx, s)
	if err != nil || !known {
		return carriers.Incomparable, nil, err
	}
	line := &carriers.Line{SubscriptionID: s.Request.SubscriptionUUID, Services: map[string]any{readProduct: product}}
	switch identifiers.CompareID(product, s.Request.ProductID) {
	case identifiers.Equal:
		return carriers.Shown, line, nil
	case identifiers.Different:
		return carriers.Missing, line, nil
	}
	return carriers.Incomparable, line, nil
}
