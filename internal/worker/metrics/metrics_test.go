package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/register"
)

// page makes metrics, and a function that reads their page.
func page(t *testing.T) (*Metrics, func() string) {
	t.Helper()
	collected := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(collected), otelprometheus.WithoutScopeInfo())
	require.NoError(t, err)
	m, err := New(sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)).Meter("test"))
	require.NoError(t, err)
	return m, func() string {
		answer := httptest.NewRecorder()
		promhttp.HandlerFor(collected, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		return answer.Body.String()
	}
}

func TestNamesAreThoseOfThePage(t *testing.T) {
	m, read := page(t)
	touch(m)
	text := read()
	for _, one := range Catalogue() {
		if one.Name == buildInfo.Name {
			continue
		}
		require.Contains(t, text, fmt.Sprintf("# TYPE %s %s\n", one.Name, one.Kind))
		require.LessOrEqual(t, len(one.Labels), mostLabels)
		require.Contains(t, []string{"sum", "max", "min"}, one.Over, one.Name)
		require.True(t, strings.HasSuffix(one.Help, "."), one.Name)
	}
}

// touch counts one of each.
func touch(m *Metrics) {
	const operation = "stn.SetServices"
	m.ReadyWhen(func() bool { return true })
	m.Acknowledged(operation, time.Second)
	m.Ended(register.End{Operation: operation})
	m.TurnAwaited(operation, true)
	m.TurnTaken(operation, time.Second)
	m.Checked(operation, "Pending")
	m.Paced("stn", time.Second, time.Minute)
	m.CheckLate("stn", time.Second)
	m.LookedUp(operation, "absent")
	m.SentAgain(operation)
	m.Callback("stn", "stored")
	calls := m.Carrier("stn")
	calls.Outage(true)
	calls.Exchanged(carriers.Exchange{Call: "set services", Status: 200, Connected: true, Took: time.Second})
	calls.Refused()
	m.SweepBegins("stn")
	m.SweepRead("stn", 2, errors.New("no"))
	m.Counts.at = time.Now()
	m.Counts.open, m.Counts.overdue, m.Counts.parked = map[string]int64{operation: 1}, map[string]int64{operation: 1}, map[string]int64{operation: 1}
	m.Counts.attention = map[reason]int64{{"stn", workflows.AttentionHeld}: 1}
}

func TestHowARunHasEnded(t *testing.T) {
	const operation = "stn.SetServices"
	for want, end := range map[string]register.End{
		`carrier="stn",decided_by="callback",failure="none",operation="stn.SetServices",outcome="completed"`:    {Operation: operation, DecidedBy: workflows.ByCallback},
		`carrier="stn",decided_by="none",failure="InvalidRequest",operation="stn.SetServices",outcome="failed"`: {Operation: operation, Failure: workflows.InvalidRequest},
		`carrier="stn",decided_by="check",failure="CarrierFailed",operation="stn.SetServices",outcome="failed"`: {Operation: operation, Failure: workflows.CarrierFailed, DecidedBy: workflows.ByCheck},
		`carrier="stn",decided_by="none",failure="Canceled",operation="stn.SetServices",outcome="canceled"`:     {Operation: operation, Failure: workflows.Canceled},
		`carrier="unknown",decided_by="none",failure="InvalidRequest",operation="unknown",outcome="failed"`:     {Failure: workflows.InvalidRequest},
	} {
		m, read := page(t)
		m.Ended(end)
		require.Contains(t, read(), "carrierflow_operations_ended_total{"+want+"} 1\n")
		timed := strings.Contains(read(), "carrierflow_time_to_outcome_seconds_count")
		require.Equal(t, end.Failure == "" || end.DecidedBy != "", timed, "only what was decided has a time to the outcome")
	}
}

func TestTheStatusOfAnExchange(t *testing.T) {
	for want, x := range map[string]carriers.Exchange{
		"200": {Status: 200, Connected: true}, "503": {Status: 503, Connected: true}, "unknown": {Status: 999, Connected: true},
		"no answer": {Connected: true}, "no connection": {},
	} {
		require.Equal(t, want, statusOf(x))
	}
}

// An increase from nothing to 1 is no increase for Prometheus, so what alerts look for is there from the start, as 0.
func TestSeriesAreThereFromTheStart(t *testing.T) {
	m, read := page(t)
	for _, a := range registry.Carriers() {
		m.Begin(a, []string{"unauthorized_missing"})
		m.SweepBegins(a.Carrier)
	}
	text := read()
	for _, name := range []string{
		`carrierflow_credentials_refused_total{carrier="dish"} 0`, `carrierflow_callbacks_total{carrier="dish",result="unauthorized_missing"} 0`,
		`carrierflow_carrier_open{carrier="dish"} 0`, `carrierflow_sweep_failures_total{carrier="stn"} 0`, `carrierflow_sent_again_total{carrier="stn",operation="stn.PortIn"} 0`,
	} {
		require.Contains(t, text, name)
	}
}

func TestTheSweepLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Metrics
		lag := func() (lag float64) {
			s.sweeps.show(func(value float64, _ ...string) { lag = value })
			return lag
		}
		s.SweepCompleted("stn", time.Now())
		time.Sleep(time.Minute)
		require.Equal(t, 60.0, lag())
		s.SweepCompleted("stn", time.Time{})
		require.Equal(t, 60.0, lag(), "no pass is known yet")
		s.SweepCompleted("stn", time.Now().Add(-20*time.Second))
		require.Equal(t, 20.0, lag())
		s.SweepCompleted("stn", time.Now().Add(-30*time.Second))
		require.Equal(t, 20.0, lag(), "an older one tells nothing")
	})
}

// runs answers counts, and keeps what was asked.
type runs struct {
	answers map[*regexp.Regexp]int64
	asked   []string
	err     error
}

func (r *runs) CountWorkflow(_ context.Context, in *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	r.asked = append(r.asked, in.Query)
	for query, n := range r.answers {
		if query.MatchString(in.Query) {
			return &workflowservice.CountWorkflowExecutionsResponse{Count: n}, r.err
		}
	}
	return &workflowservice.CountWorkflowExecutionsResponse{}, r.err
}

func always(carriers.Carrier) bool { return true }

func TestACarrierThatIsNotServedIsCounted(t *testing.T) {
	m, read := page(t)
	stn, _ := registry.Carrier("stn")
	waiting := &runs{answers: map[*regexp.Regexp]int64{
		regexp.MustCompile(`^Carrier = 'stn' AND NeedsAttention`): 1,
	}}
	require.NoError(t, m.Counts.Count(t.Context(), waiting, "default", []carriers.Adapter{stn}, func(carriers.Carrier) bool { return false }))
	require.Contains(t, read(), `carrierflow_attention{carrier="stn",kind="NotServed"} 1`)
	require.NotContains(t, read(), "carrierflow_operations_open{")
}

func TestWhatIsCountedAtTemporal(t *testing.T) {
	m, read := page(t)
	stn, _ := registry.Carrier("stn")
	require.NotContains(t, read(), "carrierflow_operations_open{", "nothing was counted yet")

	quiet := &runs{}
	require.NoError(t, m.Counts.Count(t.Context(), quiet, "default", []carriers.Adapter{stn}, always))
	require.Len(t, quiet.asked, 3, "two for the carrier and one for plans: %q", quiet.asked)
	require.Contains(t, read(), `carrierflow_operations_open{carrier="stn",operation="stn.PortIn"} 0`)
	require.Contains(t, read(), `carrierflow_attention{carrier="stn",kind="OutcomeUnknown"} 0`)

	busy := &runs{answers: map[*regexp.Regexp]int64{
		regexp.MustCompile(`^Carrier = 'stn' AND WorkflowType != 'Sweep' AND WorkflowType != 'FollowUp' AND ExecutionStatus = 'Running'$`): 3,
		regexp.MustCompile(`^Carrier = 'stn' AND NeedsAttention IS NOT NULL AND ExecutionStatus = 'Running'$`):                             2,
		regexp.MustCompile(`^WorkflowType = 'stn.PortIn' AND ExecutionStatus = 'Running'$`):                                                3,
		regexp.MustCompile(`^Carrier = 'stn' AND NeedsAttention = 'Overdue' AND ExecutionStatus = 'Running'$`):                             2,
		regexp.MustCompile(`^WorkflowType = 'stn.PortIn' AND NeedsAttention = 'Overdue' AND ExecutionStatus = 'Running'$`):                 1,
	}}
	require.NoError(t, m.Counts.Count(t.Context(), busy, "default", []carriers.Adapter{stn}, always))
	for _, line := range []string{
		`carrierflow_operations_open{carrier="stn",operation="stn.PortIn"} 3`, `carrierflow_operations_open{carrier="stn",operation="stn.PortOut"} 0`,
		`carrierflow_operations_overdue{carrier="stn",operation="stn.PortIn"} 1`, `carrierflow_operations_parked{carrier="stn",operation="stn.PortIn"} 0`,
		`carrierflow_attention{carrier="stn",kind="Overdue"} 2`, `carrierflow_attention{carrier="stn",kind="Held"} 0`,
		`carrierflow_attention{carrier="plans",kind="PlanStopped"} 0`,
	} {
		require.Contains(t, read(), line+"\n")
	}
	require.False(t, slices.ContainsFunc(busy.asked, func(q string) bool { return strings.Contains(q, "stn.PortOut' AND NeedsAttention") }), "what has none open is not asked for")

	require.Error(t, m.Counts.Count(t.Context(), &runs{err: errors.New("no visibility")}, "default", []carriers.Adapter{stn}, always))
	require.Contains(t, read(), `carrierflow_operations_open{carrier="stn",operation="stn.PortIn"} 3`, "the figures stay as they were")
	m.Counts.at = time.Now().Add(-countsTooOld - time.Second)
	require.NotContains(t, read(), "carrierflow_operations_open{", "but not for ever")
	require.Regexp(t, `carrierflow_counts_age_seconds 30[0-9]\.`, read())
}

func TestCountingIsCheap(t *testing.T) {
	m, _ := page(t)
	m.Checked("stn.PortIn", "Pending")
	require.Zero(t, testing.AllocsPerRun(100, func() { m.Checked("stn.PortIn", "Pending") }))
}
