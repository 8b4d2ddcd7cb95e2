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
func (c Config) Connect(log *zap.Logger, onOutage func(began bool)) (carriers.Connection, error) {
	c.OnOutage = onOutage
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

// setServices asks for a change of services (POST /api/SetServicesSubscription). The acknowledgement carries the id of
// the Activation to ask about, and which of the requested services sTN took and left out; that a value is not allowed
// shows later, as ERROR. sTN has no idempotency key: before a request is sent again, findSetServices must have missed it.
func (c *client) setServices(ctx context.Context, s carriers.Submission[SetServices]) (carriers.Acknowledgement, error) {
	r := s.Request
	body := setServicesBody{Services: r.Services, ReferenceNumber: shortReference(s.Reference)}
	if r.SubscriptionID != "" {
		body.SubscriptionID = r.SubscriptionID
	} else {
		body.PhoneNumber = national(r.PhoneNumber)
	}
	call := transport.Call{
		Name: "set services", Reference: s.Reference, Personal: r.personal(),
		Method: http.MethodPost, Path: "/api/SetServicesSubscription", Body: body,
	}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (carriers.Acknowledgement, error) {
		record, err := readActivation(a.Body)
		ack := c.acknowledge(r, record)
		ack.HTTPStatus = a.Status
		return ack, err
	})
}

// setServicesBody is the documented request. It differs from ours: it has one name for the line, and the reference in it.
type setServicesBody struct {
	SubscriptionID  string         `json:"subscriptionId,omitempty"`
	PhoneNumber     string         `json:"phoneNumber,omitempty"`
	Services        map[string]any `json:"services"`
	ReferenceNumber string         `json:"referenceNumber"`
}

// acknowledge is what an Activation says about the request it was made for.
func (c *client) acknowledge(r SetServices, a activation) carriers.Acknowledgement {
	applied, ignored := sortOut(r.Services, a.Info.Services)
	return carriers.Acknowledgement{
		TransactionID: a.ID.String(), At: time.Now().UTC(), Applied: applied, Ignored: ignored,
		Outcome: outcomeOf(c.cfg.vocabulary(), a),
	}
}

// activation reads one Activation by the id the acknowledgement carries (QueryActivation). found is false when sTN does
// not show it; right after the request that can mean "not yet".
func (c *client) activation(ctx context.Context, reference, id string) (a activation, found bool, err error) {
	all, _, err := query[activation](ctx, c, transport.Call{
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

const (
	// pageSize and mostPages bound a look-up (ours): sTN documents neither a default nor a maximum for take.
	pageSize  = 100
	mostPages = 20
)

// eachChange reads the line's service changes from the day before the operation began, newest first (QueryActivation), and
// visits them until one visit says that it is enough. A list that cannot be read to its end is an error of class Uncertain.
func (c *client) eachChange(ctx context.Context, s carriers.Submission[SetServices], visit func(activation) (enough bool)) error {
	call := transport.Call{
		Name: "look up set services", Reference: s.Reference, Personal: s.Request.personal(),
		Path: "/api/QueryActivation", Query: changesQuery(s),
	}
	seen := map[carriers.Text]bool{}
	for range mostPages {
		call.Query.Set("skip", strconv.Itoa(len(seen)))
		page, status, err := query[activation](ctx, c, call)
		if err != nil {
			return err
		}
		if len(page) == 0 { // the only end of a list: total is unreliable, and a short page may be sTN's own limit
			return nil
		}
		known := len(seen)
		for _, a := range page {
			if visit(a) {
				return nil
			}
			seen[a.ID] = true
		}
		if len(seen) == known {
			return c.http.Unreadable(call, status, "the list does not advance with skip")
		}
	}
	return c.http.Unreadable(call, http.StatusOK, "the list has more pages than any line has changes")
}

// changesQuery is the documented part of the search; the rest is done by matchOf. createdAtFrom takes whole days in a time
// zone that is not documented, so it is the day before.
func changesQuery(s carriers.Submission[SetServices]) url.Values {
	query := url.Values{
		"activationType": {setServicesType},
		"orderByDesc":    {"createdAt"},
		"take":           {strconv.Itoa(pageSize)},
	}
	if !s.StartedAt.IsZero() {
		query.Set("createdAtFrom", s.StartedAt.UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	}
	if s.Request.SubscriptionID != "" {
		query.Set("subscriptionId", s.Request.SubscriptionID)
	} else {
		query.Set("phoneNumber", national(s.Request.PhoneNumber))
	}
	return query
}

// subscription reads the subscription a service change is about (QuerySubscription). It asks by phone number when the request
// or its Activation tells a whole one, else by the Id filter that Advanced Query Parameters suggests and the endpoint's page
// does not list. found is false when the answer holds no subscription with that id, or number when no id is known.
func (c *client) subscription(ctx context.Context, reference string, r SetServices, a activation) (s subscription, found bool, err error) {
	t := targetOf(r, a)
	if t == (target{}) {
		return s, false, nil // nothing to ask by: without a filter sTN would list every subscription
	}
	call := transport.Call{
		Name: "query subscription", Reference: reference, Personal: append(r.personal(), t.id, t.number),
		Path:  "/api/QuerySubscription",
		Query: url.Values{"fields": {"id,state,phoneNumber,simCardNumber,services"}}, // leaves pin and puk at sTN
	}
	if t.number != "" {
		call.Query.Set("phoneNumber", t.number)
	} else {
		call.Query.Set("Id", t.id)
	}
	all, status, err := query[subscription](ctx, c, call)
	if t.number == "" && carriers.ClassOf(err) == carriers.Rejected {
		return s, false, nil // the page of the endpoint does not list this filter, so its refusal says nothing about the line
	}
	if err != nil {
		return s, false, err
	}
	for _, candidate := range all {
		if !t.is(candidate) {
			continue
		}
		if found {
			return subscription{}, false, c.http.Unreadable(call, status, "several subscriptions answer to one number or id")
		}
		s, found = candidate, true
	}
	return s, found, nil
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
