// Package monitoring proves that the metrics, the alert rules and the dashboard belong together: a real Prometheus scrapes a real
// worker, and is asked every expression; everything that the alerts are about is made to happen.
package monitoring

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

var binaries stack.Binaries

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "carrierflow-monitoring")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		binaries, err = stack.Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "monitoring tests:", err)
		return 1
	}
	return m.Run()
}

// docs is the folder of the documentation, which has the rules and the dashboard.
const docs = "../../docs"

// world is a worker with everything around it.
type world struct {
	*stack.Stack
	t        *testing.T
	temporal client.Client
	prom     string
}

// begin starts a server, a worker and a Prometheus that evaluates the alert rules, changed so that nothing has to last.
func begin(t *testing.T, workerEnv ...string) *world {
	t.Helper()
	w := &world{Stack: stack.New(binaries), t: t}
	require.NoError(t, w.StartServer("--sandbox-decide-after=300ms", "--sandbox-hold-for=10m"))
	require.NoError(t, w.StartWorker(workerEnv...))
	var err error
	w.temporal, err = stack.Dial(w.Temporal)
	require.NoError(t, err)
	t.Cleanup(func() {
		w.temporal.Close()
		for _, p := range []*stack.Process{w.Worker, w.Server} {
			p.Kill()
		}
	})
	w.startPrometheus()
	return w
}

// startPrometheus scrapes the worker every second.
func (w *world) startPrometheus() {
	w.t.Helper()
	program, err := exec.LookPath("prometheus")
	require.NoError(w.t, err, "make test-deps installs Prometheus")
	dir := w.t.TempDir()
	config := fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
  - job_name: carrierflow
    static_configs: [{targets: [%q]}]
`, filepath.Join(dir, "alerts.yml"), w.Health)
	require.NoError(w.t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600))
	require.NoError(w.t, os.WriteFile(filepath.Join(dir, "alerts.yml"), []byte(atOnce(rules(w.t))), 0o600))
	address := stack.FreeAddress()
	w.prom = "http://" + address
	process, err := stack.Launch(program, nil, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--log.level=warn")
	require.NoError(w.t, err)
	w.t.Cleanup(process.Kill)
	require.NoError(w.t, process.Await(stack.Context(w.t), w.prom+"/-/ready"))
	w.hasData(`up{job="carrierflow"} == 1`) // what happens before the first scrape is no increase
}

func rules(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docs, "prometheus", "alerts.yml"))
	require.NoError(t, err)
	return string(text)
}

var lasting = regexp.MustCompile(`for: \d+m`)

// atOnce changes the rules so that nothing has to last, and lowers the bounds that would take minutes to reach.
func atOnce(rules string) string {
	return strings.NewReplacer(
		"carrierflow_sweep_lag_seconds) > 300", "carrierflow_sweep_lag_seconds) > 8",
		"carrierflow_counts_age_seconds) > 120", "carrierflow_counts_age_seconds) > 40",
		"carrierflow_check_lag_seconds_bucket[5m]))) > 30", "carrierflow_check_lag_seconds_bucket[5m]))) > 2",
	).Replace(lasting.ReplaceAllString(rules, "for: 0s"))
}

// series is how many series an expression has now.
func (w *world) series(expression string) (int, error) {
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.prom+"/api/v1/query?query="+url.QueryEscape(expression), nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Status, Error string
		Data          struct{ Result []any }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return 0, err
	}
	if answer.Status != "success" {
		return 0, fmt.Errorf("%s: %s", expression, answer.Error)
	}
	return len(answer.Data.Result), nil
}

// hasData waits until an expression has a series.
func (w *world) hasData(expression string) {
	w.t.Helper()
	require.NoError(w.t, stack.Until(stack.Context(w.t), "there is data for "+expression, 200*time.Millisecond, func() (bool, error) {
		n, err := w.series(expression)
		return n > 0, err
	}))
}

// fires waits until an alert has fired, for the given label where it is not empty.
func (w *world) fires(alert, label string) {
	w.t.Helper()
	w.hasData(fmt.Sprintf(`max_over_time(ALERTS{alertname=%q,alertstate="firing"%s}[1h])`, alert, label))
	w.t.Logf("fired: %s %s", alert, label)
}

func (w *world) isQuiet(alert, label string) {
	w.t.Helper()
	n, err := w.series(fmt.Sprintf(`max_over_time(ALERTS{alertname=%q,alertstate="firing"%s}[1h])`, alert, label))
	require.NoError(w.t, err)
	require.Zero(w.t, n, "%s has fired", alert)
}

var numbers atomic.Int64

// line is an identifier that nothing else uses, with the code of a scenario at its end.
func line(prefix string, digits, scenario int) string {
	return fmt.Sprintf("%s%0*d%02d", prefix, digits, numbers.Add(1), scenario)
}

// fast are timings for a carrier that decides in a fraction of a second.
const fast = `{"pollEvery":"200ms","overduePollEvery":"500ms","lookupDelay":"1s","callTimeout":"10s","confirmWithin":"3s"}`

// start starts an operation; input is the rest of its JSON.
func (w *world) start(operation, input, timings string) client.WorkflowRun {
	w.t.Helper()
	text := fmt.Sprintf(`{"reference":"mon-%d",%s,"timings":%s}`, numbers.Add(1), input, timings)
	options, err := workflows.StartOptions(operation, json.RawMessage(text), "secret")
	require.NoError(w.t, err)
	run, err := w.temporal.ExecuteWorkflow(w.t.Context(), options, operation, json.RawMessage(text))
	require.NoError(w.t, err)
	return run
}

// suspend suspends a DISH line with a scenario.
func (w *world) suspend(scenario int, timings string) client.WorkflowRun {
	return w.start("dish.UpdateSubscriptionStatus", fmt.Sprintf(`"iccid":%q,"action":"Suspend"`, line("8901", 14, scenario)), timings)
}

// ended waits until runs have ended, however.
func (w *world) ended(runs ...client.WorkflowRun) {
	w.t.Helper()
	for _, run := range runs {
		if err := run.Get(stack.Context(w.t), nil); err != nil {
			require.NotErrorIs(w.t, err, context.DeadlineExceeded)
		}
	}
}
