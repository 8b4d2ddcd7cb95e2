// Package transport is the HTTP that all carrier clients have in common: one resty client per carrier with a timeout
// on every call, a bounded body, a sized connection pool, credentials that are refreshed once on a 401, a circuit breaker
// for outages, and debug logs without bodies or identifiers. It turns whatever can go wrong on the wire into one
// carriers.Error.
package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"
	"go.uber.org/zap"
	"golang.org/x/oauth2"

	"github.com/carrierflow/carrierflow/carriers"
)

// maxBody bounds an answer, in bytes. The largest documented answer has a few kilobytes.
const maxBody = 1 << 20

// Client makes the HTTP exchanges of one carrier.
type Client struct {
	carrier     carriers.Carrier
	http        *resty.Client
	credentials Credentials
	classify    Classifier
	breaker     *breaker
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
		SetTimeout(o.timeout()).
		SetResponseBodyLimit(maxBody).
		SetRedirectPolicy(resty.NoRedirectPolicy()).
		SetHeader("Accept", "application/json").
		SetHeader("User-Agent", "carrierflow").
		SetLogger(silent{})
	log = log.Named(string(c))
	return &Client{
		carrier: c, http: client, credentials: credentials, classify: classify, breaker: newBreaker(client.GetClient(), o, log), log: log,
	}, nil
}

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

// Answer is a 2xx of the carrier.
type Answer struct {
	Status int
	Body   []byte
}

// Do makes one exchange and returns a 2xx answer without an error inside, or a *carriers.Error. While the carrier is not
// there most calls are held back: they fail at once as Unreachable, and nothing is sent; see Options.OutageAfter.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	if name := faultOfPath(call.PathParams); name != "" {
		failure := c.failure(call)
		failure.Class = carriers.Rejected
		failure.Message = name + ` is empty, "." or "..", which cannot be part of a path; nothing was sent`
		return Answer{}, failure
	}
	answer, held, err := c.breaker.call(ctx, func() (Answer, error) { return c.exchange(ctx, call) })
	if held {
		failure := c.failure(call)
		failure.Class, failure.Message = carriers.Unreachable, c.breaker.reason(c.carrier)
		return Answer{}, failure
	}
	return answer, err
}

// exchange sends the call with credentials. A 401 refreshes them and tries once more: the carrier refused the first
// request unread.
func (c *Client) exchange(ctx context.Context, call Call) (Answer, error) {
	// Token calls share the connections, the timeout and the refusal to follow redirects.
	fetching := context.WithValue(ctx, oauth2.HTTPClient, c.http.GetClient())
	headers, err := c.credentials.Headers(fetching)
	if err != nil {
		return Answer{}, c.noCredentials(call, err)
	}
	answer, err := c.once(ctx, call, headers)
	failure, failed := errors.AsType[*carriers.Error](err)
	if !failed || failure.HTTPStatus != http.StatusUnauthorized || !c.credentials.Refresh(headers) {
		return answer, err
	}
	if headers, err = c.credentials.Headers(fetching); err != nil {
		return Answer{}, c.noCredentials(call, err)
	}
	return c.once(ctx, call, headers)
}

// once makes the exchange itself.
func (c *Client) once(ctx context.Context, call Call, credentials map[string]string) (Answer, error) {
	failure := c.failure(call)
	// A request that never got a connection cannot have reached the carrier.
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	request := c.http.R().SetContext(ctx).SetHeaders(credentials).SetHeaders(call.Headers).
		SetPathParams(call.PathParams).SetQueryParamsFromValues(call.Query)
	if call.Body != nil {
		request.SetHeader("Content-Type", "application/json").SetBody(call.Body)
	}
	start := time.Now()
	response, err := request.Execute(call.Method, call.Path)
	if response == nil { // resty could not even build the request, for example because the body is no JSON
		failure.Class, failure.Err = carriers.Rejected, safe(err, call.Personal)
		failure.Message = "the request cannot be built, nothing was sent"
		return Answer{}, failure
	}
	status := response.StatusCode()
	c.log.Debug("carrier call",
		zap.String("call", call.Name), zap.String("method", call.Method), zap.String("path", call.Path),
		zap.String("reference", call.Reference), zap.Int("status", status),
		zap.Duration("took", time.Since(start)), zap.Int("bytes", len(response.Body())), zap.Bool("connected", connected.Load()))

	switch {
	case status >= 300 && status < 400:
		// Not followed, and no refusal either: 303 follows a request that was taken.
		failure.Class, failure.HTTPStatus = carriers.Uncertain, status
		failure.Message = "a redirect is no answer, check " + envPrefix(c.carrier) + "BASE_URL"
		return Answer{}, failure
	case err != nil && !connected.Load():
		failure.Class, failure.Err = carriers.Unreachable, plain(err)
		return Answer{}, failure
	case err != nil: // no answer, or one that broke off
		failure.Class, failure.HTTPStatus, failure.Err = carriers.Uncertain, status, safe(err, call.Personal)
		return Answer{}, failure
	}
	body := withoutSecrets(response.Body(), credentials)
	class, code, message := c.classify(status, body)
	if class == "" {
		return Answer{Status: status, Body: body}, nil
	}
	failure = c.said(call, class, status, code, message)
	failure.RetryAfter = retryAfter(response.Header().Get("Retry-After"), time.Now())
	return Answer{}, failure
}

// Unreadable is the error for a 2xx whose body is not what was asked for. The request may well have been recorded.
func (c *Client) Unreadable(call Call, status int, why string) error {
	return c.said(call, carriers.Uncertain, status, "", "the answer cannot be read: "+why)
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
	if token, ok := errors.AsType[tokenStatus](err); ok {
		failure.RetryAfter = token.retryAfter
	}
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
