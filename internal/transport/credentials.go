package transport

import (
	"bytes"
	"context"
	"strings"
)

const authorization = "Authorization"

// Credentials authenticate our requests.
type Credentials interface {
	// Headers returns the headers to send.
	Headers(ctx context.Context) (map[string]string, error)
	// Refresh gets the headers that were refused with a 401. It drops the cached ones among them, and reports whether
	// another attempt can succeed.
	Refresh(refused map[string]string) bool
}

// None sends no credentials.
type None struct{}

// Headers returns none.
func (None) Headers(context.Context) (map[string]string, error) { return nil, nil }

// Refresh reports that there is nothing to renew.
func (None) Refresh(map[string]string) bool { return false }

// StaticHeader sends one fixed header, such as an API key.
type StaticHeader struct{ Name, Value string }

// Headers returns the fixed header.
func (s StaticHeader) Headers(context.Context) (map[string]string, error) {
	return map[string]string{s.Name: s.Value}, nil
}

// Refresh reports that a fixed header cannot be renewed.
func (StaticHeader) Refresh(map[string]string) bool { return false }

// minSecret is the shortest credential that is masked, in bytes (ours). A shorter one may be part of an answer by chance.
const minSecret = 8

// withoutSecrets masks credentials that an answer repeats, so that no error, log or result contains them. Of "Bearer abc"
// the part after the space is masked too.
func withoutSecrets(body []byte, credentials map[string]string) []byte {
	for _, value := range credentials {
		_, token, _ := strings.Cut(value, " ")
		for _, secret := range []string{value, token} {
			if len(secret) >= minSecret && bytes.Contains(body, []byte(secret)) {
				body = bytes.ReplaceAll(body, []byte(secret), []byte("…"))
			}
		}
	}
	return body
}
