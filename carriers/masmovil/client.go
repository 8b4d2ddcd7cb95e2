package masmovil

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// The documented paths, below the base URL of version 2 (Subscriptions, Products, Bonuses, Barrings; API
// overview, release notes).
const (
	subscriptionPath = "/orgs/" + orgID + "/subscriptions/" + subscriptionID
	devicesPath      = subscriptionPath + "/devices"
	bonusesPath      = subscriptionPath + "/bonuses"
	productsPath     = subscriptionPath + "/products"
	blocksPath       = subscriptionPath + "/blocks"
	blockPath        = blocksPath + "/{blockId}"
)

// fraudRequestsPath is below the base URL of the Subscriptions API v1 (Fraud requests).
const fraudRequestsPath = "/orgs/" + orgID + "/fraud_requests"

// client makes the calls. It is safe for concurrent use. Every error is a *carriers.Error.
//
// There is no idempotency key: an order whose answer was lost (class Uncertain, any 5xx included) must not be sent again
// before a read has shown that it was not taken.
type client struct {
	cfg   Config
	http  *transport.Client
	fraud *transport.Client // nil when risk decisions are not read
	// barrings is nil when there is no place to ask for barring masks.
	barrings *transport.Client
	// subscriptions is the Subscriptions API v2, nil when there is no place to ask for change requests.
	subscriptions *transport.Client
}

// Connect returns a connection to MásMóvil, or an error that names every fault of the settings.
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
	credentials, err := cfg.credentials()
	if err != nil {
		return nil, err
	}
	c := &client{cfg: cfg}
	if c.http, err = transport.New(carrier, cfg.Options, credentials, cfg.classify, log); err != nil {
		return nil, err
	}
	if cfg.FraudRequestsURL != "" {
		if c.fraud, err = transport.New(carrier, cfg.at(cfg.FraudRequestsURL), credentials, cfg.classify, log); err != nil {
			return nil, err
		}
	}
	if cfg.SubscriptionsURL != "" {
		if c.subscriptions, err = transport.New(carrier, cfg.at(cfg.SubscriptionsURL), credentials, cfg.classify, log); err != nil {
			return nil, err
		}
	}
	if cfg.BarringsURL != "" {
		if c.barrings, err = transport.New(carrier, cfg.at(cfg.BarringsURL), credentials, cfg.classifyBarrings, log); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// ExchangeTimeout is the longest time of one HTTP exchange.
func (c *client) ExchangeTimeout() time.Duration { return c.cfg.ExchangeTimeout() }

// Slots is how many calls can be under way at the same time, at each of the APIs.
func (c *client) Slots() int { return c.cfg.Slots() }

// Close gives the idle connections back.
func (c *client) Close() {
	for _, api := range []*transport.Client{c.http, c.fraud, c.barrings, c.subscriptions} {
		if api != nil {
			api.Close()
		}
	}
}

// addDevice orders a device for a line (POST …/devices). 201 means done, 202 "check risk decision".
func (c *client) addDevice(ctx context.Context, s carriers.Submission[AddDevice]) (carriers.Acknowledgement, error) {
	call := c.call("add device", s.Reference, http.MethodPost, devicesPath, s.Request.Line)
	call.Body, call.Personal = body(s.Request), s.Request.personal()
	s.Request.addTo(call)
	return c.order(ctx, call)
}

// replaceSIM puts a new card on a line. 201 means done, 202 that it is held; neither returns a handle for the order, so
// only the line's ICCID can show the change. The new card's ICC is sent as digits, however it is spelled; what is no ICCID of
// 19 or 20 digits goes as it is, because the page has no pattern for it. Path and method are ours, see Config.
func (c *client) replaceSIM(ctx context.Context, s carriers.Submission[ReplaceSIM]) (carriers.Acknowledgement, error) {
	r := s.Request
	r.NewICC = identifiers.SentICCID(r.NewICC)
	call := c.call("replace SIM", s.Reference, c.cfg.SIMReplacementMethod, c.cfg.SIMReplacementPath, r.Line)
	call.Body, call.Personal = body(r), []string{r.NewICC}
	r.addTo(call)
	return c.order(ctx, call)
}

// body is a request without what is ours and what travels in the path or as a header.
func body(request carriers.Request, without ...string) map[string]any {
	return carriers.Body(request, append(without, "orgId", "subscriptionId", "ipAddress")...)
}

// addTo sends the origin as a header.
func (o Origin) addTo(call transport.Call) {
	if o.IPAddress != "" {
		call.Headers["x-ip-address"] = o.IPAddress
	}
}

// order makes an order and reads its answer.
func (c *client) order(ctx context.Context, call transport.Call) (carriers.Acknowledgement, error) {
	made, err := transport.Exchange(ctx, c.http, call, func(a transport.Answer) (order, error) { return readOrder(a.Status, a.Body) })
	if err != nil {
		return carriers.Acknowledgement{}, err
	}
	return c.acknowledge(made), nil
}

// acknowledge is what the answer to an order means.
func (c *client) acknowledge(o order) carriers.Acknowledgement {
	outcome := c.cfg.Risk.outcomeOf(o)
	return carriers.Acknowledgement{
		TransactionID: o.SubscriptionTerminalID.String(),
		Outcome:       outcome,
		HTTPStatus:    o.HTTPStatus,
		At:            time.Now().UTC(),
		Held:          outcome.State == carriers.Pending,
	}
}

// subscription reads a line (GET /orgs/{orgId}/subscriptions/{subscriptionId}). Its parts named by Include travel as a
// JSON object in the parameter query.
func (c *client) subscription(ctx context.Context, reference string, r GetSubscription) (Subscription, error) {
	call := c.call("read subscription", reference, http.MethodGet, subscriptionPath, r.Line)
	if err := ask(&call, "include", r.Include); err != nil {
		return Subscription{}, err
	}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (Subscription, error) { return readSubscription(r.Line, a.Body) })
}

// ask adds a list to a read's parameter query, which is a JSON object.
func ask(call *transport.Call, name string, words []string) error {
	if len(words) == 0 {
		return nil
	}
	query, err := json.Marshal(map[string][]string{name: words})
	call.Query = url.Values{"query": {string(query)}}
	return err
}

// devices lists the devices of a line (GET …/devices).
func (c *client) devices(ctx context.Context, reference string, r ListDevices) (Devices, error) {
	call := c.call("list devices", reference, http.MethodGet, devicesPath, r.Line)
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (Devices, error) { return readDevices(a.Body) })
}

// recharges lists the recharges of a line. The path is ours, see Config.
func (c *client) recharges(ctx context.Context, reference string, r ListRecharges) (Recharges, error) {
	call := c.call("list recharges", reference, http.MethodGet, c.cfg.RechargesPath, r.Line)
	call.Query = url.Values{}
	for name, date := range map[string]string{"start_date": r.StartDate, "end_date": r.EndDate} {
		if date != "" {
			call.Query.Set(name, date)
		}
	}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (Recharges, error) { return readRecharges(r.Line, a.Body) })
}

// riskDecision reads the newest risk decision about a line (GET /orgs/{orgId}/fraud_requests of the Subscriptions API
// v1). It may belong to an earlier order: compare its id with the one read before ordering. found is false when there is
// none yet (404 means that nothing matches) or when Config names no place to ask.
func (c *client) riskDecision(ctx context.Context, reference string, line Line) (newest fraudRequest, found bool, err error) {
	if c.fraud == nil {
		return fraudRequest{}, false, nil
	}
	call := c.call("read risk decision", reference, http.MethodGet, fraudRequestsPath, line)
	call.Query = url.Values{"subscription_id": {line.id()}}
	newest, err = transport.Exchange(ctx, c.fraud, call, func(a transport.Answer) (request fraudRequest, err error) {
		request, found, err = readNewestFraudRequest(line, a.Body)
		return request, err
	})
	if carriers.ClassOf(err) == carriers.NotFound {
		return fraudRequest{}, false, nil
	}
	return newest, found, err
}

func (c *client) call(name, reference, method, path string, line Line) transport.Call {
	call := transport.Call{
		Name: name, Reference: reference, Method: method, Path: path, Headers: map[string]string{},
		PathParams: map[string]string{"orgId": line.OrgID, "subscriptionId": line.id()},
	}
	if c.cfg.RolesHeader != "" {
		call.Headers["x-auth-roles"] = c.cfg.RolesHeader
	}
	return call
}
