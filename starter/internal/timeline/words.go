package timeline

import (
	"cmp"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// signal tells of a callback, or of an operator's acknowledgement.
func (r *Reader) signal(a *historypb.WorkflowExecutionSignaledEventAttributes) []Step {
	switch a.GetSignalName() {
	case workflows.CallbackSignal.Name:
		var c workflows.Callback
		r.decode(a.GetInput(), &c)
		return one(CallbackCame, "%s", r.callback(c))
	case workflows.SeenSignal.Name:
		var s workflows.Seen
		r.decode(a.GetInput(), &s)
		return []Step{by(s.By, s.Reason, Step{What: Action, Text: "acknowledged"})}
	case workflows.TurnSignal.Name:
		var n workflows.TurnNotice
		r.decode(a.GetInput(), &n)
		if n.Refused {
			return one(Turn, "too many operations wait for its line already")
		}
		return turn(activities.Turn{Granted: n.Granted, Holder: n.Holder})
	}
	return one(Signal, "%s", a.GetSignalName())
}

// turn tells whose turn it is.
func turn(t activities.Turn) []Step {
	if t.Granted {
		return one(Turn, "it has its line's turn")
	}
	return one(Turn, "it waits for its line's turn, which %s has", cmp.Or(t.Holder, "another"))
}

// callback is what a callback says, in words.
func (r *Reader) callback(c workflows.Callback) string {
	text := r.says(carriers.Outcome{Status: c.Status, Code: c.Code, Reason: c.Reason})
	if c.State != "" {
		text += fmt.Sprintf(" (%s)", c.State)
	}
	return text
}

// update tells who asks for what, and why.
func (r *Reader) update(e *historypb.HistoryEvent) []Step {
	in := e.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest().GetInput()
	r.updates[e.GetEventId()] = in.GetName()
	if in.GetName() == workflows.AcceptedUpdate.Name {
		return one(Action, "the caller asks whether the carrier takes it")
	}
	var given struct {
		workflows.OperatorAction
		Outcome carriers.State    `json:"outcome"`
		By      carriers.Duration `json:"by"`
	}
	r.decode(in.GetArgs(), &given)
	text := in.GetName()
	switch {
	case given.Outcome != "":
		text += " as " + string(given.Outcome)
	case given.By > 0:
		text += " by " + terminal.Span(given.By.Std())
	}
	return []Step{by(given.Operator, given.OperatorAction.Reason, Step{What: Action, Text: text})}
}

// answer tells how an update was answered.
func (r *Reader) answer(a *historypb.WorkflowExecutionUpdateCompletedEventAttributes) []Step {
	name := r.updates[a.GetAcceptedEventId()]
	if f := a.GetOutcome().GetFailure(); f != nil {
		return one(Answer, "%s: %s", name, f.GetMessage())
	}
	if name == workflows.AcceptedUpdate.Name {
		var accepted workflows.Accepted
		r.decode(a.GetOutcome().GetSuccess(), &accepted)
		return one(Answer, "%s", accepted.State)
	}
	var status workflows.OperationStatus
	r.decode(a.GetOutcome().GetSuccess(), &status)
	return one(Answer, "%s", status.Message)
}

func (r *Reader) failed(f *failurepb.Failure) Step {
	info := f.GetApplicationFailureInfo()
	var details workflows.Failure
	r.decode(info.GetDetails(), &details)
	if details.Type == "" { // not one of ours
		return Step{What: Failed, Text: strings.TrimPrefix(info.GetType()+": "+f.GetMessage(), ": ")}
	}
	text := string(details.Type) + ": " + Sentence(details.Operation, details.Reference, details.Message)
	return resolved(details.Resolution, Step{What: Failed, Text: text})
}

func (r *Reader) completed(result *commonpb.Payloads) Step {
	s := Step{What: Completed}
	operation, _ := workflows.OperationOf(r.operation)
	switch {
	case r.operation == workflows.UnmatchedCallbackType:
		var kept workflows.UnmatchedResult
		r.decode(result, &kept)
		s.Text = fmt.Sprintf("callbacks kept: %d", len(kept.Callbacks))
		return by(kept.SeenBy, "", s)
	case r.operation == workflows.FollowUpType:
		var kept workflows.FollowUpResult
		r.decode(result, &kept)
		s.Text = fmt.Sprintf("acknowledged; callbacks kept: %d", len(kept.Callbacks))
		return by(kept.SeenBy, kept.Reason, s)
	case r.operation == plans.WorkflowType:
		return s
	case operation != nil && operation.Info().Kind == carriers.KindRead:
		s.Text = "the answer is not shown, because it holds personal data"
		return s
	}
	var done workflows.Result
	r.decode(result, &done)
	s.Text = "decided by " + string(done.DecidedBy)
	if done.Status != "" {
		s.Text += fmt.Sprintf(", %q", carriers.Redact(done.Status))
	}
	s.Text = join(s.Text, effect(done.Effect))
	return resolved(done.Resolution, s)
}

// by adds who acted and why.
func by(operator, reason string, s Step) Step {
	s.Operator, s.Reason = carriers.Redact(operator), carriers.Redact(reason)
	return s
}

// resolved adds whose decision it was.
func resolved(decision *workflows.Resolution, s Step) Step {
	if decision == nil {
		return s
	}
	return by(decision.Operator, decision.Reason, s)
}

// acknowledgement is the carrier's immediate answer in words.
func (r *Reader) acknowledgement(ack carriers.Acknowledgement) string {
	text := r.says(ack.Outcome)
	switch {
	case ack.Found:
		text = "a look-up found the request at " + r.name() + "; it was not sent again"
	case ack.Outcome.Status == "":
		text = r.name() + " has the request"
	}
	if ack.Held {
		text = join(text, "held until it is decided there")
	}
	if len(ack.Ignored) > 0 {
		text = join(text, "ignored: "+carriers.Redact(strings.Join(ack.Ignored, ", ")))
	}
	return text
}

// says is what a carrier says and shows, in words.
func (r *Reader) says(o carriers.Outcome) string {
	shown := effect(o.Effect)
	switch {
	case o.Status != "":
		return join(fmt.Sprintf("%s says %q", r.name(), carriers.Redact(o.Status))+because(o), shown)
	case shown != "":
		return shown
	}
	return r.name() + " answers without a status" + because(o)
}

// because is how a carrier explains what it says.
func because(o carriers.Outcome) (text string) {
	if o.Code != "" {
		text = ", code " + carriers.Redact(o.Code)
	}
	if o.Reason != "" {
		text += ", reason: " + carriers.Redact(o.Reason)
	}
	return text
}

// effect is what a read shows, in words.
func effect(e carriers.Effect) string {
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
