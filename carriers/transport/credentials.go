package transport

import (
	"bytes"
	"context"
	"strings"
)

const authorization = "Authorization"

// Credentials add what proves who we are to a request.
type Credentials interface {
	// Headers returns the headers to send.
	Headers(ctx context.Context) (map[string]string, error)
	// Refresh is told which headers were refused with a 401, drops what was cached of them, and reports whether
	// trying again can help.
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

// leastSecret is the length from which on a credential cannot stand in an answer by chance, in bytes (ours).
const leastSecret = 8

// withoutSecrets masks the credentials that an answer repeats, before anybody reads it: no error, log or result may hold
// what opens the carrier's door. Of "Bearer abc" the part behind the space is masked too.
func withoutSecrets(body []byte, credentials map[string]string) []byte {
	for _, value := range credentials {
		_, token, _ := strings.Cut(value, " ")
		for _, secret := range []string{value, token} {
			if len(secret) >= leastSecret {
				body = bytes.ReplaceAll(body, []byte(secret), []byte("…"))
			}
		}
	}
	return body
}
