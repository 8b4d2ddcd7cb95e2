package main

import (
	"encoding/json"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// signal tells of a callback, or of an operator who has seen kept ones.
func (t *timeline) signal(a *historypb.WorkflowExecutionSignaledEventAttributes) []step {
	switch a.GetSignalName() {
	case workflows.CallbackSignal.Name:
		var c workflows.Callback
		t.decode(a.GetInput(), &c)
		return []step{{What: stepCallback, Text: t.callback(c)}}
	case workflows.SeenSignal.Name:
		var s workflows.Seen
		t.decode(a.GetInput(), &s)
		return []step{{What: stepOrder, Text: "acknowledged", Operator: carriers.Redact(s.By), Reason: carriers.Redact(s.Reason)}}
	}
	return []step{{What: stepSignal, Text: a.GetSignalName()}}
}

// callback is what a callback says, in words.
func (t *timeline) callback(c workflows.Callback) string {
	text := t.says(carriers.Outcome{Status: c.Status, Code: c.Code, Reason: c.Reason})
	if c.State != "" {
		text += fmt.Sprintf(" (%s)", c.State)
	}
	return text
}

// order tells who asks for what, and why.
func (t *timeline) order(e *historypb.HistoryEvent) []step {
	in := e.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest().GetInput()
	t.updates[e.GetEventId()] = in.GetName()
	if in.GetName() == workflows.AcceptedUpdate.Name {
		return []step{{What: stepOrder, Text: "the caller asks whether the carrier takes it"}}
	}
	var given struct {
		workflows.Order
		Outcome carriers.State    `json:"outcome"`
		By      carriers.Duration `json:"by"`
	}
	t.decode(in.GetArgs(), &given)
	text := in.GetName()
	switch {
	case given.Outcome != "":
		text += " as " + string(given.Outcome)
	case given.By > 0:
		text += " by " + span(given.By.Std())
	}
	return []step{{What: stepOrder, Text: text, Operator: carriers.Redact(given.Operator), Reason: carriers.Redact(given.Reason)}}
}

// obeyed tells what came of an order.
func (t *timeline) obeyed(a *historypb.WorkflowExecutionUpdateCompletedEventAttributes) []step {
	name := t.updates[a.GetAcceptedEventId()]
	if f := a.GetOutcome().GetFailure(); f != nil {
		return []step{{What: stepAnswer, Text: name + ": " + f.GetMessage()}}
	}
	if name == workflows.AcceptedUpdate.Name {
		var told workflows.Accepted
		t.decode(a.GetOutcome().GetSuccess(), &told)
		return []step{{What: stepAnswer, Text: "told: " + string(told.State)}}
	}
	var standing workflows.Standing
	t.decode(a.GetOutcome().GetSuccess(), &standing)
	return []step{{What: stepAnswer, Text: standing.Message}}
}

// ended tells how a run ended; nothing for any other event.
func (t *timeline) ended(e *historypb.HistoryEvent) []step {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		return []step{t.completed(e.GetWorkflowExecutionCompletedEventAttributes().GetResult())}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		f := e.GetWorkflowExecutionFailedEventAttributes().GetFailure()
		return []step{t.failed(f.GetMessage(), f.GetApplicationFailureInfo())}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		var details workflows.Failure
		t.decode(e.GetWorkflowExecutionCanceledEventAttributes().GetDetails(), &details)
		return []step{{What: stepKind(canceled), Text: sentence(details)}}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		return []step{{What: stepKind(terminated), Text: carriers.Redact(e.GetWorkflowExecutionTerminatedEventAttributes().GetReason())}}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
		return []step{{What: stepKind(timedOut)}}
	}
	return nil
}

func (t *timeline) failed(message string, info *failurepb.ApplicationFailureInfo) step {
	var details workflows.Failure
	t.decode(info.GetDetails(), &details)
	if details.Type == "" { // not one of ours
		return step{What: stepKind(failed), Text: strings.TrimPrefix(info.GetType()+": "+message, ": ")}
	}
	return resolved(step{What: stepKind(failed), Text: string(details.Type) + ": " + sentence(details)}, details.Resolution)
}

// sentence is a failure's message without the operation and reference, which stand above.
func sentence(f workflows.Failure) string {
	return strings.TrimPrefix(f.Message, fmt.Sprintf("%s, reference %s: ", f.Operation, f.Reference))
}

func (t *timeline) completed(result *commonpb.Payloads) step {
	s := step{What: stepKind(completed)}
	switch {
	case t.operation == workflows.UnmatchedCallbackType:
		var kept workflows.UnmatchedResult
		t.decode(result, &kept)
		s.Text = fmt.Sprintf("callbacks kept: %d", len(kept.Callbacks))
		s.Operator = carriers.Redact(kept.SeenBy)
	case t.operation == workflows.FollowUpType:
		var kept workflows.FollowUpResult
		t.decode(result, &kept)
		s.Text = fmt.Sprintf("acknowledged; callbacks kept: %d", len(kept.Callbacks))
		s.Operator, s.Reason = carriers.Redact(kept.SeenBy), carriers.Redact(kept.Reason)
	case kindOfOperation(t.operation) == workflows.Read:
		s.Text = "the answer is not shown, because it holds personal data"
	default:
		var r workflows.Result
		t.decode(result, &r)
		s.Text = "decided by " + string(r.DecidedBy)
		if r.Status != "" {
			s.Text += fmt.Sprintf(", %q", carriers.Redact(r.Status))
		}
		s.Text = join(s.Text, shown(r.Effect))
		s = resolved(s, r.Resolution)
	}
	return s
}

// resolved adds whose decision it was.
func resolved(s step, r *workflows.Resolution) step {
	if r != nil {
		s.Operator, s.Reason = carriers.Redact(r.Operator), carriers.Redact(r.Reason)
	}
	return s
}

// acknowledgement is the carrier's immediate answer in words.
func (t *timeline) acknowledgement(ack carriers.Acknowledgement) string {
	text := t.says(ack.Outcome)
	switch {
	case ack.Found:
		text = "a look-up found the request at " + t.carrier.Name() + "; it was not sent again"
	case ack.Outcome.Status == "":
		text = t.carrier.Name() + " has the request"
	}
	if ack.RiskReview {
		text = join(text, "held for a risk decision")
	}
	if len(ack.Ignored) > 0 {
		text = join(text, "ignored: "+carriers.Redact(strings.Join(ack.Ignored, ", ")))
	}
	return text
}

// says is what a carrier says and shows, in words.
func (t *timeline) says(o carriers.Outcome) string {
	if effect := shown(o.Effect); o.Status == "" && effect != "" {
		return effect
	}
	text := t.carrier.Name() + " answers without a status"
	if o.Status != "" {
		text = fmt.Sprintf("%s says %q", t.carrier.Name(), carriers.Redact(o.Status))
	}
	if o.Code != "" {
		text += ", code " + carriers.Redact(o.Code)
	}
	if o.Reason != "" {
		text += ", reason: " + carriers.Redact(o.Reason)
	}
	return join(text, shown(o.Effect))
}

// shown is what a read at the carrier shows, in words.
func shown(e carriers.Effect) string {
	switch e {
	case carriers.Shown:
		return "a read shows the change"
	case carriers.Missing:
		return "a read does not show the change"
	case carriers.Incomparable:
		return "nothing to compare it with"
	}
	return ""
}

// decode reads the first of some payloads. One that cannot be read tells nothing; the event is told all the same.
func (t *timeline) decode(payloads *commonpb.Payloads, to any) {
	all := payloads.GetPayloads()
	if len(all) == 0 {
		return
	}
	var raw json.RawMessage
	if t.converter.FromPayload(all[0], &raw) == nil {
		_ = json.Unmarshal(raw, to)
	}
}

// join puts two pieces of a sentence together; either may be missing.
func join(one, other string) string {
	if one == "" || other == "" {
		return one + other
	}
	return one + "; " + other
}
