package transport

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/carrierflow/carrierflow/carriers"
)

// tokens is a token endpoint and an API that takes only its newest token.
type tokens struct {
	fetched, calls atomic.Int32
	// valid is the number of the token that the API takes.
	valid atomic.Int32
	// gate, if set, is waited for before an API call is answered.
	gate func()
	// answer, if set, is given in place of a token.
	answer http.HandlerFunc
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		n := s.fetched.Add(1)
		if s.answer != nil {
			s.answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"access_token":"s3cr3t-%d","token_type":"bearer","expires_in":3600}`, n)
		return
	}
	s.calls.Add(1)
	authorized := r.Header.Get("Authorization") == fmt.Sprintf("Bearer s3cr3t-%d", s.valid.Load())
	if s.gate != nil && !authorized {
		s.gate()
	}
	if !authorized {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func (s *tokens) bearer(base string) *Bearer {
	grant := &clientcredentials.Config{
		ClientID: "id", ClientSecret: "s3cr3t", TokenURL: base + "/token", AuthStyle: oauth2.AuthStyleInParams,
	}
	return NewBearer(grant.TokenSource)
}

func TestA401RefreshesTheTokenOnce(t *testing.T) {
	for name, test := range map[string]struct {
		valid          int32
		fetched, calls int32
		class          carriers.Class
	}{
		"the first token is good":   {valid: 1, fetched: 1, calls: 1},
		"a new token is taken":      {valid: 2, fetched: 2, calls: 2},
		"a new token is no help":    {valid: 9, fetched: 2, calls: 2, class: carriers.Unauthorized},
		"a third is not tried with": {valid: 3, fetched: 2, calls: 2, class: carriers.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			var s tokens
			s.valid.Store(test.valid)
			base := serve(t, s.ServeHTTP)
			c, logs := client(t, base, s.bearer(base), time.Minute)
			_, err := c.Do(t.Context(), exchange())
			if test.class == "" {
				require.NoError(t, err)
			} else {
				assert.Equal(t, test.class, failed(t, err, logs).Class)
			}
			assert.Equal(t, test.fetched, s.fetched.Load(), "tokens fetched")
			assert.Equal(t, test.calls, s.calls.Load(), "requests sent")
		})
	}
}

func TestAFixedKeyIsNotTriedTwice(t *testing.T) {
	for name, credentials := range map[string]Credentials{"none": nil, "header": StaticHeader{"Api-Key", "s3cr3t"}} {
		t.Run(name, func(t *testing.T) {
			var s tokens
			c, logs := client(t, serve(t, s.ServeHTTP), credentials, time.Minute)
			_, err := c.Do(t.Context(), exchange())
			assert.Equal(t, carriers.Unauthorized, failed(t, err, logs).Class)
			assert.EqualValues(t, 1, s.calls.Load())
		})
	}
}

func TestManyCallsRefusedTogetherFetchOneToken(t *testing.T) {
	const callers = 20
	var s tokens
	var arrived sync.WaitGroup
	arrived.Add(callers)
	s.gate = func() { arrived.Done(); arrived.Wait() } // every caller holds the old token before any is refused
	s.valid.Store(1)
	base := serve(t, s.ServeHTTP)
	c, _ := client(t, base, s.bearer(base), time.Minute)
	_, err := c.Do(t.Context(), exchange())
	require.NoError(t, err)

	s.valid.Store(2)
	var done sync.WaitGroup
	for range callers {
		done.Go(func() {
			_, err := c.Do(t.Context(), exchange())
			assert.NoError(t, err)
		})
	}
	done.Wait()
	assert.EqualValues(t, 2, s.fetched.Load(), "one token at first and one new one for all")
	assert.EqualValues(t, 1+2*callers, s.calls.Load())
}

func TestRefreshKeepsATokenThatWasNotTheRefusedOne(t *testing.T) {
	b := NewBearer(nil)
	b.token = &oauth2.Token{AccessToken: "new"}
	assert.True(t, b.Refresh(map[string]string{"Authorization": "Bearer old"}), "the new one is worth a try")
	assert.NotNil(t, b.token)
	assert.True(t, b.Refresh(map[string]string{"Authorization": "Bearer new"}))
	assert.Nil(t, b.token)
	assert.False(t, b.Refresh(nil), "without a token there was nothing to refuse")
}

func TestAnExpiredTokenIsRenewedBeforeItIsRefused(t *testing.T) {
	var s tokens
	s.valid.Store(1)
	base := serve(t, s.ServeHTTP)
	b := s.bearer(base)
	b.token = &oauth2.Token{AccessToken: "old", Expiry: time.Now().Add(-time.Second)}
	c, _ := client(t, base, b, time.Minute)
	_, err := c.Do(t.Context(), exchange())
	require.NoError(t, err)
	assert.EqualValues(t, 1, s.calls.Load())
}

func TestATokenCallThatFailsSendsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		class  carriers.Class
		says   string
		retry  time.Duration
	}{
		"refused": {says: "refused our credentials: HTTP 401 invalid_client", class: carriers.Unauthorized, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"s3cr3t is wrong"}`)
		}},
		"a page": {says: "refused our credentials: HTTP 403", class: carriers.Unauthorized, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<html>s3cr3t</html>")
		}},
		"overloaded": {says: "HTTP 503", class: carriers.Unreachable, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}},
		"throttled": {says: "HTTP 429", class: carriers.Unreachable, retry: 7 * time.Second, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		"no token in it": {says: "access_token", class: carriers.Unreachable, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"note":"s3cr3t"}`)
		}},
		"elsewhere": {says: "redirect", class: carriers.Unreachable, answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}},
		"hanging": {says: "timed out", class: carriers.Unreachable, answer: func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := tokens{answer: test.answer}
			base := serve(t, s.ServeHTTP)
			timeout := time.Minute
			if name == "hanging" {
				timeout = 50 * time.Millisecond
			}
			c, logs := client(t, base, s.bearer(base), timeout)
			_, err := c.Do(t.Context(), exchange())
			failure := failed(t, err, logs)
			assert.Equal(t, test.class, failure.Class)
			assert.Equal(t, test.retry, failure.RetryAfter)
			assert.Contains(t, err.Error(), test.says)
			assert.Zero(t, s.calls.Load())
			assert.EqualValues(t, 1, s.fetched.Load())
		})
	}
}

func TestWaitingForATokenEndsWithTheCaller(t *testing.T) {
	release := make(chan struct{})
	fetching := make(chan struct{})
	b := NewBearer(func(ctx context.Context) oauth2.TokenSource {
		return source(func() (*oauth2.Token, error) {
			close(fetching)
			<-release
			return &oauth2.Token{AccessToken: "late"}, ctx.Err()
		})
	})
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { _, err := b.Headers(ctx); first <- err }()
	<-fetching
	cancel()
	assert.ErrorIs(t, <-first, context.Canceled)

	close(release) // the fetch goes on without its first caller
	headers, err := b.Headers(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "Bearer late", headers["Authorization"])
}

type source func() (*oauth2.Token, error)

func (s source) Token() (*oauth2.Token, error) { return s() }
