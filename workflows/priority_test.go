package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
)

// Requests are taken up before what somebody waits for, and that before the polls.
func TestPollsAreTakenUpLast(t *testing.T) {
	env := quietSuite().NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		o := operation[struct{}]{carrier: carriers.DISH, timings: usual()}
		p := o.slow(ctx)
		key := func(ctx workflow.Context) int { return workflow.GetActivityOptions(ctx).Priority.PriorityKey }
		submit, poll := key(o.submitOptions(ctx, time.Hour)), key(o.checkOptions(ctx, p))
		for name, waitedFor := range map[string]int{
			"a confirming read": key(o.confirmOptions(ctx, time.Second, p)), "a look": key(o.lookOptions(ctx)),
			"a last look": key(o.lastLookOptions(ctx)), "a read": key(readOptions(ctx, o.carrier, o.timings)),
		} {
			require.Less(t, submit, waitedFor, name)
			require.Less(t, waitedFor, poll, name)
		}
		require.Positive(t, submit, "zero is the default, which is in the middle")
		return nil
	})
	require.NoError(t, env.GetWorkflowError())
}
