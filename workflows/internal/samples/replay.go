package samples

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Replay replays every recorded history in testdata with the workflows that register adds, and returns their names. Histories of running
// workflows must continue with this code. The files are recorded from deployed code with make record; when the replay fails, the change
// needs workflow.GetVersion: see docs/changing-workflows.md.
func Replay(t *testing.T, register func(worker.WorkflowReplayer)) (names []string) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files, "no history is recorded")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		names = append(names, name)
		t.Run(name, func(t *testing.T) {
			text, err := os.Open(file)
			require.NoError(t, err)
			defer func() { _ = text.Close() }()
			history, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
			require.NoError(t, err)
			replayer := worker.NewWorkflowReplayer()
			register(replayer)
			// A workflow reads its own id, which must be passed to a replay.
			id := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId()
			require.NotEmpty(t, id)
			require.NoError(t, replayer.ReplayWorkflowHistoryWithOptions(nil, history,
				worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}}),
				"a workflow in flight would get stuck on this code")
		})
	}
	return names
}
