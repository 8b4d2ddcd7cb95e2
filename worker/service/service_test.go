package service

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers/stn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running starts a worker for a Temporal at an address, and returns what it logs. stop ends it and returns its error.
func running(t *testing.T, temporal string) (logs *observer.ObservedLogs, stop func() error) {
	t.Helper()
	cfg := parsed(t, "--dish-base-url=http://127.0.0.1:1", "--stn-base-url=http://127.0.0.1:1", "--stn-api-key=k",
		"--callback-address=127.0.0.1:0", "--health-address=127.0.0.1:0")
	core, logs := observer.New(zap.InfoLevel)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, cfg, client.Options{HostPort: temporal}, zap.New(core)) }()
	return logs, func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(time.Minute):
			t.Fatal("the worker does not stop")
			return nil
		}
	}
}

func awaitLog(t *testing.T, logs *observer.ObservedLogs, message string) map[string]any {
	t.Helper()
	require.Eventually(t, func() bool { return logs.FilterMessageSnippet(message).Len() > 0 }, time.Minute, 5*time.Millisecond)
	return logs.FilterMessageSnippet(message).All()[0].ContextMap()
}

// get returns the body of a page. No connection is kept, so that none is left behind.
func get(t *testing.T, url string) string {
	t.Helper()
	one := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	response, err := one.Get(url)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

// What this leaves behind TestMain finds.
func TestAWorkerRunsUntilItIsStopped(t *testing.T) {
	logs, stop := running(t, startTemporal(t))
	health := awaitLog(t, logs, "worker is ready")["health"].(string)
	require.Equal(t, "ready\n", get(t, "http://"+health+"/readyz"))
	metrics := get(t, "http://"+health+"/metrics")
	require.Contains(t, metrics, `carrierflow_carrier_open{carrier="dish"`)
	require.Contains(t, metrics, `carrierflow_carrier_open{carrier="stn"`)
	require.NotContains(t, metrics, `carrier="masmovil"`, "it is not served")
	require.NoError(t, stop())
}

func TestAWorkerThatWaitsForTemporalCanBeStopped(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	logs, stop := running(t, listener.Addr().String())
	awaitLog(t, logs, "Temporal cannot be reached yet")
	require.NoError(t, stop())
}

func TestAnOutageShowsInTheMetrics(t *testing.T) {
	var down atomic.Bool
	carrier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "[]")
	}))
	defer carrier.Close()
	telemetry, err := newTelemetry()
	require.NoError(t, err)
	defer telemetry.close()
	cfg := parsed(t, "--stn-base-url="+carrier.URL, "--stn-api-key=k", "--stn-outage-after=2", "--stn-probe-every=1ms")
	served, err := serve(cfg, telemetry, zap.NewNop())
	require.NoError(t, err)
	defer served.close()

	metric := func() string {
		page := httptest.NewRecorder()
		telemetry.page.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for line := range strings.Lines(page.Body.String()) {
			if name, value, _ := strings.Cut(line, "{"); name == "carrierflow_carrier_open" && strings.Contains(value, `carrier="stn"`) {
				return strings.TrimSpace(value[strings.LastIndex(value, " "):])
			}
		}
		return "none"
	}
	ask := func() error {
		_, _, err := served.clients[0].(*stn.Client).Activation(t.Context(), "ref-1", "1")
		return err
	}
	require.Equal(t, "0", metric())
	down.Store(true)
	require.Error(t, ask())
	require.Equal(t, "0", metric())
	require.Error(t, ask())
	require.Equal(t, "1", metric())
	down.Store(false)
	require.Eventually(t, func() bool { return ask() == nil }, time.Minute, time.Millisecond)
	require.Equal(t, "0", metric())
}
