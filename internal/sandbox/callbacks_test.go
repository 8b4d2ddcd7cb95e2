package sandbox_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func TestCallbacksProveTheirSender(t *testing.T) {
	tests := []struct {
		name  string
		cfg   sandbox.CallbackConfig
		check func(*testing.T, *http.Request, string)
	}{
		{"signature", sandbox.CallbackConfig{Secret: secret}, func(t *testing.T, r *http.Request, body string) {
			webhook, err := standardwebhooks.NewWebhook(secret)
			require.NoError(t, err)
			assert.NoError(t, webhook.Verify([]byte(body), r.Header))
			assert.Error(t, webhook.Verify([]byte(body+" "), r.Header))
		}},
		{"bearer", sandbox.CallbackConfig{Bearer: "abc"}, func(t *testing.T, r *http.Request, _ string) {
			assert.Equal(t, "Bearer abc", r.Header.Get("Authorization"))
		}},
		{"basic", sandbox.CallbackConfig{Basic: "dish:p:w"}, func(t *testing.T, r *http.Request, _ string) {
			user, password, ok := r.BasicAuth()
			assert.True(t, ok)
			assert.Equal(t, []string{"dish", "p:w"}, []string{user, password})
		}},
		{"nothing", sandbox.CallbackConfig{}, func(t *testing.T, r *http.Request, _ string) {
			assert.Empty(t, r.Header.Get("Authorization"))
			assert.Empty(t, r.Header.Get("webhook-signature"))
		}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			box := sandboxtest.Receive(t, nil)
			cfg := sandboxtest.Quick()
			cfg.Callback = tc.cfg
			cfg.Callback.URL = box.URL
			b := start(t, cfg)
			b.suspend("ref", iccid)
			b.Eventually(func() bool { return len(box.Bodies()) == 1 })
			assert.Equal(t, "application/json", box.Request(0).Header.Get("Content-Type"))
			tc.check(t, box.Request(0), box.Bodies()[0])
			b.Eventually(func() bool { return b.Callbacks("ref")[0].Delivered })
			assert.Equal(t, 1, b.Callbacks("ref")[0].Attempts)
			assert.Empty(t, b.Callbacks("other"))
		})
	}
}

func TestCallbacksAreRedeliveredAndHonourRetryAfter(t *testing.T) {
	var at []time.Time
	box := sandboxtest.Receive(t, func(w http.ResponseWriter, nth int) {
		at = append(at, time.Now())
		switch nth {
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	cfg := sandboxtest.Quick()
	cfg.Callback.URL, cfg.Callback.Secret = box.URL, secret
	b := start(t, cfg)
	b.suspend("ref", iccid)
	b.Eventually(func() bool { return len(b.Callbacks("ref")) == 1 && b.Callbacks("ref")[0].Delivered })

	d := b.Callbacks("ref")[0]
	assert.Equal(t, 3, d.Attempts)
	assert.Equal(t, 200, d.LastStatus)
	assert.Equal(t, "Success", d.Status)
	assert.GreaterOrEqual(t, at[1].Sub(at[0]), time.Second)
	assert.Less(t, at[2].Sub(at[1]), time.Second, "the backoff goes on where it was")
	assert.Equal(t, box.Bodies()[0], box.Bodies()[2], "every attempt carries the same notice")
}

func TestCallbacksSurviveAReceiverThatIsDown(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	cfg := sandboxtest.Quick()
	address := server.Listener.Addr().String()
	cfg.Callback.URL = "http://" + address
	require.NoError(t, server.Listener.Close())
	b := start(t, cfg)
	b.suspend("ref", iccid)
	b.Eventually(func() bool { return len(b.Callbacks("ref")) == 1 && b.Callbacks("ref")[0].Attempts > 1 })
	assert.Contains(t, b.Callbacks("ref")[0].LastError, "refused")

	server.Listener = listen(t, address)
	server.Start()
	b.Eventually(func() bool { return b.Callbacks("ref")[0].Delivered })
}

func TestCallbacksAreGivenUp(t *testing.T) {
	box := sandboxtest.Receive(t, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusInternalServerError) })
	cfg := sandboxtest.Quick()
	cfg.Callback.URL, cfg.Callback.GiveUpAfter = box.URL, 100*time.Millisecond
	b := start(t, cfg)
	b.suspend("ref", iccid)
	b.Eventually(func() bool { return len(b.Callbacks("ref")) == 1 && b.Callbacks("ref")[0].GivenUp })
	d := b.Callbacks("ref")[0]
	assert.False(t, d.Delivered)
	assert.Equal(t, 500, d.LastStatus)
	assert.Greater(t, d.Attempts, 2)
	assert.Equal(t, "500", b.Get("/_sandbox/callbacks?reference=ref").Number(0, "lastStatus"))
}

// listen waits until an address that was just given up can be had again.
func listen(t *testing.T, address string) (listener net.Listener) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		listener, err = net.Listen("tcp", address)
		return err == nil
	}, 5*time.Second, 5*time.Millisecond)
	return listener
}
