package stn

import (
	"cmp"
	"context"
	"maps"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// operations are all that can be asked of sTN.
func operations() []carriers.Operation {
	return []carriers.Operation{
		carriers.NewChange(carriers.Change[*client, SetServices]{
			Info: carriers.Info{
				Title: "Change services of a subscription", Source: "SetServicesSubscription", DecidedBy: "polled Activation record",
				DecidedLater: true, MayBePartlyTaken: true, FoundBy: carriers.FoundByRecord, Summary: "Set services of line",
				Examples: []carriers.Example{
					{Title: "block a line's data and switch its voice mail off", Request: SetServices{
						Reference: "order-21", SubscriptionID: "SUB-000021", Services: map[string]any{"blockData": true, "voiceMail": false},
					}},
					{Title: "limit the data roaming of a line, by its number", Request: SetServices{
						Reference: "order-22", PhoneNumber: "0610000022", Services: map[string]any{"dataRoamingLimitation": "Limit 50"},
					}},
				},
			},
			Line: func(r SetServices) string { return cmp.Or(r.SubscriptionID, r.PhoneNumber) },
			Send: (*client).setServices,
			Find: (*client).findSetServices,
			Look: (*client).lookAtSetServices,
		}),
	}
}

// findSetServices looks whether sTN already has the request with this reference: the look-up before a request is sent
// again. It compares the reference here, because a filter for it is not documented. The request is absent only when the whole
// list of the line's changes was read and nothing in it resembles the request.
func (c *client) findSetServices(ctx context.Context, s carriers.Submission[SetServices], _ *carriers.Line) (carriers.Finding, error) {
	var found *activation
	near := false
	err := c.eachChange(ctx, s, func(a activation) (enough bool) {
		switch matchOf(a, shortReference(s.Reference), s.Request, s.StartedAt) {
		case identifiers.Equal:
			found = &a
		case identifiers.Near:
			near = true
		}
		return found != nil
	})
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case found != nil:
		ack := c.acknowledge(s.Request, *found)
		ack.Found = true
		return carriers.Finding{Presence: carriers.Present, Acknowledgement: ack}, nil
	case near:
		return carriers.FoundUnclear("a service change there resembles it, with its reference or its line written in another way"), nil
	}
	return carriers.FoundNothing(), nil
}

// clocksDiffer is how far sTN's clock may be from ours (ours).
const clocksDiffer = time.Hour

// matchOf compares a record with everything that was asked for, because it is not documented whether sTN refuses or ignores a
// filter it does not know. The reference decides: a record that does not tell its line, or tells it in another spelling, is told
// by its reference. One without a reference may be the request that is looked for, unless it is older.
func matchOf(a activation, reference string, r SetServices, since time.Time) identifiers.Match {
	match := identifiers.CompareReference(reference, a.ReferenceNumber.String())
	line := lineMatch(a, r)
	switch {
	case !isServiceChange(a.ActivationType), line == identifiers.Different, match == identifiers.Different:
		return identifiers.Different
	case match == identifiers.Incomparable && createdBefore(a, since.Add(-clocksDiffer)):
		return identifiers.Different
	case match != identifiers.Equal, a.ID == "": // without an id it could not be asked about
		return identifiers.Near
	}
	return identifiers.Equal
}

func lineMatch(a activation, r SetServices) identifiers.Match {
	if r.SubscriptionID != "" {
		return identifiers.CompareReference(r.SubscriptionID, a.SubscriptionID.String())
	}
	return identifiers.ComparePhone(r.PhoneNumber, a.PhoneNumber.String(), identifiers.Netherlands)
}

func createdBefore(a activation, at time.Time) bool {
	created, precision := identifiers.ParseTime(a.CreatedAt.Raw)
	return identifiers.Later(created, precision, at, identifiers.Instant) == identifiers.Before
}

// lookAtSetServices reads the Activation record and, once it is DONE or when it is the only look, whether the subscription
// shows the services that were taken.
func (c *client) lookAtSetServices(ctx context.Context, s carriers.Submission[SetServices], in carriers.Inquiry) (carriers.Outcome, error) {
	if in.Acknowledgement.TransactionID == "" {
		return carriers.Outcome{State: carriers.Pending}, nil // never acknowledged, and a look-up has not found it either
	}
	a, found, err := c.activation(ctx, s.Reference, in.Acknowledgement.TransactionID)
	if err != nil || !found {
		return carriers.Outcome{State: carriers.Pending}, err // an empty list right after the request: not visible yet
	}
	outcome := outcomeOf(c.cfg.vocabulary(), a)
	return carriers.WithEffect(in, outcome, outcome.State == carriers.Done && in.Confirm, func() (carriers.Effect, *carriers.Line, error) {
		return c.servicesEffect(ctx, s, taken(s.Request.Services, in.Acknowledgement.Ignored), a)
	}), nil
}

// servicesEffect reads whether the subscription shows the wanted services.
func (c *client) servicesEffect(ctx context.Context, s carriers.Submission[SetServices], wanted map[string]any, a activation) (carriers.Effect, *carriers.Line, error) {
	line, found, err := c.subscription(ctx, s.Reference, s.Request, a)
	if err != nil {
		return carriers.NotRead, nil, err
	}
	if !found {
		return carriers.Incomparable, nil, nil // sTN documents no read by subscription id
	}
	read := &carriers.Line{
		SubscriptionID: line.ID.String(), Status: carriers.Redact(line.State), Number: line.PhoneNumber.String(),
		ICCID: line.SimCardNumber.String(), Services: map[string]any{},
	}
	for key := range wanted {
		if value, ok := line.Services[key]; ok {
			read.Services[key] = value
		}
	}
	return effectOf(wanted, line.Services), read, nil
}

// taken is the requested services without the ignored ones.
func taken(requested map[string]any, ignored []string) map[string]any {
	services := make(map[string]any, len(requested))
	maps.Copy(services, requested)
	for _, key := range ignored {
		delete(services, key)
	}
	return services
}
