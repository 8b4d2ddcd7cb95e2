package lifecycle

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

func TestAnUnknownOperationFails(t *testing.T) {
	suite := quietSuite()
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "dish:r-1"})
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ json.RawMessage) (any, error) { return failUnknown(ctx, nil) },
		workflow.RegisterOptions{Name: "dish.Fly"})
	env.ExecuteWorkflow("dish.Fly", json.RawMessage(`{}`))
	f, ok := workflows.AsFailure(env.GetWorkflowError())
	require.True(t, ok)
	require.Equal(t, workflows.InvalidRequest, f.Type)
	require.Contains(t, f.Message, `"dish.Fly" is no operation`)
}
