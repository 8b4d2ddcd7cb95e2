package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers"
)

// carrier is a carrier that can be switched off, and that counts the requests it gets.
type carrier struct {
	arrived atomic.Int32
	answer  atomic.Pointer[http.HandlerFunc] // nil answers 200
}

func (s *carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.arrived.Add(1)
	if answer := s.answer.Load(); answer != nil {
		(*answer)(w, r)
	}
}

func (s *carrier) answers(with http.HandlerFunc) { s.answer.Store(&with) }

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// guarded is a client that holds calls back after three without an answer, for longer than any test runs.
func guarded(t *testing.T, base string, credentials Credentials, timeout time.Duration) (*Client, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	o := Options{BaseURL: base, Timeout: timeout, OutageAfter: 3, ProbeEvery: time.Hour}
	c, err := New("stn", o, credentials, byStatus, zap.New(core))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, logs
}

func TestCallsAreHeldBackAfterSeveralWithoutAnAnswer(t *testing.T) {
	hijack := func(raw string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { hijacked(raw)(t, w, r) }
	}
	for name, answer := range map[string]http.HandlerFunc{
		"503":         status(http.StatusServiceUnavailable),
		"500":         status(http.StatusInternalServerError),
		"a reset":     hijack(""),
		"half a body": hijack("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"status\":"),
		"a timeout": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var s carrier
			s.answers(answer)
			timeout := time.Minute
			if name == "a timeout" {
				timeout = 50 * time.Millisecond
			}
			c, logs := guarded(t, serve(t, s.ServeHTTP), nil, timeout)
			for range 3 {
				_, err := c.Do(t.Context(), exchange())
				assert.Equal(t, carriers.Uncertain, failed(t, err, logs).Class)
			}
			for range 10 {
				_, err := c.Do(t.Context(), exchange())
				failure := failed(t, err, logs)
				assert.Equal(t, carriers.Unreachable, failure.Class, "surely not sent")
				assert.Contains(t, err.Error(), "not sent: the carrier has not answered the last 3 calls; until it does, one call every 1h0m0s is let through")
			}
			assert.EqualValues(t, 3, s.arrived.Load())
		})
	}
}

func TestACarrierWithoutAConnectionIsNotDialledForEachCall(t *testing.T) {
	c, logs := guarded(t, "http://carrier.invalid", nil, time.Minute)
	var dialled int
	c.http.GetClient().Transport = transportFunc(func(*http.Request) (*http.Response, error) {
		dialled++
		return nil, errors.New("connection refused")
	})
	for range 10 {
		_, err := c.Do(t.Context(), exchange())
		assert.Equal(t, carriers.Unreachable, failed(t, err, logs).Class)
	}
	assert.Equal(t, 3, dialled)
}

func TestATokenEndpointThatIsDownHoldsCallsBack(t *testing.T) {
	s := tokens{answer: status(http.StatusServiceUnavailable)}
	base := serve(t, s.ServeHTTP)
	c, logs := guarded(t, base, s.bearer(base), time.Minute)
	for range 10 {
		_, err := c.Do(t.Context(), exchange())
		assert.Equal(t, carriers.Unreachable, failed(t, err, logs).Class)
	}
	assert.EqualValues(t, 3, s.fetched.Load())
}

// A carrier that answers works, with any status below 500, and a call that its caller abandons says nothing about it.
func TestAnAnswerIsNoOutage(t *testing.T) {
	const calls = 10
	for _, code := range []int{200, 303, 400, 401, 403, 404, 408, 409, 422, 429} {
		t.Run(http.StatusText(code), func(t *testing.T) {
			var s carrier
			s.answers(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(code)
			})
			c, logs := guarded(t, serve(t, s.ServeHTTP), nil, time.Minute)
			for range calls {
				_, _ = c.Do(t.Context(), exchange())
			}
			assert.EqualValues(t, calls, s.arrived.Load())
			assert.Zero(t, logs.FilterLevelExact(zap.WarnLevel).Len())
		})
	}
	for _, code := range []int{400, 401, 403, 408, 429} {
		t.Run("token endpoint: "+http.StatusText(code), func(t *testing.T) {
			s := tokens{answer: status(code)}
			base := serve(t, s.ServeHTTP)
			c, _ := guarded(t, base, s.bearer(base), time.Minute)
			for range calls {
				_, _ = c.Do(t.Context(), exchange())
			}
			assert.EqualValues(t, calls, s.fetched.Load())
		})
	}
	t.Run("cancelled by us", func(t *testing.T) {
		var s carrier
		s.answers(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		})
		c, _ := guarded(t, serve(t, s.ServeHTTP), nil, time.Minute)
		for i := range calls {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				assert.Eventually(t, func() bool { return int(s.arrived.Load()) > i }, time.Minute, time.Millisecond)
				cancel()
			}()
			_, err := c.Do(ctx, exchange())
			require.ErrorIs(t, err, context.Canceled)
		}
		assert.EqualValues(t, calls, s.arrived.Load())
	})
	t.Run("nothing to send", func(t *testing.T) {
		var s carrier
		c, _ := guarded(t, serve(t, s.ServeHTTP), nil, time.Minute)
		for range calls {
			call := exchange()
			call.Body = struct{ Location carriers.Object }{carriers.Object(`{`)}
			_, err := c.Do(t.Context(), call)
			assert.Equal(t, carriers.Rejected, carriers.ClassOf(err))
		}
	})
}

func TestABrokenLineAmongHealthyOnesIsNoOutage(t *testing.T) {
	var s carrier
	c, _ := guarded(t, serve(t, s.ServeHTTP), nil, time.Minute)
	for range 10 {
		s.answers(status(http.StatusInternalServerError))
		for range 2 {
			_, err := c.Do(t.Context(), exchange())
			assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err))
		}
		s.answers(status(http.StatusOK))
		_, err := c.Do(t.Context(), exchange())
		require.NoError(t, err)
	}
	assert.EqualValues(t, 30, s.arrived.Load())
}

func TestAnOutageOfOneCarrierIsNotAnothers(t *testing.T) {
	var down, healthy carrier
	down.answers(status(http.StatusServiceUnavailable))
	one, _ := guarded(t, serve(t, down.ServeHTTP), nil, time.Minute)
	other, _ := guarded(t, serve(t, healthy.ServeHTTP), nil, time.Minute)
	for range 10 {
		_, err := one.Do(t.Context(), exchange())
		require.Error(t, err)
		_, err = other.Do(t.Context(), exchange())
		require.NoError(t, err)
	}
	assert.EqualValues(t, 3, down.arrived.Load())
}

// A caller with a short deadline abandons a slow carrier: that is no outage for the others.
func TestAnImpatientCallerIsNoOutage(t *testing.T) {
	var s carrier
	slow := make(chan struct{})
	s.answers(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-slow:
		case <-r.Context().Done():
		}
	})
	c, logs := guarded(t, serve(t, s.ServeHTTP), nil, time.Minute)
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := c.Do(ctx, exchange())
		cancel()
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	}
	close(slow)
	_, err := c.Do(t.Context(), exchange())
	assert.NoError(t, err, "a patient caller of a healthy carrier")
	assert.Zero(t, logs.FilterLevelExact(zap.WarnLevel).Len())
}
