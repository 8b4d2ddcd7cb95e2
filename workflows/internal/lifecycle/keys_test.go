package lifecycle

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// A first attempt on a worker that lacks the key of its input has sent nothing: the next one is again a first, and needs no look-up.
func TestAnAttemptThatCouldNotReadItsInputHasNotSent(t *testing.T) {
	lacksKey := temporal.NewApplicationError("a payload is encrypted with key 7", encryption.UnreadableType)
	h := newHarness(t, suspend, fakes{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
		if n < 3 {
			return carriers.Acknowledgement{}, lacksKey
		}
		return accepted, nil
	}, answers(done), nil}).run()
	h.completed()
	require.Len(t, h.sent, 3)
	for _, in := range h.sent {
		require.False(t, in.Earlier.MaybeSent())
		require.True(t, in.Single)
	}
	require.Empty(t, h.attention())
}

// What an attempt says in its details decides whether it may have sent. A worker that cannot read them must not go on without.
func TestDetailsWithoutTheirKeyFailTheTask(t *testing.T) {
	options := func() client.Options {
		keyset, err := encryption.NewKeyset()
		require.NoError(t, err)
		keys, err := encryption.New(string(keyset))
		require.NoError(t, err)
		return keys.Options(client.Options{})
	}
	knew := activities.Problem{Class: carriers.Uncertain, Intent: mayHaveSent(before)}
	writer, other := options(), options()
	failure := writer.FailureConverter.ErrorToFailure(problem(activities.Retrying, 0, knew))
	require.Panics(t, func() { problemIn(other.FailureConverter.FailureToError(failure)) })
	failure = writer.FailureConverter.ErrorToFailure(problem(activities.Retrying, 0, knew))
	kind, got := problemIn(writer.FailureConverter.FailureToError(failure))
	require.Equal(t, activities.Retrying, kind)
	require.Equal(t, knew, got)
}
