// Package cost reads what an operation has cost at Temporal: events, state transitions, and what Temporal Cloud bills as actions. The
// benchmarks show it and the end-to-end tests hold it to the budgets.
package cost

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
)

// Cost is what one workflow has cost.
type Cost struct {
	// Events are those of its history, and Bytes the size of them.
	Events int   `json:"events"`
	Bytes  int64 `json:"bytes"`
	// Transitions are the state transitions of the server.
	Transitions int64 `json:"transitions"`
	// Actions are what Temporal Cloud bills (Temporal Cloud pricing, "What is an Action"), without the local activities: the start,
	// each signal, timer, attempt of an activity, heartbeat, update, search attribute upsert and side effect.
	Actions int `json:"actions"`
	// LocalActivities are the workflow tasks that have run any: all of one task are one action.
	LocalActivities int `json:"localActivities"`
	// Attempts are those of the activity that was tried most often, at an operation that is polled the check: so many polls.
	Attempts int `json:"attempts"`
	// Disturbed tells that a workflow task timed out or was made again: the machine was so busy that this is not what it costs.
	Disturbed bool `json:"disturbed,omitempty"`
}

// AtPolls is the cost with another number of polls: each is one attempt, which is an action and two transitions.
func (c Cost) AtPolls(polls int) Cost {
	further := polls - c.Attempts
	c.Attempts, c.Actions, c.Transitions = polls, c.Actions+further, c.Transitions+2*int64(further)
	return c
}

// Pending is how many attempts have been made of the activities of a run that have not ended. It has to be asked for before they are
// abandoned: no event tells of them. waits tells whether nothing of the run is about to be done: no workflow task, and no activity that
// runs or is due.
func Pending(ctx context.Context, c client.Client, id string) (attempts int, waits bool, err error) {
	d, err := c.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return 0, false, fmt.Errorf("reading what %s waits for: %w", id, err)
	}
	waits = d.GetPendingWorkflowTask() == nil
	for _, a := range d.GetPendingActivities() {
		made := int(a.GetAttempt())
		if a.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED {
			made--
		}
		attempts += made
		later := a.GetNextAttemptScheduleTime()
		if later == nil {
			later = a.GetScheduledTime()
		}
		waits = waits && a.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED && later.AsTime().After(time.Now())
	}
	return attempts, waits, nil
}

// Of reads what a run has cost that has ended. abandoned are the attempts of activities that had not ended, from [Pending]; heartbeats
// are those of all its activities, which no history shows.
func Of(ctx context.Context, c client.Client, id string, abandoned, heartbeats int) (Cost, error) {
	d, err := c.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return Cost{}, fmt.Errorf("reading the cost of %s: %w", id, err)
	}
	info := d.GetWorkflowExecutionInfo()
	cost := Cost{Bytes: info.GetHistorySizeBytes(), Transitions: info.GetStateTransitionCount(), Actions: abandoned + heartbeats, Attempts: abandoned}
	local := map[int64]bool{}
	for it := c.GetWorkflowHistory(ctx, id, info.GetExecution().GetRunId(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		if err != nil {
			return Cost{}, fmt.Errorf("reading the history of %s: %w", id, err)
		}
		cost.Events++
		cost.Actions += actions(event)
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
			cost.Disturbed = true
		}
		cost.Attempts = max(cost.Attempts, int(event.GetActivityTaskStartedEventAttributes().GetAttempt()))
		if marker := event.GetMarkerRecordedEventAttributes(); marker.GetMarkerName() == "LocalActivity" {
			local[marker.GetWorkflowTaskCompletedEventId()] = true
		}
	}
	cost.LocalActivities = len(local)
	return cost, nil
}

// actions are the actions that an event tells of.
func actions(event *historypb.HistoryEvent) int {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enumspb.EVENT_TYPE_TIMER_STARTED,
		enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
		enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED, enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		return 1
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		return int(event.GetActivityTaskStartedEventAttributes().GetAttempt())
	case enumspb.EVENT_TYPE_MARKER_RECORDED:
		if event.GetMarkerRecordedEventAttributes().GetMarkerName() == "SideEffect" {
			return 1
		}
	}
	return 0
}
