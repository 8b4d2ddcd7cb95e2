package service

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
)

// asTheSDK records what the SDK records for one activity and its calls.
func asTheSDK(root client.MetricsHandler, workflow, activity string) {
	queue := root.WithTags(map[string]string{"namespace": "default", "client_name": "temporal_go"}).
		WithTags(map[string]string{"task_queue": "carrierflow-dish"}).WithTags(map[string]string{"worker_type": "ActivityWorker"})
	task := queue.WithTags(map[string]string{"workflow_type": workflow, "activity_type": activity, "task_queue": "carrierflow-dish"})
	task.Timer(scheduleToStart).Record(20 * time.Millisecond)
	task.Timer("temporal_activity_execution_latency").Record(30 * time.Millisecond)
	task.Counter("temporal_activity_execution_failed").Inc(1)
	queue.Gauge("temporal_worker_task_slots_available").Update(31)
	call := task.WithTags(map[string]string{"operation": "RespondActivityTaskCompleted", "namespace": "default"})
	call.Counter("temporal_request").Inc(1)
	call.Timer("temporal_request_latency").Record(2 * time.Millisecond)
}

func lagOver(t testing.TB, telemetry *telemetry) client.MetricsHandler {
	t.Helper()
	cfg, err := Parse(nil)
	require.NoError(t, err)
	var all []connected
	for _, c := range cfg.Carriers {
		all = append(all, connected{CarrierConfig: c})
	}
	return lagHandler{MetricsHandler: telemetry.handler, lagMonitor: newLagMonitor(telemetry, all, zap.NewNop())}
}

// scraped are the lines of the metrics page, without those of the Go runtime and of the process, and one that is a time.
func scraped(t *testing.T, of *telemetry) (lines []string) {
	t.Helper()
	page := httptest.NewRecorder()
	of.page.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for line := range strings.Lines(page.Body.String()) {
		name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
		if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") && !strings.HasPrefix(name, "carrierflow_counts_age") {
			lines = append(lines, line)
		}
	}
	return lines
}

// What is kept changes no name, no label and no value.
func TestKeptMetricsAreTheSameMetrics(t *testing.T) {
	var pages [][]string
	for _, keep := range []func(client.MetricsHandler) client.MetricsHandler{
		func(h client.MetricsHandler) client.MetricsHandler { return h },
		func(h client.MetricsHandler) client.MetricsHandler { return keepMetrics(h) },
	} {
		telemetry, err := newTelemetry()
		require.NoError(t, err)
		handler := keep(lagOver(t, telemetry))
		for range 3 {
			asTheSDK(handler, "stn.SetServices", activities.CheckName("stn.SetServices"))
			asTheSDK(handler, "dish.ActivateSubscription", "another")
			asTheSDK(handler, "dish.ActivateSubscription", activities.CheckName("dish.ActivateSubscription"))
			asTheSDK(handler.WithTags(map[string]string{"workflow_type": "overwritten", "kept": "yes"}), "one", "two")
			many := map[string]string{}
			for i := range mostTags + 1 {
				many[fmt.Sprintf("tag_%d", i)] = "many"
			}
			handler.WithTags(many).Counter("temporal_request").Inc(1)
			handler.Counter("temporal_untagged").Inc(1)
		}
		pages = append(pages, scraped(t, telemetry))
		telemetry.close()
	}
	require.Greater(t, len(pages[0]), 100)
	require.True(t, slices.ContainsFunc(pages[0], func(line string) bool { return strings.HasPrefix(line, "carrierflow_check_lag_seconds_count") }))
	require.Equal(t, pages[0], pages[1])
}

func TestHandlersAreKeptByAllOfTheirTags(t *testing.T) {
	telemetry, err := newTelemetry()
	require.NoError(t, err)
	defer telemetry.close()
	handler := keepMetrics(telemetry.handler)
	for _, tags := range []map[string]string{{}, {"a": "bc"}, {"ab": "c"}, {"a": "", "b": "c"}, {"a": "b", "c": ""}, {"a": "b", "c": "d"}, {"a": "d", "c": "b"}, {"a": "b"}, {"a": "b\x01c"}} {
		before := len(handler.tagged.all())
		one := handler.WithTags(tags)
		require.Len(t, handler.tagged.all(), before+1, tags)
		for range 10 { // a map is read in another order each time
			require.Same(t, one, handler.WithTags(tags))
		}
	}
}

// Who starts a workflow chooses the name of its type, so the handlers that are kept are bounded. All are counted.
func TestKeptMetricsAreBounded(t *testing.T) {
	telemetry, err := newTelemetry()
	require.NoError(t, err)
	defer telemetry.close()
	handler := keepMetrics(telemetry.handler)
	for i := range mostKept + 10 {
		handler.WithTags(map[string]string{"workflow_type": fmt.Sprint("nonsense", i)}).Counter("temporal_request").Inc(1)
		handler.Counter(fmt.Sprint("temporal_", i)).Inc(1)
	}
	require.Len(t, handler.tagged.all(), mostKept)
	require.Len(t, handler.counters.all(), mostKept)
	page := strings.Join(scraped(t, telemetry), "")
	require.Equal(t, mostKept+10, strings.Count(page, `workflow_type="nonsense`))
	require.True(t, strings.Contains(page, fmt.Sprintf("temporal_%d_total", mostKept+9)))
}

func TestMetricsAreCountedFromEverywhereAtOnce(t *testing.T) {
	telemetry, err := newTelemetry()
	require.NoError(t, err)
	defer telemetry.close()
	handler := keepMetrics(lagOver(t, telemetry))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				asTheSDK(handler, "dish.ActivateSubscription", fmt.Sprint(i%10))
			}
		})
	}
	all.Wait()
	sum := 0
	for _, line := range scraped(t, telemetry) {
		var value int
		if _, text, _ := strings.Cut(line, "} "); strings.HasPrefix(line, "temporal_request_total") {
			_, err := fmt.Sscan(text, &value)
			require.NoError(t, err)
		}
		sum += value
	}
	require.Equal(t, 800, sum)
}

// The SDK asks for handlers and instruments with every call and every task.
func TestMetricsThatAreKnownAreFoundWithoutAllocations(t *testing.T) {
	telemetry, err := newTelemetry()
	require.NoError(t, err)
	defer telemetry.close()
	handler := keepMetrics(lagOver(t, telemetry))
	tags := map[string]string{"workflow_type": "dish.ActivateSubscription", "activity_type": "dish.ActivateSubscription.check", "task_queue": "carrierflow-dish"}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		tagged := handler.WithTags(tags)
		tagged.Counter("temporal_request")
		tagged.Gauge("temporal_worker_task_slots_available")
		tagged.Timer(scheduleToStart)
	}))
}

func BenchmarkMetrics(b *testing.B) {
	for name, keep := range map[string]func(client.MetricsHandler) client.MetricsHandler{
		"anew": func(h client.MetricsHandler) client.MetricsHandler { return h },
		"kept": func(h client.MetricsHandler) client.MetricsHandler { return keepMetrics(h) },
	} {
		b.Run(name, func(b *testing.B) {
			telemetry, err := newTelemetry()
			require.NoError(b, err)
			defer telemetry.close()
			handler := keep(lagOver(b, telemetry))
			b.ReportAllocs()
			for b.Loop() {
				asTheSDK(handler, "dish.ActivateSubscription", activities.CheckName("dish.ActivateSubscription"))
			}
		})
	}
}
