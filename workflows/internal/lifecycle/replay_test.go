package lifecycle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

// Histories of running operations must continue with this code. The files are recorded from deployed code with make record;
// when this test fails, the change needs workflow.GetVersion: see docs/changing-workflows.md.
func TestRecordedHistoriesReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	replayed := map[string]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			text, err := os.Open(file)
			require.NoError(t, err)
			defer func() { _ = text.Close() }()
			history, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
			require.NoError(t, err)
			replayer := worker.NewWorkflowReplayer()
			Register(replayer, workflows.Operations())
			// An operation reads its own id, which must be passed to a replay.
			id := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId()
			require.NotEmpty(t, id)
			require.NoError(t, replayer.ReplayWorkflowHistoryWithOptions(nil, history,
				worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}}),
				"an operation in flight would get stuck on this code")
		})
		replayed[name[:strings.LastIndex(name, ".")]] = true
	}
	for _, own := range []string{workflows.UnmatchedCallbackType, workflows.FollowUpType} {
		require.True(t, replayed[own], "no history of %s is recorded", own)
	}
	for _, o := range workflows.Operations() {
		require.True(t, replayed[o.Info().Type], "no history of %s is recorded", o.Info().Type)
	}
}
