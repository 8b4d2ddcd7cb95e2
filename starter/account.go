package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// account is all there is to say about one operation; its JSON is what --output json prints.
type account struct {
	Reference string `json:"reference,omitempty"`
	view
	// Details is what the operation says it is doing and what comes next.
	Details string `json:"details,omitempty"`
	// Accepted tells whether the carrier has taken the request, when that was asked.
	Accepted *workflows.Accepted `json:"accepted,omitempty"`
	*ending
	aftermath
	retrial *retrial
	URL     string `json:"url,omitempty"`
}

// tell writes an account.
func (p printer) tell(a account, now time.Time) {
	if p.json {
		p.document(a)
		return
	}
	p.heading(a.State, a.WorkflowID)
	p.row("Operation", a.Operation)
	p.row("Summary", a.Summary)
	p.row("Retry of", a.RetryOf)
	if len(a.Attention) > 0 {
		p.row("Attention", p.paint(red, strings.Join(a.Attention, ", ")))
	}
	if a.State == scheduled {
		p.row("Scheduled", "for "+p.ahead(*a.Begins, now))
	} else {
		p.row("Started", p.ago(a.Started, now))
	}
	if a.Closed != nil {
		p.row("Closed", p.ago(*a.Closed, now)+", after "+span(a.Closed.Sub(a.Started)))
	}
	p.row("Details", plainText(a.Details, a.Summary))
	for _, pending := range a.Pending {
		p.row("Pending", p.pending(pending, now))
	}
	p.row("Worker", cmp.Or(a.Unserved, missing(a.view, now)))
	if a.Accepted != nil {
		p.accepted(*a.Accepted, workflows.CarrierOf(a.Operation).Name())
	}
	if a.ending != nil {
		p.ending(*a.ending)
	}
	p.aftermath(a.view, a.aftermath)
	p.row("Run", a.RunID)
	p.row("Web UI", a.URL)
}

// aftermath says what has happened to an operation since it ended.
func (p printer) aftermath(v view, after aftermath) {
	p.row("Retried as", v.RetriedAs)
	if after.Acknowledged != nil {
		p.row("Seen by", after.Acknowledged.String())
	}
}

// accepted says whether the carrier has taken a request.
func (p printer) accepted(answer workflows.Accepted, carrier string) {
	if answer.State != workflows.AcceptedByCarrier {
		p.row("Accepted", "nobody can tell whether "+carrier+" has the request; operators are told, and it is not sent again")
		return
	}
	text := "yes, " + carrier + " has the request"
	if answer.Status != "" {
		text += fmt.Sprintf(" and says %q", answer.Status)
	}
	if answer.RiskReview {
		text += "; it holds it for a risk decision"
	}
	p.row("Accepted", text)
	p.row("Transaction", answer.TransactionID)
	p.row("Acknowledged", p.at(answer.SubmittedAt))
}

func (p printer) pending(c pending, now time.Time) string {
	text := c.Activity + ", " + p.attempt(c, now)
	if c.Word != "" {
		text += "\n" + c.Word
	}
	return text
}

// attempt says which attempt of a call runs or comes next, and when.
func (p printer) attempt(c pending, now time.Time) string {
	switch {
	case c.Paused:
		return fmt.Sprintf("paused before attempt %d", c.Attempt)
	case c.Running || c.Next == nil:
		return fmt.Sprintf("attempt %d is running", c.Attempt)
	case c.Next.After(now):
		return fmt.Sprintf("attempt %d at %s", c.Attempt, c.Next.In(p.zone).Format("15:04:05")) + in(c.Next.Sub(now))
	}
	return fmt.Sprintf("attempt %d is due", c.Attempt)
}

// missing says that something has been waiting for a worker for longer than a busy one would need.
func missing(v view, now time.Time) string {
	const usual = 10 * time.Second
	if waited := v.untakenFor(now); waited > usual && !v.State.final() {
		return fmt.Sprintf("nobody has taken it up for %s; is a worker running?", span(waited))
	}
	return ""
}

// ending writes what became of a run.
func (p printer) ending(e ending) {
	switch {
	case e.Result != nil:
		p.result(*e.Result)
	case e.Failure != nil:
		p.failure(*e.Failure)
	case e.Answer != nil:
		p.row("Answer", indented(e.Answer))
	}
	p.row("Message", e.Message)
	p.row("What to do", e.Advice)
}

func (p printer) result(r workflows.Result) {
	p.row("Status", r.Status)
	p.row("Decided by", string(r.DecidedBy))
	p.row("In effect", inEffect(r))
	p.resolution(r.Resolution)
	p.row("Transaction", r.TransactionID)
	p.row("Acknowledged", p.at(r.SubmittedAt))
	p.row("Decided", p.at(r.DecidedAt))
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
		return "not looked at; an operator vouches for it"
	case r.Effect == carriers.NotRead:
		return "not looked at (--no-confirm)"
	}
	return string(r.Effect)
}

// resolution says whose decision it was.
func (p printer) resolution(r *workflows.Resolution) {
	if r != nil {
		p.row("Resolved by", r.Operator+": "+r.Reason)
	}
}

func (p printer) failure(f workflows.Failure) {
	p.row("Failure", p.paint(red, string(f.Type)))
	p.row("Status", f.Status)
	p.row("Line status", f.LineStatus)
	p.row("Code", f.Code)
	p.row("Reason", f.Reason)
	if f.HTTPStatus != 0 {
		p.row("HTTP", fmt.Sprint(f.HTTPStatus))
	}
	for _, fault := range f.Faults {
		p.row("Fault", fault.String())
	}
	p.row("Applied", strings.Join(f.Applied, ", "))
	p.row("Ignored", strings.Join(f.Ignored, ", "))
	p.row("Decided by", string(f.DecidedBy))
	p.resolution(f.Resolution)
	p.row("Transaction", f.TransactionID)
	p.row("Acknowledged", p.at(f.SubmittedAt))
	p.row("Message", f.Message)
}

func indented(raw json.RawMessage) string {
	text, err := json.MarshalIndent(raw, "", "  ")
	if err != nil {
		return string(raw)
	}
	return string(text)
}
