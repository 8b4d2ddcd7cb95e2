package stn

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

const byRecord = "polled Activation record"

// change is what differs between the changes.
type change[R carriers.Request] struct {
	info carriers.Info
	// order is what is sent for a request, without the reference.
	order func(R) order
	// refuse says why a request must not be sent, judged by the line as it is before; nil for a change that is sent without a
	// look at the line.
	refuse func(c *client, r R, before *carriers.Line) string
	// notBefore is the time that the request asks for; nil for a change that is always made at once.
	notBefore func(R) time.Time
	// absent is what it shows that sTN has no such line, for a change that makes or ends one, given the line as it was before.
	absent func(before *carriers.Line) carriers.Effect
	// effect is what the subscription shows of the change.
	effect func(c *client, r R, ack carriers.Acknowledgement, s Subscription) carriers.Effect
}

// newChange makes the operation of a change: they are all sent, found and looked at in one way.
func newChange[R carriers.Request](ch change[R]) carriers.Operation {
	ch.info.DecidedBy, ch.info.DecidedLater, ch.info.FoundBy = byRecord, true, carriers.FoundByRecord
	orderOf := func(s carriers.Submission[R]) order {
		o := ch.order(s.Request)
		o.reference, o.since = s.Reference, s.StartedAt
		return o
	}
	made := carriers.Change[*client, R]{
		Info: ch.info,
		Line: func(r R) string { return ch.order(r).key() }, NotBefore: ch.notBefore,
		Send: func(c *client, ctx context.Context, s carriers.Submission[R]) (carriers.Acknowledgement, error) {
			return c.send(ctx, orderOf(s))
		},
		Find: func(c *client, ctx context.Context, s carriers.Submission[R], _ *carriers.Line) (carriers.Finding, error) {
			return c.find(ctx, orderOf(s))
		},
		Look: func(c *client, ctx context.Context, s carriers.Submission[R], in carriers.Inquiry) (carriers.Outcome, error) {
			var absent carriers.Effect
			if ch.absent != nil {
				absent = ch.absent(in.Acknowledgement.Before)
			}
			return c.look(ctx, orderOf(s), in, absent, func(line Subscription) carriers.Effect {
				return ch.effect(c, s.Request, in.Acknowledgement, line)
			})
		},
	}
	if ch.refuse != nil {
		made.Before = func(c *client, ctx context.Context, s carriers.Submission[R]) (*carriers.Line, error) {
			return c.before(ctx, orderOf(s))
		}
		made.Precheck = ch.refuse
	}
	return carriers.NewChange(made)
}

// newRead makes the operation of a read.
func newRead[R carriers.Request, T any](title, summary, page string, example R, line func(R) string,
	get func(c *client, ctx context.Context, reference string, r R) (T, error),
) carriers.Operation {
	return carriers.NewRead(carriers.Read[*client, R, T]{
		Info: carriers.Info{
			Title: title, Source: page, DecidedBy: "answer", Summary: summary,
			Examples: []carriers.Example{{Title: carriers.Uncapitalised(title), Request: example}},
		},
		Line: line, Get: get,
	})
}

// How long the changes take is documented nowhere; these are ours.
var (
	// soon is for changes in sTN's and the provider's systems alone.
	soon = carriers.Timings{OverdueAfter: carriers.Duration(time.Hour)}
	// within24Hours is for changes of a SIM: a sample of SimSwapSubscription is BUSY half an hour after it was made.
	within24Hours = carriers.Timings{
		PollEvery: carriers.Duration(time.Minute), OverdueAfter: carriers.Duration(24 * time.Hour), Deadline: carriers.Duration(30 * 24 * time.Hour),
	}
)

// The timings of changes that may take days, and of those that begin on a wish date; they count from that date. How long any of them
// takes is documented nowhere; these are ours.
var withinDays = carriers.Timings{
	PollEvery: carriers.Duration(time.Minute), OverdueAfter: carriers.Duration(3 * 24 * time.Hour), Deadline: carriers.Duration(30 * 24 * time.Hour),
}

// already says that a line has the state that a request asks for; "" when it has another one. The words are the carrier's.
func already(words []string, state string) string {
	if carriers.Among(words, state) {
		return fmt.Sprintf("the line shows the state %q already, so there is nothing to change", carriers.Redact(state))
	}
	return ""
}

// before reads the line that is about to be changed; nil where sTN does not show it, or refuses the read for good: the read by the
// id of a subscription is not documented, so it says nothing about the line.
func (c *client) before(ctx context.Context, o order) (*carriers.Line, error) {
	line, shown, err := c.subscription(ctx, o, Activation{})
	switch {
	case carriers.RefusedForGood(err):
		return nil, nil
	case err != nil || shown != carriers.Present:
		return nil, err
	}
	return lineOf(line, nil), nil
}

// find looks whether sTN already has the request with this reference: the look-up before a request is sent again. It compares the
// reference here, because a filter for it is not documented. The request is absent only when the whole list of the line's changes
// was read and nothing in it resembles the request.
func (c *client) find(ctx context.Context, o order) (carriers.Finding, error) {
	var found *Activation
	near := false
	err := c.eachRecord(ctx, o, func(a Activation) (enough bool) {
		switch o.match(a) {
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
		ack := c.acknowledge(o, *found)
		ack.Found = true
		return carriers.Finding{Presence: carriers.Present, Acknowledgement: ack}, nil
	case near:
		return carriers.FoundUnclear("a change of the same type there resembles it, with its reference or its line written in another way"), nil
	}
	return carriers.FoundNothing(), nil
}

// look reads the Activation record and, once it is DONE or when it is the only look, whether the subscription shows the change. After a
// sweep has read the record, the subscription is read first, and is enough when it shows the change.
// absent is what it shows that sTN has no such line; empty for nothing.
func (c *client) look(ctx context.Context, o order, in carriers.Inquiry, absent carriers.Effect, effect func(Subscription) carriers.Effect) (carriers.Outcome, error) {
	if in.Acknowledgement.TransactionID == "" {
		return carriers.Outcome{State: carriers.Pending}, nil // never acknowledged, and a look-up has not found it either
	}
	onLine := func(a Activation) (carriers.Effect, *carriers.Line, error) {
		if before := in.Acknowledgement.Before; before != nil { // what the record does not tell, the line told before
			a.SubscriptionID = cmp.Or(a.SubscriptionID, carriers.Text(before.SubscriptionID))
			a.PhoneNumber = cmp.Or(a.PhoneNumber, carriers.Text(before.Number))
		}
		line, shown, err := c.subscription(ctx, o, a)
		switch {
		case err != nil:
			return carriers.NotRead, nil, err
		case shown == carriers.Absent:
			return cmp.Or(absent, carriers.Incomparable), nil, nil
		case shown != carriers.Present:
			return carriers.Incomparable, nil, nil // sTN documents no read by subscription id
		}
		return effect(line), lineOf(line, taken(o.services, in.Acknowledgement.Ignored)), nil
	}
	shown, ok, err := carriers.ShownAfterSweep(in, func(named carriers.Line) (carriers.Effect, *carriers.Line, error) {
		return onLine(Activation{SubscriptionID: carriers.Text(named.SubscriptionID), PhoneNumber: carriers.Text(named.Number)})
	})
	if ok || err != nil {
		return shown, err
	}
	a, found, err := c.activation(ctx, o.reference, in.Acknowledgement.TransactionID)
	if err != nil || !found {
		return carriers.Outcome{State: carriers.Pending}, err // an empty list right after the request: not visible yet
	}
	outcome := outcomeOf(c.cfg.vocabulary(), a)
	return carriers.WithEffect(in, outcome, outcome.State == carriers.Done && in.Confirm, func() (carriers.Effect, *carriers.Line, error) {
		return onLine(a)
	}), nil
}

// lineOf is a subscription in the words that all carriers share, with the wanted ones of its services.
func lineOf(s Subscription, wanted map[string]any) *carriers.Line {
	line := &carriers.Line{
		SubscriptionID: s.ID.String(), Status: carriers.Redact(s.State), Number: s.PhoneNumber.String(), ICCID: s.SimCardNumber.String(),
	}
	if wanted != nil {
		line.Services = map[string]any{}
	}
	for key := range wanted {
		if value, ok := s.Services[key]; ok {
			line.Services[key] = value
		}
	}
	return line
}

// taken is the requested services without the ignored ones; nil when none were requested.
func taken(requested map[string]any, ignored []string) map[string]any {
	services := maps.Clone(requested)
	for _, key := range ignored {
		delete(services, key)
	}
	return services
}
