package stn

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// client makes the calls. It is safe for concurrent use. Every error is a *carriers.Error.
type client struct {
	cfg  Config
	http *transport.Client
}

// Connect returns a connection to sTN, or an error that names every fault of the settings.
func (c Config) Connect(log *zap.Logger, observer *carriers.Observer) (carriers.Connection, error) {
	c.Observe(observer)
	made, err := newClient(c, log)
	if err != nil {
		return nil, err // and not a client that is nil, which is a connection
	}
	return made, nil
}

func newClient(cfg Config, log *zap.Logger) (*client, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	key := transport.StaticHeader{Name: "stn-api-key", Value: string(cfg.APIKey)} // Authentication
	exchange, err := transport.New(carrier, cfg.Options, key, cfg.classify, log)
	if err != nil {
		return nil, err
	}
	return &client{cfg: cfg, http: exchange}, nil
}

// ExchangeTimeout is the longest time of one HTTP exchange.
func (c *client) ExchangeTimeout() time.Duration { return c.cfg.ExchangeTimeout() }

// Slots is how many calls can be under way at the same time.
func (c *client) Slots() int { return c.cfg.Slots() }

// Close gives the idle connections back.
func (c *client) Close() { c.http.Close() }

// send asks for a change (POST /api/<operation>). The acknowledgement carries the id of the Activation to ask about, and which of
// the requested services sTN took and left out; that a value is not allowed shows later, as ERROR. sTN has no idempotency key:
// before a request is sent again, find must have missed it.
func (c *client) send(ctx context.Context, o order) (carriers.Acknowledgement, error) {
	call := transport.Call{
		Name: o.what, Reference: o.reference, Personal: o.personal(), Method: http.MethodPost, Path: "/api/" + o.page, Body: o.body(),
	}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (carriers.Acknowledgement, error) {
		record, err := readActivation(a.Body, o.makes)
		ack := c.acknowledge(o, record)
		ack.HTTPStatus = a.Status
		return ack, err
	})
}

// acknowledge is what an Activation says about the request it was made for.
func (c *client) acknowledge(o order, a Activation) carriers.Acknowledgement {
	applied, ignored := sortOut(o.services, a.Info.Services)
	return carriers.Acknowledgement{
		TransactionID: a.ID.String(), At: time.Now().UTC(), Applied: applied, Ignored: ignored,
		Outcome: outcomeOf(c.cfg.vocabulary(), a),
	}
}

// activation reads one Activation by the id the acknowledgement carries (QueryActivation). found is false when sTN does
// not show it; right after the request that can mean "not yet".
func (c *client) activation(ctx context.Context, reference, id string) (a Activation, found bool, err error) {
	all, _, err := query[Activation](ctx, c, transport.Call{
		Name: "query activation", Reference: reference, Path: "/api/QueryActivation", Query: url.Values{"id": {id}},
	})
	if err != nil {
		return a, false, err
	}
	for _, a := range all {
		if identifiers.CompareID(a.ID.String(), id) == identifiers.Equal { // an ignored filter would answer with other records
			return a, true, nil
		}
	}
	return a, false, nil
}

// mostPages bounds a look-up (ours).
const mostPages = 20

// eachRecord reads the records among which that of a request would be, from the day before the operation began, newest first
// (QueryActivation), and visits them until one visit says that it is enough. A list that cannot be read to its end is an error of
// class Uncertain.
func (c *client) eachRecord(ctx context.Context, o order, visit func(Activation) (enough bool)) error {
	call := transport.Call{
		Name: "look up " + o.what, Reference: o.reference, Personal: o.personal(), Path: "/api/QueryActivation", Query: o.query(),
	}
	ended, err := eachOf(ctx, c, call, mostPages, func(a Activation) carriers.Text { return a.ID }, visit)
	if err == nil && !ended {
		err = c.http.Unreadable(call, http.StatusOK, "the list has more pages than any line has changes")
	}
	return err
}

// eachOf visits the items of a list, page by page, until one visit says that it is enough, or the list ends. ended is false when it has
// more than the given number of pages.
func eachOf[T any](ctx context.Context, c *client, call transport.Call, pages int, id func(T) carriers.Text, visit func(T) (enough bool)) (ended bool, err error) {
	seen := map[carriers.Text]bool{}
	for range pages {
		call.Query.Set("skip", strconv.Itoa(len(seen)))
		page, status, err := query[T](ctx, c, call)
		if err != nil {
			return false, err
		}
		if len(page) == 0 { // the only end of a list: total is unreliable, and a short page may be sTN's own limit
			return true, nil
		}
		known := len(seen)
		for _, item := range page {
			if visit(item) {
				return true, nil
			}
			seen[id(item)] = true
		}
		if len(seen) == known {
			return false, c.http.Unreadable(call, status, "the list does not advance with skip")
		}
	}
	return false, nil
}

// subscription reads the subscription a change is about (QuerySubscription). It is absent when the answer to a documented filter is an
// empty list; when it is refused by the Id filter, or the list holds others, nothing can be told.
func (c *client) subscription(ctx context.Context, o order, a Activation) (s Subscription, shown carriers.Presence, err error) {
	t := targetOf(o.line, o.number, o.card, a)
	if t == (target{}) {
		return s, carriers.CannotTell, nil // nothing to ask by: without a filter sTN would list every subscription
	}
	name, value, documented := t.parameter()
	call := transport.Call{
		Name: "query subscription", Reference: o.reference, Personal: append(o.personal(), t.id, t.number, t.card),
		Path: "/api/QuerySubscription", Query: url.Values{"fields": {subscriptionFields}, name: {value}},
	}
	all, status, err := query[Subscription](ctx, c, call)
	if !documented && carriers.ClassOf(err) == carriers.Rejected {
		return s, carriers.CannotTell, nil // the page of the endpoint does not list this filter, so its refusal says nothing about the line
	}
	if err != nil {
		return s, carriers.CannotTell, err
	}
	shown = carriers.CannotTell
	if len(all) == 0 && documented {
		shown = carriers.Absent
	}
	for _, candidate := range all {
		if !t.is(candidate) {
			continue
		}
		if shown == carriers.Present {
			return Subscription{}, carriers.CannotTell, c.http.Unreadable(call, status, "several subscriptions answer to one number, card or id")
		}
		s, shown = candidate, carriers.Present
	}
	return s, shown, nil
}

// list asks for the records with one property, and keeps those that have it: an ignored filter would answer with others. An empty
// list says that sTN shows none; a list of others says nothing.
func list[T any](ctx context.Context, c *client, call transport.Call, is func(T) bool) ([]T, error) {
	all, status, err := query[T](ctx, c, call)
	if err != nil {
		return nil, err
	}
	found := []T{}
	for _, record := range all {
		if is(record) {
			found = append(found, record)
		}
	}
	if len(all) > 0 && len(found) == 0 {
		return nil, c.http.Unreadable(call, status, "it is about others than was asked for")
	}
	return found, nil
}

// getActivation reads the record of a change (QueryActivation).
func (c *client) getActivation(ctx context.Context, reference string, r GetActivation) (Activations, error) {
	found, err := list(ctx, c, transport.Call{
		Name: "read activation", Reference: reference, Path: "/api/QueryActivation", Query: url.Values{"id": {r.ActivationID}},
	}, func(a Activation) bool {
		return identifiers.CompareID(a.ID.String(), r.ActivationID) == identifiers.Equal
	})
	return Activations{found}, err
}

// getSubscription reads a line by its number or its SIM card (QuerySubscription).
func (c *client) getSubscription(ctx context.Context, reference string, r GetSubscription) (Subscriptions, error) {
	call := transport.Call{
		Name: "read subscription", Reference: reference, Path: "/api/QuerySubscription", Query: url.Values{"fields": {subscriptionFields}},
		Personal: []string{r.PhoneNumber, national(r.PhoneNumber), r.SIMCardNumber, identifiers.SentICCID(r.SIMCardNumber)},
	}
	if r.SIMCardNumber != "" {
		call.Query.Set("simCardNumber", identifiers.SentICCID(r.SIMCardNumber))
	} else {
		call.Query.Set("phoneNumber", national(r.PhoneNumber))
	}
	found, err := list(ctx, c, call, func(s Subscription) bool {
		if r.SIMCardNumber != "" {
			return identifiers.CompareICCID(r.SIMCardNumber, s.SimCardNumber.String()) == identifiers.Equal
		}
		return identifiers.ComparePhone(r.PhoneNumber, s.PhoneNumber.String(), identifiers.Netherlands) == identifiers.Equal
	})
	return Subscriptions{found}, err
}

// getSIM reads a SIM card (QuerySimcard).
func (c *client) getSIM(ctx context.Context, reference string, r GetSIM) (SIMs, error) {
	found, err := list(ctx, c, transport.Call{
		Name: "read SIM card", Reference: reference, Path: "/api/QuerySimcard",
		Query:    url.Values{"simCardNumber": {identifiers.SentICCID(r.SIMCardNumber)}, "fields": {simFields}},
		Personal: []string{r.SIMCardNumber, identifiers.SentICCID(r.SIMCardNumber)},
	}, func(s SIM) bool {
		return identifiers.CompareICCID(r.SIMCardNumber, s.SimCardNumber.String()) == identifiers.Equal
	})
	return SIMs{found}, err
}

// query makes one of sTN's list reads.
func query[T any](ctx context.Context, c *client, call transport.Call) (list []T, status int, err error) {
	call.Method = http.MethodGet
	answer, err := c.http.Do(ctx, call)
	if err != nil {
		return nil, 0, err
	}
	list, err = readList[T](answer.Body)
	if err != nil {
		return nil, 0, c.http.Unreadable(call, answer.Status, err.Error())
	}
	return list, answer.Status, nil
}
