package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	activation = "dish.ActivateSubscription"
	isRunning  = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	isFailed   = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED
)

// problem is a failure of an attempt with what is known about it.
func problem(p activities.Problem) *failurepb.Failure {
	return &failurepb.Failure{Message: "some message", FailureInfo: &failurepb.Failure_ApplicationFailureInfo{
		ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: activities.Pending, Details: payloads(p)},
	}}
}

// call is a pending activity that waits for its next attempt. word is the carrier's, which its last attempt has heard.
func call(name, word string, attempt int32, next time.Duration) *workflowpb.PendingActivityInfo {
	return &workflowpb.PendingActivityInfo{
		ActivityType: &commonpb.ActivityType{Name: activation + "." + name}, Attempt: attempt,
		State: enumspb.PENDING_ACTIVITY_STATE_SCHEDULED, LastFailure: problem(activities.Problem{CarrierStatus: word}),
		ScheduledTime: timestamppb.New(noon.Add(next)), LastAttemptCompleteTime: timestamppb.New(noon.Add(-10 * time.Second)),
	}
}

// What a run is doing, where no worker says it: by what is pending.
func TestStates(t *testing.T) {
	calls := func(c ...*workflowpb.PendingActivityInfo) []*workflowpb.PendingActivityInfo { return c }
	extra := call("Check", "", 1, 0)
	extra.MaximumAttempts = 1
	for name, test := range map[string]struct {
		pending   []*workflowpb.PendingActivityInfo
		attention []string
		task      bool
		want      runs.State
	}{
		"no worker yet":         {task: true, want: runs.Starting},
		"between two calls":     {want: runs.Running},
		"sending":               {pending: calls(call("Submit", "", 1, 0)), want: "sending"},
		"sending, overdue":      {pending: calls(call("Submit", "", 9, 0)), attention: []string{"Overdue"}, want: "sending"},
		"reading":               {pending: calls(call("Read", "", 1, 0)), want: runs.Reading},
		"waiting":               {pending: calls(call("Check", "", 1, 0)), want: "waiting"},
		"waiting, task pending": {pending: calls(call("Check", "", 1, 0)), task: true, want: "waiting"},
		"held":                  {pending: calls(call("Check", "", 1, 0)), attention: []string{"Held"}, want: "waiting"},
		"overdue":               {pending: calls(call("Check", "", 1, 0)), attention: []string{"Held", "Overdue"}, want: runs.Overdue},
		"one extra look":        {pending: calls(call("Check", "", 4, 0), extra), want: "waiting"},
		"another kind of run":   {pending: calls(&workflowpb.PendingActivityInfo{ActivityType: &commonpb.ActivityType{Name: "x"}}), want: runs.Running},
	} {
		t.Run(name, func(t *testing.T) {
			d := marked(described(activation, isRunning, test.pending...), test.attention...)
			if test.task {
				d.PendingWorkflowTask = &workflowpb.PendingWorkflowTaskInfo{
					State: enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED, ScheduledTime: timestamppb.New(noon),
				}
			}
			assert.Equal(t, test.want, runs.ViewOf(d, converter.GetDefaultDataConverter(), noon).State)
		})
	}
	for status, want := range map[enumspb.WorkflowExecutionStatus]runs.State{
		enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED: runs.Completed, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED: runs.Failed,
		enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED: runs.Canceled, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED: runs.Terminated,
		enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: runs.TimedOut,
	} {
		v := runs.ViewOf(described(activation, status, call("Check", "", 4, 0)), converter.GetDefaultDataConverter(), noon)
		assert.Equal(t, want, v.State)
		assert.True(t, v.State.Final())
		assert.Nil(t, v.Activity, "what was pending died with the run")
	}
	assert.False(t, runs.Overdue.Final())
}

// What a run is doing, where a worker answers: what the operation says of itself.
func TestStatesOfTheStatus(t *testing.T) {
	for name, test := range map[string]struct {
		status workflows.OperationStatus
		want   runs.State
	}{
		"sending":              {workflows.OperationStatus{Phase: workflows.PhaseSending}, "sending"},
		"waiting":              {workflows.OperationStatus{Phase: workflows.PhaseWaiting}, "waiting"},
		"held":                 {workflows.OperationStatus{Phase: workflows.PhaseWaiting, Held: true, Attention: []workflows.Attention{"Held"}}, "waiting"},
		"overdue":              {workflows.OperationStatus{Phase: workflows.PhaseWaiting, Attention: []workflows.Attention{"Held", "Overdue"}}, runs.Overdue},
		"confirming":           {workflows.OperationStatus{Phase: workflows.PhaseConfirming}, "confirming"},
		"confirming, overdue":  {workflows.OperationStatus{Phase: workflows.PhaseConfirming, Attention: []workflows.Attention{"Overdue"}}, "confirming"},
		"parked":               {workflows.OperationStatus{Phase: workflows.PhaseParked}, "parked"},
		"cancelling":           {workflows.OperationStatus{Phase: workflows.PhaseCancelling}, "cancelling"},
		"about to be ended":    {workflows.OperationStatus{Phase: workflows.PhaseEnded}, runs.Running},
		"of a newer worker":    {workflows.OperationStatus{Phase: "dreaming"}, "dreaming"},
		"attention has passed": {workflows.OperationStatus{Phase: workflows.PhaseWaiting}, "waiting"},
	} {
		d := marked(described(activation, isRunning, call("Check", "", 4, 0)), "Overdue")
		conn := &runs.Connection{Client: &fakeTemporal{describe: describing(d), status: &test.status}}
		v := runs.ViewOf(d, converter.GetDefaultDataConverter(), noon)
		conn.Ask(t.Context(), &v)
		assert.Equal(t, test.want, v.State, name)
		assert.Len(t, v.Attention, len(test.status.Attention), name)
		assert.False(t, v.NoAnswer, name)
	}
}

// A run that is no operation, or has nothing to say, is not asked.
func TestWhoIsNotAsked(t *testing.T) {
	for name, d := range map[string]*describedRun{
		"ended": described(activation, isFailed), "a read": described("dish.GetSubscription", isRunning), "no operation": described("FollowUp", isRunning),
		"scheduled": toBegin(described(activation, isRunning), noon.Add(time.Hour)),
	} {
		conn := &runs.Connection{Client: &fakeTemporal{describe: describing(d)}}
		v := runs.ViewOf(d, converter.GetDefaultDataConverter(), noon)
		conn.Ask(t.Context(), &v)
		assert.False(t, v.NoAnswer, name)
	}
}

func TestScheduled(t *testing.T) {
	later := noon.Add(time.Hour)
	seen := func(d *workflowservice.DescribeWorkflowExecutionResponse) runs.View {
		return runs.ViewOf(d, converter.GetDefaultDataConverter(), noon)
	}
	v := seen(toBegin(described(activation, isRunning), later))
	assert.Equal(t, runs.Scheduled, v.State)
	assert.False(t, v.State.Final())
	assert.Equal(t, later, v.Begins)

	v = seen(toBegin(described(activation, isRunning, call("Check", "", 1, 0)), noon.Add(-time.Second)))
	assert.Equal(t, runs.State("waiting"), v.State, "it has begun")
	assert.NotZero(t, v.Begins)
	assert.Equal(t, runs.Canceled, seen(toBegin(described(activation, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED), later)).State)
	assert.Zero(t, seen(toBegin(described(activation, isRunning), noon.Add(-time.Minute))).Begins, "it was started to begin at once")

	awakened := toBegin(described(activation, isRunning), later)
	awakened.PendingWorkflowTask = &workflowpb.PendingWorkflowTaskInfo{
		State: enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED, ScheduledTime: timestamppb.New(noon),
	}
	assert.Equal(t, runs.Starting, seen(awakened).State, "a cancellation does not wait for the time")
}

// The call under way is read off the description with its last failure's details, not with its text.
func TestWhatIsPending(t *testing.T) {
	d := described(activation, isRunning, call("Check", "InProgress", 3, 20*time.Second))
	v := runs.ViewOf(d, converter.GetDefaultDataConverter(), noon)
	assert.Equal(t, "InProgress", v.Activity.CarrierStatus)
	assert.Equal(t, `DISH says "InProgress"`, v.Heard())
	assert.Equal(t, noon.Add(20*time.Second), v.Activity.Next)
	assert.Equal(t, int32(3), v.Activity.Attempt)

	d.PendingActivities[0].State = enumspb.PENDING_ACTIVITY_STATE_STARTED
	v = runs.ViewOf(d, converter.GetDefaultDataConverter(), noon)
	assert.True(t, v.Activity.Running)
	assert.Zero(t, v.Activity.Next)

	busy := described(activation, isRunning, call("Check", "", 3, 20*time.Second))
	busy.PendingActivities[0].LastFailure = problem(activities.Problem{HTTPStatus: 503, CarrierStatus: "InProgress"})
	assert.Equal(t, "DISH answers with HTTP 503", runs.ViewOf(busy, converter.GetDefaultDataConverter(), noon).Heard())
	busy.PendingActivities[0].LastFailure = problem(activities.Problem{})
	assert.Equal(t, "some message", runs.ViewOf(busy, converter.GetDefaultDataConverter(), noon).Heard())
}

func TestMissingWorker(t *testing.T) {
	first := call("Submit", "", 1, -time.Minute)
	paused := call("Submit", "", 3, -time.Hour)
	paused.Paused = true
	for name, test := range map[string]struct {
		pending *workflowpb.PendingActivityInfo
		want    string
	}{
		"its time has come":     {call("Check", "", 2, -time.Second), ""},
		"its time has not come": {call("Check", "", 2, time.Hour), ""},
		"long due":              {call("Check", "", 2, -time.Minute), "no worker has taken it up for 1m; is one running?"},
		"never taken up":        {first, "no worker has taken it up for 1m; is one running?"},
		"paused":                {paused, ""},
	} {
		v := runs.ViewOf(described(activation, isRunning, test.pending), converter.GetDefaultDataConverter(), noon)
		assert.Equal(t, test.want, v.Untaken(noon), name)
	}
	d := described(activation, isRunning)
	d.PendingWorkflowTask = &workflowpb.PendingWorkflowTaskInfo{
		State: enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED, ScheduledTime: timestamppb.New(noon.Add(-time.Minute)),
	}
	assert.Contains(t, runs.ViewOf(d, converter.GetDefaultDataConverter(), noon).Untaken(noon), "no worker has taken it up for 1m")
	d.PendingWorkflowTask.State = enumspb.PENDING_WORKFLOW_TASK_STATE_STARTED
	assert.Empty(t, runs.ViewOf(d, converter.GetDefaultDataConverter(), noon).Untaken(noon))
}
