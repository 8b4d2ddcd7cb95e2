package browser

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/workflows"
)

// situation is a way for an operation to need an operator, and what its page says then.
type situation struct {
	why       workflows.Attention
	operation string
	// input has a place for three digits that make the line a fresh one; the sandbox's scenario comes after them. It is all
	// but the reference.
	input string
	// phase is what its status says, word the carrier's word in it.
	phase workflows.Phase
	word  string
	// details are sentences of its page that are about this situation, pending what its pending check has answered.
	details []string
	pending string
}

// slowly are timings with which what is odd shows soon, and then nothing happens for ten minutes.
const slowly = `"timings":{"pollEvery":"500ms","overduePollEvery":"10m","lookupDelay":"1s"}`

var overdue = situation{
	why: workflows.AttentionOverdue, operation: "dish.UpdateSubscriptionStatus",
	input: `"iccid":"890100000000000%03d63","action":"Suspend","timings":{"pollEvery":"500ms","overdueAfter":"1s","overduePollEvery":"10m"}`,
	phase: workflows.PhaseWaiting, word: "InProgress", details: []string{"DISH acknowledged the request"},
	pending: "which is not final; next check in 10m",
}

// stuck are operations that wait for a person, one of each kind that the sandbox can make wait.
var stuck = []situation{
	overdue,
	{
		why: workflows.AttentionUnknownStatus, operation: "stn.SetServices",
		input: `"subscriptionId":"SUB-%03d57","services":{"voiceMail":true},` + slowly,
		phase: workflows.PhaseWaiting, word: "PARKED", details: []string{"sTN acknowledged the request"},
		pending: "an unknown status",
	},
	{
		why: workflows.AttentionHeld, operation: "masmovil.AddDevice",
		input: `"orgId":"yoigo","subscriptionId":7%03d66,"sell":{"id":1},"client":{"id":2},"device":{"id":3},` +
			`"subscription_offer_segment":"RES","timings":{"pollEvery":"10m"}`,
		phase: workflows.PhaseWaiting, word: "R", details: []string{"MásMóvil acknowledged the request", "Held until it is decided there."},
		pending: "which is not final; next check in 10m",
	},
	{
		why: workflows.AttentionOutcomeUnknown, operation: "masmovil.ReplaceSIM",
		input: `"orgId":"yoigo","subscriptionId":8%03d84,"dealer_id":"D-1","logistic":false,"new_icc":"8934030000000000025",` + slowly,
		phase: workflows.PhaseParked, details: []string{"It is not known whether MásMóvil has the request", "It will not be sent again."},
		pending: "does not show the outcome yet",
	},
}

// start starts such an operation, and waits until operators can find it. No two have the same number, of three digits.
func (s situation) start(t *testing.T, number int) client.WorkflowRun {
	t.Helper()
	number = unused(number)
	if s.why == workflows.AttentionUnknownStatus { // its word is shown for half of this time, so that a busy machine sees it
		require.NoError(t, world.Direct(sandbox.Rule{
			Carrier: carriers.CarrierOf(s.operation), Line: fmt.Sprintf("SUB-%03d57", number), Scenario: "unknown-status", Delay: carriers.Duration(20 * time.Second),
		}))
	}
	run := start(t, s.operation, fmt.Sprintf("order-%d", number), fmt.Sprintf(s.input, number))
	// On a busy machine a request may be overdue before it is acknowledged; then it is not the situation meant here.
	_, err := workflows.AcceptedUpdate.Send(t.Context(), world.client, run.GetID(), workflows.AcceptedQuestion{})
	require.NoError(t, err)
	query := fmt.Sprintf("WorkflowId = %q AND NeedsAttention = %q", run.GetID(), s.why)
	require.Eventually(t, func() bool {
		found, err := world.client.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		return err == nil && found.GetCount() == 1
	}, patience, 50*time.Millisecond, query)
	return run
}

// start starts an operation as another system does: by its type and JSON.
func start(t *testing.T, operation, reference, fields string) client.WorkflowRun {
	t.Helper()
	require.NoError(t, begin())
	input := json.RawMessage(fmt.Sprintf(`{"reference":%q,%s}`, reference, fields))
	options, err := workflows.StartOptions(operation, input, "secret")
	require.NoError(t, err)
	run, err := world.client.ExecuteWorkflow(t.Context(), options, operation, input)
	require.NoError(t, err)
	return run
}

// numbers are those that have been used, and the next for a test that runs again, as with -count=3.
var numbers = struct {
	sync.Mutex
	used map[int]bool
	next int
}{used: map[int]bool{}, next: 600}

// unused is the number a test asks for, which its pictures show, or another when that is used.
func unused(number int) int {
	numbers.Lock()
	defer numbers.Unlock()
	if numbers.used[number] {
		number = numbers.next
		numbers.next++
	}
	numbers.used[number] = true
	return number
}

// awaitCheck waits until the carrier has been asked by the check that is pending now, and returns how far the operation is.
func awaitCheck(t *testing.T, run client.WorkflowRun) (status workflows.OperationStatus) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		status, err = workflows.GetStatus(t.Context(), world.client, run.GetID(), run.GetRunID())
		return err == nil && status.Activity != nil && activities.IsCheck(status.Activity.Name) && status.Activity.LastFailure != ""
	}, patience, 50*time.Millisecond, run.GetID()+" has not asked the carrier")
	return status
}
