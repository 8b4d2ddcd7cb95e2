package monitoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.yaml.in/yaml/v3"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
)

// The rules can be read, and each alert fires after its time, and not before.
func TestRules(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		promtool := exec.CommandContext(t.Context(), "promtool", args...)
		promtool.Dir = filepath.Join(docs, "prometheus")
		text, err := promtool.CombinedOutput()
		require.NoError(t, err, "%s (make test-deps installs Prometheus)", text)
	}
	tests, err := os.ReadFile(filepath.Join(docs, "prometheus", "alerts_test.yml"))
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join(docs, "metrics.md"))
	require.NoError(t, err)
	for name := range alerts(t) {
		require.Regexp(t, `(?s)alertname: `+name+`\s+eval_time: \S+\s+exp_alerts:`, string(tests), "it is made to fire")
		require.Contains(t, string(page), "\n### "+name+"\n", "what to do about it")
		require.Contains(t, rules(t), "runbook: docs/metrics.md#"+strings.ToLower(name)+"\n")
	}
}

// alerts are the expressions of the alerts, by their names.
func alerts(t *testing.T) map[string]string {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(rules(t)), &file))
	found := map[string]string{}
	for _, rule := range file.Groups[0].Rules {
		found[rule.Alert] = rule.Expr
	}
	require.NotEmpty(t, found)
	return found
}

var comparison = regexp.MustCompile(`\s(?:==|>|<)\s[0-9.]+`)

// always is an alert's expression without what makes it empty when all is well.
func always(expression string) string {
	return strings.ReplaceAll(comparison.ReplaceAllString(expression, ""), "absent(", "(")
}

// panels are the expressions of the dashboard.
func panels(t *testing.T) (found []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docs, "grafana", "carrierflow.json"))
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Type    string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	for _, panel := range dashboard.Panels {
		require.Equal(t, panel.Type == "row", len(panel.Targets) == 0)
		for _, target := range panel.Targets {
			found = append(found, strings.NewReplacer("$carrier", ".*", "$__rate_interval", "1m").Replace(target.Expr))
		}
	}
	require.NotEmpty(t, found)
	return found
}

// Everything that is measured happens, every expression has data, and the alerts that it concerns fire.
func TestWhatIsMeasured(t *testing.T) {
	w := begin(t, "STN_SWEEP=true", "STN_SWEEP_EVERY=1s", "TELNYX_PER_SECOND=2", "MASMOVIL_OUTAGE_AFTER=1000")

	// Callbacks that are lost, before any arrives.
	var runs []client.WorkflowRun
	for range 7 {
		runs = append(runs, w.suspend(int(subject.LostCallback), fast))
	}
	w.ended(runs...)
	w.fires("CarrierflowCallbacksMissing", `,carrier="dish"`)

	w.isQuiet("CarrierflowOperationOverdue", "")
	w.isQuiet("CarrierflowOperationParked", "")
	w.isQuiet("CarrierflowCredentialsRefused", "")
	w.isQuiet("CarrierflowCallbacksRefused", "")
	w.isQuiet("CarrierflowOperationsFail", "")

	// What is counted takes up to half a minute to show, so everything happens first. One order each that is stuck.
	never := strings.Replace(fast, "{", `{"overdueAfter":"2s",`, 1)
	w.suspend(int(subject.NeverDecided), never)
	w.start("masmovil.ReplaceSIM", fmt.Sprintf(`"orgId":"masmovil","subscriptionId":%d,"dealer_id":"D1","logistic":true,"new_icc":%q`, numbers.Add(1)*100+int64(subject.ResetNotRecorded), line("8934", 13, 0)), fast)

	// One whose credentials are refused, and one callback without a signature.
	runs = []client.WorkflowRun{w.suspend(int(subject.Refused401), fast)}
	unsigned, err := stack.Callback(t.Context(), "http://"+w.Callbacks+"/callbacks/dish", "", "", []byte(`{}`))
	require.NoError(t, err)
	w.answers(unsigned, http.StatusUnauthorized)

	// Lost answers, which are looked up; changes of one line, which take turns; ordinary ones; reads; many that fail.
	runs = append(runs,
		w.suspend(int(subject.ResetNotRecorded), fast), w.suspend(int(subject.ResetRecorded), fast), w.suspend(int(subject.ErrorRecorded), fast),
		w.suspend(int(subject.Ordinary), fast), w.start("stn.SetServices", fmt.Sprintf(`"subscriptionId":%q,"services":{"voiceMail":false}`, line("SUB-", 6, 0)), fast),
		w.start("dish.GetSubscription", fmt.Sprintf(`"iccid":%q`, line("8901", 14, 0)), `{}`),
	)
	card := line("8901", 14, 0)
	for _, action := range []string{"Suspend", "Resume"} {
		runs = append(runs, w.start("dish.UpdateSubscriptionStatus", fmt.Sprintf(`"iccid":%q,"action":%q`, card, action), fast))
	}
	for range 60 {
		runs = append(runs, w.suspend(int(subject.Refused400), fast))
	}

	// More checks than a limit lets through.
	for range 40 {
		w.start("telnyx.EnableSIM", fmt.Sprintf(`"sim_card_id":"6a09cdc3-8948-47f0-aa62-%012d"`, numbers.Add(1)*100+int64(subject.NeverDecided)), fast)
	}
	w.ended(runs...)
	w.fires("CarrierflowOperationOverdue", `,operation="dish.UpdateSubscriptionStatus"`)
	w.fires("CarrierflowOperationParked", `,operation="masmovil.ReplaceSIM"`)
	w.fires("CarrierflowNeedsAttention", `,kind="OutcomeUnknown"`)
	w.fires("CarrierflowCredentialsRefused", `,carrier="dish"`)
	w.fires("CarrierflowCallbacksRefused", `,carrier="dish"`)
	w.fires("CarrierflowOperationsFail", `,carrier="dish"`)
	w.fires("CarrierflowChecksLate", `,carrier="telnyx"`)
	w.fires("CarrierflowChecksRare", `,carrier="telnyx"`)

	for name, expression := range alerts(t) {
		t.Log(name)
		w.hasData(always(expression))
	}
	for _, expression := range panels(t) {
		w.hasData(expression)
	}
	w.documented()

	// An outage of a carrier, also of its list.
	require.NoError(t, w.Direct(sandbox.Rule{Carrier: "stn", Scenario: "down"}))
	w.start("stn.SetServices", fmt.Sprintf(`"subscriptionId":%q,"services":{"voiceMail":false}`, line("SUB-", 6, 0)), fast)
	w.fires("CarrierflowCarrierOutage", `,carrier="stn"`)
	w.fires("CarrierflowCarrierErrors", `,carrier="stn"`)
	w.fires("CarrierflowSweepLate", `,carrier="stn"`)

	// Temporal is gone; then the worker.
	w.Server.Kill()
	signed, err := stack.Callback(t.Context(), "http://"+w.Callbacks+"/callbacks/dish", w.WebhookSecret, "msg-1", []byte(`{"partnerTransactionId":"r-1","status":"Success"}`))
	require.NoError(t, err)
	w.answers(signed, http.StatusServiceUnavailable)
	w.fires("CarrierflowCallbacksNotStored", `,carrier="dish"`)
	w.fires("CarrierflowTemporalUnreachable", "")
	w.alive()
	w.Worker.Kill()
	w.fires("CarrierflowWorkerDown", "")
	w.fires("CarrierflowNoWorker", "")
	again, err := stack.Launch(w.Binaries.Worker, w.WorkerEnv())
	require.NoError(t, err)
	w.Worker = again
	w.fires("CarrierflowWorkerNotReady", "")
	w.alive()
}

// answers sends a callback, and expects a status.
func (w *world) answers(request *http.Request, status int) {
	w.t.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	require.NoError(w.t, response.Body.Close())
	require.Equal(w.t, status, response.StatusCode)
}

// alive expects the worker not to be restarted.
func (w *world) alive() {
	w.t.Helper()
	require.NoError(w.t, w.Worker.Await(stack.Context(w.t), "http://"+w.Health+"/healthz"))
}

// documented compares the worker's page with the table in docs/metrics.md: names, types and labels.
func (w *world) documented() {
	w.t.Helper()
	response, err := http.Get("http://" + w.Health + "/metrics")
	require.NoError(w.t, err)
	var page bytes.Buffer
	_, err = page.ReadFrom(response.Body)
	require.NoError(w.t, err)
	require.NoError(w.t, response.Body.Close())
	text, err := os.ReadFile(filepath.Join(docs, "metrics.md"))
	require.NoError(w.t, err)
	said := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(carrierflow_[a-z_]+)` \\| (\\w+) \\| ([^|]*) \\| `").FindAllStringSubmatch(string(text), -1) {
		labels := strings.FieldsFunc(row[3], func(r rune) bool { return strings.ContainsRune("`, ", r) })
		slices.Sort(labels)
		said[row[1]] = row[2] + " " + strings.Join(labels, ",")
	}
	require.Equal(w.t, said, exported(page.String()))
}

var (
	typeLine   = regexp.MustCompile(`(?m)^# TYPE (carrierflow_\w+) (\w+)$`)
	sampleLine = regexp.MustCompile(`(?m)^(carrierflow_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$`)
	labelName  = regexp.MustCompile(`(\w+)="(?:[^"\\]|\\.)*"`)
)

// exported are the type and the labels of each of our metrics on a page.
func exported(page string) map[string]string {
	found, kinds := map[string]string{}, map[string]string{}
	for _, one := range typeLine.FindAllStringSubmatch(page, -1) {
		kinds[one[1]] = one[2]
	}
	for name, kind := range kinds {
		var sample string
		for _, one := range sampleLine.FindAllStringSubmatch(page, -1) {
			if one[1] == name || kind != "histogram" && strings.HasPrefix(one[0], name+"{") {
				sample = one[2]
			}
		}
		var labels []string
		for _, label := range labelName.FindAllStringSubmatch(sample, -1) {
			if !strings.HasPrefix(label[1], "otel_scope") && label[1] != "le" {
				labels = append(labels, label[1])
			}
		}
		slices.Sort(labels)
		found[name] = kind + " " + strings.Join(labels, ",")
	}
	return found
}
