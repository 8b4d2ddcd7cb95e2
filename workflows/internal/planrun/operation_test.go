package planrun

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/workflows"
)

// What an operation's end says about its effect; a read leaves nothing in any case.
func TestEndsOfOperations(t *testing.T) {
	for _, tc := range []struct {
		name    string
		err     error
		want    outcome
		failure string
	}{
		{"completed", nil, done, ""},
		{"a failure of ours", failsAs(workflows.CarrierRejected), clean, "CarrierRejected"},
		{"cancelled with details", failsAs(workflows.Canceled), clean, "Canceled"},
		{"cancelled before it was started", temporal.NewCanceledError(), clean, "Canceled"},
		{"it is there already", &temporal.ChildWorkflowExecutionAlreadyStartedError{}, unclear, "AlreadyStarted"},
		{"timed out", temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil), unclear, "TimedOut"},
		{"terminated", &temporal.TerminatedError{}, unclear, "Terminated"},
		{"an error without details", errors.New("no such workflow"), unclear, "Failed"},
	} {
		e := endOf("stn:p-a", "stn.Suspend", nil, tc.err)
		require.Equal(t, tc.want, e.outcome, tc.name)
		require.Equal(t, tc.failure, e.failure, tc.name)
		require.Equal(t, tc.want == done, e.message == "", tc.name)
		if of := endOf("stn:p-a", "stn.GetSIM", nil, tc.err); tc.want != done && tc.failure != "AlreadyStarted" {
			require.Equal(t, clean, of.outcome, tc.name)
		}
	}
}
