package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestHealthAndMetrics(t *testing.T) {
	t.Parallel()
	for path, text := range map[string]string{
		"/healthz": "ok", "/readyz": "ready", "/metrics": "temporal_worker_start",
	} {
		status, body := get(t, "http://"+world.Health+path)
		require.Equal(t, http.StatusOK, status, path)
		require.Contains(t, body, text, path)
	}
}

// A worker that is started before Temporal waits for it: it lives, is not ready, and tells carriers to call again.
func TestWorkerWaitsForTemporal(t *testing.T) {
	t.Parallel()
	s := ownStack(t)
	worker, err := stack.Launch(s.Binaries.Worker, s.WorkerEnv())
	require.NoError(t, err)
	t.Cleanup(worker.Kill)
	require.NoError(t, worker.Await(stack.Context(t), "http://"+s.Health+"/healthz"))
	status, text := get(t, "http://"+s.Health+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status, text)
	eventually(t, "the reason", func() bool {
		_, text = get(t, "http://"+s.Health+"/readyz")
		return strings.Contains(text, "nothing answers at "+s.Temporal)
	})
	status, header, text := postTo(t, s, `{"partnerTransactionId":"r-1","status":"Success"}`)
	require.Equal(t, http.StatusServiceUnavailable, status, text)
	require.NotEmpty(t, header.Get("Retry-After"))
	require.NoError(t, worker.Stop(stack.Patience), "it stops while it waits, too")
}

// A worker that may keep only a few runs in memory drops others while they wait, reads them anew when something happens to them,
// and finishes all.
func TestAWorkerThatKeepsFewRunsFinishesAll(t *testing.T) {
	t.Parallel()
	const keeps, count = 2, 12
	s := ownStack(t)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	require.NoError(t, s.StartServer("--sandbox-decide-after=1h"))
	require.NoError(t, s.StartWorker("CARRIERFLOW_WORKFLOW_CACHE="+strconv.Itoa(keeps)))
	temporal, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	const operation = "dish.UpdateSubscriptionStatus"
	var runs []client.WorkflowRun
	for range count {
		input := fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","confirm":false,"timings":%s}`, reference(t), iccid(int(subject.Ordinary)), patient)
		run, err := temporal.ExecuteWorkflow(t.Context(), options(t, operation, input), operation, json.RawMessage(input))
		require.NoError(t, err)
		runs = append(runs, run)
	}
	for _, run := range runs {
		eventually(t, "the operation waits", func() bool {
			described, err := temporal.DescribeWorkflowExecution(t.Context(), run.GetID(), "")
			require.NoError(t, err)
			return slices.ContainsFunc(described.GetPendingActivities(), func(a *workflowpb.PendingActivityInfo) bool {
				return a.GetActivityType().GetName() == activities.CheckName(operation)
			})
		})
	}
	_, metrics := get(t, "http://"+s.Health+"/metrics")
	most := -1
	for line := range strings.Lines(metrics) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), "} "); strings.HasPrefix(name, "temporal_sticky_cache_size{") {
			kept, err := strconv.Atoi(value)
			require.NoError(t, err)
			most = max(most, kept)
		}
	}
	require.GreaterOrEqual(t, most, 0, metrics)
	require.LessOrEqual(t, most, keeps, "runs in memory")
	for _, run := range runs {
		_, ref, _ := strings.Cut(run.GetID(), ":")
		status, _, text := postTo(t, s, fmt.Sprintf(`{"partnerTransactionId":%q,"status":"Success"}`, ref))
		require.Equal(t, http.StatusAccepted, status, text)
		succeed(t, run)
	}
}

func TestWorkerSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	worker, err := stack.Launch(world.Binaries.Worker, []string{"DISH_BASE_URL=nonsense", "DISH_TIMEOUT=0s", "DISH_CALLBACK_AUTH=bearer"})
	require.NoError(t, err)
	require.NotZero(t, worker.Wait())
	for _, variable := range []string{"DISH_BASE_URL", "DISH_CALLBACK_TOKENS"} {
		require.Contains(t, worker.Output(), variable)
	}
}

// Resetting a run to its beginning must not send a second time: the new run looks first, and is parked where nothing at the carrier
// tells a request from one that never came.
func TestResetDoesNotSendTwice(t *testing.T) {
	t.Parallel()
	for _, s := range subject.Changes() {
		t.Run(s.Type, func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), fresh(s, subject.Ordinary)
			run := startOn(t, s, ref, line, fast)
			succeed(t, run)
			again, err := world.client.ResetWorkflowExecution(t.Context(), resetToBeginning(run.GetID(), run.GetRunID()))
			require.NoError(t, err)
			status := awaitStatus(t, run, "the second run is decided or parked", func(o workflows.OperationStatus) bool {
				return o.Ended() || o.Phase == workflows.PhaseParked
			})
			require.Equal(t, 1, recorded(t, string(s.Carrier()), line))
			second := world.client.GetWorkflow(t.Context(), run.GetID(), again.GetRunId())
			if s.FoundBy == carriers.FoundByReference || status.Ended() {
				succeed(t, second)
			}
		})
	}
}

func resetToBeginning(id, run string) *workflowservice.ResetWorkflowExecutionRequest {
	return &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: execution(id, run), Reason: "a test",
		WorkflowTaskFinishEventId: 4, RequestId: id + "-reset",
	}
}
