package callback

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/carrierflow/carrierflow/carriers/transport"
)

// Auth is a way for a carrier to prove that a callback is its own.
type Auth string

// The ways to authenticate a callback.
const (
	None             Auth = "none"
	StandardWebhooks Auth = "standard-webhooks" // a signature as standardwebhooks.com specifies it
	Basic            Auth = "basic"             // user and password (RFC 7617)
	Bearer           Auth = "bearer"            // a fixed token (RFC 6750)
)

// AuthConfig says how one carrier's callbacks are authenticated. DISH alone documents that it sends any, and not how it
// authenticates them (SPS - Subscriptions v5), so there is no default. Of every secret several may be set, so that a
// new one can be introduced before the old one is removed.
//
// The tags are kong's; the worker embeds it with a prefix such as "dish-callback-" and "DISH_CALLBACK_".
type AuthConfig struct {
	Auth                 Auth               `env:"AUTH" enum:"none,standard-webhooks,basic,bearer" default:"none" help:"How the carrier authenticates its callbacks: none, standard-webhooks, basic or bearer."`
	AllowUnauthenticated bool               `env:"ALLOW_UNAUTHENTICATED" help:"With none: take anybody's callbacks at an address that others can reach."`
	WebhookSecrets       []transport.Secret `env:"WEBHOOK_SECRETS" placeholder:"whsec_…" help:"With standard-webhooks: the keys, any of which may have signed."`
	User                 string             `env:"USER" help:"With basic: the user."`
	Passwords            []transport.Secret `env:"PASSWORDS" help:"With basic: the passwords, any of which is right; a comma in one is written \\,."`
	Tokens               []transport.Secret `env:"TOKENS" help:"With bearer: the tokens, any of which is right."`
}

const (
	keyPrefix = "whsec_"
	// leastKey is the shortest key that Standard Webhooks allows, in bytes.
	leastKey = 24
)

// Check names every fault together with the environment variable to set, and repeats no secret. envPrefix is for example
// "DISH_CALLBACK_", address is where callbacks are received: on any but a loopback address, none is refused unless it
// is allowed explicitly.
func (c AuthConfig) Check(envPrefix, address string) error {
	faults := []error{c.checkSecrets(envPrefix)}
	if cmp.Or(c.Auth, None) == None && !c.AllowUnauthenticated && !isLoopback(address) {
		faults = append(faults, fmt.Errorf("anybody who reaches %s could send callbacks: set %sAUTH to %s, %s or %s, or %sALLOW_UNAUTHENTICATED=true if something in front of it checks who calls",
			address, envPrefix, StandardWebhooks, Basic, Bearer, envPrefix))
	}
	return errors.Join(faults...)
}

// checkSecrets checks that what the chosen way needs is there and can be used.
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
			"there are secrets for callbacks that nothing checks: set %sAUTH", envPrefix)
	case StandardWebhooks:
		fault(len(c.WebhookSecrets) == 0, "callbacks need a key to be checked with: set %sWEBHOOK_SECRETS", envPrefix)
		for i, secret := range c.WebhookSecrets {
			fault(!isKey(secret), "key %d for callbacks must be %s and the base64 of at least %d bytes: set %sWEBHOOK_SECRETS",
				i+1, keyPrefix, leastKey, envPrefix)
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
		fault(true, "there is no authentication of callbacks called %q: set %sAUTH", c.Auth, envPrefix)
	}
	return errors.Join(faults...)
}

// isKey reports whether a secret is a key. The library takes any base64, also the empty one, with which everybody could
// sign.
func isKey(secret transport.Secret) bool {
	encoded, ok := strings.CutPrefix(string(secret), keyPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	return ok && err == nil && len(key) >= leastKey
}

// isLoopback reports whether only programs on this machine can reach an address. A host that is empty is all of them.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}
