package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// noon is when the last attempt of an activity has ended.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// waiting is a check that waits for its next attempt, in half a minute.
func waiting(changes ...func(*workflowpb.PendingActivityInfo)) *workflowpb.PendingActivityInfo {
	p := &workflowpb.PendingActivityInfo{
		ActivityType: &commonpb.ActivityType{Name: "dish.UpdateSubscriptionStatus.Check"}, State: enumspb.PENDING_ACTIVITY_STATE_SCHEDULED, Attempt: 3,
		ScheduledTime: timestamppb.New(noon.Add(-time.Minute)), NextAttemptScheduleTime: timestamppb.New(noon.Add(30 * time.Second)),
		LastAttemptCompleteTime: timestamppb.New(noon),
	}
	for _, change := range changes {
		change(p)
	}
	return p
}

func failedWith(problem activities.Problem) func(*workflowpb.PendingActivityInfo) {
	return func(p *workflowpb.PendingActivityInfo) {
		p.LastFailure = temporal.GetDefaultFailureConverter().ErrorToFailure(temporal.NewApplicationErrorWithOptions("not yet", activities.Pending,
			temporal.ApplicationErrorOptions{Details: []any{problem}}))
	}
}

// remembering is the heartbeat of a check, an hour before noon.
func remembering(t *testing.T, details any) func(*workflowpb.PendingActivityInfo) {
	t.Helper()
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(details)
	require.NoError(t, err)
	return func(p *workflowpb.PendingActivityInfo) {
		p.HeartbeatDetails, p.LastHeartbeatTime = payloads, timestamppb.New(noon.Add(-time.Hour))
	}
}

func running(p *workflowpb.PendingActivityInfo) {
	p.State, p.NextAttemptScheduleTime = enumspb.PENDING_ACTIVITY_STATE_STARTED, nil
}

func TestActivityOf(t *testing.T) {
	intent := activities.Intent{Before: &carriers.Line{Status: "Active"}}
	intent.Sending(noon)
	word := func(word string) func(*workflowpb.PendingActivityInfo) {
		return remembering(t, activities.Progress{Status: word})
	}
	for name, c := range map[string]struct {
		pending *workflowpb.PendingActivityInfo
		want    ActivityStatus
	}{
		"the first attempt is due": {
			waiting(func(p *workflowpb.PendingActivityInfo) { p.Attempt, p.NextAttemptScheduleTime = 1, nil }),
			ActivityStatus{Attempt: 1, Next: noon.Add(-time.Minute)},
		},
		"the next attempt is due": {waiting(), ActivityStatus{Attempt: 3, Next: noon.Add(30 * time.Second)}},
		"it runs":                 {waiting(running), ActivityStatus{Attempt: 3, Running: true}},
		"it runs, and its run is cancelled": {
			waiting(running, func(p *workflowpb.PendingActivityInfo) { p.State = enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED }),
			ActivityStatus{Attempt: 3, Running: true},
		},
		"the last call has read a status": {
			waiting(failedWith(activities.Problem{CarrierStatus: "InProgress"})),
			ActivityStatus{Attempt: 3, Next: noon.Add(30 * time.Second), LastFailure: "not yet", CarrierStatus: "InProgress", CarrierStatusAt: noon},
		},
		"the last call has read the status once more": {
			waiting(failedWith(activities.Problem{CarrierStatus: "InProgress"}), word("InProgress")),
			ActivityStatus{Attempt: 3, Next: noon.Add(30 * time.Second), LastFailure: "not yet", CarrierStatus: "InProgress", CarrierStatusAt: noon},
		},
		"the last call could not ask, an earlier one has read a status": {
			waiting(failedWith(activities.Problem{Class: carriers.Uncertain, HTTPStatus: 503, CarrierStatus: "InProgress"}), word("InProgress")),
			ActivityStatus{
				Attempt: 3, Next: noon.Add(30 * time.Second), LastFailure: "not yet", HTTPStatus: 503,
				CarrierStatus: "InProgress", CarrierStatusAt: noon.Add(-time.Hour),
			},
		},
		"the worker was lost, an earlier call has read a status": {
			waiting(word("InProgress")),
			ActivityStatus{Attempt: 3, Next: noon.Add(30 * time.Second), CarrierStatus: "InProgress", CarrierStatusAt: noon.Add(-time.Hour)},
		},
		"the details are of another kind": {
			waiting(func(p *workflowpb.PendingActivityInfo) {
				p.LastFailure = temporal.GetDefaultFailureConverter().ErrorToFailure(temporal.NewApplicationError("odd", "Odd", 7))
			}, remembering(t, "text")),
			ActivityStatus{Attempt: 3, Next: noon.Add(30 * time.Second), LastFailure: "odd"},
		},
		"a submit remembers what it has sent": {
			waiting(remembering(t, intent)), ActivityStatus{Attempt: 3, Next: noon.Add(30 * time.Second)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Name = "dish.UpdateSubscriptionStatus.Check"
			require.Equal(t, &c.want, ActivityOf([]*workflowpb.PendingActivityInfo{c.pending}, nil))
		})
	}
	require.Nil(t, ActivityOf(nil, nil))
}

func TestActivityOfPicksTheOneThatIsDueFirst(t *testing.T) {
	named := func(name string, changes ...func(*workflowpb.PendingActivityInfo)) *workflowpb.PendingActivityInfo {
		return waiting(append(changes, func(p *workflowpb.PendingActivityInfo) { p.ActivityType.Name = name })...)
	}
	later := func(p *workflowpb.PendingActivityInfo) {
		p.NextAttemptScheduleTime = timestamppb.New(noon.Add(time.Hour))
	}
	for want, pending := range map[string][]*workflowpb.PendingActivityInfo{
		"sooner":  {named("later", later), named("sooner")},
		"soonest": {named("soonest"), named("later", later)},
		"running": {named("sooner"), named("running", running), named("later", later)},
	} {
		require.Equal(t, want, ActivityOf(pending, nil).Name)
	}
}

// inspects is a client that answers the query with a status, and shows pending activities.
func inspects(t *testing.T, s OperationStatus, pending ...*workflowpb.PendingActivityInfo) *mocks.Client {
	t.Helper()
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(s)
	require.NoError(t, err)
	c := &mocks.Client{}
	c.On("QueryWorkflow", mock.Anything, "dish:r-1", "run-1", "status").Return(client.NewValue(payloads), nil)
	c.On("DescribeWorkflowExecution", mock.Anything, "dish:r-1", "run-1").
		Return(&workflowservice.DescribeWorkflowExecutionResponse{PendingActivities: pending}, nil)
	return c
}

func TestGetStatus(t *testing.T) {
	heard := noon.Add(-time.Minute)
	for name, c := range map[string]struct {
		phase   Phase
		heard   time.Time
		pending *workflowpb.PendingActivityInfo
		want    string
		at      time.Time
	}{
		"the check has read a newer status":               {PhaseWaiting, heard, waiting(failedWith(activities.Problem{CarrierStatus: "Done"})), "Done", noon},
		"no status was received before":                   {PhaseWaiting, time.Time{}, waiting(failedWith(activities.Problem{CarrierStatus: "Done"})), "Done", noon},
		"a callback has come since the check read one":    {PhaseWaiting, heard, waiting(remembering(t, activities.Progress{Status: "Done"})), "Queued", heard},
		"a callback is being confirmed":                   {PhaseConfirming, heard, waiting(failedWith(activities.Problem{CarrierStatus: "Done"})), "Queued", heard},
		"the check has no status":                         {PhaseWaiting, heard, waiting(failedWith(activities.Problem{HTTPStatus: 503, Class: carriers.Uncertain})), "Queued", heard},
		"no activity is pending":                          {PhaseWaiting, heard, nil, "Queued", heard},
		"the server tells no time, and none is known":     {PhaseParked, time.Time{}, waiting(untimed, failedWith(activities.Problem{CarrierStatus: "Done"})), "Done", time.Time{}},
		"the server gives no time, and the status is old": {PhaseWaiting, heard, waiting(untimed, failedWith(activities.Problem{CarrierStatus: "Done"})), "Queued", heard},
	} {
		t.Run(name, func(t *testing.T) {
			var pending []*workflowpb.PendingActivityInfo
			if c.pending != nil {
				pending = append(pending, c.pending)
			}
			told := OperationStatus{Phase: c.phase, CarrierStatus: "Queued", CarrierStatusAt: c.heard, Deadline: noon, Message: "Waiting."}
			got, err := GetStatus(t.Context(), inspects(t, told, pending...), "dish:r-1", "run-1")
			require.NoError(t, err)
			require.Equal(t, []any{c.want, c.at}, []any{got.CarrierStatus, got.CarrierStatusAt})
			require.Equal(t, ActivityOf(pending, nil), got.Activity)
			require.Equal(t, []any{noon, "Waiting."}, []any{got.Deadline, got.Message})
		})
	}
}

func untimed(p *workflowpb.PendingActivityInfo) { p.LastAttemptCompleteTime = nil }

// An operation that has ended has no activity to look for.
func TestGetStatusOfAnEndedOperation(t *testing.T) {
	c := inspects(t, OperationStatus{Phase: PhaseEnded, Failure: CarrierFailed})
	got, err := GetStatus(t.Context(), c, "dish:r-1", "run-1")
	require.NoError(t, err)
	require.Equal(t, OperationStatus{Phase: PhaseEnded, Failure: CarrierFailed}, got)
	c.AssertNotCalled(t, "DescribeWorkflowExecution", mock.Anything, mock.Anything, mock.Anything)
}

func TestGetStatusNamesWhatFailed(t *testing.T) {
	c := &mocks.Client{}
	c.On("QueryWorkflow", mock.Anything, "dish:r-1", "", "status").Return(nil, disconnected)
	_, err := GetStatus(t.Context(), c, "dish:r-1", "")
	require.ErrorIs(t, err, disconnected)
	require.ErrorContains(t, err, "asking dish:r-1 for its status")

	c = inspects(t, OperationStatus{Phase: PhaseWaiting})
	c.ExpectedCalls = c.ExpectedCalls[:1]
	c.On("DescribeWorkflowExecution", mock.Anything, mock.Anything, mock.Anything).Return(nil, disconnected)
	_, err = GetStatus(t.Context(), c, "dish:r-1", "run-1")
	require.ErrorIs(t, err, disconnected)
	require.ErrorContains(t, err, "dish:r-1")
}
