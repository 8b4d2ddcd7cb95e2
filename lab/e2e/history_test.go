package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// What an operation costs in history is a promise: it stays the same however long the wait is.
func TestHistoryStaysSmall(t *testing.T) {
	t.Run("callback decides, without confirmation: 16 events", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		run := start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(
			`{"reference":%q,"iccid":%q,"action":"Suspend","confirm":false,"timings":%s}`, ref, iccid(0), patient))
		result := succeed(t, run)
		require.Equal(t, workflows.ByCallback, result.DecidedBy)
		require.Equal(t, carriers.NotRead, result.Effect)
		require.LessOrEqual(t, len(history(t, run)), 16)
	})
	t.Run("callback decides, confirmed: 18 events", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		run := start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(
			`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, iccid(0), patient))
		result := succeed(t, run)
		require.Equal(t, workflows.ByCallback, result.DecidedBy)
		require.Equal(t, carriers.Shown, result.Effect)
		require.Equal(t, "Suspended", result.Line.Status)
		require.LessOrEqual(t, len(history(t, run)), 18)
	})
	t.Run("one poll decides, confirmed: 17 events", func(t *testing.T) {
		t.Parallel()
		ref, id := reference(t), line("SUB-", 6, 0)
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: "stn", Line: id, Scenario: "slow", Delay: 1}))
		run := start(t, "stn.SetServices", ref, fmt.Sprintf(
			`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":%s}`, ref, id, fast))
		result := succeed(t, run)
		require.Equal(t, carriers.Shown, result.Effect)
		require.Len(t, history(t, run), 17)
		require.Equal(t, int32(1), lastAttempt(t, run.GetID()))
	})
	t.Run("twenty polls decide, confirmed: 17 events", func(t *testing.T) {
		t.Parallel()
		ref, id := reference(t), line("SUB-", 6, 0)
		// The server takes most of a second to schedule a retry, however short its delay.
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: "stn", Line: id, Scenario: "slow", Delay: carriers.Duration(40 * time.Second)}))
		run := start(t, "stn.SetServices", ref, fmt.Sprintf(
			`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":%s}`, ref, id, fast))
		result := succeed(t, run)
		require.Equal(t, carriers.Shown, result.Effect)
		require.Len(t, history(t, run), 17)
		require.GreaterOrEqual(t, lastAttempt(t, run.GetID()), int32(20))
	})
	t.Run("the line of a change for which nobody else waits: 7 events", func(t *testing.T) {
		t.Parallel()
		s := subject.Of("stn.SetServices")
		onLine := fresh(s, subject.Ordinary)
		succeed(t, startOn(t, s, reference(t), onLine, fast))
		eventually(t, "the line is closed", func() bool { return !open(t, lineOf(s, onLine)) })
		require.Len(t, history(t, world.client.GetWorkflow(t.Context(), lineOf(s, onLine), "")), 7)
	})
	t.Run("a change that waits for its line's turn: at most 29 events", func(t *testing.T) {
		t.Parallel()
		s := subject.Of("stn.SetServices")
		onLine := fresh(s, subject.Ordinary)
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: "stn", Line: onLine, Scenario: "slow", Delay: carriers.Duration(3 * time.Second)}))
		first := startOn(t, s, reference(t), onLine, fast)
		eventually(t, "sent", func() bool { return recorded(t, "stn", onLine) == 1 })
		second := startOn(t, s, reference(t), onLine, fast)
		awaitQueued(t, second)
		succeed(t, first)
		succeed(t, second)
		require.LessOrEqual(t, len(history(t, second)), 29)
	})
}

// lastAttempt is the attempt on which the last activity of a run succeeded.
func lastAttempt(t *testing.T, id string) int32 {
	t.Helper()
	attempt := int32(0)
	for _, event := range history(t, world.client.GetWorkflow(t.Context(), id, "")) {
		if event.GetEventType() == enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED {
			attempt = event.GetActivityTaskStartedEventAttributes().GetAttempt()
		}
	}
	return attempt
}
