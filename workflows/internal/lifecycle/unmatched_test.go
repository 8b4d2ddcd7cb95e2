package lifecycle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

func TestUnmatchedCallbacksAreKeptUntilSeen(t *testing.T) {
	stay := func(play func(env *testsuite.TestWorkflowEnvironment)) (result workflows.UnmatchedResult, at time.Time) {
		suite := quietSuite()
		env := suite.NewTestWorkflowEnvironment()
		env.SetStartTime(started)
		env.RegisterWorkflowWithOptions(unmatchedCallback, workflow.RegisterOptions{Name: workflows.UnmatchedCallbackType})
		env.RegisterDelayedCallback(func() { play(env) }, time.Hour)
		env.ExecuteWorkflow(workflows.UnmatchedCallbackType, workflows.Unmatched{Carrier: "dish", Reference: "unknown"})
		require.NoError(t, env.GetWorkflowError())
		require.NoError(t, env.GetWorkflowResult(&result))
		return result, env.Now()
	}
	t.Run("seen", func(t *testing.T) {
		result, at := stay(func(env *testsuite.TestWorkflowEnvironment) {
			env.SignalWorkflow(workflows.CallbackSignal.Name, "unreadable")
			env.SignalWorkflow(workflows.SeenSignal.Name, "unreadable")
			env.SignalWorkflow(workflows.CallbackSignal.Name, saysDone)
			env.SignalWorkflow(workflows.SeenSignal.Name, workflows.Seen{By: "olga"})
		})
		require.Equal(t, workflows.UnmatchedResult{Callbacks: []workflows.Callback{saysDone}, SeenBy: "olga"}, result)
		require.True(t, at.Equal(started.Add(time.Hour)))
	})
	t.Run("never seen", func(t *testing.T) {
		result, at := stay(func(env *testsuite.TestWorkflowEnvironment) {
			env.SignalWorkflow(workflows.SeenSignal.Name, "unreadable")
			for range maxUnmatched + 5 {
				env.SignalWorkflow(workflows.CallbackSignal.Name, saysDone)
			}
		})
		require.Len(t, result.Callbacks, maxUnmatched)
		require.Empty(t, result.SeenBy)
		require.True(t, at.Equal(started.Add(unmatchedRetention)))
	})
}
