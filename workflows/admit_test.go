package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// A workflow started under another id would not be found by a callback, and nothing would keep its reference from being
// used twice: it sends nothing.
func TestAnotherWorkflowIDIsRefused(t *testing.T) {
	for operation := range inputs {
		s := newStage(t, operation, script{})
		s.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "another"})
		f := s.run().failed(InvalidRequest)
		require.Equal(t, "reference", f.Faults[0].Field)
		require.Contains(t, f.Message, string(CarrierOf(operation))+":r-1")
	}
}
