package transport

import (
	"context"
	"net"
	"net/http"
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

// pipes is a listener for connections within one process, so that a synctest bubble can wait for them.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, open := <-p; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p <- theirs
	return ours, nil
}

// A slow carrier that answers every call is not an outage, however many callers wait for a slot: here for six times as long
// as an exchange may take.
func TestWaitingForOurOwnConnectionsIsNotTheCarriersSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency, callers = 2 * time.Second, 1000
		var atOnce, most int
		var mu sync.Mutex
		begin := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			atOnce += n
			most = max(most, atOnce)
		}
		network := make(pipes)
		server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			begin(1)
			defer begin(-1)
			time.Sleep(latency)
		})}
		var serving, waiting sync.WaitGroup
		serving.Go(func() { _ = server.Serve(network) })
		core, logs := observer.New(zap.InfoLevel)
		c, err := New("stn", Options{BaseURL: "http://carrier.invalid", OutageAfter: 1}, nil, byStatus, zap.New(core))
		require.NoError(t, err)
		c.http.GetClient().Transport.(*http.Transport).DialContext = network.dial

		began := time.Now()
		for range callers {
			waiting.Go(func() {
				_, err := c.Do(t.Context(), exchange())
				assert.NoError(t, err)
			})
		}
		waiting.Wait()
		assert.Equal(t, time.Duration((callers+defaultMaxConnections-1)/defaultMaxConnections)*latency, time.Since(began), "no connection is idle")
		assert.Equal(t, defaultMaxConnections, most)
		assert.Equal(t, defaultMaxConnections, c.Slots())
		assert.Zero(t, logs.Len(), "no outage")
		c.Close()
		close(network)
		_ = server.Close()
		serving.Wait()
	})
}

// crowded is a client with one slot, taken by a call that ends when the returned function is called.
func crowded(t *testing.T, o Options) (c *Client, arrived *atomic.Int32, free func()) {
	arrived = new(atomic.Int32)
	o.BaseURL, o.MaxConnections, o.OutageAfter = "http://carrier.invalid", 1, 1
	c, err := New("stn", o, nil, byStatus, nil)
	require.NoError(t, err)
	done := make(chan struct{})
	c.http.GetClient().Transport = transportFunc(func(*http.Request) (*http.Response, error) {
		arrived.Add(1)
		<-done
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})
	var first sync.WaitGroup
	first.Go(func() { _, _ = c.Do(context.Background(), exchange()) })
	synctest.Wait()
	return c, arrived, func() { close(done); first.Wait() }
}

func TestACallWithoutASlotSendsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		free  time.Duration // when the slot becomes free
		until time.Duration // how long the caller has
		cause error
	}{
		"the caller's time ends":                  {free: time.Minute, until: 5 * time.Second, cause: context.DeadlineExceeded},
		"too little is left for a whole exchange": {free: 15 * time.Second, until: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, arrived, free := crowded(t, Options{Timeout: 10 * time.Second})
				c.http.SetTimeout(time.Hour) // of the call that takes the slot
				ctx, cancel := context.WithTimeout(t.Context(), test.until)
				defer cancel()
				var waiting sync.WaitGroup
				waiting.Go(func() {
					_, err := c.Do(ctx, exchange())
					assert.Equal(t, carriers.Unreachable, carriers.ClassOf(err))
					assert.ErrorContains(t, err, "it waited for one of our own connections, nothing was sent; see STN_MAX_CONNECTIONS: all 1 were in use")
					if test.cause != nil {
						assert.ErrorIs(t, err, test.cause)
					}
				})
				time.Sleep(test.free)
				free()
				waiting.Wait()
				assert.EqualValues(t, 1, arrived.Load(), "the one that had the slot")
				assert.False(t, c.breaker.open(), "it says nothing about the carrier")
				_, err := c.Do(t.Context(), exchange())
				assert.NoError(t, err, "the slot is free again")
			})
		})
	}
}

// A caller that never had time for a whole exchange is not refused because of it.
func TestACallerWithAShortDeadlineGetsAFreeSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, arrived, free := crowded(t, Options{Timeout: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var waiting sync.WaitGroup
		waiting.Go(func() {
			_, err := c.Do(ctx, exchange())
			assert.NoError(t, err)
		})
		time.Sleep(15 * time.Second)
		free()
		waiting.Wait()
		assert.EqualValues(t, 2, arrived.Load())
	})
}

func TestNobodyWaitsForASlotOnlyToBeHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, free := crowded(t, Options{Timeout: time.Minute, ProbeEvery: time.Hour})
		_, _, err := c.breaker.call(t.Context(), func() (Answer, error) { return Answer{}, context.DeadlineExceeded })
		require.Error(t, err)
		began := time.Now()
		_, err = c.Do(t.Context(), exchange())
		assert.ErrorContains(t, err, "not sent: the carrier has not answered the last 1 calls")
		assert.Zero(t, time.Since(began))
		free()
	})
}
