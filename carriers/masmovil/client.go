package masmovil

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/carriers/transport"
)

// Where the tenant and the line stand in a path.
const (
	orgID          = "{orgId}"
	subscriptionID = "{subscriptionId}"
)

// The documented paths, below the base URL of version 2 (Subscriptions; API overview, release notes).
const (
	subscriptionPath = "/orgs/" + orgID + "/subscriptions/" + subscriptionID
	devicesPath      = subscriptionPath + "/devices"
)

// fraudRequestsPath is below the base URL of the Subscriptions API v1 (Fraud requests).
const fraudRequestsPath = "/orgs/" + orgID + "/fraud_requests"

// Client calls the MásMóvil Customers API v2. It is safe for concurrent use. Its errors are *carriers.Error.
//
// There is no idempotency key: an order whose answer was lost (class Uncertain, any 5xx included) must not be sent again
// before a read has shown that it was not taken.
type Client struct {
	config Config
	http   *transport.Client
	fraud  *transport.Client // nil when nobody asks for risk decisions
}

// New returns a client, or every fault of the configuration. A nil log drops the debug logs.
func New(cfg Config, log *zap.Logger) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	credentials, err := cfg.credentials()
	if err != nil {
		return nil, err
	}
	c := &Client{config: cfg}
	if c.http, err = transport.New(carriers.MasMovil, cfg.Options, credentials, cfg.classify, log); err != nil {
		return nil, err
	}
	if cfg.FraudRequestsURL != "" {
		if c.fraud, err = transport.New(carriers.MasMovil, cfg.fraudOptions(), credentials, cfg.classify, log); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Close gives the idle connections back.
func (c *Client) Close() {
	c.http.Close()
	if c.fraud != nil {
		c.fraud.Close()
	}
}

// ExchangeTimeout is the longest time of one HTTP exchange.
func (c *Client) ExchangeTimeout() time.Duration { return c.config.ExchangeTimeout() }

// Subscription reads a line (GET /orgs/{orgId}/subscriptions/{subscriptionId}). Its parts named by Include travel as a
// JSON object in the parameter query.
func (c *Client) Subscription(ctx context.Context, reference string, q SubscriptionQuery) (Subscription, error) {
	call := c.call("read subscription", reference, http.MethodGet, subscriptionPath, q.Line)
	if len(q.Include) > 0 {
		query, err := json.Marshal(map[string][]string{"include": q.Include})
		if err != nil {
			return Subscription{}, err
		}
		call.Query = url.Values{"query": {string(query)}}
	}
	return exchange(ctx, c.http, call, func(a transport.Answer) (Subscription, error) { return subscription(q.Line, a.Body) })
}

// Devices lists the devices of a line (GET …/devices).
func (c *Client) Devices(ctx context.Context, reference string, line Line) (Devices, error) {
	call := c.call("list devices", reference, http.MethodGet, devicesPath, line)
	return exchange(ctx, c.http, call, func(a transport.Answer) (Devices, error) { return devices(a.Body) })
}

// DeviceActive reports whether a device is on the line. One that has no status counts as being there, because the pages
// do not promise one in version 2.
func (c *Client) DeviceActive(d Device) bool {
	if d.Status == nil {
		return true
	}
	return slices.ContainsFunc(c.config.ActiveDeviceStatuses, func(word string) bool {
		return carriers.Among([]string{d.Status.Value, d.Status.ID.String()}, word)
	})
}

// AddDevice orders a device for a line (POST …/devices). 201 means done, 202 "check risk decision".
func (c *Client) AddDevice(ctx context.Context, reference string, line Line, origin Origin, d NewDevice) (Order, error) {
	call := c.call("add device", reference, http.MethodPost, devicesPath, line)
	call.Body, call.Personal = d, d.Personal()
	return c.order(ctx, call, origin)
}

// ReplaceSIM puts a new card on a line. 201 means done, 202 that it is held; neither returns a handle for the order, so
// only the line's ICCID can show the change. The new card's ICC is sent as digits, however it is spelled; what is no ICCID of 19 or
// 20 digits goes as it is, because the page has no pattern for it. Path and method are ours, see Config.
func (c *Client) ReplaceSIM(ctx context.Context, reference string, line Line, origin Origin, r SIMReplacement) (Order, error) {
	call := c.call("replace SIM", reference, c.config.SIMReplacementMethod, c.config.SIMReplacementPath, line)
	if digits, ok := identifiers.ICCID(r.NewICC); ok {
		r.NewICC = digits
	}
	call.Body, call.Personal = r, r.Personal()
	return c.order(ctx, call, origin)
}

// Acknowledge is what the answer to an order means.
func (c *Client) Acknowledge(o Order) carriers.Acknowledgement {
	outcome := c.config.Risk.outcomeOf(o)
	return carriers.Acknowledgement{
		TransactionID: o.SubscriptionTerminalID.String(),
		Outcome:       outcome,
		HTTPStatus:    o.HTTPStatus,
		At:            time.Now().UTC(),
		RiskReview:    outcome.State == carriers.Pending,
	}
}

// Recharges lists the recharges of a line. The path is ours, see Config.
func (c *Client) Recharges(ctx context.Context, reference string, q RechargesQuery) (Recharges, error) {
	call := c.call("list recharges", reference, http.MethodGet, c.config.RechargesPath, q.Line)
	call.Query = url.Values{}
	for name, date := range map[string]string{"start_date": q.StartDate, "end_date": q.EndDate} {
		if date != "" {
			call.Query.Set(name, date)
		}
	}
	return exchange(ctx, c.http, call, func(a transport.Answer) (Recharges, error) { return recharges(q.Line, a.Body) })
}

// RiskDecision reads the newest risk decision about a line (GET /orgs/{orgId}/fraud_requests of the Subscriptions API
// v1). It may belong to an earlier order: compare its id with the one read before ordering. found is false when there is
// none yet (404 means that nothing matches) or when Config names no place to ask.
func (c *Client) RiskDecision(ctx context.Context, reference string, line Line) (newest FraudRequest, found bool, err error) {
	if c.fraud == nil {
		return FraudRequest{}, false, nil
	}
	call := c.call("read risk decision", reference, http.MethodGet, fraudRequestsPath, line)
	call.Query = url.Values{"subscription_id": {line.ID()}}
	newest, err = exchange(ctx, c.fraud, call, func(a transport.Answer) (request FraudRequest, err error) {
		request, found, err = newestFraudRequest(line, a.Body)
		return request, err
	})
	if carriers.ClassOf(err) == carriers.NotFound {
		return FraudRequest{}, false, nil
	}
	return newest, found, err
}

// RiskStateOf returns what a risk decision means; see Risk.
func (c *Client) RiskStateOf(decision string) carriers.State { return c.config.Risk.StateOf(decision) }

func (c *Client) call(name, reference, method, path string, line Line) transport.Call {
	call := transport.Call{
		Name: name, Reference: reference, Method: method, Path: path, Headers: map[string]string{},
		PathParams: map[string]string{"orgId": line.OrgID, "subscriptionId": line.ID()},
	}
	if c.config.RolesHeader != "" {
		call.Headers["x-auth-roles"] = c.config.RolesHeader
	}
	return call
}

func (c *Client) order(ctx context.Context, call transport.Call, origin Origin) (Order, error) {
	if origin.IPAddress != "" {
		call.Headers["x-ip-address"] = origin.IPAddress
	}
	return exchange(ctx, c.http, call, func(a transport.Answer) (Order, error) { return order(a.Status, a.Body) })
}

// exchange makes a call and reads its answer.
func exchange[T any](ctx context.Context, at *transport.Client, call transport.Call, read func(transport.Answer) (T, error)) (T, error) {
	var none T
	answer, err := at.Do(ctx, call)
	if err != nil {
		return none, err
	}
	value, err := read(answer)
	if err != nil {
		return none, at.Unreadable(call, answer.Status, err.Error())
	}
	return value, nil
}
