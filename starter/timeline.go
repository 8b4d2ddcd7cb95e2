package main

import (
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// step is one line of a run's story.
type step struct {
	At time.Time `json:"at"`
	// What is one of the words below.
	What stepKind `json:"event"`
	Text string   `json:"text,omitempty"`
	// Attempts is how often a call was made until it had its answer, Before what the last attempt but one said.
	Attempts int32  `json:"attempts,omitempty"`
	Before   string `json:"before,omitempty"`
	// needs is what came of it for the operators, when that is told in the same line.
	needs string
	// Operator and Reason tell who ordered it and why.
	Operator string `json:"operator,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// stepKind is what happened, in one word.
type stepKind string

// What can happen to a run. Its end has the name of its final state.
const (
	stepStarted      stepKind = "started"
	stepSubmitting   stepKind = "submitting"
	stepAcknowledged stepKind = "acknowledged" // the carrier has the request
	stepNotTaken     stepKind = "not taken"    // it was refused, or not acknowledged in time
	stepUndecided    stepKind = "undecided"    // nobody can tell whether the carrier has it
	stepChecking     stepKind = "checking"     // a check begins; its repetitions are the polls
	stepChecked      stepKind = "checked"      // a check has its answer, or gives up
	stepCallback     stepKind = "callback"
	stepOrder        stepKind = "order"  // an operator, or the caller, asks for something
	stepAnswer       stepKind = "answer" // to that
	stepAttention    stepKind = "attention"
	stepCancel       stepKind = "cancel"
	stepSignal       stepKind = "signal"
	stepFollowUp     stepKind = "follow-up" // what is left to be looked at after the end
	stepWorker       stepKind = "worker"    // the workflow's own code could not go on
)

// timeline turns the events of a run into its story, one event after the other. Of what is in the payloads it tells the
// carrier's words, and what operators wrote without anything that looks personal; never an input, an answer or a line.
type timeline struct {
	converter converter.DataConverter
	operation string
	reference string
	carrier   carriers.Carrier
	raised    []string
	// calls and updates are those under way, by the id of the event that began them.
	calls   map[int64]*activityCall
	updates map[int64]string
}

// activityCall is one activity.
type activityCall struct {
	name    string
	attempt int32
	// word is what the last attempt before the answer said.
	word string
}

func newTimeline(c converter.DataConverter) *timeline {
	return &timeline{converter: c, calls: map[int64]*activityCall{}, updates: map[int64]string{}}
}

// add returns what an event has to tell; nothing for most.
func (t *timeline) add(e *historypb.HistoryEvent) []step {
	steps := t.read(e)
	for i := range steps {
		steps[i].At = e.GetEventTime().AsTime()
	}
	return steps
}

func (t *timeline) read(e *historypb.HistoryEvent) []step {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		return t.started(e)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		return t.scheduled(e)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		a := e.GetActivityTaskStartedEventAttributes()
		if c := t.calls[a.GetScheduledEventId()]; c != nil {
			c.attempt, c.word = a.GetAttempt(), t.bare(wordOf(a.GetLastFailure().GetMessage()))
		}
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		a := e.GetActivityTaskCompletedEventAttributes()
		return t.called(a.GetScheduledEventId(), func(c *activityCall) step { return t.success(c, a.GetResult()) })
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		a := e.GetActivityTaskFailedEventAttributes()
		return t.called(a.GetScheduledEventId(), func(c *activityCall) step { return t.failure(c, a.GetFailure()) })
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		a := e.GetActivityTaskTimedOutEventAttributes()
		return t.called(a.GetScheduledEventId(), func(c *activityCall) step { return t.timeout(c, a.GetFailure()) })
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		return t.signal(e.GetWorkflowExecutionSignaledEventAttributes())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
		return t.order(e)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
		return t.obeyed(e.GetWorkflowExecutionUpdateCompletedEventAttributes())
	case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		return t.attended(e.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes())
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED:
		// What needed attention is the follow-up's now, and not settled.
		t.raised = nil
		id := e.GetChildWorkflowExecutionStartedEventAttributes().GetWorkflowExecution().GetWorkflowId()
		return []step{{What: stepFollowUp, Text: "what is left to look at is handed over to " + id}}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		cause := e.GetWorkflowExecutionCancelRequestedEventAttributes().GetCause()
		return []step{{What: stepCancel, Text: "cancellation asked for", Reason: carriers.Redact(cause)}}
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		return t.hindered(e.GetWorkflowTaskFailedEventAttributes())
	}
	return t.ended(e)
}

func (t *timeline) started(e *historypb.HistoryEvent) []step {
	a := e.GetWorkflowExecutionStartedEventAttributes()
	t.operation = a.GetWorkflowType().GetName()
	_, t.reference, _ = workflows.ParseWorkflowID(a.GetWorkflowId())
	t.carrier = workflows.CarrierOf(t.operation)
	if name := textIn(a.GetSearchAttributes().GetIndexedFields()[workflows.CarrierAttribute.GetName()], converter.GetDefaultDataConverter()); name != "" {
		t.carrier = carriers.Carrier(name) // a kept callback is of a carrier that its type does not name
	}
	text := textIn(e.GetUserMetadata().GetSummary(), t.converter)
	if delay := a.GetFirstWorkflowTaskBackoff().AsDuration(); delay > 0 {
		text = join(text, "to begin after "+span(delay))
	}
	return append([]step{{What: stepStarted, Text: text}}, t.attended(a.GetSearchAttributes())...)
}

func (t *timeline) scheduled(e *historypb.HistoryEvent) []step {
	c := &activityCall{name: e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()}
	t.calls[e.GetEventId()] = c
	switch c.name {
	case activities.SubmitName(t.operation):
		return []step{{What: stepSubmitting, Text: "sending the request to " + t.carrier.Name()}}
	case activities.CheckName(t.operation):
		return []step{{What: stepChecking, Text: textIn(e.GetUserMetadata().GetSummary(), t.converter)}}
	case activities.ReadName(t.operation):
		return []step{{What: stepChecking, Text: "asking " + t.carrier.Name()}}
	}
	return nil
}

// called is the step for a call that has ended. What is not a call to the carrier is not told.
func (t *timeline) called(scheduled int64, told func(*activityCall) step) []step {
	c := t.calls[scheduled]
	if c == nil {
		return nil
	}
	delete(t.calls, scheduled)
	s := told(c)
	if s.What == "" {
		return nil
	}
	if s.Attempts = c.attempt; !strings.Contains(s.Text, c.word) {
		s.Before = c.word
	}
	return []step{s}
}

func (t *timeline) success(c *activityCall, result *commonpb.Payloads) step {
	switch c.name {
	case activities.SubmitName(t.operation):
		var ack carriers.Acknowledgement
		t.decode(result, &ack)
		return step{What: stepAcknowledged, Text: t.acknowledgement(ack)}
	case activities.CheckName(t.operation):
		var seen activities.CheckResult
		t.decode(result, &seen)
		if seen.Presence == carriers.Absent {
			return step{What: stepChecked, Text: t.carrier.Name() + " does not show the request"}
		}
		return step{What: stepChecked, Text: t.says(seen.Outcome)}
	case activities.ReadName(t.operation):
		return step{What: stepChecked, Text: t.carrier.Name() + " has answered"}
	}
	return step{}
}

func (t *timeline) failure(c *activityCall, f *failurepb.Failure) step {
	switch c.name {
	case activities.SubmitName(t.operation):
		what := stepNotTaken
		switch f.GetApplicationFailureInfo().GetType() {
		case activities.OutcomeUnknown, activities.UnknownStatus:
			what = stepUndecided
		}
		return step{What: what, Text: t.bare(wordOf(f.GetMessage()))}
	case activities.CheckName(t.operation), activities.ReadName(t.operation):
		return step{What: stepChecked, Text: wordOf(f.GetMessage())}
	}
	return step{}
}

// timeout is the end of a window: what the last attempt said is in the failure's cause.
func (t *timeline) timeout(c *activityCall, f *failurepb.Failure) step {
	word := wordOf(f.GetCause().GetMessage())
	switch c.name {
	case activities.SubmitName(t.operation):
		return step{What: stepNotTaken, Text: join("not acknowledged in time", word)}
	case activities.CheckName(t.operation), activities.ReadName(t.operation):
		return step{What: stepChecked, Text: join("no decision in time", word)}
	}
	return step{}
}

func (t *timeline) hindered(a *historypb.WorkflowTaskFailedEventAttributes) []step {
	if a.GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW {
		return []step{{What: stepStarted, Text: "the run was reset to here; what follows is new"}}
	}
	if a.GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND {
		return nil // something came in while the worker was at work; that is no fault
	}
	return []step{{What: stepWorker, Text: "the worker could not go on: " + carriers.Redact(a.GetFailure().GetMessage())}}
}

// settledMark begins the text about reasons for attention that are settled.
const settledMark = "settled: "

// attended tells which reasons for attention have come up and which are settled.
func (t *timeline) attended(attributes *commonpb.SearchAttributes) (steps []step) {
	if _, named := attributes.GetIndexedFields()[workflows.NeedsAttentionAttribute.GetName()]; !named {
		return nil
	}
	before := t.raised
	t.raised = attentionIn(attributes)
	if raised := without(t.raised, before); len(raised) > 0 {
		steps = append(steps, step{What: stepAttention, Text: strings.Join(raised, ", ")})
	}
	if settled := without(before, t.raised); len(settled) > 0 {
		steps = append(steps, step{What: stepAttention, Text: settledMark + strings.Join(settled, ", ")})
	}
	return steps
}

// without is what is in one list and not in the other.
func without(one, other []string) []string {
	return slices.DeleteFunc(slices.Clone(one), func(s string) bool { return slices.Contains(other, s) })
}

// bare is a call's message without the operation and reference, which stand above, and without when it is made again.
func (t *timeline) bare(message string) string {
	message, _, _ = strings.Cut(message, "; it is looked up again in ")
	return sentence(workflows.Failure{Operation: t.operation, Reference: t.reference, Message: message})
}
