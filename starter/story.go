package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// story is all that happened to an operation; its JSON is what --output json prints.
type story struct {
	Reference string `json:"reference,omitempty"`
	view
	aftermath
	Timeline []step `json:"timeline"`
	URL      string `json:"url,omitempty"`
}

const (
	// whenWidth and kindWidth are the widths of the columns of a story; what is left of the width is for the text.
	whenWidth = len(time.DateTime) + len("  +23h 59m  ")
	kindWidth = len(stepAcknowledged) + len("  ")
	textWidth = listWidth - whenWidth - kindWidth
)

// openStory writes what stands above a story.
func (p printer) openStory(told story, now time.Time) {
	p.heading(told.State, told.WorkflowID)
	p.row("Operation", told.Operation)
	p.row("Summary", told.Summary)
	p.row("Retry of", told.RetryOf)
	if told.State == scheduled {
		p.row("Scheduled", "for "+p.ahead(*told.Begins, now))
	}
	zone := told.Started.In(p.zone).Format("MST")
	fmt.Fprintf(p.out, "\n%-*s%-*s%s\n", whenWidth, "TIME ("+zone+")", kindWidth, "EVENT", "WHAT")
}

// step writes a line of a story.
func (p printer) step(s step, began time.Time) {
	when := fmt.Sprintf("%s  +%s", s.At.In(p.zone).Format(time.DateTime), span(s.At.Sub(began)))
	for i, line := range wrapped(s.words(), textWidth) {
		kind := string(s.What)
		if i > 0 {
			when, kind = "", ""
		}
		painted := p.paint(s.colour(), fmt.Sprintf("%-*s", kindWidth, kind))
		fmt.Fprintln(p.out, strings.TrimRight(fmt.Sprintf("%-*s", whenWidth, when)+painted+line, " "))
	}
}

// teller writes the lines of a story. What the operators are needed for because of something stands in the line of that.
type teller struct {
	printer
	began time.Time
	held  *step
}

// tell writes a step, or holds it back until it is known whether the next one belongs to it.
func (t *teller) tell(s step) {
	if t.held != nil && s.What == stepAttention && s.At.Sub(t.held.At) < time.Second {
		t.held.needs = s.Text
		if !strings.HasPrefix(s.Text, settledMark) {
			t.held.needs = "needs attention: " + s.Text
		}
		t.flush()
		return
	}
	t.flush()
	switch s.What {
	case stepAcknowledged, stepNotTaken, stepUndecided, stepChecked, stepFollowUp:
		t.held = &s
	default:
		t.step(s, t.began)
	}
}

// flush writes what is held back.
func (t *teller) flush() {
	if t.held != nil {
		t.step(*t.held, t.began)
		t.held = nil
	}
}

// words is what a step says in its last column.
func (s step) words() string {
	text := s.Text
	switch {
	case s.Attempts > 1 && s.What != stepChecked: // the request itself; a check's attempts are the polls
		text = join(text, fmt.Sprintf("it took %d attempts", s.Attempts))
	case s.Attempts > 1:
		text = join(text, fmt.Sprintf("attempt %d", s.Attempts))
	}
	if s.Before != "" {
		text = join(text, "before: "+s.Before)
	}
	text = join(text, s.needs)
	if s.Operator != "" {
		text += ", by " + s.Operator
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return strings.TrimPrefix(text, ", ")
}

func (s step) colour() string {
	switch s.What {
	case stepAttention, stepNotTaken, stepUndecided, stepWorker:
		return red
	case stepOrder, stepAnswer, stepCancel:
		return yellow
	}
	if end := state(s.What); end.final() {
		return colourOf(end)
	}
	return ""
}

// closeStory writes what stands below a story: what is being done, and what there is to do.
func (p printer) closeStory(told story, now time.Time) {
	fmt.Fprintln(p.out)
	for _, pending := range told.Pending {
		p.row("Pending", p.pending(pending, now))
	}
	p.row("Worker", cmp.Or(told.Unserved, missing(told.view, now)))
	if len(told.Attention) > 0 {
		t := p.task(told.view)
		p.row("Attention", p.paint(red, strings.Join(told.Attention, ", ")))
		p.row("What to do", t.Todo+":\n$ "+t.Command)
		if t.Acknowledge != "" {
			p.row("", "when nothing is left to do:\n$ "+t.Acknowledge)
		}
	}
	p.aftermath(told.view, told.aftermath)
	p.row("Web UI", told.URL)
}

// wrapped breaks a text between words so that its lines fit; a longer word has a line of its own.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
