package lifecycle

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// stored are the events of the webhooks. Also when the run has ended, an attempt to store one may be under way: the clock of the test
// environment does not wait for it.
func (h *harness) stored() []workflows.WebhookEvent {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.events)
}

// kinds are the types of the events that were to be stored, of each attempt.
func (h *harness) kinds() (kinds []workflows.WebhookType) {
	for _, e := range h.stored() {
		kinds = append(kinds, e.Type)
	}
	return kinds
}

// tale is what was told, in a line: the type without its prefix, and the attention.
func (h *harness) tale() string {
	var words []string
	for i, e := range h.stored() {
		require.Equal(h.t, i+1, e.Data.Number)
		require.Equal(h.t, workflows.WorkflowID(carriers.CarrierOf(h.operation), "r-1"), e.Data.WorkflowID)
		require.Equal(h.t, h.operation, e.Data.Operation)
		require.Equal(h.t, "r-1", e.Data.Reference)
		require.NotEmpty(h.t, e.Data.RunID)
		words = append(words, strings.TrimSuffix(strings.TrimPrefix(string(e.Type), "operation.")+" "+string(e.Data.Attention), " "))
	}
	return strings.Join(words, ", ")
}

func TestWebhooksAreToldWhatHappens(t *testing.T) {
	for name, c := range map[string]struct {
		fake fakes
		do   func(*harness)
		want string
	}{
		"completed":             {fakes{submit: acknowledges(accepted), check: answers(done)}, nil, "accepted, ended"},
		"failed":                {fakes{submit: acknowledges(accepted), check: answers(ended)}, nil, "accepted, ended"},
		"refused":               {fakes{submit: refuses(problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 400}))}, nil, "ended"},
		"refused by the answer": {fakes{submit: acknowledges(carriers.Acknowledgement{At: started, Outcome: ended})}, nil, "ended"},
		"not in effect":         {fakes{submit: acknowledges(accepted), check: answers(not)}, nil, "accepted, attention_raised NotInEffect, ended"},
		"overdue": {
			fakes{submit: acknowledges(accepted), check: answers(append(times(4, undecided(time.Hour)), done)...)},
			nil,
			"accepted, attention_raised Overdue, attention_cleared Overdue, ended",
		},
		"cancelled": {
			fakes{submit: acknowledges(accepted), check: answers(append(times(3, undecided(time.Hour)), carriers.Outcome{State: carriers.Pending})...)},
			func(h *harness) { h.at(time.Second, h.CancelWorkflow) }, "accepted, attention_raised OutcomeUnknown, ended",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, suspend, c.fake)
			h.wanted, h.acknowledged = true, true
			if c.do != nil {
				c.do(h)
			}
			h.run()
			require.Equal(t, c.want, h.tale())
			off := newHarness(t, suspend, c.fake)
			if c.do != nil {
				c.do(off)
			}
			off.run()
			require.Empty(t, off.stored())
		})
	}
}

func TestAnInvalidRequestTellsItsEndOnlyUnderItsID(t *testing.T) {
	h := newHarness(t, suspend, fakes{})
	h.wanted = true
	h.run(`{"action":"Dance"}`)
	h.failed(workflows.InvalidRequest)
	require.Equal(t, "ended", h.tale())
	h = newHarness(t, suspend, fakes{})
	h.wanted = true
	h.run(`{"reference":"another"}`) // the workflow id is not that of the reference: the caller may have written anything there
	h.failed(workflows.InvalidRequest)
	for _, e := range h.stored() {
		require.Equal(t, "dish:r-1", e.Data.WorkflowID)
	}
}

// The submit's answer is recorded with its result, so what the worker of the workflow has configured does not matter after it.
func TestTheSubmitSaysWhetherWebhooksAreTold(t *testing.T) {
	h := newHarness(t, suspend, fakes{submit: acknowledges(accepted), check: answers(done)})
	h.wanted = true
	h.run()
	require.Empty(t, h.stored())
	h = newHarness(t, suspend, fakes{submit: acknowledges(accepted), check: answers(done)})
	h.acknowledged = true
	h.run()
	require.Equal(t, "accepted, ended", h.tale())
	require.Equal(t, "tx-1", h.stored()[0].Data.TransactionID)
	require.Equal(t, "Success", h.stored()[0].Data.CarrierStatus)
}

// An event that cannot be stored is tried again while the operation goes on, in its order, and holds its end up for a minute at most.
func TestAnEventThatCannotBeStored(t *testing.T) {
	h := newHarness(t, suspend, fakes{submit: acknowledges(accepted), check: answers(append(times(3, undecided(time.Minute)), done)...)})
	h.acknowledged = true
	var answering atomic.Bool
	var refused atomic.Int32
	h.store = func(int) error {
		if !answering.Load() {
			refused.Add(1)
			return errors.New("no answer")
		}
		return nil
	}
	h.at(2*time.Minute, func() { answering.Store(true) })
	h.run().completed()
	kinds := h.kinds()
	ended := slices.Index(kinds, workflows.WebhookEnded)
	require.Positive(t, ended, "%v", kinds)
	require.Greater(t, ended, int(refused.Load()), "accepted is stored first: %v", kinds)
	require.Equal(t, []workflows.WebhookType{workflows.WebhookAccepted}, slices.Compact(kinds[:ended]))

	h = newHarness(t, suspend, fakes{submit: acknowledges(accepted), check: answers(done)})
	h.acknowledged = true
	h.store = func(int) error { return errors.New("never") }
	h.run().completed()
	require.Contains(t, h.kinds(), workflows.WebhookEnded)
	require.Less(t, h.Now().Sub(started), 4*time.Minute)
}

// What an operation left behind is cleared when an operator has acknowledged it.
func TestAFollowUpTellsItsWebhooks(t *testing.T) {
	h := newHarness(t, suspend, fakes{submit: acknowledges(accepted), check: answers(not)})
	h.acknowledged = true
	h.run()
	require.True(t, h.followUps[0].Webhooks)

	f := newHarnessWithFollowUps(t, suspend, fakes{})
	f.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil)
	f.calledBack(time.Hour, workflows.Callback{State: carriers.Failed, Status: "Failed"})
	f.at(2*time.Hour, func() { f.SignalWorkflow(workflows.SeenSignal.Name, workflows.Seen{By: "jo"}) })
	f.ExecuteWorkflow(workflows.FollowUpType, h.followUps[0])
	require.NoError(t, f.GetWorkflowError())
	require.Equal(t, "attention_raised LateCallback, attention_cleared NotInEffect, attention_cleared LateCallback", f.tale())
	for _, e := range f.stored() {
		require.Equal(t, h.followUps[0].RunID, e.Data.RunID)
		require.Equal(t, workflows.WebhookFailed, e.Data.Status)
		require.Equal(t, workflows.NotInEffect, e.Data.FailureType)
	}
}
