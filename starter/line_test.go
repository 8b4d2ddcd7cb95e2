package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/starter/internal/timeline"
	"github.com/carrierflow/carrierflow/workflows"
)

const lineID = "line:dish:0123456789abcdef"

// queued is a Temporal with an operation that waits for its line's turn, which another has.
func queued(holder string) *fakeTemporal {
	line := described("Line", isRunning)
	line.WorkflowExecutionInfo.Execution = &commonpb.WorkflowExecution{WorkflowId: lineID, RunId: "line-run"}
	line.WorkflowExecutionInfo.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{
		activities.HolderMemo: payloads(activities.Asker{WorkflowID: holder}).GetPayloads()[0],
	}}
	return &fakeTemporal{
		describe: describing(described("dish.UpdateSubscriptionStatus", isRunning)),
		status: &workflows.OperationStatus{
			Phase: workflows.PhaseQueued, Message: "Waiting.", Deadline: noon.Add(time.Hour), Turn: &workflows.TurnStatus{Line: lineID, Holder: "dish:somebody"},
		},
		others: map[string]*fakeTemporal{lineID: {describe: describing(line)}},
	}
}

func TestStatusSaysWhoHasTheTurn(t *testing.T) {
	got := try(t, queued("dish:order-16"), "status", "dish:r-1")
	assert.Contains(t, got.stdout, "queued  dish:r-1\n")
	assert.Contains(t, got.stdout, "dish:order-16 has it\n", "who has it now, not who had it")
	assert.Contains(t, got.stdout, lineID)
}

func TestReleaseLine(t *testing.T) {
	for _, named := range []string{"dish:r-1", lineID} {
		fake := queued("dish:order-16")
		fake.update = func(o client.UpdateWorkflowOptions) (any, error, error) {
			assert.Equal(t, "release-line", o.UpdateName)
			assert.Equal(t, lineID, o.WorkflowID)
			assert.Equal(t, []any{workflows.ReleaseLine{
				OperatorAction: workflows.OperatorAction{Operator: "alex", Reason: "ticket 4711"}, Holder: "dish:order-16",
			}}, o.Args)
			return workflows.LineStatus{Holder: "dish:order-17"}, nil, nil
		}
		got := try(t, fake, "release-line", named, "--reason", "ticket 4711", "--operator", "alex")
		require.Equal(t, 0, got.code, got.stderr)
		assert.Contains(t, got.stdout, lineID+"  dish:order-16 no longer has the turn; it goes on by itself. dish:order-17 has it now.\n")
	}
	fake := queued("dish:order-16")
	fake.status.Turn = nil
	got := try(t, fake, "release-line", "dish:r-1", "--reason", "ticket 4711")
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, "does not wait for its line's turn")
}

func TestTheTimelineTellsOfTheTurn(t *testing.T) {
	words := func(all ...*historyEvent) (said []string) {
		for _, step := range toldOf(events(all...)) {
			if step.What == timeline.Turn {
				said = append(said, step.Text)
			}
		}
		return said
	}
	assert.Empty(t, words(began("dish.SwapSIM", nil, 0), calling(activities.SubmitName("dish.SwapSIM"), "Send the request"), returned(2, activities.SubmitResult{Turn: lineID})), "nobody else wanted it")
	notice := func(n workflows.TurnNotice) *historyEvent { return told(workflows.TurnSignal.Name, n) }
	assert.Equal(t, []string{"too many operations wait for its line already"}, words(notice(workflows.TurnNotice{Refused: true})))
	failure := problem(activities.Problem{Turn: activities.Turn{Line: lineID, Holder: "dish:order-15"}})
	failure.GetApplicationFailureInfo().Type = activities.LineBusy
	busy := &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED,
		Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{
			ScheduledEventId: 2, Failure: failure,
		}},
	}
	assert.Equal(t, []string{
		"it waits for its line's turn, which dish:order-15 has", "it waits for its line's turn, which dish:order-16 has", "it has its line's turn",
	}, words(began("dish.SwapSIM", nil, 0), calling(activities.SubmitName("dish.SwapSIM"), "Send the request"), busy,
		notice(workflows.TurnNotice{Holder: "dish:order-16"}), notice(workflows.TurnNotice{Granted: true})))
}
