package webhooks

import (
	"testing"

	"go.temporal.io/sdk/worker"

	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

func TestRecordedHistoriesReplay(t *testing.T) {
	samples.Replay(t, func(r worker.WorkflowReplayer) { Register(r) })
}
