package codec

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/carrierflow/carrierflow/internal/transport"
)

// Config is the configuration of the codec endpoint.
type Config struct {
	Address string           `env:"ADDRESS" default:"127.0.0.1:8092" help:"Where the codec endpoint is served."`
	Token   transport.Secret `env:"TOKEN" help:"Bearer token that every call to the codec endpoint has to have; required unless the address is a loopback one."`
	Origins []string         `env:"ORIGINS" help:"Origins of the Web UIs that may call the codec endpoint, separated by commas, such as https://temporal.example.org." placeholder:"ORIGIN"`
	// AllowUnauthenticated is for a container that only this machine reaches, and for a proxy in front that knows who calls.
	AllowUnauthenticated bool `env:"ALLOW_UNAUTHENTICATED" help:"Need no token on an address that others can reach, because something else keeps them out."`
	DecodeOnly           bool `env:"DECODE_ONLY" help:"Decrypt only. Signals and updates that are sent from the Web UI are then not encrypted."`
}

// Check names every fault. prefix is that of the environment variables.
func (c Config) Check(prefix string) error {
	var faults []error
	if c.Token == "" && !c.AllowUnauthenticated && !isLoopback(c.Address) {
		faults = append(faults, fmt.Errorf("%[1]sTOKEN must be set to a secret of your own, because others can reach %[1]sADDRESS: whoever can call the endpoint can read everything; "+
			"%[1]sALLOW_UNAUTHENTICATED=true is for an address that something else protects", prefix))
	}
	for _, origin := range c.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || origin != u.Scheme+"://"+u.Host {
			faults = append(faults, fmt.Errorf("%sORIGINS: %q is no origin; one is https://HOST or https://HOST:PORT, without a path", prefix, origin))
		}
	}
	return errors.Join(faults...)
}

// isLoopback reports whether only programs on this machine can reach an address. An empty host means every address.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && (strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback())
}
