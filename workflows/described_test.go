package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// What a check has said last is read with the keys; without them it is left out, and never an error.
func TestWhatAnEncryptedActivityHasSaid(t *testing.T) {
	keyset, err := encryption.NewKeyset()
	require.NoError(t, err)
	keys, err := encryption.New(string(keyset))
	require.NoError(t, err)
	options := keys.Options(client.Options{})
	pending := waiting(func(p *workflowpb.PendingActivityInfo) {
		p.LastFailure = options.FailureConverter.ErrorToFailure(temporal.NewApplicationErrorWithOptions("not yet", activities.Pending,
			temporal.ApplicationErrorOptions{Details: []any{activities.Problem{CarrierStatus: "Queued"}}}))
		p.HeartbeatDetails, err = options.DataConverter.ToPayloads(activities.Progress{Status: "BUSY"})
		require.NoError(t, err)
	})
	all := []*workflowpb.PendingActivityInfo{pending}
	for range 2 { // reading changes nothing
		require.Equal(t, []string{"BUSY", "not yet"}, []string{ActivityOf(all, options.DataConverter).CarrierStatus, ActivityOf(all, options.DataConverter).LastFailure})
	}
	require.Equal(t, []string{"", "Encoded failure"}, []string{ActivityOf(all, nil).CarrierStatus, ActivityOf(all, nil).LastFailure})
}
