package transport

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/oauth2"
)

// ErrRefused marks a token endpoint's refusal: the credentials are wrong, trying again is no use.
var ErrRefused = errors.New("the token endpoint refused our credentials")

// Credentials add what proves who we are to a request.
type Credentials interface {
	// Headers returns the headers to send.
	Headers(ctx context.Context) (map[string]string, error)
	// Refresh drops what was cached after a 401 and reports whether trying again can help.
	Refresh() bool
}

// None sends no credentials.
type None struct{}

// Headers returns none.
func (None) Headers(context.Context) (map[string]string, error) { return nil, nil }

// Refresh reports that there is nothing to renew.
func (None) Refresh() bool { return false }

// StaticHeader sends one fixed header, such as an API key.
type StaticHeader struct{ Name, Value string }

// Headers returns the fixed header.
func (s StaticHeader) Headers(context.Context) (map[string]string, error) {
	return map[string]string{s.Name: s.Value}, nil
}

// Refresh reports that a fixed header cannot be renewed.
func (StaticHeader) Refresh() bool { return false }

// Bearer sends an OAuth 2.0 access token and fetches a new one when it expires or is refused.
type Bearer struct {
	source func(context.Context) oauth2.TokenSource
	mu     sync.Mutex
	token  *oauth2.Token
}

// NewBearer returns credentials that take their tokens from the sources that fetch returns.
func NewBearer(fetch func(context.Context) oauth2.TokenSource) *Bearer { return &Bearer{source: fetch} }

// Headers returns the Authorization header, fetching a token when none is valid. Concurrent callers wait for one fetch.
func (b *Bearer) Headers(ctx context.Context) (map[string]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.token.Valid() {
		token, err := b.source(ctx).Token()
		if err != nil {
			return nil, tokenError(err)
		}
		b.token = token
	}
	return map[string]string{"Authorization": b.token.Type() + " " + b.token.AccessToken}, nil
}

// Refresh forgets the token, so that the next request fetches a new one.
func (b *Bearer) Refresh() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	had := b.token != nil
	b.token = nil
	return had
}

// tokenError keeps the status of a refused token call and drops its body, which may repeat what we sent.
func tokenError(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok || refused.Response == nil:
		return fmt.Errorf("fetching an access token: %w", plain(err))
	case refused.Response.StatusCode >= 500 || refused.Response.StatusCode == 429:
		return fmt.Errorf("fetching an access token: HTTP %d", refused.Response.StatusCode)
	default:
		return fmt.Errorf("%w: HTTP %d %s", ErrRefused, refused.Response.StatusCode, refused.ErrorCode)
	}
}
