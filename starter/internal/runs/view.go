package runs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/payload"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/timeline"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// State is what a run is doing, in one word. An open operation that changes something has the word of its [workflows.Phase].
type State string

// The other states of a run. The last five are final.
const (
	Scheduled State = "scheduled" // to begin later
	Starting  State = "starting"  // no worker has taken it up yet
	Reading   State = "reading"
	Overdue   State = "overdue" // waiting for longer than this kind of operation takes
	Running   State = "running" // anything else

	Completed  = State(timeline.Completed)
	Failed     = State(timeline.Failed)
	Canceled   = State(timeline.Canceled)
	Terminated = State(timeline.Terminated)
	TimedOut   = State(timeline.TimedOut)
)

// Final reports whether the run has ended.
func (s State) Final() bool { return timeline.Kind(s).Final() }

// View is what is known about a run at one moment.
type View struct {
	WorkflowID string    `json:"workflowId"`
	RunID      string    `json:"runId"`
	Operation  string    `json:"operation"`
	Summary    string    `json:"summary,omitempty"`
	State      State     `json:"state"`
	Attention  []string  `json:"needsAttention,omitempty"`
	Started    time.Time `json:"startedAt"`
	// Begins is when a run begins, or began, that was started for later.
	Begins time.Time `json:"scheduledFor,omitzero"`
	Closed time.Time `json:"closedAt,omitzero"`
	// Status is what an open operation says of itself. NoAnswer tells that no worker has answered the question.
	Status   *workflows.OperationStatus `json:"status,omitempty"`
	NoAnswer bool                       `json:"noAnswer,omitempty"`
	// Plan is what a plan says of itself; of one that has ended, how it ended.
	Plan *plans.PlanStatus `json:"plan,omitempty"`
	// Activity is the call to the carrier that is under way or due, where there is no Status to hold it.
	Activity *workflows.ActivityStatus `json:"activity,omitempty"`
	// RetryOf is the operation that this one retries, RetriedAs the one that retries this one.
	RetryOf   string `json:"retryOf,omitempty"`
	RetriedAs string `json:"retriedAs,omitempty"`
	// FollowUp is the workflow that keeps what the operation left behind when it ended.
	FollowUp    string `json:"followUp,omitempty"`
	FollowUpRun string `json:"-"`
	// Unserved says that no worker does what it waits for, and what to do.
	Unserved string `json:"unserved,omitempty"`
	// EndedAs is how it ended, as its follow-up has it.
	EndedAs workflows.FailureType `json:"-"`
	// NothingSent tells that the carrier refused the request itself, so that it has nothing of it.
	NothingSent bool `json:"-"`
	// Paused tells that somebody has paused the call.
	Paused bool `json:"-"`
	// Build is the build of the worker deployment that the run is on; "" when workers are not versioned.
	Build string `json:"build,omitempty"`
	// Queue is the task queue of the workflow's own code.
	Queue string `json:"-"`
	// labelled is the operation type that its search attributes name.
	labelled string
	// at is the carrier that its search attributes name.
	at carriers.Carrier
	// taskDue is since when the workflow's own code waits for a worker.
	taskDue time.Time
}

// Is reports whether the run is in a state that a list can be asked for.
func (v View) Is(asked string) bool {
	switch asked {
	case "running":
		return !v.State.Final()
	case "timed-out":
		return v.State == TimedOut
	}
	return string(v.State) == asked
}

// Call is the call to the carrier that is under way or due.
func (v View) Call() *workflows.ActivityStatus {
	if v.Status != nil {
		return v.Status.Activity
	}
	return v.Activity
}

// Carrier is the one that the run is about.
func (v View) Carrier() carriers.Carrier {
	if carrier, _, ok := workflows.ParseWorkflowID(v.WorkflowID); ok {
		return carrier
	}
	if IsPlan(v.Operation) || v.Operation == workflows.SweepType || v.Operation == workflows.WebhookDeliveryType { // the type does not name it, and the steps of a plan may be at several
		return v.at
	}
	return carriers.CarrierOf(v.Operation)
}

// CarrierName is the carrier's name as people write it.
func (v View) CarrierName() string { return workflows.CarrierName(v.Carrier()) }

// UntakenFor is how long something has been waiting for a worker to take it up; 0 when nothing is.
func (v View) UntakenFor(now time.Time) (longest time.Duration) {
	if !v.taskDue.IsZero() {
		longest = now.Sub(v.taskDue)
	}
	if a := v.Call(); a != nil && !a.Running && !v.Paused {
		longest = max(longest, now.Sub(a.Next))
	}
	return longest
}

// Untaken says that something has been waiting for a worker for longer than a busy one would need, or "".
func (v View) Untaken(now time.Time) string {
	const usual = 10 * time.Second
	if waited := v.UntakenFor(now); waited > usual && !v.State.Final() {
		who, one := "no worker", "one"
		if v.Build != "" {
			who, one = "no worker of build "+v.Build, "one of that build"
		}
		return fmt.Sprintf("%s has taken it up for %s; is %s running?", who, terminal.Span(waited), one)
	}
	return ""
}

// ViewOf reads Temporal's description of a run. What the operation itself would say is not in it.
func ViewOf(d *workflowservice.DescribeWorkflowExecutionResponse, c converter.DataConverter, now time.Time) View {
	v := viewOfInfo(d.GetWorkflowExecutionInfo(), c, now)
	v.Summary = payload.Text(d.GetExecutionConfig().GetUserMetadata().GetSummary(), c)
	if v.State.Final() {
		return v // a call that was still to be made died with the run
	}
	v.Activity = workflows.ActivityOf(d.GetPendingActivities(), c)
	v.Paused = slices.ContainsFunc(d.GetPendingActivities(), (*workflowpb.PendingActivityInfo).GetPaused)
	if task := d.GetPendingWorkflowTask(); task.GetState() == enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED {
		v.taskDue = task.GetScheduledTime().AsTime()
	}
	switch { // by what is pending
	case v.Activity == nil && v.taskDue.IsZero():
	case v.Activity == nil:
		v.State = Starting
	case v.Activity.Name == activities.SubmitName(v.Operation):
		v.State = State(workflows.PhaseSending)
	case v.Activity.Name == activities.ReadName(v.Operation):
		v.State = Reading
	case v.Activity.Name == activities.CheckName(v.Operation):
		v.State = v.phase(workflows.PhaseWaiting)
	default:
		v.State = Running
	}
	return v
}

// phase is the state of an operation in a phase.
func (v View) phase(p workflows.Phase) State {
	switch {
	case p == workflows.PhaseEnded: // Temporal is about to know
		return Running
	case p == workflows.PhaseWaiting && slices.Contains(v.Attention, string(workflows.AttentionOverdue)):
		return Overdue
	}
	return State(p)
}

// viewOfInfo reads what a list says of a run. What an open one is doing is not in it.
func viewOfInfo(info *workflowpb.WorkflowExecutionInfo, c converter.DataConverter, now time.Time) View {
	v := View{
		WorkflowID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(),
		Operation: info.GetType().GetName(), State: cmp.Or(ends[info.GetStatus()], Running), Started: info.GetStartTime().AsTime(),
		Attention: payload.Attention(info.GetSearchAttributes()),
		RetryOf:   payload.Text(info.GetMemo().GetFields()[workflows.RetryOfMemo], c), Queue: info.GetTaskQueue(),
		labelled: payload.Attribute(info.GetSearchAttributes(), workflows.OperationAttribute.GetName()),
		at:       carriers.Carrier(payload.Attribute(info.GetSearchAttributes(), workflows.CarrierAttribute.GetName())),
	}
	v.Build = buildOf(info.GetVersioningInfo())
	if info.GetCloseTime() != nil {
		v.Closed = info.GetCloseTime().AsTime()
	}
	if begins := info.GetExecutionTime().AsTime(); begins.After(v.Started) {
		v.Begins = begins
		if v.State == Running && begins.After(now) {
			v.State = Scheduled
		}
	}
	return v
}

// buildOf is the build that a run is on: the one that somebody has moved it to, else the one that did its last task.
func buildOf(info *workflowpb.WorkflowExecutionVersioningInfo) string {
	return cmp.Or(info.GetVersioningOverride().GetPinned().GetVersion().GetBuildId(), info.GetDeploymentVersion().GetBuildId())
}

// ends are the final states that Temporal's statuses stand for.
var ends = map[enumspb.WorkflowExecutionStatus]State{
	enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED: Completed, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED: Failed,
	enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED: Canceled, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED: Terminated,
	enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: TimedOut,
}

// AnswerWithin is how long a worker may take to say how far an operation is.
const AnswerWithin = 2 * time.Second

// Ask adds to a view what the operation says of itself. Only a worker can answer; without one, the view keeps what Temporal has.
func (c *Connection) Ask(ctx context.Context, v *View) {
	if IsPlan(v.Operation) {
		c.askPlan(ctx, v)
		return
	}
	if v.State.Final() || v.State == Scheduled || KindOf(v.Operation) != carriers.KindChange {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, AnswerWithin)
	defer cancel()
	s, err := workflows.GetStatus(bounded, c, v.WorkflowID, v.RunID)
	if v.NoAnswer = err != nil; v.NoAnswer {
		return
	}
	v.Status, v.Activity, v.Attention = &s, nil, workflows.AttentionWords(s.Attention)
	v.State = v.phase(s.Phase)
}

// KindOf is the kind of an operation; "" for what is none.
func KindOf(operation string) carriers.Kind {
	if o, known := workflows.OperationOf(operation); known {
		return o.Info().Kind
	}
	return ""
}

// Heard is what the last call to the carrier has heard, or why it failed.
func (v View) Heard() string {
	word, a := "", v.Call()
	if v.Plan != nil {
		return heardOfPlan(*v.Plan)
	}
	if v.Status != nil {
		word = v.Status.CarrierStatus
	} else if a != nil {
		word = a.CarrierStatus
	}
	switch {
	case a != nil && a.HTTPStatus != 0:
		return fmt.Sprintf("%s answers with HTTP %d", v.CarrierName(), a.HTTPStatus)
	case word != "":
		return fmt.Sprintf("%s says %q", v.CarrierName(), word)
	case a != nil:
		return a.LastFailure
	}
	return ""
}
