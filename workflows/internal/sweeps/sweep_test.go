package sweeps

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
)

// harness runs the workflow of a sweep in Temporal's test environment. act is the activity, by its number.
type harness struct {
	*testsuite.TestWorkflowEnvironment
	t      *testing.T
	inputs []activities.SweepProgress
	// attention is what the search attribute was set to, in its order; "" for none.
	attention []string
}

func newHarness(t *testing.T, id string, act func(n int, now time.Time) (activities.SweepResult, error)) *harness {
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	h := &harness{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t}
	h.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue})
	Register(h)
	h.RegisterActivityWithOptions(func(_ context.Context, in activities.SweepInput) (activities.SweepResult, error) {
		h.inputs = append(h.inputs, in.SweepProgress)
		return act(len(h.inputs), h.Now())
	}, activity.RegisterOptions{Name: activities.SweepName("stn")})
	h.OnUpsertTypedSearchAttributes(mock.MatchedBy(func(a temporal.SearchAttributes) bool {
		values, _ := a.GetKeywordList(workflows.NeedsAttentionAttribute)
		h.attention = append(h.attention, append(values, "")[0])
		return true
	})).Return(nil).Maybe()
	h.SetTestTimeout(20 * time.Second)
	return h
}

func (h *harness) run(state State) error {
	h.ExecuteWorkflow(workflows.SweepType, state)
	require.True(h.t, h.IsWorkflowCompleted())
	return h.GetWorkflowError()
}

func progress(cursor string, lastPass time.Time) activities.SweepProgress {
	return activities.SweepProgress{Cursor: json.RawMessage(cursor), LastPass: lastPass}
}

func off() (activities.SweepResult, error) { return activities.SweepResult{Off: true}, nil }

func TestTheSweepIsKeptGoingUntilItIsTurnedOff(t *testing.T) {
	h := newHarness(t, "sweep:stn", func(n int, now time.Time) (activities.SweepResult, error) {
		if n == 4 {
			return off()
		}
		return activities.SweepResult{SweepProgress: progress(`"after"`, now)}, nil
	})
	require.NoError(t, h.run(State{}))
	require.Len(t, h.inputs, 4)
	require.Empty(t, h.inputs[0].Cursor)
	require.JSONEq(t, `"after"`, string(h.inputs[3].Cursor))
	require.Empty(t, h.attention)
}

// A refusal is tried again more slowly, from where the activity was, and operators are told when it lasts.
func TestARefusedListIsTriedAgain(t *testing.T) {
	var times []time.Time
	refusals := 12
	h := newHarness(t, "sweep:stn", func(n int, now time.Time) (activities.SweepResult, error) {
		times = append(times, now)
		switch {
		case n <= refusals:
			return activities.SweepResult{}, temporal.NewApplicationErrorWithOptions("sTN refuses", activities.Unauthorized, temporal.ApplicationErrorOptions{
				NonRetryable: true, Details: []any{progress(`"refused here"`, time.Time{})},
			})
		case n == refusals+1:
			return activities.SweepResult{SweepProgress: progress(`"read"`, now)}, nil
		}
		return off()
	})
	var details string
	h.RegisterDelayedCallback(func() {
		h.attention = append(h.attention, "20 minutes")
		details = h.details()
	}, 20*time.Minute)
	require.NoError(t, h.run(State{}))
	require.JSONEq(t, `"refused here"`, string(h.inputs[1].Cursor))
	require.Equal(t, afterRefusal, times[2].Sub(times[1]))
	require.Equal(t, []string{"SweepFailing", "20 minutes", ""}, h.attention)
	require.Contains(t, details, "sTN refuses")
	require.Contains(t, details, "turn the sweep off")
}

// details are the current details, as the Web UI asks for them.
func (h *harness) details() string {
	value, err := h.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(h.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(h.t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// Pages that cannot be read do not end the activity, and no pass is completed.
func TestASweepWithoutAPassNeedsAttention(t *testing.T) {
	h := newHarness(t, "sweep:stn", func(n int, now time.Time) (activities.SweepResult, error) {
		switch {
		case n == 1:
			return activities.SweepResult{SweepProgress: progress(`1`, now)}, nil
		case n < 6:
			return activities.SweepResult{SweepProgress: activities.SweepProgress{LastPass: now.Add(-time.Duration(n) * 5 * time.Minute), Problem: "no answer"}}, nil
		}
		return off()
	})
	require.NoError(t, h.run(State{Since: h.Now().Add(-time.Hour)}))
	require.Equal(t, []string{"SweepFailing", ""}, h.attention, "also when it is turned off")
}

// A worker that dies, or is not there, is noticed by the timeout of the activity, whose last heartbeat is not lost.
func TestASweepWithoutAWorkerNeedsAttention(t *testing.T) {
	h := newHarness(t, "sweep:stn", func(n int, now time.Time) (activities.SweepResult, error) {
		if n == 1 {
			return activities.SweepResult{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil, progress(`"heartbeat"`, time.Time{}))
		}
		return off()
	})
	started := h.Now()
	require.NoError(t, h.run(State{Since: started.Add(-failingAfter)}))
	require.JSONEq(t, `"heartbeat"`, string(h.inputs[1].Cursor))
	require.Equal(t, []string{"SweepFailing", ""}, h.attention)
}

func TestALongSweepContinuesInANewRun(t *testing.T) {
	h := newHarness(t, "sweep:stn", func(n int, now time.Time) (activities.SweepResult, error) {
		return activities.SweepResult{SweepProgress: progress(`"kept"`, now)}, nil
	})
	next, continued := errors.AsType[*workflow.ContinueAsNewError](h.run(State{Since: time.Unix(5, 0).UTC()}))
	require.True(t, continued)
	require.Len(t, h.inputs, activitiesPerRun)
	var state State
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &state))
	require.JSONEq(t, `"kept"`, string(state.Cursor))
	require.Equal(t, time.Unix(5, 0).UTC(), state.Since)
}

func TestOnlyACarriersSweepIsOne(t *testing.T) {
	h := newHarness(t, "order-1", nil)
	require.ErrorContains(t, h.run(State{}), "sweep:<carrier>")
}

func TestACancelledSweepEnds(t *testing.T) {
	h := newHarness(t, "sweep:stn", func(n int, now time.Time) (activities.SweepResult, error) {
		h := activities.SweepResult{}
		return h, temporal.NewNonRetryableApplicationError("refused", activities.Rejected, nil)
	})
	h.RegisterDelayedCallback(h.CancelWorkflow, time.Minute)
	require.True(t, temporal.IsCanceledError(h.run(State{})))
}
