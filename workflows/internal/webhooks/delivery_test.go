package webhooks

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/carrierflow/carrierflow/workflows"
)

// harness runs the delivery of one event in Temporal's test environment.
type harness struct {
	*testsuite.TestWorkflowEnvironment
	t *testing.T
	// mu guards the rest: activities run beside the workflow, and beside each other.
	mu sync.Mutex
	// attempts counts by endpoint, and delivered are the events that were sent.
	attempts  map[string]int
	delivered []workflows.WebhookEvent
	attention []string
	// looks counts the looks whether the run is closed.
	looks int
}

func newHarness(t *testing.T, answer func(endpoint string, n int) (workflows.WebhookAnswer, error), closed func(n int) error) *harness {
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	h := &harness{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, attempts: map[string]int{}}
	Register(h)
	h.RegisterActivityWithOptions(func(_ context.Context, in workflows.WebhookAttempt) (workflows.WebhookAnswer, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.attempts[in.Endpoint]++
		h.delivered = append(h.delivered, in.Event)
		return answer(in.Endpoint, h.attempts[in.Endpoint])
	}, activity.RegisterOptions{Name: workflows.DeliverWebhookName})
	h.RegisterActivityWithOptions(func(_ context.Context, e workflows.WebhookEvent) (workflows.WebhookEvent, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.looks++
		e.Data.Status = workflows.WebhookCompleted
		return e, closed(h.looks)
	}, activity.RegisterOptions{Name: workflows.ReadEndName})
	h.OnUpsertTypedSearchAttributes(mock.MatchedBy(func(a temporal.SearchAttributes) bool {
		values, _ := a.GetKeywordList(workflows.NeedsAttentionAttribute)
		h.attention = append(h.attention, append(values, "")[0])
		return true
	})).Return(nil).Maybe()
	h.SetTestTimeout(20 * time.Second)
	return h
}

func (h *harness) run(kind workflows.WebhookType) (result workflows.WebhookDeliveryResult, err error) {
	h.ExecuteWorkflow(workflows.WebhookDeliveryType, workflows.WebhookDelivery{
		Event: workflows.WebhookEvent{
			ID: "evt_1", Type: kind,
			Data: workflows.WebhookData{Carrier: "stn", Operation: "stn.SetServices", WorkflowID: "stn:r-1", Status: workflows.WebhookRunning},
		},
		Endpoints: []string{"crm", "shop"},
	})
	require.True(h.t, h.IsWorkflowCompleted())
	if err = h.GetWorkflowError(); err == nil {
		require.NoError(h.t, h.GetWorkflowResult(&result))
	}
	return result, err
}

func notDelivered() error {
	return temporal.NewApplicationErrorWithOptions("it answered HTTP 500", "NotDelivered", temporal.ApplicationErrorOptions{NextRetryDelay: 8 * time.Hour})
}

func always(string, int) (workflows.WebhookAnswer, error) { return workflows.AnswerDelivered, nil }

func closed(int) error { return nil }

func TestEachEndpointIsDeliveredTo(t *testing.T) {
	h := newHarness(t, func(endpoint string, n int) (workflows.WebhookAnswer, error) {
		switch {
		case endpoint == "crm":
			return workflows.AnswerGone, nil
		case n < attempts:
			return "", notDelivered()
		}
		return workflows.AnswerDelivered, nil
	}, closed)
	result, err := h.run(workflows.WebhookAccepted)
	require.NoError(t, err)
	require.Equal(t, map[string]workflows.WebhookAnswer{"crm": workflows.AnswerGone, "shop": workflows.AnswerDelivered}, result.Endpoints)
	require.Equal(t, map[string]int{"crm": 1, "shop": attempts}, h.attempts)
	require.Empty(t, h.attention)
	require.Zero(t, h.looks, "only an end is read")
}

// The end is told before it is stored, and delivered after.
func TestTheEndIsReadBeforeItIsDelivered(t *testing.T) {
	h := newHarness(t, always, func(n int) error {
		if n < 5 {
			return temporal.NewApplicationError("the run is open", "NotRead")
		}
		return nil
	})
	_, err := h.run(workflows.WebhookEnded)
	require.NoError(t, err)
	require.Equal(t, 5, h.looks)
	require.Len(t, h.delivered, 2)
	for _, e := range h.delivered {
		require.Equal(t, workflows.WebhookCompleted, e.Data.Status)
	}
}

// A run that stays open, because its worker was lost, is looked at until it is closed.
func TestAnEndThatIsLongInComingIsAwaited(t *testing.T) {
	closes := time.Time{}
	var h *harness
	h = newHarness(t, always, func(int) error {
		if h.Now().Before(closes) {
			return temporal.NewApplicationError("the run is open", "NotRead")
		}
		return nil
	})
	closes = h.Now().Add(3 * time.Hour)
	_, err := h.run(workflows.WebhookEnded)
	require.NoError(t, err)
	require.Len(t, h.delivered, 2)
}

func TestAnEndThatIsNoLongerKeptFails(t *testing.T) {
	h := newHarness(t, always, func(int) error { return temporal.NewNonRetryableApplicationError("no longer kept", "Gone", nil) })
	_, err := h.run(workflows.WebhookEnded)
	require.ErrorContains(t, err, "no longer kept")
	require.Empty(t, h.delivered)
}

// What is not delivered in three days needs an operator, who has it sent again or takes it off the list. What was delivered is not sent again.
func TestWhatIsNotDeliveredNeedsAnOperator(t *testing.T) {
	answer := func(endpoint string, n int) (workflows.WebhookAnswer, error) {
		if endpoint == "shop" && n <= attempts {
			return "", notDelivered()
		}
		return workflows.AnswerDelivered, nil
	}
	h := newHarness(t, answer, closed)
	began := h.Now()
	h.RegisterDelayedCallback(func() { require.Equal(t, []string{"WebhookFailing"}, h.attention) }, 100*time.Hour)
	h.RegisterDelayedCallback(func() { h.SignalWorkflow(workflows.RedeliverSignal.Name, workflows.Seen{By: "jo"}) }, 120*time.Hour)
	result, err := h.run(workflows.WebhookAccepted)
	require.NoError(t, err)
	require.Equal(t, workflows.AnswerDelivered, result.Endpoints["shop"])
	require.Equal(t, map[string]int{"crm": 1, "shop": attempts + 1}, h.attempts)
	require.Equal(t, []string{"WebhookFailing", ""}, h.attention)
	require.GreaterOrEqual(t, h.Now().Sub(began), 120*time.Hour)

	h = newHarness(t, answer, closed)
	h.RegisterDelayedCallback(func() {
		h.SignalWorkflow(workflows.SeenSignal.Name, workflows.Seen{By: "jo", Reason: "told +15550100123 by phone"})
	}, 120*time.Hour)
	result, err = h.run(workflows.WebhookAccepted)
	require.NoError(t, err)
	require.Equal(t, workflows.AnswerNone, result.Endpoints["shop"])
	require.Equal(t, "jo", result.SeenBy)
	require.NotContains(t, result.Reason, "15550100123")
	require.Equal(t, []string{"WebhookFailing", ""}, h.attention)
}

func TestACancelledDeliveryEnds(t *testing.T) {
	h := newHarness(t, func(string, int) (workflows.WebhookAnswer, error) { return "", notDelivered() }, closed)
	h.RegisterDelayedCallback(h.CancelWorkflow, time.Minute)
	_, err := h.run(workflows.WebhookAccepted)
	require.True(t, temporal.IsCanceledError(err), "%v", err)
}
