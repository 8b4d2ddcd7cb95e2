// Package transport is the HTTP layer of all carrier clients: one resty client per carrier with a timeout on every call, a
// bounded body, a sized connection pool, credentials that are refreshed once on a 401, a circuit breaker for outages, and
// debug logs without bodies or identifiers. Every error of an exchange becomes a carriers.Error.
package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
	waitHeaders []string
	observe     observation
	log         *zap.Logger
}

// Classifier reads a carrier's errors: given a status and a body it returns the class and the carrier's code and message.
// It is called for every answer; a 2xx that contains no error gets an empty class.
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
		SetLogger(noLog{})
	log = log.Named(string(c))
	if bearer, ok := credentials.(*Bearer); ok {
		bearer.attach(c, client, o, log)
	}
	api := watched{what: "the carrier", at: hostAndPath(o.BaseURL), isIrrelevant: isIrrelevant, answered: answered}
	return &Client{
		carrier: c, http: client, credentials: credentials, classify: classify, slots: newSlots(o),
		breaker: newBreaker[Answer](api, client.GetClient(), o, log), waitHeaders: o.WaitHeaders,
		observe: observationOf(c, o), log: log,
	}, nil
}

// Slots is the maximum number of concurrent calls of the client.
func (c *Client) Slots() int { return cap(c.slots.taken) }

// Call is one exchange with the carrier.
type Call struct {
	// Name says what is attempted, for errors and logs: "activate subscription".
	Name      string
	Reference string
	Method    string
	// Path may contain {names}, which are replaced with PathParams, percent-escaped.
	Path       string
	PathParams map[string]string
	Query      url.Values
	Headers    map[string]string
	// Body is sent as JSON when not nil.
	Body any
	// Personal lists values of this call that must not be in the text of an error.
	Personal []string
}

// Answer is a 2xx of the carrier. Its body is plain UTF-8, see answers.Plain.
type Answer struct {
	Status int
	Body   []byte
}

// Do makes one exchange and returns a 2xx answer without an error inside, or a *carriers.Error. A call first waits for one
// of the client's slots, as long as its context lasts; only then does its timeout begin. While the carrier does not answer,
// most calls are held back: they fail at once as Unreachable, and nothing is sent; see Options.OutageAfter.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	if name := invalidPathParam(call.PathParams); name != "" {
		return Answer{}, c.unsendable(call, name+` is empty, "." or "..", which cannot be part of a path`)
	}
	if name := invalidHeader(call.Headers); name != "" {
		return Answer{}, c.unsendable(call, headerFault(name))
	}
	if c.breaker.open() {
		return Answer{}, c.held(call) // fail before waiting for a slot
	}
	if err := c.slots.acquire(ctx); err != nil {
		failure := c.failure(call)
		failure.Class, failure.Err = carriers.Unreachable, err
		failure.Message = "it waited for one of our own connections, nothing was sent; see " + envPrefix(c.carrier) + "MAX_CONNECTIONS"
		return Answer{}, failure
	}
	defer c.slots.release()
	answer, held, err := c.breaker.call(ctx, func() (Answer, error) { return c.exchange(ctx, call) })
	if held {
		return Answer{}, c.held(call)
	}
	c.observe.refusedIn(err)
	return answer, err
}

// exchange sends the call with credentials. After a 401 it refreshes them and sends once more: the carrier refused the
// first request without processing it.
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

// once sends the call once.
func (c *Client) once(ctx context.Context, call Call, credentials map[string]string) (Answer, error) {
	if name := invalidHeader(credentials); name != "" {
		return Answer{}, c.unsendable(call, headerFault(name))
	}
	request := c.http.R().SetHeaders(credentials).SetHeaders(call.Headers).
		SetPathParams(call.PathParams).SetQueryParamsFromValues(call.Query)
	if call.Body != nil {
		request.SetHeader("Content-Type", "application/json").SetBody(call.Body)
	}
	ctx, observed := c.observe.begin(ctx, observedCall{call.Name, cmp.Or(call.Method, http.MethodGet), call.Path, call.Reference, call.Headers})
	got, err := send(ctx, request, call.Method, call.Path)
	observed(got, err)
	if !got.built { // for example because the body is not JSON
		failure := c.unsendable(call, "the request cannot be built")
		failure.Err = redactedError(err, call.Personal)
		return Answer{}, failure
	}
	if line := c.log.Check(zap.DebugLevel, "carrier call"); line != nil {
		line.Write(zap.String("WorkflowID", string(c.carrier)+":"+call.Reference), zap.String("call", call.Name), zap.String("method", call.Method), zap.String("path", call.Path),
			zap.String("reference", call.Reference), zap.Int("status", got.status),
			zap.Duration("took", got.took), zap.Int("bytes", got.bytes), zap.Bool("connected", got.connected))
	}

	failure := c.failure(call)
	switch {
	case got.status >= 300 && got.status < 400:
		// Not followed. It is not a refusal: a 303 may answer a request that was recorded.
		failure.Class, failure.HTTPStatus = carriers.Uncertain, got.status
		failure.Message = "a redirect is no answer, check " + envPrefix(c.carrier) + "BASE_URL"
		return Answer{}, failure
	case err != nil && !got.connected:
		failure.Class, failure.Err = carriers.Unreachable, plain(err)
		return Answer{}, failure
	case err != nil: // no answer, or an incomplete one
		failure.Class, failure.HTTPStatus, failure.Err = carriers.Uncertain, got.status, redactedError(err, call.Personal)
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
	failure.RetryAfter = c.retryAfter(got)
	return Answer{}, failure
}

// retryAfter is how long an answer asks us to wait.
func (c *Client) retryAfter(got received) time.Duration {
	wait := retryAfter(got.header.Get("Retry-After"), time.Now())
	if got.status != http.StatusTooManyRequests {
		return wait
	}
	for _, name := range c.waitHeaders {
		value := got.header.Get(name)
		if milliseconds, err := strconv.ParseFloat(value, 64); err == nil && strings.HasSuffix(strings.ToLower(name), "-ms") {
			value = strconv.FormatFloat(milliseconds/1000, 'f', -1, 64)
		}
		wait = max(wait, retryAfter(value, time.Now()))
	}
	return wait
}

// Exchange makes a call and reads its answer. An answer that read does not accept is [Client.Unreadable].
func Exchange[T any](ctx context.Context, c *Client, call Call, read func(Answer) (T, error)) (T, error) {
	var none T
	answer, err := c.Do(ctx, call)
	if err != nil {
		return none, err
	}
	value, err := read(answer)
	if err != nil {
		return none, c.Unreadable(call, answer.Status, err.Error())
	}
	return value, nil
}

// Unreadable is the error for a 2xx whose body cannot be read as the expected answer. The request may have been recorded.
// The text contains the template of the path only, because its parameters may be personal.
func (c *Client) Unreadable(call Call, status int, why string) error {
	failure := c.said(call, carriers.Uncertain, status, "", why)
	failure.Unreadable = true
	failure.Message = fmt.Sprintf("the answer of %s %s is not readable: %s", cmp.Or(call.Method, http.MethodGet), call.Path, failure.Message)
	return failure
}

// Refused is the error for a 2xx whose body says, in the carrier's own words, that the request was not accepted.
func (c *Client) Refused(call Call, status int, code, message string) error {
	return c.said(call, carriers.Rejected, status, code, message)
}

// said is a failure with the carrier's code and message, redacted.
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

// unsendable is the error for a call that cannot be built.
func (c *Client) unsendable(call Call, why string) *carriers.Error {
	failure := c.failure(call)
	failure.Class, failure.Message = carriers.Rejected, why+"; nothing was sent"
	return failure
}

func headerFault(name string) string {
	return "the header " + name + " holds a character that is not printable ASCII"
}

// held is the error for a call that is held back while the carrier does not answer.
func (c *Client) held(call Call) *carriers.Error {
	failure := c.failure(call)
	failure.Class, failure.Message = carriers.Unreachable, "not sent: "+c.breaker.reason("the carrier")
	return failure
}

func (c *Client) failure(call Call) *carriers.Error {
	return &carriers.Error{Carrier: c.carrier, Call: call.Name, Reference: call.Reference}
}

// Close closes the idle connections.
func (c *Client) Close() { c.http.GetClient().CloseIdleConnections() }

// noLog drops resty's own log lines, which may contain URLs.
type noLog struct{}

func (noLog) Errorf(string, ...any) {}
func (noLog) Warnf(string, ...any)  {}
func (noLog) Debugf(string, ...any) {}
