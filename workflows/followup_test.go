package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// A follow-up keeps late words, and is open until somebody acknowledges it.
func TestFollowUpIsOpenUntilItIsAcknowledged(t *testing.T) {
	suite := quietSuite()
	env := suite.NewTestWorkflowEnvironment()
	Register(env)
	env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil)
	late := Callback{State: carriers.Failed, Status: "Failed", Code: "E-42", Reason: "no such plan"}
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(CallbackSignal.Name, late) }, time.Hour)
	env.RegisterDelayedCallback(func() { require.False(t, env.IsWorkflowCompleted()) }, 48*time.Hour)
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(SeenSignal.Name, Seen{By: "jo", Reason: "asked DISH"}) }, 72*time.Hour)
	env.ExecuteWorkflow(FollowUpType, FollowUp{
		WorkflowID: "dish:r-1", RunID: "run", Carrier: carriers.DISH, Reference: "r-1",
		Failure: DeadlineExceeded, Message: "undecided until the deadline", Attention: []Attention{AttentionOverdue},
	})
	var result FollowUpResult
	require.NoError(t, env.GetWorkflowResult(&result))
	require.Equal(t, FollowUpResult{Callbacks: []Callback{late}, SeenBy: "jo", Reason: "asked DISH"}, result)
}

func TestFollowUpID(t *testing.T) {
	id, ok := ParseFollowUpID(FollowUpID("dish:order-17"))
	require.True(t, ok)
	require.Equal(t, "dish:order-17", id)
	_, ok = ParseFollowUpID("dish:order-17")
	require.False(t, ok)
}
