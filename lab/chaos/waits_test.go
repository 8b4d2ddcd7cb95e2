package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/workflows"
)

func TestTimeWithoutAWorkerDoesNotCount(t *testing.T) {
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	event := func(seconds int, kind enumspb.EventType) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{EventType: kind, EventTime: timestamppb.New(at(seconds))}
	}
	const (
		scheduled = enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
		timedOut  = enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
		failed    = enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED
		done      = enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
	)
	killedTwice := []*historypb.HistoryEvent{
		event(0, scheduled), event(12, timedOut), event(12, scheduled), event(30, done), event(40, scheduled), event(41, done),
	}
	require.Equal(t, []span{{at(0), at(30)}, {at(40), at(41)}}, withoutWorker(killedTwice))
	require.Equal(t, []span{{at(20), at(21)}}, withoutWorker([]*historypb.HistoryEvent{
		event(0, scheduled), event(20, failed), event(20, scheduled), event(21, done),
	}), "a task that the workflow fails does not count")

	o := observation{closed: true, startedAt: at(0), submittedAt: at(32), closedAt: at(42), withoutWorker: withoutWorker(killedTwice)}
	require.Equal(t, 9*time.Second, waited(o, at(100)))
	o.submittedAt = time.Time{}
	require.Equal(t, 11*time.Second, waited(o, at(100)))
	o.closed, o.withoutWorker = false, nil
	require.Equal(t, 100*time.Second, waited(o, at(100)))
}

// Operators are told by a search attribute of the run or of its follow-up.
func TestWhatOperatorsWereToldIsInTheHistory(t *testing.T) {
	attributes := func(reason string) *commonpb.SearchAttributes {
		payload, err := converter.GetDefaultDataConverter().ToPayload([]string{reason})
		require.NoError(t, err)
		return &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{workflows.NeedsAttentionAttribute.GetName(): payload}}
	}
	raised, err := attentionRaised([]*historypb.HistoryEvent{
		{Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{}},
		{Attributes: &historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes{
			UpsertWorkflowSearchAttributesEventAttributes: &historypb.UpsertWorkflowSearchAttributesEventAttributes{SearchAttributes: attributes("Overdue")},
		}},
		{Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{
			StartChildWorkflowExecutionInitiatedEventAttributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{SearchAttributes: attributes("OutcomeUnknown")},
		}},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"Overdue", "OutcomeUnknown"}, raised)
}
