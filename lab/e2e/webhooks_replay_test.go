package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows/register"
)

// requireReplays checks that a worker can go on with a run, whatever it is configured to send.
func requireReplays(t *testing.T, c client.Client, run client.WorkflowRun) {
	t.Helper()
	var history historypb.History
	for it := c.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		require.NoError(t, err)
		history.Events = append(history.Events, event)
	}
	for _, wanted := range []bool{false, true} {
		replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
			Interceptors: []interceptor.WorkerInterceptor{register.Webhooks(func(string) bool { return wanted })},
		})
		require.NoError(t, err)
		register.Workflows(replayer)
		require.NoError(t, replayer.ReplayWorkflowHistoryWithOptions(nil, &history,
			worker.ReplayWorkflowHistoryOptions{OriginalExecution: executionOf(run)}), "%s, replayed with webhooks=%v", run.GetID(), wanted)
	}
}

// Whether webhooks are told is decided once for each run, and recorded: workers with other settings go on with it.
func TestRunsGoOnWhenWebhooksAreConfiguredOtherwise(t *testing.T) {
	t.Parallel()
	r := newEndpoint(t, "127.0.0.1", oldSecret, nil)
	_, with, _ := webhookStack(t, endpointFile(t, [3]string{"shop", r.URL, "secrets: [" + oldSecret + "]"}), "--sandbox-decide-after=300ms")
	for name, c := range map[string]client.Client{"with webhooks": with, "without": world.client} {
		invalid := reference(t)
		refused, err := c.ExecuteWorkflow(t.Context(), unchecked(suspending, invalid), suspending, json.RawMessage(fmt.Sprintf(`{"reference":%q,"action":"Dance"}`, invalid)))
		require.NoError(t, err)
		for _, run := range []client.WorkflowRun{
			refused,
			startedAt(t, c, reference(t), iccid(0), `,"timings":`+fast),
			startedAt(t, c, reference(t), iccid(int(subject.NotInEffect)), `,"timings":`+fast),
			startedAt(t, c, reference(t), iccid(int(subject.Refused400)), `,"timings":`+fast),
		} {
			_ = run.Get(stack.Context(t), nil) // either end is one
			requireReplays(t, c, run)
		}
		t.Log(name)
	}
	require.NotEmpty(t, r.taken)
}
