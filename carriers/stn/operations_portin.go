package stn

import (
	"context"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// changePortIn is the operation ChangePortIn. It makes no record of its own: the record of the port-in shows the new values.
func changePortIn() carriers.Operation {
	return carriers.NewChange(carriers.Change[*client, ChangePortIn]{
		Info: carriers.Info{
			Title: "Change a port-in", Source: "ChangeInPortSubscription", DecidedBy: "Activation record of the port-in, which shows the new values",
			Summary: "Change port-in", FoundBy: carriers.FoundByEffect, Timings: soon, OutOfTurn: true, // the port-in has the line's turn
			Examples: []carriers.Example{
				{Title: "correct the customer number of a port-in", Request: ChangePortIn{
					Reference: "order-38", EarlierRequest: EarlierRequest{ActivationID: "INPORT-000038"}, DonorCustomerNumber: "C-1002",
				}},
				{Title: "put a port-in off", Request: ChangePortIn{
					Reference: "order-39", EarlierRequest: EarlierRequest{ActivationID: "INPORT-000039"}, PortingWishDate: "2027-03-01T00:00:00+01:00",
				}},
			},
		},
		Line:   func(r ChangePortIn) string { return r.key() },
		CanAsk: func(*client, ChangePortIn) bool { return false },
		Before: func(c *client, ctx context.Context, s carriers.Submission[ChangePortIn]) (*carriers.Line, error) {
			a, before, err := c.beforeRecord(ctx, s.Request.request(s.Reference))
			if err == nil && len(before.Record) > 0 {
				before.Record[fieldDonor] = a.Info.DonorCustomerNumber.String()
			}
			return before, err
		},
		Precheck: func(c *client, r ChangePortIn, before *carriers.Line) string {
			if why := c.refuses(r.request(""), before); why != "" {
				return why
			}
			if r.effect(before.Record[fieldDonor], before.Record[fieldPortingWishDate]) == carriers.Shown {
				return "the record shows these values already, and nothing else could show that the request was taken"
			}
			return ""
		},
		Send: func(c *client, ctx context.Context, s carriers.Submission[ChangePortIn]) (carriers.Acknowledgement, error) {
			return c.ask(ctx, s.Request.request(s.Reference), func(a Activation) carriers.Outcome {
				return carriers.Outcome{State: carriers.Pending, Status: carriers.Redact(a.Status)}
			})
		},
		Find: (*client).findPortInChange,
		Look: (*client).lookAtPortInChange,
	})
}

func (r ChangePortIn) request(reference string) recordRequest {
	q := recordRequest{
		what: "change port in", page: "ChangeInPortSubscription", activationType: typePortIn, reference: reference, record: r.EarlierRequest,
		fields: map[string]any{}, secrets: []string{r.DonorCustomerNumber},
	}
	for name, value := range map[string]string{fieldDonor: r.DonorCustomerNumber, fieldPortingWishDate: r.PortingWishDate} {
		if value != "" {
			q.fields[name] = value
		}
	}
	return q
}

// effect compares what is wanted with what the record shows.
func (r ChangePortIn) effect(donor, date string) carriers.Effect {
	var effects []carriers.Effect
	if r.DonorCustomerNumber != "" {
		effects = append(effects, effectOfMatch(identifiers.CompareReference(r.DonorCustomerNumber, donor)))
	}
	if r.PortingWishDate != "" {
		effects = append(effects, effectOfDate(r.PortingWishDate, date))
	}
	return allOf(effects...)
}

func (r ChangePortIn) effectIn(a Activation) carriers.Effect {
	return r.effect(a.Info.DonorCustomerNumber.String(), a.Info.PortingWishDate.String())
}

// findPortInChange compares the record with how it was. sTN answers with the changed record (ChangeInPortSubscription), so an unchanged
// one shows that a request never came.
func (c *client) findPortInChange(ctx context.Context, s carriers.Submission[ChangePortIn], before *carriers.Line) (carriers.Finding, error) {
	r := s.Request
	a, shown, err := c.earlier(ctx, r.request(s.Reference))
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case before == nil || r.effect(before.Record[fieldDonor], before.Record[fieldPortingWishDate]) != carriers.Missing:
		return carriers.FoundUnclear("the record could not be compared before the request was sent"), nil
	case shown != carriers.Present:
		return carriers.FoundUnclear("the record is not shown any more"), nil
	}
	switch r.effectIn(a) {
	case carriers.Shown:
		return carriers.FoundAs(r.ActivationID, carriers.Outcome{State: carriers.Pending, Status: carriers.Redact(a.Status)}), nil
	case carriers.Missing:
		return carriers.FoundNothing(), nil
	}
	return carriers.FoundUnclear("the record cannot be compared with the request any more"), nil
}

// lookAtPortInChange reads the record. A request that sTN has taken is done when the record shows its values; when the record ends
// without them, it never will. What is not comparable does not become so by waiting.
func (c *client) lookAtPortInChange(ctx context.Context, s carriers.Submission[ChangePortIn], in carriers.Inquiry) (carriers.Outcome, error) {
	a, found, err := c.activation(ctx, s.Reference, s.Request.ActivationID)
	if err != nil || !found {
		return carriers.Outcome{State: carriers.Pending}, err
	}
	outcome := outcomeOf(c.cfg.vocabulary(), a)
	outcome.Effect = s.Request.effectIn(a)
	outcome.Line = &carriers.Line{
		SubscriptionID: a.SubscriptionID.String(), Number: orElse(a.PhoneNumber, a.Info.ISDN.String()).String(), Record: fieldsOf(a),
	}
	switch {
	case !in.Taken:
		outcome.State = carriers.Pending
	case outcome.Effect == carriers.Shown, outcome.State != carriers.Failed && (outcome.Effect == carriers.Incomparable || !in.Confirm):
		outcome.State = carriers.Done
	}
	return outcome, nil
}
