// Package timeline reads what happened to a run out of its history.
//
// Of what is in the payloads it takes the carrier's words, and what operators wrote without anything that looks personal; never a
// request, an answer or a line.
package timeline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/payload"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// Reader turns the events of a run into steps, one event after the other.
type Reader struct {
	// at is the time of the latest event.
	at                   time.Time
	converter            converter.DataConverter
	operation, reference string
	carrier              carriers.Carrier
	raised               []string
	// calls and updates are those under way, by the id of the event that began them.
	calls   map[int64]*call
	updates map[int64]string
}

// New makes a reader for one run.
func New(c converter.DataConverter) *Reader {
	return &Reader{converter: c, calls: map[int64]*call{}, updates: map[int64]string{}}
}

// Read returns the steps of an event; most have none. An event that the server has kept back during a workflow task has an earlier time
// than those before it; its steps have the time of those.
func (r *Reader) Read(e *historypb.HistoryEvent) []Step {
	e = payload.WithFailures(e, r.converter)
	if at := e.GetEventTime().AsTime(); at.After(r.at) {
		r.at = at
	}
	steps := r.steps(e)
	for i := range steps {
		steps[i].At = r.at
	}
	return steps
}

// one is the steps of an event that has one.
func one(what Kind, format string, args ...any) []Step {
	return []Step{{What: what, Text: fmt.Sprintf(format, args...)}}
}

func (r *Reader) steps(e *historypb.HistoryEvent) []Step {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		return r.started(e)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
		enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED, enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		return r.activity(e)
	case enumspb.EVENT_TYPE_MARKER_RECORDED:
		return r.direct(e)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		return r.signal(e.GetWorkflowExecutionSignaledEventAttributes())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
		return r.update(e)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
		return r.answer(e.GetWorkflowExecutionUpdateCompletedEventAttributes())
	case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		return r.attention(e.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes())
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED:
		child := e.GetChildWorkflowExecutionStartedEventAttributes()
		id := child.GetWorkflowExecution().GetWorkflowId()
		if operation := child.GetWorkflowType().GetName(); operation != workflows.FollowUpType {
			return one(StepBegun, "%s, %s", id, operation)
		}
		r.raised = nil // the follow-up has it now; it is not settled
		return one(FollowUp, "what is left to look at is handed over to %s", id)
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED:
		return one(StepEnded, "%s completed", e.GetChildWorkflowExecutionCompletedEventAttributes().GetWorkflowExecution().GetWorkflowId())
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED:
		child := e.GetChildWorkflowExecutionFailedEventAttributes()
		return one(StepEnded, "%s failed: %s", child.GetWorkflowExecution().GetWorkflowId(), r.failed(child.GetFailure()).Text)
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED:
		return one(StepEnded, "%s canceled", e.GetChildWorkflowExecutionCanceledEventAttributes().GetWorkflowExecution().GetWorkflowId())
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED:
		return one(StepEnded, "%s terminated", e.GetChildWorkflowExecutionTerminatedEventAttributes().GetWorkflowExecution().GetWorkflowId())
	case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED:
		return one(StepEnded, "%s was not started: it is there already", e.GetStartChildWorkflowExecutionFailedEventAttributes().GetWorkflowId())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		cause := e.GetWorkflowExecutionCancelRequestedEventAttributes().GetCause()
		return []Step{{What: Cancel, Text: "cancellation requested", Reason: carriers.Redact(cause)}}
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		return taskFailed(e.GetWorkflowTaskFailedEventAttributes())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		return []Step{r.completed(e.GetWorkflowExecutionCompletedEventAttributes().GetResult())}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		return []Step{r.failed(e.GetWorkflowExecutionFailedEventAttributes().GetFailure())}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		var details workflows.Failure
		r.decode(e.GetWorkflowExecutionCanceledEventAttributes().GetDetails(), &details)
		return one(Canceled, "%s", Sentence(details.Operation, details.Reference, details.Message))
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		return one(Terminated, "%s", carriers.Redact(e.GetWorkflowExecutionTerminatedEventAttributes().GetReason()))
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
		return one(TimedOut, "")
	}
	return nil
}

func (r *Reader) started(e *historypb.HistoryEvent) []Step {
	a := e.GetWorkflowExecutionStartedEventAttributes()
	r.operation = a.GetWorkflowType().GetName()
	_, r.reference, _ = workflows.ParseWorkflowID(a.GetWorkflowId())
	if plan, ok := plans.ParseWorkflowID(a.GetWorkflowId()); ok {
		r.reference = plan
	}
	r.carrier = carriers.CarrierOf(r.operation)
	switch r.operation {
	case workflows.FollowUpType, workflows.UnmatchedCallbackType: // the type does not name the carrier
		var about struct{ Carrier carriers.Carrier }
		r.decode(a.GetInput(), &about)
		r.carrier = about.Carrier
	}
	text := payload.Text(e.GetUserMetadata().GetSummary(), r.converter)
	if delay := a.GetFirstWorkflowTaskBackoff().AsDuration(); delay > 0 {
		text = join(text, "to begin after "+terminal.Span(delay))
	}
	return append(one(Started, "%s", text), r.attention(a.GetSearchAttributes())...)
}

// attention tells which reasons for attention have come up and which have passed.
func (r *Reader) attention(attributes *commonpb.SearchAttributes) (steps []Step) {
	if _, named := attributes.GetIndexedFields()[workflows.NeedsAttentionAttribute.GetName()]; !named {
		return nil
	}
	before := r.raised
	r.raised = payload.Attention(attributes)
	if raised := without(r.raised, before); len(raised) > 0 {
		steps = one(Attention, "%s", strings.Join(raised, ", "))
	}
	if settled := without(before, r.raised); len(settled) > 0 {
		steps = append(steps, one(Settled, "%s", strings.Join(settled, ", "))...)
	}
	return steps
}

// without is what is in one list and not in the other.
func without(one, other []string) []string {
	return slices.DeleteFunc(slices.Clone(one), func(s string) bool { return slices.Contains(other, s) })
}

func taskFailed(a *historypb.WorkflowTaskFailedEventAttributes) []Step {
	switch a.GetCause() {
	case enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW:
		return one(Started, "the run was reset to here; what follows is new")
	case enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND:
		return nil // something came in while the worker was at work; that is no fault
	}
	return one(Worker, "the worker could not go on: %s", carriers.Redact(a.GetFailure().GetMessage()))
}

// Late are the steps of a follow-up that come after the end of its operation: late callbacks, and what operators did.
func (r *Reader) Late(e *historypb.HistoryEvent) (steps []Step) {
	for _, s := range r.Read(e) {
		switch s.What {
		case CallbackCame, Action, Attention, Settled:
			steps = append(steps, s)
		case Started:
			var f workflows.FollowUp
			r.decode(e.GetWorkflowExecutionStartedEventAttributes().GetInput(), &f)
			steps = append(steps, Step{At: s.At, What: FollowUp, Text: "for an operator to look at"})
			for _, c := range f.Callbacks {
				steps = append(steps, Step{At: s.At, What: CallbackCame, Text: r.callback(c)})
			}
		}
	}
	return steps
}

// Sentence is the message of a failure without the operation and reference at its head, where those are shown above it.
func Sentence(operation, reference, message string) string {
	return strings.TrimPrefix(message, fmt.Sprintf("%s, reference %s: ", operation, reference))
}

// decode reads the first of some payloads. One that cannot be read tells nothing; the event is told all the same.
func (r *Reader) decode(payloads *commonpb.Payloads, to any) {
	payload.Decode(payloads, r.converter, to)
}

// name is the carrier's name as people write it.
func (r *Reader) name() string { return workflows.CarrierName(r.carrier) }

// Step is one line of a run's timeline.
type Step struct {
	At   time.Time `json:"at"`
	What Kind      `json:"event"`
	Text string    `json:"text,omitempty"`
	// Attempts is how often a call was made until it had its answer, Before what the last attempt but one met.
	Attempts int32  `json:"attempts,omitempty"`
	Before   string `json:"before,omitempty"`
	// Operator and Reason tell who acted and why.
	Operator string `json:"operator,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// Kind is what happened, in one word.
type Kind string

// What can happen to a run. The last five are its end.
const (
	Started      Kind = "started"
	Turn         Kind = "turn" // the line's
	Sending      Kind = "sending"
	Acknowledged Kind = "acknowledged" // the carrier has the request
	NotTaken     Kind = "not taken"    // it was refused, or not acknowledged in time
	Undecided    Kind = "undecided"    // it is not known whether the carrier has it
	Checking     Kind = "checking"     // a check begins; its attempts are the polls
	Checked      Kind = "checked"      // a check has its answer, or gives up
	CallbackCame Kind = "callback"
	Action       Kind = "action" // an operator, or the caller, asks for something
	Answer       Kind = "answer" // to that
	Attention    Kind = "attention"
	Settled      Kind = "settled" // a reason for attention has passed
	Cancel       Kind = "cancel"
	Signal       Kind = "signal"
	FollowUp     Kind = "follow-up" // what is left to look at after the end
	StepBegun    Kind = "step"      // of a plan: its operation was started
	StepEnded    Kind = "step end"
	Worker       Kind = "worker" // the workflow's own code could not go on

	Completed  Kind = "completed"
	Failed     Kind = "failed"
	Canceled   Kind = "canceled"
	Terminated Kind = "terminated"
	TimedOut   Kind = "timed out"
)

// Final reports whether it is the end of a run.
func (k Kind) Final() bool {
	return slices.Contains([]Kind{Completed, Failed, Canceled, Terminated, TimedOut}, k)
}

// Words is what happened, in a sentence.
func (s Step) Words() string {
	text := s.Text
	switch {
	case s.Attempts > 1 && s.What != Checked: // the request itself; a check's attempts are the polls
		text = join(text, fmt.Sprintf("it took %d attempts", s.Attempts))
	case s.Attempts > 1:
		text = join(text, fmt.Sprintf("attempt %d", s.Attempts))
	}
	if s.Before != "" {
		text = join(text, "before: "+s.Before)
	}
	if s.Operator != "" {
		text += ", by " + s.Operator
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return strings.TrimPrefix(text, ", ")
}

// join puts two pieces of a sentence together; either may be missing.
func join(one, other string) string {
	if one == "" || other == "" {
		return one + other
	}
	return one + "; " + other
}
