package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/lab/cost"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// What webhooks cost at Temporal is as exact as what an operation costs without them: one event for each, and a short workflow that
// delivers it.
func TestCostOfWebhooks(t *testing.T) {
	t.Parallel()
	r := newEndpoint(t, "127.0.0.1", oldSecret, nil)
	s, temporal, _ := webhookStack(t, endpointFile(t, [3]string{"shop", r.URL, "secrets: [" + oldSecret + "]"}))
	for _, c := range []struct {
		costCase
		budget cost.Budget
	}{
		{costCase{"callback, no confirm", "dish.UpdateSubscriptionStatus", 0, map[string]any{"confirm": false}}, cost.Budget{Events: 16 + 2, Transitions: 10, Actions: 4, LocalActivities: 2}},
		{costCase{"callback, confirmed", "dish.UpdateSubscriptionStatus", 0, nil}, cost.Budget{Events: 17 + 2, Transitions: 10, Actions: 4, LocalActivities: 2}},
		{costCase{"1 poll", "stn.SetServices", 1, nil}, cost.Budget{Events: 17 + 2, Transitions: 11, Actions: 3, LocalActivities: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			of, _ := c.measure(t, s, temporal)
			for again := 0; of.Disturbed && again < 5; again++ {
				of, _ = c.measure(t, s, temporal)
			}
			if c.polls > 0 {
				of = of.AtPolls(c.polls)
			}
			require.Equal(t, c.budget, of.Budget())
		})
	}
	for kind, budget := range map[workflows.WebhookType]cost.Budget{
		workflows.WebhookAccepted: {Events: 11, Transitions: 7, Actions: 2}, workflows.WebhookEnded: {Events: 12, Transitions: 7, Actions: 2, LocalActivities: 1},
	} {
		t.Run("the delivery of "+string(kind), func(t *testing.T) {
			var got []cost.Cost
			for _, id := range deliveriesOf(t, temporal, kind) {
				of, err := cost.Of(stack.Context(t), temporal, id, 0, 0)
				require.NoError(t, err)
				if !of.Disturbed {
					got = append(got, of)
				}
			}
			require.NotEmpty(t, got)
			require.Equal(t, budget, got[0].Budget())
		})
	}
}

// deliveriesOf are the deliveries of a type of event, once all have ended.
func deliveriesOf(t *testing.T, c client.Client, kind workflows.WebhookType) (ids []string) {
	t.Helper()
	eventually(t, "all is delivered", func() bool {
		ids = nil
		found, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: "default", Query: "WorkflowType = 'WebhookDelivery'"})
		require.NoError(t, err)
		for _, e := range found.GetExecutions() {
			if e.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
				return false
			}
			var in workflows.WebhookDelivery
			it := c.GetWorkflowHistory(t.Context(), e.GetExecution().GetWorkflowId(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
			event, err := it.Next()
			require.NoError(t, err)
			require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(event.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in))
			if in.Event.Type == kind {
				ids = append(ids, e.GetExecution().GetWorkflowId())
			}
		}
		return len(ids) >= 3
	})
	return ids
}
