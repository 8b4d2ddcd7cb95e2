package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
)

// says answers with a status and a body, and no content type.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestATokenCallThatFailsSendsNothing(t *testing.T) {
	const refused, page = "it refused our credentials: ", "<html>s3cr3t</html>"
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		class  carriers.Class
		says   string
		retry  time.Duration
	}{
		"refused": {
			answer: says(401, `{"error":"invalid_client","error_description":"s3cr3t of 15550100123 is wrong","error_uri":"https://x"}`),
			class:  carriers.Unauthorized, says: refused + "HTTP 401 invalid_client: … of … is wrong",
		},
		"refused in a 200": {
			answer: says(200, `{"error":"invalid_grant","error_description":"the assertion has no sub"}`),
			class:  carriers.Unauthorized, says: refused + "HTTP 200 invalid_grant: the assertion has no sub",
		},
		"refused beside a token":    {answer: says(200, `{"error":"invalid_scope","access_token":"s3cr3t"}`), class: carriers.Unauthorized, says: refused + "HTTP 200 invalid_scope"},
		"refused in another form":   {answer: says(200, `{"error":{"text":"s3cr3t"}}`), class: carriers.Unauthorized, says: refused + "HTTP 200 an error in a form"},
		"refused by a page":         {answer: says(403, page), class: carriers.Unauthorized, says: refused + "HTTP 403"},
		"overloaded":                {answer: says(503, page), class: carriers.Unreachable, says: "HTTP 503"},
		"no token in it":            {answer: says(200, `{"note":"s3cr3t"}`), class: carriers.Unreachable, says: "HTTP 200 without an access_token"},
		"an empty token":            {answer: says(200, `{"access_token":"","error":null}`), class: carriers.Unreachable, says: "HTTP 200 without an access_token"},
		"a blank token":             {answer: says(200, `{"access_token":" ","error":""}`), class: carriers.Unreachable, says: "HTTP 200 without an access_token"},
		"a token that is no text":   {answer: says(200, `{"access_token":{"s3cr3t":1}}`), class: carriers.Unreachable, says: "HTTP 200 without an access_token"},
		"a token that is no header": {answer: says(200, `{"access_token":"s3cr3t\u00e9"}`), class: carriers.Unreachable, says: "access_token holds a character that cannot be sent"},
		"a page":                    {answer: says(200, page), class: carriers.Unreachable, says: "its answer is not readable: not JSON (a web page)"},
		"half a body":               {answer: says(200, `{"access_token":"s3cr3t`), class: carriers.Unreachable, says: "its answer is not readable: not JSON (it ends early)"},
		"nothing":                   {answer: says(200, ``), class: carriers.Unreachable, says: "its answer is not readable: not JSON (it is empty)"},
		"a body too large":          {answer: func(w http.ResponseWriter, r *http.Request) { tooLarge(t, w, r) }, class: carriers.Unreachable, says: "its answer is not readable: too large"},
		"throttled": {class: carriers.Unreachable, says: "HTTP 429", retry: 7 * time.Second, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		"elsewhere": {class: carriers.Unreachable, says: "a redirect is no answer", answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}},
		"a reset": {class: carriers.Unreachable, says: "EOF", answer: func(w http.ResponseWriter, r *http.Request) { hijacked("")(t, w, r) }},
		"hanging": {class: carriers.Unreachable, says: "timed out", answer: func(_ http.ResponseWriter, r *http.Request) {
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
			assert.Contains(t, err.Error(), "the token endpoint "+strings.TrimPrefix(base, "http://")+"/token: ")
			assert.Contains(t, err.Error(), test.says)
			assert.NotContains(t, err.Error(), "15550100123")
			assert.Zero(t, s.calls.Load(), "nothing goes out without a token")
			assert.EqualValues(t, 1, s.fetched.Load())
		})
	}
}

func TestEveryFormOfATokenAnswerIsRead(t *testing.T) {
	for body, lifetime := range map[string]time.Duration{
		`{"access_token":"s3cr3t-1","expires_in":3600}`:                                 time.Hour,
		`{"access_token":"s3cr3t-1","expires_in":"3600"}`:                               time.Hour,
		`{"access_token":"s3cr3t-1","expires_in":3599.5,"token_type":"BearerToken"}`:    3599*time.Second + 500*time.Millisecond,
		`{"access_token":"s3cr3t-1","expires_in":" 3599.5 ","token_type":"bearer"}`:     3599*time.Second + 500*time.Millisecond,
		`{"access_token":" s3cr3t-1 ","expires_in":3.6e3}`:                              time.Hour,
		`{"access_token":"s3cr3t-1","expires_in":1e999}`:                                maxLifetime,
		`{"access_token":"s3cr3t-1","expires_in":99999999999}`:                          maxLifetime,
		`{"access_token":"s3cr3t-1"}`:                                                   defaultLifetime,
		`{"access_token":"s3cr3t-1","expires_in":null,"error":null}`:                    defaultLifetime,
		`{"access_token":"s3cr3t-1","expires_in":0,"error":""}`:                         defaultLifetime,
		`{"access_token":"s3cr3t-1","expires_in":-1,"error":false}`:                     defaultLifetime,
		`{"access_token":"s3cr3t-1","expires_in":"soon"}`:                               defaultLifetime,
		`{"access_token":"s3cr3t-1","expires_in":"NaN"}`:                                defaultLifetime,
		`{"access_token":"s3cr3t-1","expires_in":{"seconds":3600}}`:                     defaultLifetime,
		`[{"access_token":"s3cr3t-1","expires_in":3600,"scope":["a"],"token_type":{}}]`: time.Hour,
		"\ufeff" + `{"access_token":"s3cr3t-1","expires_in":3600}`:                      time.Hour,
		`{"access_token":"s3cr3t-1","expires_in":4}`:                                    4 * time.Second,
		`{"access_token":"s3cr3t-1","expires_in":11}`:                                   11 * time.Second,
	} {
		t.Run(body, func(t *testing.T) {
			s := tokens{answer: says(200, body)}
			s.valid.Store(1)
			base := serve(t, s.ServeHTTP)
			bearer := s.bearer(base)
			c, _ := client(t, base, bearer, time.Minute)
			before := time.Now()
			_, err := c.Do(t.Context(), exchange())
			require.NoError(t, err)
			used := lifetime / 2
			if lifetime > 10*time.Second {
				used = lifetime - 10*time.Second
			}
			assert.WithinRange(t, bearer.token.renew, before.Add(used), time.Now().Add(used))
			assert.EqualValues(t, 1, s.calls.Load())
		})
	}
}

// Every endpoint must accept the client's credentials in the header, but some accept them in the form only.
func TestTheClientAuthenticatesWhereTheEndpointWantsIt(t *testing.T) {
	const wrong = `{"error":"invalid_client"}`
	for name, test := range map[string]struct {
		header, form string // the answer to a request with the credentials there
		status       int
		requests     []string
		says         string
	}{
		"in the header":                   {status: 200, form: wrong, requests: []string{"header", "header"}},
		"in the form":                     {status: 200, header: wrong, requests: []string{"header", "form", "form"}},
		"nowhere":                         {header: wrong, form: wrong, requests: []string{"header", "form", "header", "form"}, says: "invalid_client"},
		"the client is good, not a scope": {header: `{"error":"invalid_scope"}`, requests: []string{"header", "header"}, says: "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			var requests []string
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/token" {
					return
				}
				assert.Equal(t, "client_credentials", r.PostFormValue("grant_type"))
				assert.Equal(t, "application/json", r.Header.Get("Accept"))
				where, refusal := "form", test.form
				id, secret := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
				if user, password, basic := r.BasicAuth(); basic {
					assert.Empty(t, id+secret, "one place at a time")
					where, refusal = "header", test.header
					id, secret = user, password
					id, _ = url.QueryUnescape(id)
					secret, _ = url.QueryUnescape(secret)
				}
				assert.Equal(t, "a:b s3cr3t+", id+" "+secret)
				requests = append(requests, where)
				if refusal != "" {
					says(401, refusal)(w, r)
					return
				}
				_, _ = fmt.Fprint(w, `{"access_token":"s3cr3t-1"}`)
			})
			bearer := NewBearer(Grant{URL: base + "/token", ClientID: "a:b", ClientSecret: "s3cr3t+", Form: func() (url.Values, error) {
				return url.Values{"grant_type": {"client_credentials"}}, nil
			}})
			c, logs := client(t, base, bearer, time.Minute)
			for range 2 {
				_, err := c.Do(t.Context(), exchange())
				if test.says != "" {
					failure := failed(t, err, logs)
					assert.Equal(t, carriers.Unauthorized, failure.Class)
					assert.Contains(t, err.Error(), test.says)
				} else {
					require.NoError(t, err)
				}
				bearer.Refresh(map[string]string{"Authorization": "Bearer s3cr3t-1"})
			}
			assert.Equal(t, test.requests, requests)
		})
	}
}

func TestAFormThatCannotBeMadeSendsNothing(t *testing.T) {
	base := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	bearer := NewBearer(Grant{URL: base + "/token", Form: func() (url.Values, error) { return nil, errors.New("no key") }})
	c, logs := client(t, base, bearer, time.Minute)
	_, err := c.Do(t.Context(), exchange())
	assert.Equal(t, carriers.Unreachable, failed(t, err, logs).Class)
	assert.ErrorContains(t, err, "nothing was sent: no key")
}

func TestWaitingForATokenEndsWithTheCaller(t *testing.T) {
	release := make(chan struct{})
	fetching := make(chan struct{})
	s := tokens{answer: func(w http.ResponseWriter, r *http.Request) {
		close(fetching)
		<-release
		says(200, `{"access_token":"late"}`)(w, r)
	}}
	base := serve(t, s.ServeHTTP)
	b := s.bearer(base)
	client(t, base, b, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { _, err := b.Headers(ctx); first <- err }()
	<-fetching
	cancel()
	assert.ErrorIs(t, <-first, context.Canceled)

	close(release) // the fetch continues without its first caller
	headers, err := b.Headers(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "Bearer late", headers["Authorization"])
	assert.EqualValues(t, 1, s.fetched.Load())
}

// The API and the token endpoint are often two systems: an outage of one does not count for the other.
func TestTheTokenEndpointIsWatchedApartFromTheAPI(t *testing.T) {
	t.Run("the token endpoint is down", func(t *testing.T) {
		s := tokens{answer: status(http.StatusServiceUnavailable)}
		base := serve(t, s.ServeHTTP)
		bearer := s.bearer(base)
		c, logs := guarded(t, base, bearer, time.Minute)
		for i := range 10 {
			_, err := c.Do(t.Context(), exchange())
			assert.Equal(t, carriers.Unreachable, failed(t, err, logs).Class)
			if i >= 3 {
				assert.ErrorContains(t, err, "/token: not asked: it has not answered the last 3 calls; until it does, one call every 1h0m0s is let through")
			}
		}
		assert.EqualValues(t, 3, s.fetched.Load(), "fetches are held back")
		assert.False(t, c.breaker.open(), "the API's breaker")
		began := logs.FilterLevelExact(zap.WarnLevel).All()
		require.Len(t, began, 1)
		assert.Contains(t, began[0].Message, "the token endpoint does not answer")

		// With a token, the API is called as before.
		s.valid.Store(1)
		bearer.mu.Lock()
		bearer.token = token{text: "s3cr3t-1", renew: time.Now().Add(time.Hour)}
		bearer.mu.Unlock()
		_, err := c.Do(t.Context(), exchange())
		assert.NoError(t, err)
	})
	t.Run("many wait for one fetch that fails", func(t *testing.T) {
		const callers = 20
		gate := make(chan struct{})
		s := tokens{answer: func(w http.ResponseWriter, _ *http.Request) {
			<-gate
			w.WriteHeader(http.StatusServiceUnavailable)
		}}
		base := serve(t, s.ServeHTTP)
		bearer := s.bearer(base)
		c, _ := guarded(t, base, bearer, time.Minute)
		results := make(chan error, callers)
		for range callers {
			go func() { _, err := c.Do(t.Context(), exchange()); results <- err }()
		}
		require.Eventually(t, func() bool { return len(c.slots.taken) == callers }, time.Minute, time.Millisecond)
		close(gate)
		for range callers {
			assert.Equal(t, carriers.Unreachable, carriers.ClassOf(<-results))
		}
		assert.LessOrEqual(t, s.fetched.Load(), int32(3))
	})
	t.Run("the API is down", func(t *testing.T) {
		var fetched, calls int
		base := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				fetched++
				says(200, `{"access_token":"s3cr3t-1"}`)(w, r)
				return
			}
			calls++
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		bearer := NewBearer(grant(base))
		c, _ := guarded(t, base, bearer, time.Minute)
		for range 10 {
			_, err := c.Do(t.Context(), exchange())
			require.Error(t, err)
		}
		assert.Equal(t, 3, calls)
		assert.False(t, bearer.breaker.open(), "the token endpoint's breaker")
		bearer.Refresh(map[string]string{"Authorization": "Bearer s3cr3t-1"})
		_, err := bearer.Headers(t.Context())
		assert.NoError(t, err)
		assert.Equal(t, 2, fetched)
	})
}
