package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// However a callback comes, or does not, the operation ends once and rightly.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		code    int
		timings string
		by      workflows.DecidedBy
		failure workflows.FailureType
	}{
		{"as documented", 0, patient, workflows.ByCallback, ""},
		{"lost", 51, fast, workflows.ByCheck, ""},
		{"five times", 52, patient, workflows.ByCallback, ""},
		{"before the acknowledgement", 53, patient, workflows.ByCallback, ""},
		{"followed by an older one", 54, patient, workflows.ByCallback, ""},
		{"after one that is not final", 55, patient, workflows.ByCallback, ""},
		{"with a word nobody knows", 56, patient, workflows.ByCheck, ""},
		{"and a status nobody knows at first", 57, `{"pollEvery":"100ms","overduePollEvery":"100ms","callTimeout":"10s"}`, workflows.ByCheck, ""},
		{"contradicted by the status", 58, patient, workflows.ByCheck, workflows.CarrierFailed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ref, sim := reference(t), iccid(tc.code)
			if tc.code == 55 { // the callback that is not final begins the checks, and the first one would decide
				require.NoError(t, world.Direct(sandbox.Rule{Carrier: "dish", Operation: "transaction", Reference: ref, Scenario: "unavailable-503", Times: 1}))
			}
			run := start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(
				`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, sim, tc.timings))
			if tc.failure != "" {
				failure := fail(t, run)
				require.Equal(t, tc.failure, failure.Type)
				require.Equal(t, tc.by, failure.DecidedBy)
				return
			}
			result := succeed(t, run)
			require.Equal(t, tc.by, result.DecidedBy)
			require.Equal(t, carriers.Shown, result.Effect)
			require.Equal(t, 1, recorded(t, "dish", sim))
			if tc.code == 53 {
				require.LessOrEqual(t, len(history(t, run)), 23, "no check was scheduled that nobody needed")
			}
		})
	}
}

// An unknown word calls an operator: the run is found by its search attribute.
func TestUnknownStatusNeedsAttention(t *testing.T) {
	t.Parallel()
	ref, id := reference(t), line("SUB-", 6, 0)
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: "stn", Line: id, Scenario: "unknown-status", Delay: carriers.Duration(30 * time.Second)}))
	run := start(t, "stn.SetServices", ref, fmt.Sprintf(
		`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":{"pollEvery":"100ms","overduePollEvery":"100ms","callTimeout":"10s"}}`,
		ref, id))
	eventually(t, "on the operators' list", func() bool { return slices.Equal(attention(t, run), []string{"UnknownStatus"}) })
	result := succeed(t, run)
	require.Equal(t, carriers.Shown, result.Effect)
	require.Empty(t, attention(t, run), "off it when completed")
}

// An operation that takes too long is marked, goes on, and ends at the deadline.
func TestOverdueThenDeadline(t *testing.T) {
	t.Parallel()
	ref := reference(t)
	run := start(t, "stn.SetServices", ref, fmt.Sprintf(
		`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":{"pollEvery":"500ms","overdueAfter":"2s","overduePollEvery":"1s","deadline":"20s","callTimeout":"10s"}}`,
		ref, line("SUB-", 6, 63)))
	eventually(t, "marked overdue while it runs", func() bool { return len(attention(t, run)) > 0 })
	failure := fail(t, run)
	require.Equal(t, workflows.DeadlineExceeded, failure.Type)
	require.Contains(t, []string{"INIT", "BUSY"}, failure.Status)
	require.Empty(t, attention(t, run), "a closed run could not be taken off the list")
	eventually(t, "handed over to a follow-up that is on it", func() bool {
		return slices.Equal([]string{"Overdue"}, attention(t, world.client.GetWorkflow(t.Context(), workflows.FollowUpID(run.GetID()), "")))
	})
}

func attention(t *testing.T, run client.WorkflowRun) []string {
	t.Helper()
	return attribute[[]string](t, run, workflows.NeedsAttentionAttribute.GetName())
}

// post sends a callback as DISH would, signed, and returns the answer.
func post(t *testing.T, body string) (int, string) {
	t.Helper()
	status, _, text := postTo(t, world.Stack, body)
	return status, text
}

func postTo(t *testing.T, s *stack.Stack, body string) (int, http.Header, string) {
	t.Helper()
	request, err := stack.Callback(t.Context(), "http://"+s.Callbacks+"/callbacks/dish", s.WebhookSecret, "msg-"+reference(t), []byte(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, string(text)
}

func TestLateCallbackIsAcknowledged(t *testing.T) {
	t.Parallel()
	ref := reference(t)
	run := start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, iccid(51), fast))
	succeed(t, run)
	before := len(history(t, run))
	status, text := post(t, fmt.Sprintf(`{"partnerTransactionId":%q,"status":"Success"}`, ref))
	require.Equal(t, http.StatusOK, status, text)
	require.Len(t, history(t, run), before)
}

// A callback that belongs to nothing is kept where operators see it, and ends when one of them has.
func TestUnmatchedCallbackIsKept(t *testing.T) {
	t.Parallel()
	ref := reference(t)
	for range 2 {
		status, text := post(t, fmt.Sprintf(`{"partnerTransactionId":%q,"status":"Success"}`, ref))
		require.Equal(t, http.StatusAccepted, status, text)
	}
	id := workflows.UnmatchedOptions(workflows.Unmatched{Carrier: "dish", Reference: ref}).ID
	run := world.client.GetWorkflow(t.Context(), id, "")
	require.Equal(t, []string{"UnmatchedCallback"}, attention(t, run))
	require.NoError(t, workflows.SeenSignal.Send(t.Context(), world.client, id, workflows.Seen{By: "operator"}))
	var kept workflows.UnmatchedResult
	require.NoError(t, run.Get(t.Context(), &kept))
	require.Len(t, kept.Callbacks, 2)
	require.Equal(t, "operator", kept.SeenBy)
}

// A signal by hand, as an operator sends it from the Web UI, decides as a callback does.
func TestOperatorSignals(t *testing.T) {
	t.Parallel()
	ref := reference(t)
	run := start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, iccid(63), patient))
	eventually(t, "submitted", func() bool {
		for _, event := range history(t, run) {
			if event.GetEventType() == enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED {
				return true
			}
		}
		return false
	})
	require.NoError(t, world.client.SignalWorkflow(t.Context(), run.GetID(), "", "callback", json.RawMessage(`{"state":"failed","status":"Failed","reason":"told by phone"}`)))
	failure := fail(t, run)
	require.Equal(t, workflows.CarrierFailed, failure.Type)
	require.Equal(t, "told by phone", failure.Reason)
}
