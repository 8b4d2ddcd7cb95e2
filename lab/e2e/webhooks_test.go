package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

const suspending = "dish.UpdateSubscriptionStatus"

// deadURL is where nothing listens. The port is not one that another test is given.
const deadURL = "http://127.0.0.1:1"

// startedAt starts an operation at a stack of its own.
func startedAt(t *testing.T, c client.Client, ref, onLine, further string) client.WorkflowRun {
	t.Helper()
	input := fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend"%s}`, ref, onLine, further)
	run, err := c.ExecuteWorkflow(t.Context(), options(t, suspending, input), suspending, json.RawMessage(input))
	require.NoError(t, err)
	return run
}

// events counts the events of a run's history.
func events(t *testing.T, c client.Client, run client.WorkflowRun) (n int) {
	t.Helper()
	for it := c.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); n++ {
		_, err := it.Next()
		require.NoError(t, err)
	}
	return n
}

// awaitWebhooks waits until a receiver has taken so many events of an operation, and returns them with their types in one line.
func awaitWebhooks(t *testing.T, r *endpoint, id string, n int) (tale string, taken []workflows.WebhookEvent) {
	t.Helper()
	eventually(t, "the webhooks of "+id, func() bool { return len(r.of(id)) >= n })
	byType := map[workflows.WebhookType]string{}
	for _, e := range r.of(id) {
		taken = append(taken, e)
		byType[e.Type] = strings.TrimSpace(strings.Join([]string{
			strings.TrimPrefix(string(e.Type), "operation."), string(e.Data.Status), string(e.Data.FailureType), string(e.Data.Attention), e.Data.Code,
		}, " "))
	}
	var parts []string
	for _, kind := range workflows.WebhookTypes() { // no order is promised
		if text, ok := byType[kind]; ok {
			parts = append(parts, strings.Join(strings.Fields(text), " "))
		}
	}
	return strings.Join(parts, ", "), taken
}

// Receivers are told what happens to operations: signed with every secret, again after a failure, a timeout or the end of the worker, not
// again after 410, and not at an address that is not public. An endpoint that does not answer delays no operation.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	withOld := newEndpoint(t, "127.0.0.1", oldSecret, nil)
	withNew := newEndpoint(t, "127.0.0.1", newSecret, nil)
	failing := newEndpoint(t, "127.0.0.1", oldSecret, func(n int, _ workflows.WebhookEvent) int {
		if n == 1 {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	var slow atomic.Int32
	release := make(chan struct{})
	hanging := newEndpoint(t, "127.0.0.1", oldSecret, func(int, workflows.WebhookEvent) int {
		if slow.Add(1) == 1 {
			<-release
		}
		return http.StatusOK
	})
	t.Cleanup(func() { close(release) })
	gone := newEndpoint(t, "127.0.0.1", oldSecret, func(int, workflows.WebhookEvent) int { return http.StatusGone })
	private := newEndpoint(t, "127.0.0.2", oldSecret, nil)
	secrets := "secrets: [" + oldSecret + ", " + newSecret + "]"
	ends := "; carriers: [dish]; events: [operation.ended]"
	file := endpointFile(t,
		[3]string{"old", withOld.URL, secrets}, [3]string{"new", withNew.URL, secrets},
		[3]string{"other", withNew.URL + "/other", secrets + "; carriers: [stn]"},
		[3]string{"failing", failing.URL, secrets + ends}, [3]string{"hanging", hanging.URL, secrets + ends},
		[3]string{"gone", gone.URL, secrets + ends}, [3]string{"private", private.URL, secrets + ends},
		[3]string{"dead", deadURL, secrets + ends})
	_, c, _ := webhookStack(t, file, "--sandbox-decide-after=300ms")

	ref, onLine := reference(t), iccid(0)
	run := startedAt(t, c, ref, onLine, `,"confirm":false,"timings":`+patient)
	require.NoError(t, run.Get(stack.Context(t), nil))
	for _, r := range []*endpoint{withOld, withNew} { // each knows one of the two secrets
		tale, taken := awaitWebhooks(t, r, run.GetID(), 2)
		require.Equal(t, "accepted running, ended completed", tale)
		for _, e := range taken {
			require.Equal(t, run.GetRunID(), e.Data.RunID)
			require.Equal(t, ref, e.Data.Reference)
			require.Equal(t, suspending, e.Data.Operation)
			require.NotEmpty(t, e.Data.TransactionID)
			text, err := json.Marshal(e)
			require.NoError(t, err)
			require.NotContains(t, string(text), onLine)
		}
		require.Len(t, taken, 2)
	}
	require.LessOrEqual(t, events(t, c, run), 18, "16, and one for each of two events")

	delivery := workflows.DeliveryID(executionOf(run), workflows.WebhookEvent{Type: workflows.WebhookEnded})
	for _, r := range []*endpoint{failing, hanging} {
		_, taken := awaitWebhooks(t, r, run.GetID(), 1)
		require.GreaterOrEqual(t, r.tried(run.GetID()), 2)
		require.Equal(t, workflows.EventID(delivery), taken[0].ID, "the id is that of every attempt")
	}
	require.Equal(t, 1, gone.tried(run.GetID()), "410 is the end")
	for _, why := range []string{"the endpoint private: dial tcp 127.0.0.2", "not public", "the endpoint dead: dial tcp"} {
		eventually(t, "a pending delivery says: "+why, func() bool {
			described, err := c.DescribeWorkflowExecution(t.Context(), delivery, "")
			require.NoError(t, err)
			return slices.ContainsFunc(described.GetPendingActivities(), func(p *workflowpb.PendingActivityInfo) bool {
				return strings.Contains(p.GetLastFailure().GetMessage(), why)
			})
		})
	}
	require.Empty(t, private.of(run.GetID()))
	require.Zero(t, private.tried(run.GetID()))

	// One that was delivered can be sent again, as the same event.
	accepted := workflows.DeliveryID(executionOf(run), workflows.WebhookEvent{Type: workflows.WebhookAccepted})
	first, err := c.DescribeWorkflowExecution(t.Context(), accepted, "")
	require.NoError(t, err)
	_, err = c.ResetWorkflowExecution(t.Context(), resetToBeginning(accepted, first.GetWorkflowExecutionInfo().GetExecution().GetRunId()))
	require.NoError(t, err)
	_, again := awaitWebhooks(t, withOld, run.GetID(), 3)
	require.Equal(t, workflows.EventID(accepted), again[2].ID)

	for name, further := range map[string]struct {
		code    subject.Code
		request string
		tale    string
	}{
		"failed":        {subject.DelayedError, "", "accepted running, ended failed CarrierFailed"},
		"not in effect": {subject.NotInEffect, "", "accepted running, attention_raised running NotInEffect, ended failed NotInEffect"},
		"refused":       {subject.Refused400, "", "ended failed CarrierRejected"},
	} {
		run := startedAt(t, c, reference(t), iccid(int(further.code)), `,"timings":`+fast+further.request)
		require.Error(t, run.Get(stack.Context(t), nil), name)
		tale, _ := awaitWebhooks(t, withNew, run.GetID(), len(strings.Split(further.tale, ",")))
		require.True(t, strings.HasPrefix(tale, further.tale), "%s: %s", name, tale)
	}
	invalid := reference(t)
	run, err = c.ExecuteWorkflow(t.Context(), unchecked(suspending, invalid), suspending, json.RawMessage(fmt.Sprintf(`{"reference":%q,"action":"Dance"}`, invalid)))
	require.NoError(t, err)
	require.Error(t, run.Get(stack.Context(t), nil))
	tale, _ := awaitWebhooks(t, withNew, run.GetID(), 1)
	require.Equal(t, "ended failed InvalidRequest", tale)

	waiting := startedAt(t, c, reference(t), iccid(int(subject.NeverDecided)), `,"timings":`+patient)
	awaitWebhooks(t, withNew, waiting.GetID(), 1)
	require.NoError(t, c.CancelWorkflow(t.Context(), waiting.GetID(), ""))
	require.Error(t, waiting.Get(stack.Context(t), nil))
	tale, _ = awaitWebhooks(t, withNew, waiting.GetID(), 3)
	require.Equal(t, "accepted running, attention_raised running OutcomeUnknown, ended failed CanceledAfterSubmit", tale)
	require.NoError(t, workflows.SeenSignal.Send(t.Context(), c, workflows.FollowUpID(waiting.GetID()), workflows.Seen{By: "jo", Reason: "a test"}))
	tale, _ = awaitWebhooks(t, withNew, waiting.GetID(), 4)
	require.Contains(t, tale, "attention_cleared failed CanceledAfterSubmit OutcomeUnknown")

	for _, r := range []*endpoint{withOld, withNew, failing, hanging, gone} {
		r.requireNoFaults(t)
	}
}

// A worker that is killed between the end of operations and the delivery, and again at any moment while they run, loses no event. Events
// that come more than once have one id, and no two events have the same.
func TestWebhooksThroughAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	const count = 9
	open := make(chan struct{}) // nothing is answered before; a refusal would put the third attempt off by five minutes
	r := newEndpoint(t, "127.0.0.1", oldSecret, func(int, workflows.WebhookEvent) int {
		<-open
		return http.StatusOK
	})
	opened := sync.OnceFunc(func() { close(open) })
	t.Cleanup(opened)
	file := endpointFile(t, [3]string{"shop", r.URL, "secrets: [" + oldSecret + "]"})
	s, c, env := webhookStack(t, file, "--sandbox-decide-after=300ms")
	var runs []client.WorkflowRun
	begin := func() {
		for range count {
			runs = append(runs, startedAt(t, c, reference(t), iccid(0), `,"timings":`+fast))
		}
	}
	begin()
	for _, run := range runs { // they have ended, and nothing was taken
		require.NoError(t, run.Get(stack.Context(t), nil))
	}
	s.Worker.Kill()
	r.mu.Lock()
	require.Empty(t, r.taken)
	r.mu.Unlock()
	opened()
	for _, moment := range []int{2, 4, 6} { // and while further ones run
		require.NoError(t, s.StartWorker(env...))
		already := len(runs)
		begin()
		eventually(t, "some have ended", func() bool { return closedOf(t, c, runs[already:]) >= moment })
		s.Worker.Kill()
	}
	require.NoError(t, s.StartWorker(env...))
	ids := map[string]string{}
	for _, run := range runs {
		require.NoError(t, run.Get(stack.Context(t), nil))
		kinds := map[workflows.WebhookType]bool{}
		eventually(t, "both events of "+run.GetID(), func() bool {
			for _, e := range r.of(run.GetID()) {
				kinds[e.Type] = true
			}
			return kinds[workflows.WebhookAccepted] && kinds[workflows.WebhookEnded]
		})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.attempts {
		what := e.Data.WorkflowID + " " + string(e.Type) + " " + string(e.Data.Attention)
		if known, ok := ids[e.ID]; ok {
			require.Equal(t, known, what)
		}
		ids[e.ID] = what
	}
	seen := map[string]int{}
	for _, what := range ids {
		seen[what]++
	}
	for what, n := range seen {
		require.Equal(t, 1, n, "%s has more than one id", what)
	}
	require.GreaterOrEqual(t, len(ids), 2*len(runs))
	require.Empty(t, r.faults)
	t.Logf("%d operations, %d events, %d requests, of which %d were taken", len(runs), len(ids), len(r.attempts), len(r.taken))
}

// closedOf counts those of some runs that have ended.
func closedOf(t *testing.T, c client.Client, runs []client.WorkflowRun) (n int) {
	t.Helper()
	for _, run := range runs {
		d, err := c.DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
		require.NoError(t, err)
		if d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			n++
		}
	}
	return n
}

// What an endpoint with nothing behind it costs an operation is two events of its history: the deliveries are workflows of their own,
// and how many there are is known.
func TestADeadEndpointDelaysNoEnd(t *testing.T) {
	t.Parallel()
	const count = 20
	file := endpointFile(t, [3]string{"dead", deadURL, "secrets: [" + oldSecret + "]"})
	_, c, _ := webhookStack(t, file, "--sandbox-decide-after=300ms")
	began := time.Now()
	var runs []client.WorkflowRun
	for range count {
		runs = append(runs, startedAt(t, c, reference(t), iccid(0), `,"confirm":false,"timings":`+patient))
	}
	for _, run := range runs {
		require.NoError(t, run.Get(stack.Context(t), nil))
	}
	t.Logf("%d operations ended in %s", count, time.Since(began).Round(time.Millisecond))
	eventually(t, "all deliveries wait", func() bool {
		open, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: "default", Query: "WorkflowType = 'WebhookDelivery' AND ExecutionStatus = 'Running'",
		})
		require.NoError(t, err)
		return open.GetCount() == 2*count
	})
}
