package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/cost"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// What an operation costs at Temporal is a promise: exactly so many events, state transitions and actions, however long the wait is. The
// budgets are those of the benchmarks.
func TestCostOfAnOperation(t *testing.T) {
	t.Parallel()
	budgets, err := cost.ReadBudgets(filepath.Join("..", "bench", "budgets.json"))
	require.NoError(t, err)
	s := ownStack(t)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	require.NoError(t, s.StartServer())
	// A sweep would decide an operation at times, and its own checks at others.
	require.NoError(t, s.StartWorker("STN_SWEEP=false", "TELNYX_SWEEP=false"))
	temporal, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(temporal.Close)

	for _, c := range []costCase{
		{"callback, no confirm", "dish.UpdateSubscriptionStatus", 0, map[string]any{"confirm": false}},
		{"callback, confirmed", "dish.UpdateSubscriptionStatus", 0, nil},
		{"1 poll", "stn.SetServices", 1, nil},
		{"10 polls", "stn.SetServices", 10, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			of, line := c.measure(t, s, temporal)
			for again := 0; (of.Disturbed || line.Disturbed) && again < 5; again++ {
				of, line = c.measure(t, s, temporal)
			}
			if c.polls > 0 { // a poll more or less, when the machine was too busy to decide in time
				of = of.AtPolls(c.polls)
			}
			assert.Equal(t, budgets.Exact[c.name], of.Budget(), "the operation")
			assert.Equal(t, budgets.Exact["the line of an operation"], line.Budget(), "the workflow of its line")
		})
	}
	t.Run("waits for the turn of its line", func(t *testing.T) {
		name := "waits for the turn of its line"
		kind := subject.Of("stn.SetServices")
		onLine := fresh(kind, subject.NeverDecided)
		first := startOn(t, kind, reference(t), onLine, fast)
		eventually(t, "sent", func() bool { return recorded(t, "stn", onLine) == 1 })
		second := startOn(t, kind, reference(t), onLine, fast)
		awaitQueued(t, second)
		for _, run := range []client.WorkflowRun{first, second} {
			decideWhenSent(t, kind, run)
			succeed(t, run)
		}
		require.LessOrEqual(t, len(history(t, second)), budgets.Most[name].Events)
	})
}

// decideWhenSent makes the sandbox decide an operation on a line that is never decided by itself.
func decideWhenSent(t *testing.T, kind subject.Subject, run client.WorkflowRun) {
	t.Helper()
	_, ref, _ := workflows.ParseWorkflowID(run.GetID())
	short := carriers.ShortReference(ref, 15) // what sTN is sent
	eventually(t, "sent", func() bool {
		entries, err := world.Ledger(string(kind.Carrier()), short, "")
		require.NoError(t, err)
		return len(entries) > 0 && entries[0].Recorded
	})
	require.NoError(t, world.Decide(string(kind.Carrier()), short))
}

// costCase is an operation with a budget. After so many polls it is decided; 0 is by a callback.
type costCase struct {
	name, operation string
	polls           int
	further         map[string]any
}

// measure carries the operation out on a line on which nothing is decided before the test wants it to be.
func (c costCase) measure(t *testing.T, s *stack.Stack, temporal client.Client) (of, line cost.Cost) {
	t.Helper()
	kind := subject.Of(c.operation)
	ref, onLine, timings := carriers.ShortReference(reference(t), 15), fresh(kind, subject.NeverDecided), patient
	if c.polls > 0 {
		timings = fast
	}
	if c.polls == 1 { // the first poll has to find it decided
		onLine = fresh(kind, subject.Ordinary)
		require.NoError(t, s.Direct(sandbox.Rule{Carrier: kind.Carrier(), Line: onLine, Scenario: "slow", Delay: 1}))
	}
	further := map[string]any{"timings": json.RawMessage(timings)}
	for name, value := range c.further {
		further[name] = value
	}
	request := kind.Request(ref, onLine, further)
	o := cost.Operation{
		Client: temporal, ID: kind.WorkflowID(ref), Line: lineOf(kind, onLine), Metrics: "http://" + s.Health + "/metrics", Polls: c.polls - 1,
		Run: func(ctx context.Context) error {
			run, err := temporal.ExecuteWorkflow(ctx, options(t, kind.Type, string(request)), kind.Type, request)
			if err != nil {
				return err
			}
			return run.Get(ctx, nil)
		},
	}
	if c.polls != 1 {
		o.Decide = func() error { return s.Decide(string(kind.Carrier()), ref) }
		o.Sent = func() (bool, error) {
			entries, err := s.Ledger(string(kind.Carrier()), ref, "")
			return len(entries) > 0 && entries[0].Answered != "", err
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), min(stack.Within(t), 3*time.Minute))
	defer cancel()
	of, line, err := o.Measure(ctx)
	require.NoError(t, err)
	return of, line
}
