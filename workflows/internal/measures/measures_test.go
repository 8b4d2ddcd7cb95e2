package measures

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows/plans"
)

// observed is what an observer is told of the ends of runs.
type observed struct {
	Observer
	ends []End
}

func (o *observed) Ended(e End) { o.ends = append(o.ends, e) }

// A failure whose details are of another type than an operation's, such as a plan's, ends its run as it is, and is not counted.
func TestTheFailureOfAPlanIsLeftAlone(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	var o observed
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{Interceptor(&o)}})
	env.RegisterWorkflowWithOptions(func(workflow.Context) error {
		return temporal.NewNonRetryableApplicationError("a step failed", string(plans.PlanLeft), nil, plans.Failure{Type: plans.FailureType(plans.PlanLeft)})
	}, workflow.RegisterOptions{Name: plans.WorkflowType})
	env.ExecuteWorkflow(plans.WorkflowType)
	require.ErrorContains(t, env.GetWorkflowError(), "a step failed")
	require.Empty(t, o.ends)
}

// The last task of a run may be made twice; the run is counted once.
func TestARunEndsOnce(t *testing.T) {
	var e ended
	require.True(t, e.first("run"))
	require.False(t, e.first("run"))
	for i := range remembered {
		require.True(t, e.first(fmt.Sprint(i)))
	}
	require.Len(t, e.known, remembered, "what is remembered is bounded")
	require.True(t, e.first("run"), "it was forgotten")
}
