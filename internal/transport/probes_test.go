package transport

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers"
)

// The time is that of the synctest bubble: minutes pass at once.
func TestAnOutageIsProbedAndEndsWithTheFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		var told []bool
		c, err := New("dish", Options{BaseURL: "http://carrier.invalid/v5", OnOutage: func(began bool) { told = append(told, began) }},
			nil, byStatus, zap.New(core))
		require.NoError(t, err)
		var s carrier
		s.answers(status(http.StatusServiceUnavailable))
		var arrivals []time.Time
		var mu sync.Mutex
		c.http.GetClient().Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			arrivals = append(arrivals, time.Now())
			mu.Unlock()
			answer := httptest.NewRecorder()
			s.ServeHTTP(answer, r)
			return answer.Result(), nil
		})

		// Forty operations wait, each with a check every 200 ms.
		began, recovers := time.Now(), time.Now().Add(time.Minute+300*time.Millisecond)
		var waiting sync.WaitGroup
		for i := range 40 {
			waiting.Go(func() {
				time.Sleep(time.Duration(i) * 5 * time.Millisecond)
				for {
					if _, err := c.Do(t.Context(), exchange()); err == nil {
						break
					}
					time.Sleep(200 * time.Millisecond)
				}
			})
		}
		time.Sleep(time.Until(recovers))
		s.answers(status(http.StatusOK))
		waiting.Wait()

		assert.Less(t, time.Since(recovers), 1500*time.Millisecond, "no operation waits longer than for the next probe and its own next check")
		probes := arrivals[defaultOutageAfter:]
		assert.Less(t, arrivals[defaultOutageAfter-1].Sub(began), time.Second, "an outage is noticed soon")
		var unanswered int
		for i, at := range probes[1:] {
			if before := probes[i]; before.Before(recovers) {
				assert.GreaterOrEqual(t, at.Sub(before), defaultProbeEvery)
				unanswered++
			}
		}
		assert.Greater(t, unanswered, 50, "the carrier is still called")
		assert.Equal(t, []bool{true, false}, told)
		require.Equal(t, 2, logs.Len(), "one line when it begins, one when it is over")
		begin, end := logs.All()[0], logs.All()[1]
		assert.Equal(t, zap.WarnLevel, begin.Level)
		assert.Equal(t, "carrier.invalid/v5", begin.ContextMap()["api"])
		assert.Contains(t, begin.ContextMap()["error"], "HTTP 503")
		assert.Equal(t, zap.InfoLevel, end.Level)
		assert.InDelta(t, time.Minute, end.ContextMap()["after"], float64(2*time.Second))
	})
}

// A probe that hangs is the only one; after one whose caller abandons it, the next may follow at once.
func TestOneProbeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New("dish", Options{BaseURL: "http://carrier.invalid", OutageAfter: 1, ProbeEvery: time.Second, Timeout: time.Minute},
			nil, byStatus, nil)
		require.NoError(t, err)
		var arrived atomic.Int32
		c.http.GetClient().Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			if arrived.Add(1) == 1 {
				return nil, errors.New("connection refused")
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		_, err = c.Do(t.Context(), exchange())
		require.Error(t, err)
		time.Sleep(1001 * time.Millisecond)

		ctx, giveUp := context.WithCancel(t.Context())
		var probing sync.WaitGroup
		probing.Go(func() { _, _ = c.Do(ctx, exchange()) })
		synctest.Wait()
		for range 10 {
			_, err := c.Do(t.Context(), exchange())
			require.ErrorContains(t, err, "not sent")
		}
		assert.EqualValues(t, 2, arrived.Load())

		giveUp()
		probing.Wait()
		probing.Go(func() { _, _ = c.Do(t.Context(), exchange()) })
		synctest.Wait()
		assert.EqualValues(t, 3, arrived.Load())
		probing.Wait()
	})
}

// net/http repeats a read that failed on an idle connection, and there may be many idle connections.
func TestAProbeIsOneRequest(t *testing.T) {
	const kept = 8
	var s carrier
	var together, done sync.WaitGroup
	together.Add(kept)
	s.answers(func(http.ResponseWriter, *http.Request) { together.Done(); together.Wait() })
	c, err := New("stn", Options{BaseURL: serve(t, s.ServeHTTP), OutageAfter: 1, ProbeEvery: time.Millisecond}, nil, byStatus, nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	for range kept {
		done.Go(func() { _, _ = c.Do(t.Context(), exchange()) })
	}
	done.Wait()

	s.answers(func(w http.ResponseWriter, _ *http.Request) { hijacked("")(t, w, nil) })
	_, err = c.Do(t.Context(), exchange()) // a change is never sent again
	require.Equal(t, carriers.Uncertain, carriers.ClassOf(err))
	read := exchange()
	read.Method, read.Body = http.MethodGet, nil
	for range 3 {
		before := s.arrived.Load()
		require.Eventually(t, func() bool {
			_, err := c.Do(t.Context(), read)
			return carriers.ClassOf(err) == carriers.Uncertain
		}, time.Minute, time.Millisecond, "a call that is let through")
		require.EqualValues(t, 1, s.arrived.Load()-before)
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
