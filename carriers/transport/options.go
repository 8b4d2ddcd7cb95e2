package transport

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Options are the settings every carrier has. The defaults are ours: no carrier documents a limit.
type Options struct {
	BaseURL string `name:"base-url" env:"BASE_URL" placeholder:"URL" help:"Where the carrier's API is."`
	// Timeout bounds one exchange, from connecting to the last byte of the answer; 0 means the default. It does not run while
	// a call waits for one of our own connections.
	Timeout time.Duration `env:"TIMEOUT" default:"10s" help:"Longest time for one HTTP exchange."`
	// MaxConnections is how many calls are under way at once, each on a connection of its own; further calls wait. 0 means
	// the default.
	MaxConnections int `env:"MAX_CONNECTIONS" default:"32" help:"Most calls at once, and size of the connection pool; further calls wait."`

	// OutageAfter is how many calls in a row have to stay without an answer (no connection, timeout, reset, 5xx) until
	// calls are held back. Each worker process counts for itself; 0 means the default.
	OutageAfter int `env:"OUTAGE_AFTER" default:"5" help:"Calls in a row without an answer after which calls are held back; per worker process."`
	// ProbeEvery is how long it takes after an unanswered call until another is let through; 0 means the default.
	ProbeEvery time.Duration `env:"PROBE_EVERY" default:"1s" help:"While calls are held back, one is let through so often; per worker process."`
	// OnOutage, if set, is told that calls begin to be held back (true), and that they no longer are (false). It must not
	// make a call itself.
	OnOutage func(began bool) `kong:"-" json:"-"`
}

// What 0 stands for, the same as in the tags above.
const (
	defaultTimeout        = 10 * time.Second
	defaultMaxConnections = 32
	defaultOutageAfter    = 5
	defaultProbeEvery     = time.Second
)

// Check names every fault of the options together with the environment variable to set; envPrefix is the carrier's,
// for example "DISH_". No value is repeated: a base URL may hold credentials.
func (o Options) Check(envPrefix string) error {
	var faults []error
	if why := faultOfBase(o.BaseURL); why != "" {
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

func faultOfBase(raw string) string {
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

// pool is a transport with room for the connections asked for, because the default keeps only a handful of idle ones. It
// has no limit of its own: the client's slots are the limit, and net/http would count the wait for a connection as part
// of the exchange.
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

// Slots is how many calls a client makes at once. More callers than that wait for each other.
func (o Options) Slots() int { return cmp.Or(o.MaxConnections, defaultMaxConnections) }

func (o Options) outageAfter() int { return cmp.Or(o.OutageAfter, defaultOutageAfter) }

func (o Options) probeEvery() time.Duration { return cmp.Or(o.ProbeEvery, defaultProbeEvery) }

func envPrefix(c carriers.Carrier) string {
	return map[carriers.Carrier]string{carriers.DISH: "DISH_", carriers.STN: "STN_", carriers.MasMovil: "MASMOVIL_"}[c]
}
