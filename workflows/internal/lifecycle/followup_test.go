package lifecycle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// A follow-up keeps late callbacks, and is open until it is acknowledged.
func TestFollowUpIsOpenUntilItIsAcknowledged(t *testing.T) {
	suite := quietSuite()
	env := suite.NewTestWorkflowEnvironment()
	Register(env, workflows.Operations())
	env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil)
	late := workflows.Callback{State: carriers.Failed, Status: "Failed", Code: "E-42", Reason: "no such plan"}
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.CallbackSignal.Name, late) }, time.Hour)
	env.RegisterDelayedCallback(func() { require.False(t, env.IsWorkflowCompleted()) }, 48*time.Hour)
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.SeenSignal.Name, workflows.Seen{By: "jo", Reason: "asked DISH"}) }, 72*time.Hour)
	env.ExecuteWorkflow(workflows.FollowUpType, workflows.FollowUp{
		WorkflowID: "dish:r-1", RunID: "run", Carrier: "dish", Reference: "r-1",
		Failure: workflows.DeadlineExceeded, Message: "undecided until the deadline", Attention: []workflows.Attention{workflows.AttentionOverdue},
	})
	var result workflows.FollowUpResult
	require.NoError(t, env.GetWorkflowResult(&result))
	require.Equal(t, workflows.FollowUpResult{Callbacks: []workflows.Callback{late}, SeenBy: "jo", Reason: "asked DISH"}, result)
}

func TestFollowUpID(t *testing.T) {
	id, ok := workflows.ParseFollowUpID(workflows.FollowUpID("dish:order-17"))
	require.True(t, ok)
	require.Equal(t, "dish:order-17", id)
	_, ok = workflows.ParseFollowUpID("dish:order-17")
	require.False(t, ok)
}

// What a plan with steps at several carriers has left behind names no carrier.
func TestAFollowUpWithoutACarrier(t *testing.T) {
	f := workflows.FollowUp{WorkflowID: "plan:order-70", Operation: "Plan", Attention: []workflows.Attention{workflows.AttentionPlanStopped}}
	attributes := f.Attributes("")
	_, set := attributes.GetKeyword(workflows.CarrierAttribute)
	require.False(t, set)
	operation, _ := attributes.GetKeyword(workflows.OperationAttribute)
	require.Equal(t, "Plan", operation)
	text := detailsOfFollowUp(f, f.Attention, workflows.FollowUpResult{})
	require.Contains(t, text, "Look at what it left in effect.")
	require.Contains(t, text, "starter acknowledge plan:order-70")
}
