package main

import (
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
	*ending
	URL string `json:"url,omitempty"`
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
	if len(a.Attention) > 0 && !a.State.final() {
		p.row("Attention", p.paint(red, strings.Join(a.Attention, ", ")))
	}
	p.row("Started", p.ago(a.Started, now))
	if a.Closed != nil {
		p.row("Closed", p.ago(*a.Closed, now)+", after "+span(a.Closed.Sub(a.Started)))
	}
	p.row("Details", a.Details)
	for _, pending := range a.Pending {
		p.row("Pending", p.pending(pending, now))
	}
	p.row("Worker", missing(a.view, now))
	if a.ending != nil {
		p.ending(*a.ending)
	}
	p.row("Run", a.RunID)
	p.row("Web UI", a.URL)
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
		return fmt.Sprintf("attempt %d at %s (in %s)", c.Attempt, c.Next.In(p.zone).Format("15:04:05"), span(c.Next.Sub(now)))
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
	p.row("In effect", inEffect(r.Effect))
	p.row("Transaction", r.TransactionID)
	p.row("Acknowledged", p.at(r.SubmittedAt))
	p.row("Decided", p.at(r.DecidedAt))
}

func inEffect(e carriers.Effect) string {
	switch e {
	case carriers.Shown:
		return "yes, a read at the carrier shows it"
	case carriers.Incomparable:
		return "not known: the carrier documents nothing to compare"
	case carriers.NotRead:
		return "not looked at (--no-confirm)"
	}
	return string(e)
}

func (p printer) failure(f workflows.Failure) {
	p.row("Failure", p.paint(red, string(f.Type)))
	p.row("Status", f.Status)
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
