package transport

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Options are the settings every carrier has. The defaults are ours: no carrier documents a limit.
type Options struct {
	BaseURL string `name:"base-url" env:"BASE_URL" placeholder:"URL" help:"Where the carrier's API is."`
	// Timeout bounds one exchange, from connecting to the last byte of the answer; 0 means the default. It does not run
	// while a call waits for one of our own connections.
	Timeout time.Duration `env:"TIMEOUT" default:"10s" help:"Maximum time for one HTTP exchange; three of them must fit into timings.callTimeout (45s)."`
	// MaxConnections is the maximum number of concurrent calls, each on a connection of its own; further calls wait. 0
	// means the default.
	MaxConnections int `env:"MAX_CONNECTIONS" default:"32" help:"Maximum concurrent calls, and size of the connection pool; further calls wait."`

	// OutageAfter is the number of consecutive calls without an answer (no connection, timeout, reset, 5xx) after which
	// calls are held back. Each worker process counts for itself; 0 means the default.
	OutageAfter int `env:"OUTAGE_AFTER" default:"5" help:"Consecutive calls without an answer after which calls are held back; per worker process."`
	// ProbeEvery is the time from an unanswered call to the next call that is sent; 0 means the default.
	ProbeEvery time.Duration `env:"PROBE_EVERY" default:"1s" help:"While calls are held back, one call is sent in each such period; per worker process."`
	// WaitHeaders are headers of a 429, besides Retry-After, that say how long to wait: in seconds, or in milliseconds
	// where the name ends in "-ms". The longest wait counts.
	WaitHeaders []string `kong:"-" json:"-"`
	// OnOutage, if set, is called when calls begin to be held back (true), and when they no longer are (false). It must not
	// make a call itself.
	OnOutage func(began bool) `kong:"-" json:"-"`
}

// The defaults, the same as in the tags above.
const (
	defaultTimeout        = 10 * time.Second
	defaultMaxConnections = 32
	defaultOutageAfter    = 5
	defaultProbeEvery     = time.Second
)

// Check names every fault of the options together with the environment variable to set; envPrefix is the carrier's name in
// capitals and an underscore. No value is repeated: a base URL may contain credentials.
func (o Options) Check(envPrefix string) error {
	var faults []error
	if why := baseURLFault(o.BaseURL); why != "" {
		faults = append(faults, fmt.Errorf("the base URL %s: set %sBASE_URL", why, envPrefix))
	}
	if o.Timeout < 0 {
		faults = append(faults, fmt.Errorf("the timeout is negative: set %sTIMEOUT to a duration such as 10s", envPrefix))
	}
	if o.MaxConnections < 0 {
		faults = append(faults, fmt.Errorf("the number of connections is negative: set %sMAX_CONNECTIONS", envPrefix))
	}
	if o.OutageAfter < 0 {
		faults = append(faults, fmt.Errorf("the number of calls that make an outage is negative: set %sOUTAGE_AFTER", envPrefix))
	}
	if o.ProbeEvery < 0 {
		faults = append(faults, fmt.Errorf("the time between two probes is negative: set %sPROBE_EVERY to a duration such as 1s", envPrefix))
	}
	return errors.Join(faults...)
}

func baseURLFault(raw string) string {
	base, err := url.Parse(raw)
	switch {
	case err != nil || base.Hostname() == "" || (base.Scheme != "http" && base.Scheme != "https"):
		return "must be http://… or https://…"
	case base.User != nil:
		return "must not hold a user or password"
	case base.RawQuery != "" || base.Fragment != "":
		return "must not have a query or a fragment"
	}
	return ""
}

// pool is a transport that keeps as many idle connections as calls may run; the default keeps only two per host. It has no
// limit of its own: the client's slots are the limit, and net/http would count the wait for a connection as part of the
// exchange.
func (o Options) pool() *http.Transport {
	timeout, size := o.ExchangeTimeout(), o.Slots()
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   timeout,
		ResponseHeaderTimeout: timeout,
		MaxIdleConns:          size,
		MaxIdleConnsPerHost:   size,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
}

// ExchangeTimeout is how long one HTTP exchange may take, from connecting to the last byte of the answer.
func (o Options) ExchangeTimeout() time.Duration { return cmp.Or(o.Timeout, defaultTimeout) }

// Slots is the maximum number of concurrent calls of a client. Further callers wait.
func (o Options) Slots() int { return cmp.Or(o.MaxConnections, defaultMaxConnections) }

func (o Options) outageAfter() int { return cmp.Or(o.OutageAfter, defaultOutageAfter) }

func (o Options) probeEvery() time.Duration { return cmp.Or(o.ProbeEvery, defaultProbeEvery) }

func envPrefix(c carriers.Carrier) string { return strings.ToUpper(string(c)) + "_" }

// Served reports whether there is an API to call.
func (o Options) Served() bool { return o.BaseURL != "" }

// CallTimeout is the maximum time of one exchange. It is ExchangeTimeout under the name that carriers.Settings has for it.
func (o Options) CallTimeout() time.Duration { return o.ExchangeTimeout() }
