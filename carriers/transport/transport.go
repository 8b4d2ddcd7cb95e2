// Package transport is the HTTP that all carrier clients have in common: one resty client per carrier with a timeout
// on every call, a bounded body, a sized connection pool, credentials that are refreshed once on a 401, and debug logs
// without bodies or identifiers. It turns whatever can go wrong on the wire into one carriers.Error.
package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
)

// Options are the settings every carrier has.
type Options struct {
	BaseURL string `name:"base-url" env:"BASE_URL" placeholder:"URL" help:"Where the carrier's API is."`
	// Timeout bounds one exchange, from connecting to the last byte of the answer.
	Timeout time.Duration `env:"TIMEOUT" default:"10s" help:"Longest time for one HTTP exchange."`
	// MaxConnections is how many connections are kept open and used at once.
	MaxConnections int `env:"MAX_CONNECTIONS" default:"32" help:"Size of the connection pool."`
}

// maxBody bounds an answer, in bytes. The largest documented answer has a few kilobytes.
const maxBody = 1 << 20

// Client makes the HTTP exchanges of one carrier.
type Client struct {
	carrier     carriers.Carrier
	http        *resty.Client
	credentials Credentials
	classify    Classifier
	log         *zap.Logger
}

// Classifier is a carrier's one reading of its errors: given a status and a body it returns the class and the
// carrier's code and message. It is asked about every answer; a 2xx that holds no error gets an empty class.
type Classifier func(status int, body []byte) (class carriers.Class, code, message string)

// New returns a client. A nil log drops the debug logs, nil credentials send none.
func New(c carriers.Carrier, o Options, credentials Credentials, classify Classifier, log *zap.Logger) (*Client, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("%s: the base URL must be http://… or https://…, set %s_BASE_URL", c, envName(c))
	}
	if log == nil {
		log = zap.NewNop()
	}
	if credentials == nil {
		credentials = None{}
	}
	client := resty.NewWithClient(&http.Client{Transport: pool(o)}).
		SetBaseURL(o.BaseURL).
		SetTimeout(o.Timeout).
		SetResponseBodyLimit(maxBody).
		SetRedirectPolicy(resty.NoRedirectPolicy()).
		SetHeader("Accept", "application/json").
		SetLogger(silent{})
	return &Client{carrier: c, http: client, credentials: credentials, classify: classify, log: log.Named(string(c))}, nil
}

// pool is a transport with room for o.MaxConnections, because the default keeps only a handful of idle ones.
func pool(o Options) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: o.Timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   o.Timeout,
		ResponseHeaderTimeout: o.Timeout,
		MaxConnsPerHost:       o.MaxConnections,
		MaxIdleConns:          o.MaxConnections,
		MaxIdleConnsPerHost:   o.MaxConnections,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
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

// Do makes one exchange and returns a 2xx answer without an error inside, or a *carriers.Error. A 401 refreshes the
// credential and tries once more: the carrier refused the first request unread.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	answer, err := c.once(ctx, call)
	if refused, ok := errors.AsType[*carriers.Error](err); ok && refused.HTTPStatus == http.StatusUnauthorized {
		if c.credentials.Refresh() {
			return c.once(ctx, call)
		}
	}
	return answer, err
}

func (c *Client) once(ctx context.Context, call Call) (Answer, error) {
	failure := &carriers.Error{Carrier: c.carrier, Call: call.Name, Reference: call.Reference}
	headers, err := c.credentials.Headers(ctx)
	if err != nil {
		failure.Class, failure.Err = carriers.Unreachable, err
		if errors.Is(err, ErrRefused) {
			failure.Class = carriers.Unauthorized
		}
		return Answer{}, failure
	}

	// A request that never got a connection cannot have reached the carrier.
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	request := c.http.R().SetContext(ctx).SetHeaders(headers).SetHeaders(call.Headers).
		SetPathParams(call.PathParams).SetQueryParamsFromValues(call.Query)
	if call.Body != nil {
		request.SetHeader("Content-Type", "application/json").SetBody(call.Body)
	}
	start := time.Now()
	response, err := request.Execute(call.Method, call.Path)
	status := response.StatusCode()
	c.log.Debug("carrier call",
		zap.String("call", call.Name), zap.String("method", call.Method), zap.String("path", call.Path),
		zap.String("reference", call.Reference), zap.Int("status", status),
		zap.Duration("took", time.Since(start)), zap.Int("bytes", len(response.Body())), zap.Bool("connected", connected.Load()))

	if err != nil && !isRedirect(status) {
		failure.Class, failure.Err = carriers.Uncertain, plain(err)
		if !connected.Load() {
			failure.Class = carriers.Unreachable
		}
		return Answer{}, failure
	}
	class, code, message := c.classify(status, response.Body())
	if class == "" {
		return Answer{Status: status, Body: response.Body()}, nil
	}
	failure.Class, failure.HTTPStatus = class, status
	failure.Code, failure.Message = carriers.Redact(code, call.Personal...), carriers.Redact(message, call.Personal...)
	failure.RetryAfter = retryAfter(response.Header().Get("Retry-After"), time.Now())
	return Answer{}, failure
}

// Unreadable is the error for a 2xx whose body is not what was asked for. The request may well have been recorded.
func (c *Client) Unreadable(call Call, status int, why string) error {
	return &carriers.Error{
		Carrier: c.carrier, Call: call.Name, Reference: call.Reference,
		Class: carriers.Uncertain, HTTPStatus: status, Message: "the answer cannot be read: " + why,
	}
}

// Close gives the idle connections back.
func (c *Client) Close() { c.http.GetClient().CloseIdleConnections() }

func isRedirect(status int) bool { return status >= 300 && status < 400 }

// plain strips the URL from a transport error: a query or path may hold a phone number.
func plain(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Errorf("timed out: %w", err)
	}
	return err
}

// retryAfter reads the header's two forms, seconds and a date; 0 when absent, past or unreadable.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

func envName(c carriers.Carrier) string {
	return map[carriers.Carrier]string{carriers.DISH: "DISH", carriers.STN: "STN", carriers.MasMovil: "MASMOVIL"}[c]
}

// silent keeps resty's own logger quiet: its lines may hold URLs.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
