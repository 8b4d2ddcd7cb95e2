package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/carrierflow/carrierflow/carriers"
	receiver "github.com/carrierflow/carrierflow/internal/worker/callback"
	"github.com/carrierflow/carrierflow/workflows"
)

// otherProcess is the receiver of another worker process, which knows nothing of what the first one has received.
func otherProcess(t *testing.T) string {
	t.Helper()
	anybody, err := receiver.AuthConfig{}.Authenticator()
	require.NoError(t, err)
	other, err := receiver.New(receiver.Options{Temporal: world.client, Sources: map[carriers.Carrier]receiver.Source{"dish": {
		Auth: anybody,
		Decode: func(body []byte) ([]receiver.Notice, error) {
			var read struct{ PartnerTransactionID, Status, EventID string }
			err := json.Unmarshal(body, &read)
			state := map[string]carriers.State{"InProgress": carriers.Pending, "Failed": carriers.Failed, "Success": carriers.Done}[read.Status]
			return []receiver.Notice{{Reference: read.PartnerTransactionID, Callback: workflows.Callback{State: state, Status: read.Status, EventID: read.EventID}}}, err
		},
	}}})
	require.NoError(t, err)
	return serving(t, other.Handler()) + "/callbacks/dish"
}

// The server drops what is signalled again, at once or later, from whichever process, also when the run is over.
func TestRepeatedCallbacksAreOneSignal(t *testing.T) {
	t.Parallel()
	other := otherProcess(t)
	notice := func(ref, status string) string {
		return fmt.Sprintf(`{"partnerTransactionId":%q,"status":%q,"eventId":"event of %s"}`, ref, status, ref)
	}
	tell := func(ref, status, want string) {
		t.Helper()
		code, text := post(t, notice(ref, status))
		require.Equal(t, http.StatusAccepted, code, text)
		require.Contains(t, text, `"`+want+`"`)
		response, err := http.Post(other, "application/json", strings.NewReader(notice(ref, status)))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusAccepted, response.StatusCode)
	}
	run := waitingOperation(t)
	ref := referenceOf(run)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			code, text := post(t, notice(ref, "InProgress"))
			assert.Equal(t, http.StatusAccepted, code, text)
		})
	}
	all.Wait()
	tell(ref, "InProgress", "stored")
	require.Equal(t, 1, signals(t, run))
	tell(ref, "Failed", "stored")
	require.Equal(t, workflows.CarrierFailed, fail(t, run).Type)
	tell(ref, "Failed", "stored")
	require.Equal(t, 2, signals(t, run))
	followUp := world.client.GetWorkflow(t.Context(), workflows.FollowUpID(run.GetID()), "")
	_, err := world.client.DescribeWorkflowExecution(t.Context(), followUp.GetID(), "")
	require.Error(t, err, "what the run has heard is not late")

	// Another final word contradicts the end. It is kept once, until somebody has seen it.
	tell(ref, "Success", "late")
	tell(ref, "Success", "late")
	followUp = world.client.GetWorkflow(t.Context(), followUp.GetID(), "")
	eventually(t, "on the operators' list", func() bool {
		d, err := world.client.DescribeWorkflowExecution(t.Context(), followUp.GetID(), "")
		return err == nil && strings.Contains(d.GetWorkflowExecutionInfo().GetSearchAttributes().String(), "LateCallback")
	})
	require.Equal(t, 1, signals(t, followUp))
	require.NoError(t, workflows.SeenSignal.Send(t.Context(), world.client, followUp.GetID(), workflows.Seen{By: "alex"}))
	var kept workflows.FollowUpResult
	require.NoError(t, followUp.Get(t.Context(), &kept))
	require.Equal(t, "alex", kept.SeenBy)
	require.Len(t, kept.Callbacks, 1)
	require.Equal(t, carriers.Done, kept.Callbacks[0].State)
	tell(ref, "Success", "late")
	d, err := world.client.DescribeWorkflowExecution(t.Context(), followUp.GetID(), "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, d.GetWorkflowExecutionInfo().GetStatus(), "what was seen is not brought up again")

	// The same for a reference that no operation has.
	stranger := reference(t)
	tell(stranger, "Success", "unmatched")
	tell(stranger, "Success", "unmatched")
	unmatched := world.client.GetWorkflow(t.Context(), workflows.UnmatchedOptions(workflows.Unmatched{Carrier: "dish", Reference: stranger}).ID, "")
	require.Equal(t, 1, signals(t, unmatched))
	require.NoError(t, workflows.SeenSignal.Send(t.Context(), world.client, unmatched.GetID(), workflows.Seen{By: "alex"}))
}

// Several notices in one body reach all their operations, and what came too late an operator.
func TestSeveralNoticesInOneCallback(t *testing.T) {
	t.Parallel()
	first, second := waitingOperation(t), waitingOperation(t)
	body := `{"data":[`
	for _, run := range []string{referenceOf(first), referenceOf(second)} {
		body += fmt.Sprintf(`{"partnerTransactionId":" %s ","status":"Failed","code":"E-42"},`, run)
	}
	body = strings.TrimSuffix(body, ",") + `]}`
	code, text := post(t, body)
	require.Equal(t, http.StatusAccepted, code, text)
	require.Contains(t, text, "2 notices: 2 stored")
	require.Equal(t, "E-42", fail(t, first).Code)
	require.Equal(t, "E-42", fail(t, second).Code)
}

// A final word that comes after the deadline is kept where operators see it.
func TestAFinalWordAfterTheDeadlineIsKept(t *testing.T) {
	t.Parallel()
	ref := reference(t)
	run := start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(
		`{"reference":%q,"iccid":%q,"action":"Suspend","timings":{"pollEvery":"500ms","overdueAfter":"1s","overduePollEvery":"1s","deadline":"8s","callTimeout":"5s"}}`,
		ref, iccid(63)))
	require.Equal(t, workflows.DeadlineExceeded, fail(t, run).Type)
	code, text := post(t, fmt.Sprintf(`{"partnerTransactionId":%q,"status":"Failed","code":"E-42","reason":"no such plan"}`, ref))
	require.Equal(t, http.StatusAccepted, code, text)
	require.Contains(t, text, "late")
	followUp := world.client.GetWorkflow(t.Context(), workflows.FollowUpID(run.GetID()), "")
	require.NoError(t, workflows.SeenSignal.Send(t.Context(), world.client, followUp.GetID(), workflows.Seen{By: "alex"}))
	var kept workflows.FollowUpResult
	require.NoError(t, followUp.Get(t.Context(), &kept))
	require.Len(t, kept.Callbacks, 1)
	require.Equal(t, []string{"Failed", "E-42", "no such plan"}, []string{kept.Callbacks[0].Status, kept.Callbacks[0].Code, kept.Callbacks[0].Reason})
}
