package dish

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/transport"
)

// Client speaks to DISH. Every call carries the headers X-Correlation-Id, one UUID per reference, and
// wholesaleCustomerId, if there is one (SPS - Subscriptions v5). Identifiers are sent as digits, however they are spelled. Every
// error is a *carriers.Error.
type Client struct {
	cfg  Config
	http *transport.Client
}

// New returns a client, or an error that names every fault of the configuration. A nil log drops the debug logs.
func New(cfg Config, log *zap.Logger) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	client, err := transport.New(carriers.DISH, cfg.Options, cfg.credentials(), cfg.classify, log)
	if err != nil {
		return nil, err
	}
	return &Client{cfg: cfg, http: client}, nil
}

// ExchangeTimeout is the longest time of one HTTP exchange.
func (c *Client) ExchangeTimeout() time.Duration { return c.cfg.ExchangeTimeout() }

// Close gives the idle connections back.
func (c *Client) Close() { c.http.Close() }

// Activate submits an activation (SPS - Subscriptions v5, Activate Subscription) with the reference as its
// partnerTransactionId. Its "Success" means recorded: the outcome is Pending. A bill cycle day that is left out is sent
// as DefaultBillCycleStartDay of now.
func (c *Client) Activate(ctx context.Context, reference string, who Customer, a Activation) (carriers.Acknowledgement, error) {
	a.ICCID, a.GPSI = sentICCID(a.ICCID), sentGPSI(a.GPSI)
	a.BillCycleStartDay = cmp.Or(a.BillCycleStartDay, DefaultBillCycleStartDay(time.Now()))
	call := c.call("activate subscription", reference, who, c.cfg.ActivateMethod, c.cfg.ActivatePath, a.Personal())
	call.Body = struct {
		PartnerTransactionID string `json:"partnerTransactionId"`
		Activation
	}{reference, a}
	return c.record(ctx, call)
}

// UpdateStatus submits a Suspend, Resume, Cease or Reactivate (SPS - Subscriptions v5, Update Subscription Status) with
// the reference as its partnerTransactionId. Its "Success" means recorded: the outcome is Pending.
func (c *Client) UpdateStatus(ctx context.Context, reference string, who Customer, u StatusUpdate) (carriers.Acknowledgement, error) {
	u.ICCID, u.GPSI = sentICCID(u.ICCID), sentGPSI(u.GPSI)
	call := c.call("update subscription status", reference, who, c.cfg.UpdateStatusMethod, c.cfg.UpdateStatusPath, u.Personal())
	call.Body = struct {
		PartnerTransactionID string `json:"partnerTransactionId"`
		StatusUpdate
	}{reference, u}
	return c.record(ctx, call)
}

// UpdateBillCycle sets the bill cycle (SPS - Subscription Profile Management v5). The request has no transaction id and
// the page speaks of no notification, so "Success" is the outcome.
func (c *Client) UpdateBillCycle(ctx context.Context, reference string, who Customer, b BillCycle) (carriers.Acknowledgement, error) {
	b.GPSI = sentGPSI(b.GPSI)
	call := c.call("update bill cycle", reference, who, c.cfg.UpdateBillCycleMethod, c.cfg.UpdateBillCyclePath, b.Personal())
	call.Body = b
	return c.submit(ctx, call)
}

// TransactionStatus asks how far the transaction with the given partnerTransactionId is (SPS - Subscriptions v5, Get
// Transaction Status). An id that DISH does not know is an error of class NotFound: a 404 with one of the codes that
// Config lists for it (ours). Any other 404 is Misrouted and says nothing.
func (c *Client) TransactionStatus(ctx context.Context, reference string, who Customer, id string) (TransactionStatus, error) {
	call := c.call("get transaction status", reference, who, c.cfg.TransactionStatusMethod, c.cfg.TransactionStatusPath, nil)
	call.PathParams = map[string]string{"partnerTransactionId": id}
	answer, err := c.http.Do(ctx, call)
	if err != nil {
		return TransactionStatus{}, err
	}
	status, err := c.cfg.transactionStatus(id, answer.Body)
	if err != nil {
		return TransactionStatus{}, c.http.Unreadable(call, answer.Status, err.Error())
	}
	return status, nil
}

// Subscriber reads the subscriptions that a query finds (SPS - Subscription Profile Management v5). Exactly one
// parameter is sent, because the page does not say whether they combine: the ICCID, else the GPSI, else the subscriber
// id.
func (c *Client) Subscriber(ctx context.Context, reference string, who Customer, q SubscriptionQuery) (Subscriber, error) {
	q.ICCID, q.GPSI = sentICCID(q.ICCID), sentGPSI(q.GPSI)
	call := c.call("query subscription", reference, who, c.cfg.QuerySubscriptionMethod, c.cfg.QuerySubscriptionPath, q.Personal())
	switch {
	case q.ICCID != "":
		call.Query = url.Values{"iccid": {q.ICCID}}
	case q.GPSI != "":
		call.Query = url.Values{"gpsi": {q.GPSI}}
	case q.SubscriberID != "":
		call.Query = url.Values{"subscriberId": {q.SubscriberID}}
	default:
		return Subscriber{}, c.http.Refused(call, 0, "", "a query needs an iccid, a gpsi or a subscriberId; nothing was sent")
	}
	answer, err := c.http.Do(ctx, call)
	if err != nil {
		return Subscriber{}, err
	}
	subscriber, err := readSubscriber(answer.Body)
	if err != nil {
		return Subscriber{}, c.http.Unreadable(call, answer.Status, err.Error())
	}
	return subscriber, nil
}

// DecodeCallbacks reads the notices in a callback's body, in their order: one, or a list of them. DISH documents nothing
// about the body (SPS - Subscriptions v5 says only that a notification comes upon completion); the names it is searched
// for, with and without an envelope, are ours. Each notice needs a partnerTransactionId of 1 to 36 characters and a status
// word. When one cannot be read, none is: the error names it by its place in the list, says what is missing, and repeats
// nothing of the body. Code and reason are redacted, and empty beside a success.
func (c *Client) DecodeCallbacks(body []byte) ([]Callback, error) {
	return decodeCallbacks(c.cfg.Words, body)
}

// Queryable reports whether Get Transaction Status answers for an action. Its page lists Suspend, Resume and Cease and
// leaves out Reactivate (SPS - Subscriptions v5); Config.ReactivateQueryable overrules that.
func (c *Client) Queryable(a Action) bool { return a != Reactivate || c.cfg.ReactivateQueryable }

// SubscriptionWords returns the configured meaning of subscription statuses.
func (c *Client) SubscriptionWords() SubscriptionWords { return c.cfg.Subscription }

// DefaultBillCycleStartDay is the day of the month that DISH documents for an activation without one: today's if it is
// 1 to 28, else 1 (SPS - Subscriptions v5). Whose today is not documented; UTC is ours.
func DefaultBillCycleStartDay(now time.Time) int {
	if day := now.UTC().Day(); day <= 28 {
		return day
	}
	return 1
}

func (c *Client) call(name, reference string, who Customer, method, path string, personal []string) transport.Call {
	headers := map[string]string{"X-Correlation-Id": carriers.CorrelationID(carriers.DISH, reference)}
	if id := cmp.Or(who.WholesaleCustomerID, c.cfg.WholesaleCustomerID); id != "" {
		headers["wholesaleCustomerId"] = id
	}
	return transport.Call{Name: name, Reference: reference, Method: method, Path: path, Headers: headers, Personal: personal}
}

// record submits a request that is decided later: the "Success" of its answer means that it was recorded.
func (c *Client) record(ctx context.Context, call transport.Call) (carriers.Acknowledgement, error) {
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
func (c *Client) submit(ctx context.Context, call transport.Call) (carriers.Acknowledgement, error) {
	answer, err := c.http.Do(ctx, call)
	if err != nil {
		return carriers.Acknowledgement{}, err
	}
	said, err := c.cfg.transactionStatus(call.Reference, answer.Body)
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
