package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
)

// state is what a run is doing, in one word.
type state string

// The states of a run. The last five are final.
const (
	scheduled  state = "scheduled"  // to begin later
	starting   state = "starting"   // no worker has taken it up yet
	submitting state = "submitting" // the request is being sent
	waiting    state = "waiting"    // for the carrier's decision
	confirming state = "confirming" // the carrier says done, a read has yet to show it
	reading    state = "reading"
	overdue    state = "overdue" // waiting for longer than this kind of operation takes
	running    state = "running" // anything else

	completed  state = "completed"
	failed     state = "failed"
	canceled   state = "canceled"
	terminated state = "terminated"
	timedOut   state = "timed out"
)

// final reports whether the run has ended.
func (s state) final() bool {
	return slices.Contains([]state{completed, failed, canceled, terminated, timedOut}, s)
}

// is reports whether the run is in a state that a list can be asked for.
func (v view) is(asked string) bool {
	switch asked {
	case "running":
		return !v.State.final()
	case "timed-out":
		return v.State == timedOut
	}
	return string(v.State) == asked
}

// view is what is known about a run at one moment.
type view struct {
	WorkflowID string    `json:"workflowId"`
	RunID      string    `json:"runId"`
	Operation  string    `json:"operation"`
	Summary    string    `json:"summary,omitempty"`
	State      state     `json:"state"`
	Attention  []string  `json:"needsAttention,omitempty"`
	Started    time.Time `json:"startedAt"`
	// Begins is when a run begins, or began, that was started for later.
	Begins  *time.Time `json:"scheduledFor,omitempty"`
	Closed  *time.Time `json:"closedAt,omitempty"`
	Pending []pending  `json:"pending,omitempty"`
	// RetryOf is the operation that this one starts anew, RetriedAs the one that starts this one anew.
	RetryOf   string `json:"retryOf,omitempty"`
	RetriedAs string `json:"retriedAs,omitempty"`
	// FollowUp is the workflow that keeps what the operation left behind when it ended.
	FollowUp    string `json:"followUp,omitempty"`
	followUpRun string
	// Unserved says that no worker does what it waits for, and what to do.
	Unserved string `json:"unserved,omitempty"`
	// queue is the task queue of the workflow's own code.
	queue string
	// labelled is the operation type that its search attributes name.
	labelled string
	// refused tells that the carrier refused the request itself, so that nothing of it stands there.
	refused bool
	// due is since when the workflow's own code waits for a worker.
	due *time.Time
}

// pending is an activity that has not ended: a call to the carrier that is being made or will be made again.
type pending struct {
	Activity string `json:"activity"`
	// Attempt is the number of the attempt that is running or comes next.
	Attempt int32 `json:"attempt"`
	Running bool  `json:"running"`
	Paused  bool  `json:"paused,omitempty"`
	// Word is what the last attempt said: the carrier's last word, or why it could not be asked.
	Word string `json:"lastMessage,omitempty"`
	// Next is when the next attempt begins, or should have begun if a worker were there.
	Next *time.Time `json:"nextAttemptAt,omitempty"`
	// doneSeen tells that the carrier said done while a read did not show it yet.
	doneSeen bool
	// extra marks a call that is made once, beside the one whose repetitions are the polls.
	extra bool
}

// viewOf reads Temporal's description of a run.
func viewOf(d *workflowservice.DescribeWorkflowExecutionResponse, c converter.DataConverter, now time.Time) view {
	v := viewOfInfo(d.GetWorkflowExecutionInfo(), c, now)
	v.Summary = textIn(d.GetExecutionConfig().GetUserMetadata().GetSummary(), c)
	if v.State.final() {
		return v // a call that was still to be made died with the run
	}
	for _, p := range d.GetPendingActivities() {
		v.Pending = append(v.Pending, pendingOf(p, c))
	}
	slices.SortStableFunc(v.Pending, func(a, b pending) int { return cmp.Compare(a.Activity, b.Activity) })
	if task := d.GetPendingWorkflowTask(); task.GetState() == enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED {
		v.due = timeIn(task.GetScheduledTime())
	}
	// What was awakened before its time, by a cancellation, has something pending.
	if v.State != scheduled || v.due != nil || len(v.Pending) > 0 {
		v.State = stateOf(v)
	}
	return v
}

// untakenFor is how long something has been waiting for a worker to take it up; 0 when nothing is.
func (v view) untakenFor(now time.Time) (longest time.Duration) {
	since := []*time.Time{v.due}
	for _, p := range v.Pending {
		if !p.Paused {
			since = append(since, p.Next)
		}
	}
	for _, t := range since {
		if t != nil {
			longest = max(longest, now.Sub(*t))
		}
	}
	return longest
}

// viewOfInfo reads what a list says of a run. What a running one is doing is not known from it.
func viewOfInfo(info *workflowpb.WorkflowExecutionInfo, c converter.DataConverter, now time.Time) view {
	v := view{
		WorkflowID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(),
		Operation: info.GetType().GetName(), State: endOf(info.GetStatus()), Started: info.GetStartTime().AsTime(),
		Closed: timeIn(info.GetCloseTime()), Attention: attentionIn(info.GetSearchAttributes()),
		RetryOf: textIn(info.GetMemo().GetFields()[workflows.RetryOfMemo], c), queue: info.GetTaskQueue(),
		labelled: textIn(info.GetSearchAttributes().GetIndexedFields()[workflows.OperationAttribute.GetName()], converter.GetDefaultDataConverter()),
	}
	if begins := timeIn(info.GetExecutionTime()); begins != nil && begins.After(v.Started) {
		v.Begins = begins
		if v.State == running && begins.After(now) {
			v.State = scheduled
		}
	}
	return v
}

// stateOf tells what an open run is doing by what it has pending.
func stateOf(v view) state {
	polls := 0
	s := running
	for _, p := range v.Pending {
		switch {
		case p.Activity == activities.SubmitName(v.Operation):
			return submitting
		case p.Activity == activities.ReadName(v.Operation):
			return reading
		case p.Activity != activities.CheckName(v.Operation):
			continue
		}
		if !p.extra {
			polls++
		}
		if p.doneSeen || polls > 1 { // a second one reads what a callback reported
			return confirming
		}
		s = waiting
	}
	switch {
	case s == waiting && slices.Contains(v.Attention, string(workflows.AttentionOverdue)):
		return overdue
	case s == running && v.due != nil && len(v.Pending) == 0:
		return starting
	}
	return s
}

// endOf is the final state that Temporal's status stands for; running if it is not final.
func endOf(status enumspb.WorkflowExecutionStatus) state {
	switch status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return completed
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED:
		return failed
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return canceled
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return terminated
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return timedOut
	}
	return running
}

// doneSeen reads off what a check remembers whether the carrier has said done.
func doneSeen(details *commonpb.Payloads, dc converter.DataConverter) bool {
	var memory activities.Progress
	return len(details.GetPayloads()) > 0 && dc.FromPayload(details.GetPayloads()[0], &memory) == nil && !memory.DoneSince.IsZero()
}

func pendingOf(p *workflowpb.PendingActivityInfo, dc converter.DataConverter) pending {
	made := pending{
		Activity: p.GetActivityType().GetName(), Attempt: p.GetAttempt(), Paused: p.GetPaused(),
		Running: p.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED, Word: wordOf(p.GetLastFailure().GetMessage()),
		doneSeen: doneSeen(p.GetHeartbeatDetails(), dc), extra: p.GetMaximumAttempts() == 1,
	}
	if !made.Running {
		made.Next = timeIn(cmp.Or(p.GetNextAttemptScheduleTime(), p.GetScheduledTime()))
	}
	return made
}

// wordOf is a failure's message without the time of the next check, which is shown as a time of day.
func wordOf(message string) string {
	word, _, _ := strings.Cut(message, "; next check in ")
	return word
}

// attentionIn reads why an operator is needed. Search attributes are never encrypted.
func attentionIn(attributes *commonpb.SearchAttributes) (reasons []string) {
	payload := attributes.GetIndexedFields()[workflows.NeedsAttentionAttribute.GetName()]
	if payload == nil || converter.GetDefaultDataConverter().FromPayload(payload, &reasons) != nil {
		return nil
	}
	return reasons
}

func textIn(payload *commonpb.Payload, c converter.DataConverter) (text string) {
	if payload == nil || c.FromPayload(payload, &text) != nil {
		return ""
	}
	return text
}

func timeIn(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}
