package service

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/workflows"
)

// patience bounds every wait. It is long, for a busy machine; a wait ends as soon as its condition is met.
const patience = 3 * time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running starts a worker for a Temporal at an address, and returns what it logs. stop ends it and returns its error.
func running(t *testing.T, temporal string, args ...string) (logs *observer.ObservedLogs, stop func() error) {
	t.Helper()
	cfg := parsed(t, append([]string{
		"--dish-base-url=http://127.0.0.1:1", "--stn-base-url=http://127.0.0.1:1", "--stn-api-key=k", "--line-key=secret",
		"--callback-address=127.0.0.1:0", "--health-address=127.0.0.1:0",
	}, args...)...)
	core, logs := observer.New(zap.InfoLevel)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, cfg, client.Options{HostPort: temporal}, zap.New(core)) }()
	return logs, func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			t.Fatal("the worker does not stop")
			return nil
		}
	}
}

// failing returns the error of a worker that does not start.
func failing(t *testing.T, temporal string, args ...string) error {
	t.Helper()
	cfg := parsed(t, append([]string{
		"--stn-base-url=http://127.0.0.1:1", "--stn-api-key=k", "--line-key=secret", "--callback-address=127.0.0.1:0", "--health-address=127.0.0.1:0",
	}, args...)...)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := Run(ctx, cfg, client.Options{HostPort: temporal}, zap.NewNop())
	require.Error(t, err, "it started, or waited until it was stopped")
	return err
}

func awaitLog(t *testing.T, logs *observer.ObservedLogs, message string) map[string]any {
	t.Helper()
	require.Eventually(t, func() bool { return logs.FilterMessageSnippet(message).Len() > 0 }, patience, 5*time.Millisecond)
	return logs.FilterMessageSnippet(message).All()[0].ContextMap()
}

// freeAddress is an address that is free at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// get returns the body of a page. No connection is kept, so that none is left behind.
func get(t *testing.T, url string) string {
	t.Helper()
	one := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	response, err := one.Get(url)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

// TestMain finds goroutines that this leaves behind.
func TestAWorkerRunsUntilItIsStopped(t *testing.T) {
	logs, stop := running(t, startTemporal(t))
	health := awaitLog(t, logs, "worker is ready")["health"].(string)
	require.Equal(t, "ready: workflows,activities,callbacks\n", get(t, "http://"+health+"/readyz"))
	metrics := get(t, "http://"+health+"/metrics")
	require.Contains(t, metrics, `carrierflow_carrier_open{carrier="dish"`)
	require.Contains(t, metrics, `carrierflow_carrier_open{carrier="stn"`)
	require.NotContains(t, metrics, `carrier="masmovil"`, "it is not served")
	require.NoError(t, stop())
}

func TestAWorkerThatWaitsForTemporalCanBeStopped(t *testing.T) {
	address := freeAddress(t)
	logs, stop := running(t, address)
	awaitLog(t, logs, "waiting for Temporal: nothing answers at "+address)
	require.NoError(t, stop())
}

// The reason why a worker waits is in /readyz, and it continues by itself when the reason has passed.
func TestAWorkerSaysWhatItWaitsFor(t *testing.T) {
	var answer atomic.Pointer[error]
	set := func(err error) { answer.Store(&err) }
	set(serviceerror.NewNamespaceNotFound("default"))
	address := serveTemporal(t, &temporalServer{attributes: workflows.SearchAttributes(), namespaces: func() error {
		return serviceerror.ToStatus(*answer.Load()).Err()
	}})
	health := freeAddress(t)
	logs, stop := running(t, address, "--health-address="+health)
	says := func(text string) {
		t.Helper()
		require.EventuallyWithT(t, func(c *assert.CollectT) {
			assert.Contains(c, get(t, "http://"+health+"/readyz"), text)
		}, patience, 5*time.Millisecond)
	}
	awaitLog(t, logs, "waiting for Temporal")
	says("not ready: Temporal at " + address + " has no namespace default; create it with: temporal operator namespace create --namespace default --retention 72h --address " + address + "\n")
	set(serviceerror.NewPermissionDenied("Request unauthorized.", ""))
	says("not ready: Temporal at " + address + " refuses access to namespace default")
	set(nil)
	says("ready: ")
	require.NoError(t, stop())
}

func TestPausesGrowUpToABoundAndAreRandom(t *testing.T) {
	for tries, want := range map[int]time.Duration{1: 500 * time.Millisecond, 2: time.Second, 5: 8 * time.Second, 6: 10 * time.Second, 1000: 10 * time.Second} {
		require.Equal(t, want, pauseAfter(tries, 0), "%d", tries)
		require.Equal(t, want/2, pauseAfter(tries, 1), "%d", tries)
	}
}

// Slots and connections are one number: an activity under way never waits for a connection of ours. A quarter of the connections is for
// direct reads, at a carrier that calls back or is swept.
func TestACarrierHasAsManyActivitySlotsAsConnections(t *testing.T) {
	logs, stop := running(t, startTemporal(t), "--stn-max-connections=7", "--dish-max-connections=0")
	health := awaitLog(t, logs, "worker is ready")["health"].(string)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		page := get(t, "http://"+health+"/metrics")
		for queue, slots := range map[string]string{"carrierflow-stn": "6", "carrierflow-dish": "24"} {
			assert.Regexp(c, `temporal_worker_task_slots_available\{[^}]*task_queue="`+queue+`"[^}]*worker_type="ActivityWorker"[^}]*\} `+slots+`\n`, page)
		}
	}, patience, 10*time.Millisecond)
	require.NoError(t, stop())
}

func TestTheMetricsSayWhichBuildItIs(t *testing.T) {
	telemetry, err := newTelemetry()
	require.NoError(t, err)
	defer telemetry.close()
	page := httptest.NewRecorder()
	telemetry.page.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	build := version.Get()
	require.Contains(t, page.Body.String(), fmt.Sprintf("\ncarrierflow_build_info{goversion=%q,revision=%q,version=%q} 1\n", build.Go, build.Revision, build.Version))
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
	served, err := connectCarriers(cfg, telemetry, zap.NewNop())
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
		operation, _ := registry.Operation("stn.SetServices")
		change, err := operation.(carriers.ChangeOperation).Bind(served.carriers[0].connection, "ref-1", time.Now(), []byte(`{"subscriptionId":"SUB-1","services":{"DATA":true}}`))
		require.NoError(t, err)
		_, err = change.Find(t.Context(), nil)
		return err
	}
	require.Equal(t, "0", metric())
	down.Store(true)
	require.Error(t, ask())
	require.Equal(t, "0", metric())
	require.Error(t, ask())
	require.Equal(t, "1", metric())
	down.Store(false)
	require.Eventually(t, func() bool { return ask() == nil }, patience, time.Millisecond)
	require.Equal(t, "0", metric())
}
