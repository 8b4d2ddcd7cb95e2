package lifecycle

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// overTheWire is an error as it arrives from a server.
func overTheWire(err error) error {
	if err == nil {
		return nil
	}
	wire := temporal.GetDefaultFailureConverter()
	return wire.FailureToError(wire.ErrorToFailure(err))
}

func TestProblemIn(t *testing.T) {
	knew := activities.Problem{Class: carriers.Uncertain, HTTPStatus: 504, Intent: mayHaveSent(before)}
	for name, c := range map[string]struct {
		err     error
		kind    string
		problem activities.Problem
		delay   time.Duration
	}{
		"an activity's error": {problem(activities.Rejected, 0, knew), activities.Rejected, knew, 0},
		"with a delay":        {problem(activities.Pending, time.Minute, knew), activities.Pending, knew, time.Minute},
		"without details":     {temporal.NewApplicationError("x", "Odd"), "Odd", activities.Problem{}, 0},
		"with other details":  {temporal.NewApplicationError("x", "Odd", "words"), "Odd", activities.Problem{}, 0},
		"cancelled":           {temporal.NewCanceledError(), canceled, activities.Problem{}, 0},
		"timed out, nothing noted": {
			temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil), notTaken, activities.Problem{}, 0,
		},
		"timed out after an attempt that has seen something": {
			temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, problem(activities.Pending, time.Minute, knew)), timedOut, knew, time.Minute,
		},
		"cut off after the intent was noted": {
			temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil, mayHaveSent(before)),
			timedOut,
			activities.Problem{Intent: mayHaveSent(before)},
			0,
		},
		"something else": {errors.New("x"), "", activities.Problem{}, 0},
	} {
		err := overTheWire(c.err)
		kind, got := problemIn(err)
		require.Equal(t, c.kind, kind, name)
		require.Equal(t, c.problem, got, name)
		require.Equal(t, c.delay, delayIn(err), name)
	}
}
