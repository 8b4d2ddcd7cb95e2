// Package transport is the HTTP that all carrier clients have in common: one resty client per carrier with a timeout
// on every call, a bounded body, a sized connection pool, credentials that are refreshed once on a 401, a circuit breaker
// for outages, and debug logs without bodies or identifiers. It turns whatever can go wrong on the wire into one
// carriers.Error.
package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
)

// Client makes the HTTP exchanges of one carrier.
type Client struct {
	carrier     carriers.Carrier
	http        *resty.Client
	credentials Credentials
	classify    Classifier
	slots       slots
	breaker     *breaker[Answer]
	log         *zap.Logger
}

// Classifier is a carrier's one reading of its errors: given a status and a body it returns the class and the
// carrier's code and message. It is asked about every answer; a 2xx that holds no error gets an empty class.
type Classifier func(status int, body []byte) (class carriers.Class, code, message string)

// New returns a client. A nil log drops the logs, nil credentials send none.
func New(c carriers.Carrier, o Options, credentials Credentials, classify Classifier, log *zap.Logger) (*Client, error) {
	if err := o.Check(envPrefix(c)); err != nil {
		return nil, fmt.Errorf("%s: %w", c, err)
	}
	if log == nil {
		log = zap.NewNop()
	}
	if credentials == nil {
		credentials = None{}
	}
	client := resty.NewWithClient(&http.Client{Transport: o.pool()}).
		SetBaseURL(o.BaseURL).
		SetTimeout(o.ExchangeTimeout()).
		SetRedirectPolicy(resty.NoRedirectPolicy()).
		SetHeader("Accept", "application/json").
		SetHeader("User-Agent", "carrierflow").
		SetLogger(silent{})
	log = log.Named(string(c))
	if bearer, ok := credentials.(*Bearer); ok {
		bearer.attach(client, o, log)
	}
	api := watched{what: "the carrier", at: hostAndPath(o.BaseURL), saysNothing: saysNothing, answered: answered}
	return &Client{
		carrier: c, http: client, credentials: credentials, classify: classify, slots: newSlots(o),
		breaker: newBreaker[Answer](api, client.GetClient(), o, log), log: log,
	}, nil
}

// Slots is how many calls the client makes at once.
func (c *Client) Slots() int { return cap(c.slots.taken) }

// Call is one exchange with the carrier.
type Call struct {
	// Name says what is attempted, for errors and logs: "activate subscription".
	Name      string
	Reference string
	Method    string
	// Path may hold {names} that PathParams fill in, percent-escaped.
	Path       string
	PathParams map[string]string
	Query      url.Values
	Headers    map[string]string
	// Body is sent as JSON when not nil.
	Body any
	// Personal lists values of this call that must not show up in an error's text.
	Personal []string
}

// Answer is a 2xx of the carrier. Its body is plain UTF-8, see answers.Plain.
type Answer struct {
	Status int
	Body   []byte
}

// Do makes one exchange and returns a 2xx answer without an error inside, or a *carriers.Error. A call first waits for one
// of the client's slots, as long as its context lasts; only then does its timeout begin. While the carrier is not there
// most calls are held back: they fail at once as Unreachable, and nothing is sent; see Options.OutageAfter.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	if name := faultOfPath(call.PathParams); name != "" {
		return Answer{}, c.unsendable(call, name+` is empty, "." or "..", which cannot be part of a path`)
	}
	if name := faultOfHeaders(call.Headers); name != "" {
		return Answer{}, c.unsendable(call, faultyHeader(name))
	}
	if c.breaker.open() {
		return Answer{}, c.held(call) // nobody waits for a connection only to be told so
	}
	if err := c.slots.take(ctx); err != nil {
		failure := c.failure(call)
		failure.Class, failure.Err = carriers.Unreachable, err
		failure.Message = "it waited for one of our own connections, nothing was sent; see " + envPrefix(c.carrier) + "MAX_CONNECTIONS"
		return Answer{}, failure
	}
	defer c.slots.give()
	answer, held, err := c.breaker.call(ctx, func() (Answer, error) { return c.exchange(ctx, call) })
	if held {
		return Answer{}, c.held(call)
	}
	return answer, err
}

// exchange sends the call with credentials. A 401 refreshes them and tries once more: the carrier refused the first
// request unread.
func (c *Client) exchange(ctx context.Context, call Call) (Answer, error) {
	headers, err := c.credentials.Headers(ctx)
	if err != nil {
		return Answer{}, c.noCredentials(call, err)
	}
	answer, err := c.once(ctx, call, headers)
	failure, failed := errors.AsType[*carriers.Error](err)
	if !failed || failure.HTTPStatus != http.StatusUnauthorized || !c.credentials.Refresh(headers) {
		return answer, err
	}
	if headers, err = c.credentials.Headers(ctx); err != nil {
		return Answer{}, c.noCredentials(call, err)
	}
	return c.once(ctx, call, headers)
}

// once makes the exchange itself.
func (c *Client) once(ctx context.Context, call Call, credentials map[string]string) (Answer, error) {
	if name := faultOfHeaders(credentials); name != "" {
		return Answer{}, c.unsendable(call, faultyHeader(name))
	}
	request := c.http.R().SetHeaders(credentials).SetHeaders(call.Headers).
		SetPathParams(call.PathParams).SetQueryParamsFromValues(call.Query)
	if call.Body != nil {
		request.SetHeader("Content-Type", "application/json").SetBody(call.Body)
	}
	got, err := send(ctx, request, call.Method, call.Path)
	if !got.built { // for example because the body is no JSON
		failure := c.unsendable(call, "the request cannot be built")
		failure.Err = safe(err, call.Personal)
		return Answer{}, failure
	}
	c.log.Debug("carrier call",
		zap.String("call", call.Name), zap.String("method", call.Method), zap.String("path", call.Path),
		zap.String("reference", call.Reference), zap.Int("status", got.status),
		zap.Duration("took", got.took), zap.Int("bytes", got.bytes), zap.Bool("connected", got.connected))

	failure := c.failure(call)
	switch {
	case got.status >= 300 && got.status < 400:
		// Not followed, and no refusal either: 303 follows a request that was taken.
		failure.Class, failure.HTTPStatus = carriers.Uncertain, got.status
		failure.Message = "a redirect is no answer, check " + envPrefix(c.carrier) + "BASE_URL"
		return Answer{}, failure
	case err != nil && !got.connected:
		failure.Class, failure.Err = carriers.Unreachable, plain(err)
		return Answer{}, failure
	case err != nil: // no answer, or one that broke off
		failure.Class, failure.HTTPStatus, failure.Err = carriers.Uncertain, got.status, safe(err, call.Personal)
		return Answer{}, failure
	case got.unreadable != nil && got.status < 300:
		return Answer{}, c.Unreadable(call, got.status, got.unreadable.Error())
	}
	body := withoutSecrets(got.body, credentials)
	class, code, message := c.classify(got.status, body)
	if class == "" {
		return Answer{Status: got.status, Body: body}, nil
	}
	failure = c.said(call, class, got.status, code, message)
	failure.RetryAfter = retryAfter(got.header.Get("Retry-After"), time.Now())
	return Answer{}, failure
}

// Unreadable is the error for a 2xx whose body is not what was asked for. The request may well have been recorded. The
// text names the template of the path: what fills it in may be personal.
func (c *Client) Unreadable(call Call, status int, why string) error {
	failure := c.said(call, carriers.Uncertain, status, "", why)
	failure.Unreadable = true
	failure.Message = fmt.Sprintf("the answer of %s %s is not readable: %s", cmp.Or(call.Method, http.MethodGet), call.Path, failure.Message)
	return failure
}

// Refused is the error for a 2xx whose body says, in the carrier's own words, that the request was not taken.
func (c *Client) Refused(call Call, status int, code, message string) error {
	return c.said(call, carriers.Rejected, status, code, message)
}

// said is a failure in the carrier's words, redacted.
func (c *Client) said(call Call, class carriers.Class, status int, code, message string) *carriers.Error {
	failure := c.failure(call)
	failure.Class, failure.HTTPStatus = class, status
	failure.Code, failure.Message = carriers.Redact(code, call.Personal...), carriers.Redact(message, call.Personal...)
	return failure
}

func (c *Client) noCredentials(call Call, err error) error {
	failure := c.failure(call)
	failure.Class, failure.Err = carriers.Unreachable, err
	if errors.Is(err, ErrRefused) {
		failure.Class = carriers.Unauthorized
	}
	if token, ok := errors.AsType[*tokenFailure](err); ok {
		failure.RetryAfter = token.retryAfter
	}
	return failure
}

// unsendable is the error for a call that no request can be made of.
func (c *Client) unsendable(call Call, why string) *carriers.Error {
	failure := c.failure(call)
	failure.Class, failure.Message = carriers.Rejected, why+"; nothing was sent"
	return failure
}

func faultyHeader(name string) string {
	return "the header " + name + " holds a character that is not printable ASCII"
}

// held is the error for a call that is held back while the carrier is not there.
func (c *Client) held(call Call) *carriers.Error {
	failure := c.failure(call)
	failure.Class, failure.Message = carriers.Unreachable, "not sent: "+c.breaker.reason(c.carrier.Name())
	return failure
}

func (c *Client) failure(call Call) *carriers.Error {
	return &carriers.Error{Carrier: c.carrier, Call: call.Name, Reference: call.Reference}
}

// Close gives the idle connections back.
func (c *Client) Close() { c.http.GetClient().CloseIdleConnections() }

// silent keeps resty's own logger quiet: its lines may hold URLs.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
