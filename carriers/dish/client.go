package dish

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// client makes the calls. Every call carries the headers X-Correlation-Id, one UUID per reference, and wholesaleCustomerId,
// if there is one (SPS - Subscriptions v5). Identifiers are sent as digits, however they are spelled. Every error is a
// *carriers.Error.
type client struct {
	cfg  Config
	http *transport.Client
}

// Connect returns a connection to DISH, or an error that names every fault of the settings.
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
	exchange, err := transport.New(carrier, cfg.Options, cfg.credentials(), cfg.classify, log)
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

// activate submits an activation (SPS - Subscriptions v5, Activate Subscription) with the reference as its
// partnerTransactionId. Its "Success" means recorded: the outcome is Pending.
func (c *client) activate(ctx context.Context, s carriers.Submission[ActivateSubscription]) (carriers.Acknowledgement, error) {
	r := s.Request
	r.ICCID, r.GPSI = identifiers.SentICCID(r.ICCID), sentGPSI(r.GPSI)
	call := c.call("activate subscription", s.Reference, r.Customer, c.cfg.ActivateMethod, c.cfg.ActivatePath, r.personal())
	call.Body = transactionBody(s.Reference, r)
	return c.record(ctx, call)
}

// updateStatus submits a Suspend, Resume, Cease or Reactivate (SPS - Subscriptions v5, Update Subscription Status) with
// the reference as its partnerTransactionId. Its "Success" means recorded: the outcome is Pending.
func (c *client) updateStatus(ctx context.Context, s carriers.Submission[UpdateSubscriptionStatus]) (carriers.Acknowledgement, error) {
	r := s.Request
	r.ICCID, r.GPSI = identifiers.SentICCID(r.ICCID), sentGPSI(r.GPSI)
	call := c.call("update subscription status", s.Reference, r.Customer, c.cfg.UpdateStatusMethod, c.cfg.UpdateStatusPath, []string{r.ICCID, r.GPSI})
	call.Body = transactionBody(s.Reference, r)
	return c.record(ctx, call)
}

// updateBillCycle sets the bill cycle (SPS - Subscription Profile Management v5). The request has no transaction id and
// the page speaks of no notification, so "Success" is the outcome.
func (c *client) updateBillCycle(ctx context.Context, s carriers.Submission[UpdateBillCycle]) (carriers.Acknowledgement, error) {
	r := s.Request
	r.GPSI = sentGPSI(r.GPSI)
	call := c.call("update bill cycle", s.Reference, r.Customer, c.cfg.UpdateBillCycleMethod, c.cfg.UpdateBillCyclePath, []string{r.GPSI})
	call.Body = body(r)
	return c.submit(ctx, call)
}

// changeNumber submits a change of number (SPS - Subscription Number Management v5, Change GPSI) with the reference as its
// partnerTransactionId. Its "Success" means recorded: the outcome is Pending.
func (c *client) changeNumber(ctx context.Context, s carriers.Submission[ChangeNumber]) (carriers.Acknowledgement, error) {
	r := s.Request
	r.GPSI, r.NewGPSI = sentGPSI(r.GPSI), sentGPSI(r.NewGPSI)
	call := c.call("change number", s.Reference, r.Customer, c.cfg.ChangeNumberMethod, c.cfg.ChangeNumberPath, []string{r.GPSI, r.NewGPSI, r.GPSIReservationID})
	call.Body = transactionBody(s.Reference, r)
	return c.record(ctx, call)
}

// body is a request without what is ours and what travels as a header.
func body(request carriers.Request) map[string]any {
	return carriers.Body(request, "wholesaleCustomerId")
}

// transactionBody is a body with the reference as its partnerTransactionId.
func transactionBody(reference string, request carriers.Request) map[string]any {
	fields := body(request)
	fields[transactionIDName] = reference
	return fields
}

// transactionStatus asks how far the transaction with the given partnerTransactionId is (SPS - Subscriptions v5, Get
// Transaction Status). An id that DISH does not know is an error of class NotFound: a 404 with one of the codes that
// Config lists for it (ours). Any other 404 is Misrouted and says nothing.
func (c *client) transactionStatus(ctx context.Context, reference string, who Customer, id string) (TransactionStatus, error) {
	call := c.call("get transaction status", reference, who, c.cfg.TransactionStatusMethod, c.cfg.TransactionStatusPath, nil)
	call.PathParams = map[string]string{transactionIDName: id}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (TransactionStatus, error) {
		return c.cfg.readTransactionStatus(id, a.Body)
	})
}

// subscriber reads the subscriptions of what a target names (SPS - Subscription Profile Management v5). Exactly one
// parameter is sent, because the page does not say whether they combine: the ICCID, else the GPSI, else the subscriber
// id.
func (c *client) subscriber(ctx context.Context, reference string, who Customer, t target) (Subscriber, error) {
	t = t.asSent()
	call := c.call("query subscription", reference, who, c.cfg.QuerySubscriptionMethod, c.cfg.QuerySubscriptionPath, t.personal())
	switch {
	case t.iccid != "":
		call.Query = url.Values{"iccid": {t.iccid}}
	case t.gpsi != "":
		call.Query = url.Values{"gpsi": {t.gpsi}}
	case t.subscriberID != "":
		call.Query = url.Values{"subscriberId": {t.subscriberID}}
	default:
		return Subscriber{}, c.http.Refused(call, 0, "", "a query needs an iccid, a gpsi or a subscriberId; nothing was sent")
	}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (Subscriber, error) { return readSubscriber(a.Body) })
}

// checkSIM asks whether a SIM can be activated (SPS - Subscription SIM Management v5).
func (c *client) checkSIM(ctx context.Context, reference string, r CheckSIM) (SIMCheck, error) {
	iccid := identifiers.SentICCID(r.ICCID)
	call := c.call("check SIM", reference, r.Customer, c.cfg.CheckSIMMethod, c.cfg.CheckSIMPath, []string{iccid})
	call.Query = url.Values{"iccid": {iccid}}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (SIMCheck, error) { return readSIMCheck(a.Body) })
}

// checkDevice asks about a device by its PEI, else its TAC (SPS - Subscription Device Management v5).
func (c *client) checkDevice(ctx context.Context, reference string, r CheckDevice) (DeviceCheck, error) {
	call := c.call("check device", reference, r.Customer, c.cfg.CheckDeviceMethod, c.cfg.CheckDevicePath, []string{r.PEI, r.TAC})
	call.Query = url.Values{"pei": {r.PEI}}
	if r.PEI == "" {
		call.Query = url.Values{"tac": {r.TAC}}
	}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (DeviceCheck, error) { return readDeviceCheck(a.Body) })
}

// checkPortIn asks whether a number can be ported in (SPS - Port-In Management v5). It has a body and no transaction id.
func (c *client) checkPortIn(ctx context.Context, reference string, r CheckPortIn) (PortInCheck, error) {
	r.GPSI = sentGPSI(r.GPSI)
	call := c.call("check port-in", reference, r.Customer, c.cfg.CheckPortInMethod, c.cfg.CheckPortInPath, []string{r.GPSI})
	call.Body = body(r)
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (PortInCheck, error) {
		return readPortInCheck(c.cfg.PortInEligibleWords, a.Body)
	})
}

func (c *client) call(name, reference string, who Customer, method, path string, personal []string) transport.Call {
	headers := map[string]string{"X-Correlation-Id": carriers.CorrelationID(carrier, reference)}
	if id := cmp.Or(who.WholesaleCustomerID, c.cfg.WholesaleCustomerID); id != "" {
		headers["wholesaleCustomerId"] = id
	}
	return transport.Call{Name: name, Reference: reference, Method: method, Path: path, Headers: headers, Personal: personal}
}

// record submits a request that is decided later: the "Success" of its answer means that it was recorded.
func (c *client) record(ctx context.Context, call transport.Call) (carriers.Acknowledgement, error) {
	if !carriers.ValidReference(call.Reference) || call.Reference == "." || call.Reference == ".." {
		return carriers.Acknowledgement{}, c.http.Refused(call, 0, "",
			"the reference cannot be a partnerTransactionId that is asked for later, it must match "+carriers.ReferencePattern+
				` and not be "." or ".."; nothing was sent`)
	}
	ack, err := c.submit(ctx, call)
	if ack.Outcome.State == carriers.Done {
		ack.Outcome.State = carriers.Pending
	}
	return ack, err
}

// submit makes a change and reads the answer's word as it stands.
func (c *client) submit(ctx context.Context, call transport.Call) (carriers.Acknowledgement, error) {
	answer, err := c.http.Do(ctx, call)
	if err != nil {
		return carriers.Acknowledgement{}, err
	}
	said, err := c.cfg.readTransactionStatus(call.Reference, answer.Body)
	switch {
	case err != nil:
		return carriers.Acknowledgement{}, c.http.Unreadable(call, answer.Status, err.Error())
	case said.State == carriers.Failed:
		return carriers.Acknowledgement{}, c.http.Refused(call, answer.Status, said.Code, cmp.Or(said.Reason, "status "+said.Status))
	}
	return carriers.Acknowledgement{
		TransactionID: call.Reference,
		Outcome: carriers.Outcome{
			State: said.State, Status: said.Status,
			Code: carriers.Redact(said.Code, call.Personal...), Reason: carriers.Redact(said.Reason, call.Personal...),
		},
		HTTPStatus: answer.Status,
		At:         time.Now().UTC(),
	}, nil
}
