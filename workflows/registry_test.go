package workflows

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
)

// namesOf collects what is registered.
type namesOf []string

func (n *namesOf) RegisterActivityWithOptions(_ any, o activity.RegisterOptions) {
	*n = append(*n, o.Name)
}

func (n *namesOf) RegisterWorkflowWithOptions(_ any, o workflow.RegisterOptions) {
	*n = append(*n, o.Name)
}

// Every operation is a workflow, and has exactly the activities it calls on the queue of its carrier.
func TestEveryOperationHasItsActivities(t *testing.T) {
	var registered, registeredWorkflows namesOf
	for _, set := range []activities.Set{activities.Dish(&dish.Client{}), activities.STN(&stn.Client{}), activities.MasMovil(&masmovil.Client{})} {
		var own namesOf
		set.Register(&own)
		for _, name := range own {
			require.Equal(t, set.Carrier(), CarrierOf(name))
		}
		registered = append(registered, own...)
	}
	Register(&registeredWorkflows)

	var want namesOf
	wantWorkflows := namesOf{UnmatchedCallbackType, FollowUpType}
	for _, d := range Operations() {
		wantWorkflows = append(wantWorkflows, d.Type)
		if d.Kind == Read {
			want = append(want, activities.ReadName(d.Type))
			continue
		}
		want = append(want, activities.SubmitName(d.Type), activities.CheckName(d.Type))
	}
	require.ElementsMatch(t, want, registered)
	require.ElementsMatch(t, wantWorkflows, registeredWorkflows)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(wantWorkflows))), 13)
}

func TestOperationsAreDescribed(t *testing.T) {
	for _, d := range Operations() {
		for _, text := range []string{d.Title, d.Source, d.DecidedBy} {
			require.NotEmpty(t, text, d.Type)
		}
		require.Contains(t, []Kind{Change, Read}, d.Kind)
	}
	Operations()[0].Type = "changed"
	require.NotEqual(t, "changed", Operations()[0].Type, "a copy")
	require.Empty(t, DefinitionOf("dish.Unknown").Type)
}
