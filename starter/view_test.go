package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/activities"
)

const (
	activation = "dish.ActivateSubscription"
	isRunning  = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	isFailed   = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED
)

// call is a pending activity that waits for its next attempt.
func call(name, word string, attempt int32, next time.Duration) *workflowpb.PendingActivityInfo {
	return &workflowpb.PendingActivityInfo{
		ActivityType: &commonpb.ActivityType{Name: activation + "." + name}, Attempt: attempt,
		State: enumspb.PENDING_ACTIVITY_STATE_SCHEDULED, LastFailure: &failurepb.Failure{Message: word},
		ScheduledTime: timestamppb.New(noon.Add(-time.Minute)), NextAttemptScheduleTime: timestamppb.New(noon.Add(next)),
	}
}

func TestStates(t *testing.T) {
	read := call("Read", "", 1, 0)
	doneSeen := call("Check", "", 3, 0)
	doneSeen.HeartbeatDetails = remembering(t, activities.Progress{DoneSince: noon})
	wordSeen := call("Check", "", 3, 0)
	wordSeen.HeartbeatDetails = remembering(t, activities.Progress{Word: "BUSY"})
	extra := call("Check", "", 1, 0)
	extra.MaximumAttempts = 1
	calls := func(c ...*workflowpb.PendingActivityInfo) []*workflowpb.PendingActivityInfo { return c }
	for name, test := range map[string]struct {
		pending   []*workflowpb.PendingActivityInfo
		attention []string
		task      bool
		want      state
	}{
		"no worker yet":           {task: true, want: starting},
		"between two calls":       {want: running},
		"submitting":              {pending: calls(call("Submit", "", 1, 0)), want: submitting},
		"submitting, overdue":     {pending: calls(call("Submit", "", 9, 0)), attention: []string{"Overdue"}, want: submitting},
		"reading":                 {pending: calls(read), want: reading},
		"waiting":                 {pending: calls(call("Check", "", 1, 0)), want: waiting},
		"waiting, task pending":   {pending: calls(call("Check", "", 1, 0)), task: true, want: waiting},
		"held for review":         {pending: calls(call("Check", "", 1, 0)), attention: []string{"RiskReview"}, want: waiting},
		"overdue":                 {pending: calls(call("Check", "", 1, 0)), attention: []string{"RiskReview", "Overdue"}, want: overdue},
		"one extra look":          {pending: calls(call("Check", "", 4, 0), extra), want: waiting},
		"a read confirms":         {pending: calls(call("Check", "", 4, 0), call("Check", "", 1, 0)), want: confirming},
		"a word is remembered":    {pending: calls(wordSeen), want: waiting},
		"done, but not in effect": {pending: calls(doneSeen), want: confirming},
		"overdue and confirming":  {pending: calls(doneSeen), attention: []string{"Overdue"}, want: confirming},
		"another kind of run":     {pending: calls(&workflowpb.PendingActivityInfo{ActivityType: &commonpb.ActivityType{Name: "x"}}), want: running},
	} {
		t.Run(name, func(t *testing.T) {
			d := marked(described(activation, isRunning, test.pending...), test.attention...)
			if test.task {
				d.PendingWorkflowTask = &workflowpb.PendingWorkflowTaskInfo{
					State: enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED, ScheduledTime: timestamppb.New(noon),
				}
			}
			assert.Equal(t, test.want, viewOf(d, converter.GetDefaultDataConverter(), noon).State)
		})
	}
	for status, want := range map[enumspb.WorkflowExecutionStatus]state{
		enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED: completed, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED: failed,
		enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED: canceled, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED: terminated,
		enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: timedOut,
	} {
		v := viewOf(described(activation, status, call("Check", "", 4, 0)), converter.GetDefaultDataConverter(), noon)
		assert.Equal(t, want, v.State)
		assert.True(t, v.State.final())
		assert.Empty(t, v.Pending, "what was pending died with the run")
	}
	assert.False(t, overdue.final())
}

func TestScheduled(t *testing.T) {
	later := noon.Add(time.Hour)
	seen := func(d *workflowservice.DescribeWorkflowExecutionResponse) view {
		return viewOf(d, converter.GetDefaultDataConverter(), noon)
	}
	v := seen(toBegin(described(activation, isRunning), later))
	assert.Equal(t, scheduled, v.State)
	assert.False(t, v.State.final())
	assert.Equal(t, later, *v.Begins)

	v = seen(toBegin(described(activation, isRunning, call("Check", "", 1, 0)), noon.Add(-time.Second)))
	assert.Equal(t, waiting, v.State, "it has begun")
	assert.NotNil(t, v.Begins)
	assert.Equal(t, canceled, seen(toBegin(described(activation, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED), later)).State)
	assert.Nil(t, seen(toBegin(described(activation, isRunning), noon.Add(-time.Minute))).Begins, "it was started to begin at once")

	awakened := toBegin(described(activation, isRunning), later)
	awakened.PendingWorkflowTask = &workflowpb.PendingWorkflowTaskInfo{
		State: enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED, ScheduledTime: timestamppb.New(noon),
	}
	assert.Equal(t, starting, seen(awakened).State, "a cancellation does not wait for the time")
}

func TestWhatIsPending(t *testing.T) {
	d := described(activation, isRunning, call("Check", `dish says "InProgress", which is not final; next check in 30s`, 3, 20*time.Second))
	v := viewOf(d, converter.GetDefaultDataConverter(), noon)
	assert.Equal(t, `dish says "InProgress", which is not final`, v.Pending[0].Word)
	assert.Equal(t, noon.Add(20*time.Second), *v.Pending[0].Next)
	assert.Equal(t, int32(3), v.Pending[0].Attempt)

	d.PendingActivities[0].State = enumspb.PENDING_ACTIVITY_STATE_STARTED
	v = viewOf(d, converter.GetDefaultDataConverter(), noon)
	assert.True(t, v.Pending[0].Running)
	assert.Nil(t, v.Pending[0].Next)
}

func TestMissingWorker(t *testing.T) {
	first := call("Submit", "", 1, 0)
	first.NextAttemptScheduleTime = nil // scheduled a minute ago
	paused := call("Submit", "", 3, -time.Hour)
	paused.Paused = true
	for name, test := range map[string]struct {
		pending *workflowpb.PendingActivityInfo
		want    string
	}{
		"its time has come":     {call("Check", "", 2, -time.Second), ""},
		"its time has not come": {call("Check", "", 2, time.Hour), ""},
		"long due":              {call("Check", "", 2, -time.Minute), "nobody has taken it up for 1m; is a worker running?"},
		"never taken up":        {first, "nobody has taken it up for 1m; is a worker running?"},
		"paused":                {paused, ""},
	} {
		v := viewOf(described(activation, isRunning, test.pending), converter.GetDefaultDataConverter(), noon)
		assert.Equal(t, test.want, missing(v, noon), name)
	}
	d := described(activation, isRunning)
	d.PendingWorkflowTask = &workflowpb.PendingWorkflowTaskInfo{
		State: enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED, ScheduledTime: timestamppb.New(noon.Add(-time.Minute)),
	}
	assert.Contains(t, missing(viewOf(d, converter.GetDefaultDataConverter(), noon), noon), "nobody has taken it up for 1m")
	d.PendingWorkflowTask.State = enumspb.PENDING_WORKFLOW_TASK_STATE_STARTED
	assert.Empty(t, missing(viewOf(d, converter.GetDefaultDataConverter(), noon), noon))
}

// remembering are the heartbeat details of a check.
func remembering(t *testing.T, p activities.Progress) *commonpb.Payloads {
	t.Helper()
	details, err := converter.GetDefaultDataConverter().ToPayloads(p)
	require.NoError(t, err)
	return details
}
