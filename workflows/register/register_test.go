package register

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// names collects what is registered.
type names struct {
	workflows, activities []string
	// dynamic counts the workflows for all other types.
	dynamic int
	// behaviors are how a versioned worker treats the workflows.
	behaviors map[string]workflow.VersioningBehavior
}

func (n *names) RegisterActivityWithOptions(_ any, o activity.RegisterOptions) {
	n.activities = append(n.activities, o.Name)
}

func (n *names) RegisterWorkflowWithOptions(_ any, o workflow.RegisterOptions) {
	n.workflows = append(n.workflows, o.Name)
	if n.behaviors == nil {
		n.behaviors = map[string]workflow.VersioningBehavior{}
	}
	n.behaviors[o.Name] = o.VersioningBehavior
}

func (n *names) RegisterDynamicWorkflow(any, workflow.DynamicRegisterOptions) { n.dynamic++ }

// Every operation is one workflow, and one workflow takes the runs of all other types.
func TestEveryOperationIsAWorkflow(t *testing.T) {
	var got names
	Workflows(&got)
	want := []string{workflows.UnmatchedCallbackType, workflows.FollowUpType, workflows.LineType, workflows.SweepType, workflows.WebhookDeliveryType, plans.WorkflowType}
	for _, o := range workflows.Operations() {
		want = append(want, o.Info().Type)
	}
	require.ElementsMatch(t, want, got.workflows)
	require.Equal(t, 1, got.dynamic)
}

// What ends stays on the build that it began on; what may be open for ever must not keep a build.
func TestEveryWorkflowSaysHowItIsUpgraded(t *testing.T) {
	var got names
	Workflows(&got)
	upgraded := []string{workflows.UnmatchedCallbackType, workflows.FollowUpType, workflows.LineType, workflows.SweepType, workflows.WebhookDeliveryType}
	for name, behavior := range got.behaviors {
		want := workflow.VersioningBehaviorPinned
		if slices.Contains(upgraded, name) {
			want = workflow.VersioningBehaviorAutoUpgrade
		}
		require.Equal(t, want, behavior, name)
	}
}

// Every operation has exactly the activities that its workflow calls, under names of its carrier.
func TestEveryOperationHasItsActivities(t *testing.T) {
	var all []string
	for _, a := range registry.Carriers() {
		var got names
		activities.Register(&got, a, nil, activities.Options{})
		for _, name := range got.activities {
			require.Equal(t, a.Carrier, carriers.CarrierOf(name))
		}
		all = append(all, got.activities...)
	}
	var want []string
	for _, o := range workflows.Operations() {
		operation := o.Info().Type
		if o.Info().Kind == carriers.KindRead {
			want = append(want, activities.ReadName(operation))
			continue
		}
		want = append(want, activities.SubmitName(operation), activities.CheckName(operation))
	}
	require.ElementsMatch(t, want, all)
}
