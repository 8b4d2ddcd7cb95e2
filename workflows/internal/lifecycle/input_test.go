package lifecycle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
	"github.com/carrierflow/carrierflow/workflows"
)

// A workflow with another id would not be found by a callback, and nothing would prevent a second use of its reference: it
// sends nothing.
func TestAnotherWorkflowIDIsRefused(t *testing.T) {
	for _, o := range workflows.Operations() {
		operation := o.Info().Type
		h := newHarness(t, operation, fakes{})
		h.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "another"})
		f := h.run().failed(workflows.InvalidRequest)
		require.Equal(t, "reference", f.Faults[0].Field)
		require.Contains(t, f.Message, string(carriers.CarrierOf(operation))+":r-1")
	}
}

func TestInputsAreBounded(t *testing.T) {
	fat := fmt.Sprintf(`{"location":{"note":%q}}`, strings.Repeat("x", schema.LargestInput))
	h := newHarness(t, "dish.ActivateSubscription", fakes{}).run(fat)
	require.Contains(t, h.failed(workflows.InvalidRequest).Message, "at most 65536 are taken")
	require.Empty(t, h.sent)
}
