package callback

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/carrierflow/carrierflow/internal/transport"
)

// Authenticator decides from a request's header and raw body whether the carrier sent it.
type Authenticator interface {
	// Authenticate returns the sender's id of the message, which is the same on every redelivery, or "" where the scheme
	// has none. Its error is a [Refusal].
	Authenticate(header http.Header, body []byte) (messageID string, err error)
	// Challenge is the WWW-Authenticate header, which HTTP requires in a 401.
	Challenge() string
}

// Refusal is why a request was not authenticated. It is for the log and the counter, never for the sender.
type Refusal string

// The reasons.
const (
	Missing  Refusal = "missing"  // there is no credential, or not one of the configured scheme
	Mismatch Refusal = "mismatch" // the credential or signature is none of the configured ones
	Expired  Refusal = "expired"  // signed too long ago
	Early    Refusal = "early"    // signed too far in the future
)

// Error says what was wrong.
func (r Refusal) Error() string { return "authentication refused: " + string(r) }

// tolerance is how far a signature's time may be off in either direction. The library uses the same value and does not export it.
const tolerance = 5 * time.Minute

// noAuthentication accepts every request.
type noAuthentication struct{}

func (noAuthentication) Authenticate(http.Header, []byte) (string, error) { return "", nil }
func (noAuthentication) Challenge() string                                { return "" }

// standardWebhooks checks a Standard Webhooks signature: HMAC-SHA256 over id, time and body, compared in constant time. A
// message signed with any of the keys is accepted.
type standardWebhooks []*standardwebhooks.Webhook

func (s standardWebhooks) Authenticate(header http.Header, body []byte) (string, error) {
	refusal := Missing
	for _, key := range s {
		err := key.Verify(body, header)
		if err == nil {
			return header.Get(standardwebhooks.HeaderWebhookID), nil
		}
		refusal = refusalOf(err)
	}
	return "", refusal
}

func (standardWebhooks) Challenge() string { return "StandardWebhooks" }

func refusalOf(err error) Refusal {
	switch {
	case errors.Is(err, standardwebhooks.ErrMessageTooOld):
		return Expired
	case errors.Is(err, standardwebhooks.ErrMessageTooNew):
		return Early
	case errors.Is(err, standardwebhooks.ErrNoMatchingSignature):
		return Mismatch
	}
	return Missing
}

// basic checks a user with one of several passwords (RFC 7617).
type basic struct {
	user      string
	passwords []transport.Secret
}

func (b basic) Authenticate(header http.Header, _ []byte) (string, error) {
	user, password, ok := (&http.Request{Header: header}).BasicAuth()
	if !ok {
		return "", Missing
	}
	// Both are always compared, so that the time taken does not show which of them was right.
	if equalDigest(user, b.user)&equalsAny(password, b.passwords) != 1 {
		return "", Mismatch
	}
	return "", nil
}

func (basic) Challenge() string { return `Basic realm="callbacks", charset="UTF-8"` }

// bearer checks for one of several tokens (RFC 6750).
type bearer []transport.Secret

func (b bearer) Authenticate(header http.Header, _ []byte) (string, error) {
	scheme, token, _ := strings.Cut(header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", Missing
	}
	if equalsAny(token, b) != 1 {
		return "", Mismatch
	}
	return "", nil
}

func (bearer) Challenge() string { return `Bearer realm="callbacks"` }

// equalDigest is 1 for equal texts, else 0. Its duration depends on neither the content nor the length of the wanted text.
func equalDigest(given, wanted string) int {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(wanted))
	return subtle.ConstantTimeCompare(a[:], b[:])
}

func equalsAny(given string, wanted []transport.Secret) int {
	found := 0
	for _, one := range wanted {
		found |= equalDigest(given, string(one))
	}
	return found
}

// Authenticator returns the configured authenticator. It refuses what [AuthConfig.Check] refuses, except for the address,
// which it does not know.
func (c AuthConfig) Authenticator() (Authenticator, error) {
	if err := c.checkSecrets(""); err != nil {
		return nil, err
	}
	switch cmp.Or(c.Auth, None) {
	case StandardWebhooks:
		var keys standardWebhooks
		for _, secret := range c.WebhookSecrets {
			key, err := standardwebhooks.NewWebhook(string(secret))
			if err != nil {
				return nil, errors.New("a Standard Webhooks key is not base64")
			}
			keys = append(keys, key)
		}
		return keys, nil
	case Basic:
		return basic{c.User, c.Passwords}, nil
	case Bearer:
		return bearer(c.Tokens), nil
	default:
		return noAuthentication{}, nil
	}
}
