package stn

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/carriers/transport"
)

// Client calls the sTN Partner API. It is safe for concurrent use.
type Client struct {
	config Config
	http   *transport.Client
}

// New returns a client, or every fault of the configuration. A nil log drops the debug logs.
func New(cfg Config, log *zap.Logger) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	key := transport.StaticHeader{Name: "stn-api-key", Value: string(cfg.APIKey)} // Authentication
	exchange, err := transport.New(carriers.STN, cfg.Options, key, cfg.classify, log)
	if err != nil {
		return nil, err
	}
	return &Client{config: cfg, http: exchange}, nil
}

// Close gives the idle connections back.
func (c *Client) Close() { c.http.Close() }

// ExchangeTimeout is the longest time of one HTTP exchange.
func (c *Client) ExchangeTimeout() time.Duration { return c.config.ExchangeTimeout() }

// StateOf is the package's StateOf plus the words the configuration explains.
func (c *Client) StateOf(status string) carriers.State { return c.config.stateOf(status) }

// SetServices asks for a change of services (POST /api/SetServicesSubscription). The acknowledgement carries the id of
// the Activation to ask about, and which of the requested services sTN took and left out; that a value is not allowed
// shows later, as ERROR. sTN has no idempotency key: before a request is sent again, FindSetServices must have missed it.
// Errors are *carriers.Error.
func (c *Client) SetServices(ctx context.Context, reference string, r SetServices) (carriers.Acknowledgement, error) {
	body := setServicesBody{Services: r.Services, ReferenceNumber: shortReference(reference)}
	if r.SubscriptionID != "" {
		body.SubscriptionID = r.SubscriptionID
	} else {
		body.PhoneNumber = national(r.PhoneNumber)
	}
	call := transport.Call{
		Name: "set services", Reference: reference, Personal: personal(r),
		Method: http.MethodPost, Path: "/api/SetServicesSubscription", Body: body,
	}
	answer, err := c.http.Do(ctx, call)
	if err != nil {
		return carriers.Acknowledgement{}, err
	}
	record, err := activation(answer.Body)
	if err != nil {
		return carriers.Acknowledgement{}, c.http.Unreadable(call, answer.Status, err.Error())
	}
	ack := c.acknowledge(r, record)
	ack.HTTPStatus = answer.Status
	return ack, nil
}

// setServicesBody is the documented request, encoded strictly.
type setServicesBody struct {
	SubscriptionID  string         `json:"subscriptionId,omitempty"`
	PhoneNumber     string         `json:"phoneNumber,omitempty"`
	Services        map[string]any `json:"services"`
	ReferenceNumber string         `json:"referenceNumber"`
}

func shortReference(reference string) string {
	return carriers.ShortReference(reference, MaxReference)
}

func personal(r SetServices) []string { return append(r.Personal(), national(r.PhoneNumber)) }

// Activation reads one Activation by the id the acknowledgement carries (QueryActivation). found is false when sTN does
// not show it; right after the request that can mean "not yet".
func (c *Client) Activation(ctx context.Context, reference, id string) (a Activation, found bool, err error) {
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

// query makes one of sTN's list reads.
func query[T any](ctx context.Context, c *Client, call transport.Call) (list []T, status int, err error) {
	call.Method = http.MethodGet
	answer, err := c.http.Do(ctx, call)
	if err != nil {
		return nil, 0, err
	}
	list, err = records[T](answer.Body)
	if err != nil {
		return nil, 0, c.http.Unreadable(call, answer.Status, err.Error())
	}
	return list, answer.Status, nil
}

// acknowledge is what an Activation says about the request it was made for.
func (c *Client) acknowledge(r SetServices, a Activation) carriers.Acknowledgement {
	applied, ignored := sortOut(r.Services, a.Info.Services)
	return carriers.Acknowledgement{
		TransactionID: a.ID.String(), At: time.Now().UTC(), Applied: applied, Ignored: ignored,
		Outcome: c.OutcomeOf(a),
	}
}

// OutcomeOf is what an Activation says about its request, before anybody has looked at the subscription.
func (c *Client) OutcomeOf(a Activation) carriers.Outcome {
	outcome := carriers.Outcome{State: c.StateOf(a.Status), Status: carriers.Redact(a.Status)}
	if outcome.State == carriers.Failed {
		outcome.Reason = a.Info.Reason
	}
	return outcome
}
