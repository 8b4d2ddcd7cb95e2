package callback

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/carrierflow/carrierflow/internal/transport"
)

// Auth is a way to authenticate the callbacks of a carrier.
type Auth string

// The ways to authenticate a callback.
const (
	None             Auth = "none"
	StandardWebhooks Auth = "standard-webhooks" // a signature as standardwebhooks.com specifies it
	Basic            Auth = "basic"             // user and password (RFC 7617)
	Bearer           Auth = "bearer"            // a fixed token (RFC 6750)
)

// AuthConfig says how one carrier's callbacks are authenticated. No carrier documents it, so there is no default. Every
// secret may have several values, so that a new one can be introduced before the old one is removed.
//
// The tags are kong's; the worker embeds it with a prefix such as "<carrier>-callback-" and "<CARRIER>_CALLBACK_".
type AuthConfig struct {
	Auth                 Auth               `env:"AUTH" enum:"none,standard-webhooks,basic,bearer" default:"none" help:"How the carrier authenticates its callbacks: none, standard-webhooks, basic or bearer."`
	AllowUnauthenticated bool               `env:"ALLOW_UNAUTHENTICATED" help:"With none: accept unauthenticated callbacks at an address that other machines can reach."`
	WebhookSecrets       []transport.Secret `env:"WEBHOOK_SECRETS" placeholder:"whsec_…" help:"With standard-webhooks: the keys; a signature with any of them is accepted."`
	User                 string             `env:"USER" help:"With basic: the user."`
	Passwords            []transport.Secret `env:"PASSWORDS" help:"With basic: the passwords; any of them is accepted; a comma in one is written \\,."`
	Tokens               []transport.Secret `env:"TOKENS" help:"With bearer: the tokens; any of them is accepted."`
}

const (
	keyPrefix = "whsec_"
	// leastKey is the shortest key that Standard Webhooks allows, in bytes.
	minKey = 24
)

// Check names every fault together with the environment variable to set, and repeats no secret. envPrefix is for example
// "<CARRIER>_CALLBACK_"; address is where callbacks are received. On any but a loopback address, none is refused unless it
// is allowed explicitly.
func (c AuthConfig) Check(envPrefix, address string) error {
	faults := []error{c.checkSecrets(envPrefix)}
	if cmp.Or(c.Auth, None) == None && !c.AllowUnauthenticated && !isLoopback(address) {
		faults = append(faults, fmt.Errorf("callbacks at %s are not authenticated: set %sAUTH to %s, %s or %s, or %sALLOW_UNAUTHENTICATED=true if something in front of it authenticates them",
			address, envPrefix, StandardWebhooks, Basic, Bearer, envPrefix))
	}
	return errors.Join(faults...)
}

// IsSet reports whether anything says how the callbacks are authenticated, so that they are expected.
func (c AuthConfig) IsSet() bool { return cmp.Or(c.Auth, None) != None || c.AllowUnauthenticated }

// checkSecrets checks that the secrets of the chosen way are set and can be used.
func (c AuthConfig) checkSecrets(envPrefix string) error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	switch cmp.Or(c.Auth, None) {
	case None:
		fault(len(c.WebhookSecrets)+len(c.Passwords)+len(c.Tokens) > 0,
			"there are secrets for callbacks, but nothing checks them: set %sAUTH", envPrefix)
	case StandardWebhooks:
		fault(len(c.WebhookSecrets) == 0, "callbacks need a key to be checked with: set %sWEBHOOK_SECRETS", envPrefix)
		for i, secret := range c.WebhookSecrets {
			fault(!isKey(secret), "key %d for callbacks must be %s and the base64 of at least %d bytes: set %sWEBHOOK_SECRETS",
				i+1, keyPrefix, minKey, envPrefix)
		}
	case Basic:
		fault(c.User == "" || strings.Contains(c.User, ":"), "callbacks need a user without a colon: set %sUSER", envPrefix)
		fault(len(c.Passwords) == 0, "callbacks need a password: set %sPASSWORDS", envPrefix)
		for i, password := range c.Passwords {
			fault(password == "", "password %d for callbacks is empty: set %sPASSWORDS", i+1, envPrefix)
		}
	case Bearer:
		fault(len(c.Tokens) == 0, "callbacks need a token: set %sTOKENS", envPrefix)
		for i, token := range c.Tokens {
			fault(token == "" || strings.ContainsAny(string(token), " \t\r\n"),
				"token %d for callbacks is empty or holds white space: set %sTOKENS", i+1, envPrefix)
		}
	default:
		fault(true, "%q is not a way to authenticate callbacks: set %sAUTH", c.Auth, envPrefix)
	}
	return errors.Join(faults...)
}

// isKey reports whether a secret is a usable key. The library accepts any base64, also an empty key, which anybody could
// sign with.
func isKey(secret transport.Secret) bool {
	encoded, ok := strings.CutPrefix(string(secret), keyPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	return ok && err == nil && len(key) >= minKey
}

// isLoopback reports whether only programs on this machine can reach an address. An empty host means every address.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}
