package transport

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// tokens is a token endpoint and an API that accepts only its newest token.
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

// bearer asks for a token with an assertion.
func (s *tokens) bearer(base string) *Bearer { return NewBearer(grant(base)) }

func grant(base string) Grant {
	return Grant{URL: base + "/token", Form: func() (url.Values, error) {
		return url.Values{"grant_type": {"any"}, "assertion": {"s3cr3t"}}, nil
	}}
}

func TestA401RefreshesTheTokenOnce(t *testing.T) {
	for name, test := range map[string]struct {
		valid          int32
		fetched, calls int32
		class          carriers.Class
	}{
		"the first token is good": {valid: 1, fetched: 1, calls: 1},
		"a new token is accepted": {valid: 2, fetched: 2, calls: 2},
		"a new token is refused":  {valid: 9, fetched: 2, calls: 2, class: carriers.Unauthorized},
		"a third is not tried":    {valid: 3, fetched: 2, calls: 2, class: carriers.Unauthorized},
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
	b := NewBearer(Grant{})
	b.token = token{text: "new"}
	assert.True(t, b.Refresh(map[string]string{"Authorization": "Bearer old"}), "the new one is worth a try")
	assert.NotZero(t, b.token)
	assert.True(t, b.Refresh(map[string]string{"Authorization": "Bearer new"}))
	assert.Zero(t, b.token)
	assert.False(t, b.Refresh(nil), "without a token there was nothing to refuse")
}

func TestAnExpiredTokenIsRenewedBeforeItIsRefused(t *testing.T) {
	var s tokens
	s.valid.Store(1)
	base := serve(t, s.ServeHTTP)
	b := s.bearer(base)
	b.token = token{text: "old", renew: time.Now().Add(-time.Second)}
	c, _ := client(t, base, b, time.Minute)
	_, err := c.Do(t.Context(), exchange())
	require.NoError(t, err)
	assert.EqualValues(t, 1, s.calls.Load())
}
