package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/carrierflow/carrierflow/carriers"
)

// ErrRefused marks a token endpoint's refusal: the credentials are wrong, trying again is no use.
var ErrRefused = errors.New("the token endpoint refused our credentials")

// longestFetch bounds a token call whose HTTP client has no timeout of its own (ours).
const longestFetch = time.Minute

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

// Bearer sends an OAuth 2.0 access token and fetches a new one when it expires or is refused. Calls that need a token
// at the same time share one fetch.
type Bearer struct {
	source  func(context.Context) oauth2.TokenSource
	fetches singleflight.Group
	mu      sync.Mutex
	token   *oauth2.Token
}

// NewBearer returns credentials that take their tokens from the sources that fetch returns. The context given to fetch
// names the client's own HTTP client under oauth2.HTTPClient, so a token call has the timeout and the connections of
// every other call.
func NewBearer(fetch func(context.Context) oauth2.TokenSource) *Bearer { return &Bearer{source: fetch} }

// Headers returns the Authorization header, fetching a token when none is valid. A caller waits for a fetch no longer
// than its own context lasts; the fetch goes on for the others.
func (b *Bearer) Headers(ctx context.Context) (map[string]string, error) {
	if token := b.current(); token != nil {
		return header(token), nil
	}
	fetched := b.fetches.DoChan("", func() (any, error) { return b.fetch(context.WithoutCancel(ctx)) })
	select {
	case result := <-fetched:
		if result.Err != nil {
			return nil, result.Err
		}
		return header(result.Val.(*oauth2.Token)), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for an access token: %w", ctx.Err())
	}
}

// Refresh forgets the token if it is the one that was refused. If another call has renewed it meanwhile, the new one
// is kept: many calls refused together cost one fetch.
func (b *Bearer) Refresh(refused map[string]string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.token != nil && header(b.token)[authorization] == refused[authorization] {
		b.token = nil
	}
	return refused[authorization] != ""
}

// current returns the token while it is valid, else nil.
func (b *Bearer) current() *oauth2.Token {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.token.Valid() {
		return nil
	}
	return b.token
}

func (b *Bearer) fetch(ctx context.Context) (*oauth2.Token, error) {
	if token := b.current(); token != nil {
		return token, nil // the fetch before this one ended between our look and our turn
	}
	ctx, cancel := context.WithTimeout(ctx, longestFetch)
	defer cancel()
	token, err := b.source(ctx).Token()
	if err != nil {
		return nil, tokenError(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.token = token
	return token, nil
}

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

func header(t *oauth2.Token) map[string]string {
	return map[string]string{authorization: t.Type() + " " + t.AccessToken}
}

// tokenStatus is a token endpoint's answer that gives no token now and may give one later: 408, 429 or 5xx.
type tokenStatus struct {
	status     int
	retryAfter time.Duration // 0 when it does not say
}

func (t tokenStatus) Error() string {
	return fmt.Sprintf("fetching an access token: HTTP %d", t.status)
}

// tokenError keeps the status of a refused token call and drops its body, which may repeat what we sent.
func tokenError(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok || refused.Response == nil {
		return fmt.Errorf("fetching an access token: %w", safe(err, nil))
	}
	switch status := refused.Response.StatusCode; {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return tokenStatus{status, retryAfter(refused.Response.Header.Get("Retry-After"), time.Now())}
	default:
		return fmt.Errorf("%w: HTTP %d %s", ErrRefused, status, carriers.Redact(refused.ErrorCode))
	}
}
