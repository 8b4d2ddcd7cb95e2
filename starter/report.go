package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/timeline"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// report is all there is to say about one operation; its JSON is what --output json prints.
type report struct {
	Reference string `json:"reference,omitempty"`
	runs.View
	// Accepted tells whether the carrier has taken the request, when that was asked.
	Accepted *workflows.Accepted `json:"accepted,omitempty"`
	*runs.Ending
	// Acknowledged is who has dealt with what it left behind, and how.
	Acknowledged *runs.Acknowledgement `json:"acknowledged,omitempty"`
	Timeline     []timeline.Step       `json:"timeline,omitempty"`
	URL          string                `json:"url,omitempty"`
	retry        *retryOf
}

// reportOf is what can be said of a run by its view.
func (a *app) reportOf(conn *runs.Connection, v runs.View) report {
	_, reference, _ := workflows.ParseWorkflowID(v.WorkflowID)
	if plan, ok := plans.ParseWorkflowID(v.WorkflowID); ok {
		reference = plan
	}
	return report{Reference: reference, View: v, URL: a.webURL(conn, v.WorkflowID, v.RunID)}
}

// printer writes what the commands have to say.
type printer struct {
	terminal.Printer
	self terminal.Program
	// unnamed tells that the name of the operator at this terminal is not known.
	unnamed bool
}

func colourOf(s runs.State) string {
	switch {
	case s == runs.Completed:
		return terminal.Green
	case s.Final():
		return terminal.Red
	}
	return terminal.Yellow
}

// head writes what stands above everything else that is said of an operation.
func (p printer) head(r report, now time.Time) {
	fmt.Fprintf(p.Out, "%s  %s\n", p.Paint(colourOf(r.State)+terminal.Bold, string(r.State)), r.WorkflowID)
	p.rows("Operation", r.Operation, "Summary", r.Summary, "Retry of", r.RetryOf)
	if r.State == runs.Scheduled {
		p.Row("Scheduled", "for "+p.Ahead(r.Begins, now))
	}
}

// report writes everything but the timeline.
func (p printer) report(r report, now time.Time) {
	if p.JSON {
		p.Document(r)
		return
	}
	p.head(r, now)
	p.Row("Attention", p.Paint(terminal.Red, strings.Join(r.Attention, ", ")))
	if r.State != runs.Scheduled {
		p.Row("Started", p.Ago(r.Started, now))
	}
	if !r.Closed.IsZero() {
		p.Row("Closed", p.Ago(r.Closed, now)+", after "+terminal.Span(r.Closed.Sub(r.Started)))
	}
	p.progress(r.View, now)
	if r.Accepted != nil {
		p.accepted(*r.Accepted, r.CarrierName())
	}
	if r.Ending != nil {
		p.ending(*r.Ending)
	}
	p.afterEnd(r)
	p.rows("Build", r.Build, "Run", r.RunID, "Web UI", r.URL)
}

// progress writes how far an open operation is.
func (p printer) progress(v runs.View, now time.Time) {
	if v.Plan != nil {
		p.plan(*v.Plan)
	}
	if v.Status != nil {
		p.status(*v.Status, v.CarrierName(), now)
	}
	if a := v.Call(); a != nil {
		p.Row("Activity", a.Name+", "+p.attempt(v, now)+"\n"+a.LastFailure)
	}
	worker := cmp.Or(v.Unserved, v.Untaken(now))
	if v.NoAnswer && v.Unserved == "" {
		worker = fmt.Sprintf("%s\nno worker has answered within %s; what is shown comes from Temporal alone", worker, runs.AnswerWithin)
	}
	p.Row("Worker", worker)
}

// status writes what an operation says of itself.
func (p printer) status(s workflows.OperationStatus, carrier string, now time.Time) {
	p.Row("Doing", wrapped(s.Message))
	if s.Turn != nil {
		p.rows("Turn", s.Turn.Holder+" has it", "Line", s.Turn.Line)
	}
	if s.CarrierStatus != "" {
		said := fmt.Sprintf("%s says %q", carrier, s.CarrierStatus)
		if heard := p.Ago(s.CarrierStatusAt, now); heard != "" {
			said += ", heard " + heard
		}
		p.Row("Status", said)
	}
	if ack := s.Acknowledgement; ack != nil {
		how := ""
		switch {
		case ack.Found:
			how = "; a look-up found the request, it was not sent again"
		case ack.Status != "":
			how = fmt.Sprintf(", with %q", ack.Status)
		}
		p.Row("Acknowledged", p.At(ack.At)+how)
		p.Row("Transaction", ack.TransactionID)
	}
	if s.Phase == workflows.PhaseParked {
		p.Row("Parked", "it is not known whether "+carrier+" has the request\n"+s.ParkedBecause)
	}
	switch {
	case s.Approved:
		p.Row("Held", "an operator has recorded that it was approved")
	case s.Held:
		p.Row("Held", "until it is decided at "+carrier)
	}
	if last := s.LastCallback; last != nil {
		p.Row("Callbacks", fmt.Sprintf("%d, the last says %q (%s) %s", s.Callbacks, last.Status, last.State, p.At(last.ReceivedAt)))
	}
	p.rows("Overdue", p.Ahead(s.OverdueAt, now), "Deadline", p.Ahead(s.Deadline, now), "Actions", strings.Join(s.Actions, ", "))
}

// attempt says which attempt of a call runs or comes next, and when.
func (p printer) attempt(v runs.View, now time.Time) string {
	a := v.Call()
	switch {
	case v.Paused:
		return fmt.Sprintf("paused before attempt %d", a.Attempt)
	case a.Running:
		return fmt.Sprintf("attempt %d is running", a.Attempt)
	case a.Next.After(now):
		return fmt.Sprintf("attempt %d at %s", a.Attempt, a.Next.In(p.Zone).Format("15:04:05")) + terminal.In(a.Next.Sub(now))
	}
	return fmt.Sprintf("attempt %d is due", a.Attempt)
}

// afterEnd says what has happened to an operation since it ended.
func (p printer) afterEnd(r report) {
	p.Row("Retried as", r.RetriedAs)
	if r.Acknowledged != nil {
		p.Row("Seen by", r.Acknowledged.String())
	}
}

// accepted says whether the carrier has taken a request.
func (p printer) accepted(answer workflows.Accepted, carrier string) {
	if answer.State != workflows.AcceptedByCarrier {
		p.Row("Accepted", "it is not known whether "+carrier+" has the request; operators are told, and it is not sent again")
		return
	}
	text := "yes, " + carrier + " has the request"
	if answer.Status != "" {
		text += fmt.Sprintf(" and says %q", answer.Status)
	}
	if answer.Held {
		text += "; it holds it for a decision"
	}
	p.rows("Accepted", text, "Transaction", answer.TransactionID, "Acknowledged", p.At(answer.SubmittedAt))
}

// ending writes what became of a run.
func (p printer) ending(e runs.Ending) {
	switch {
	case e.Result != nil:
		p.result(*e.Result)
	case e.Failure != nil:
		p.failure(*e.Failure)
	case e.Answer != nil:
		answer, _ := json.MarshalIndent(e.Answer, "", "  ") // it is JSON
		p.Row("Answer", string(answer))
	}
	p.rows("Message", e.Message, "What to do", e.Advice)
}

func (p printer) result(r workflows.Result) {
	p.rows("Status", r.Status, "Decided by", string(r.DecidedBy), "In effect", inEffect(r), "Resolved by", resolvedBy(r.Resolution),
		"Transaction", r.TransactionID, "Acknowledged", p.At(r.SubmittedAt), "Decided", p.At(r.DecidedAt))
}

// wrapped breaks a text so that it fits beside a name.
func wrapped(text string) string {
	return strings.Join(terminal.Wrapped(text, terminal.Width-len("  What to do   ")), "\n")
}

// rows writes names and their values, in turn.
func (p printer) rows(namesAndValues ...string) {
	for pair := range slices.Chunk(namesAndValues, 2) {
		p.Row(pair[0], pair[1])
	}
}

// resolvedBy says whose decision it was.
func resolvedBy(r *workflows.Resolution) string {
	if r == nil {
		return ""
	}
	return r.Operator + ": " + r.Reason
}

func inEffect(r workflows.Result) string {
	switch {
	case r.Effect == carriers.Shown:
		return "yes, a read at the carrier shows it"
	case r.NotReadable != "":
		return "not known: the read at the carrier fails: " + r.NotReadable
	case r.Effect == carriers.Incomparable:
		return "not known: the carrier documents nothing to compare"
	case r.Resolution != nil:
		return "not read; an operator has resolved it"
	case r.Effect == carriers.NotRead:
		return "not read (--no-confirm)"
	}
	return string(r.Effect)
}

func (p printer) failure(f workflows.Failure) {
	status := ""
	if f.HTTPStatus != 0 {
		status = strconv.Itoa(f.HTTPStatus)
	}
	p.rows("Failure", p.Paint(terminal.Red, string(f.Type)), "Status", f.Status, "Line status", f.LineStatus, "Code", f.Code, "Reason", f.Reason, "HTTP", status)
	for _, fault := range f.Faults {
		p.Row("Fault", fault.String())
	}
	p.rows("Applied", strings.Join(f.Applied, ", "), "Ignored", strings.Join(f.Ignored, ", "), "Decided by", string(f.DecidedBy),
		"Resolved by", resolvedBy(f.Resolution), "Transaction", f.TransactionID, "Acknowledged", p.At(f.SubmittedAt), "Message", f.Message)
}
