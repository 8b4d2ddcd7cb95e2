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
	// Timeout bounds one exchange, from connecting to the last byte of the answer; 0 means the default.
	Timeout time.Duration `env:"TIMEOUT" default:"10s" help:"Longest time for one HTTP exchange."`
	// MaxConnections is how many connections are kept open and used at once; 0 means the default.
	MaxConnections int `env:"MAX_CONNECTIONS" default:"32" help:"Size of the connection pool."`
}

// What 0 stands for, the same as in the tags above.
const (
	defaultTimeout        = 10 * time.Second
	defaultMaxConnections = 32
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

// pool is a transport with room for the connections asked for, because the default keeps only a handful of idle ones.
func (o Options) pool() *http.Transport {
	timeout, size := o.timeout(), cmp.Or(o.MaxConnections, defaultMaxConnections)
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   timeout,
		ResponseHeaderTimeout: timeout,
		MaxConnsPerHost:       size,
		MaxIdleConns:          size,
		MaxIdleConnsPerHost:   size,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
}

func (o Options) timeout() time.Duration { return cmp.Or(o.Timeout, defaultTimeout) }

func envPrefix(c carriers.Carrier) string {
	return map[carriers.Carrier]string{carriers.DISH: "DISH_", carriers.STN: "STN_", carriers.MasMovil: "MASMOVIL_"}[c]
}
