package lifecycle

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

// Every operation, and every other workflow here, has a recorded history.
func TestRecordedHistoriesReplay(t *testing.T) {
	replayed := map[string]bool{}
	for _, name := range samples.Replay(t, func(r worker.WorkflowReplayer) { Register(r, workflows.Operations()) }) {
		replayed[name[:strings.LastIndex(name, ".")]] = true
	}
	for _, own := range []string{workflows.UnmatchedCallbackType, workflows.FollowUpType} {
		require.True(t, replayed[own], "no history of %s is recorded", own)
	}
	for _, o := range workflows.Operations() {
		require.True(t, replayed[o.Info().Type], "no history of %s is recorded", o.Info().Type)
	}
}
