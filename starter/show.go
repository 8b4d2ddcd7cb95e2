package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/timeline"
)

// showCommand shows what happened to one operation.
type showCommand struct {
	oneOperation
	Follow bool `help:"Go on until it ends; ends as wait does." aliases:"live"`
}

// Run shows the timeline of the operation's newest run. Without --follow it succeeds also when the operation failed.
func (s showCommand) Run(ctx context.Context, a *app) error {
	conn, r, err := a.lookAt(ctx, s.ID)
	if err != nil {
		return err
	}
	if s.Follow {
		return a.followTimeline(ctx, conn, r)
	}
	bounded, cancel := conn.Bounded(ctx)
	defer cancel()
	reader := timeline.New(conn.Converter)
	for event, err := range conn.History(bounded, r.WorkflowID, r.RunID, false) {
		if err != nil {
			return conn.Unanswered(ctx, err)
		}
		r.Timeline = append(r.Timeline, reader.Read(event)...)
	}
	late, err := conn.Late(ctx, r.View)
	if err != nil {
		return conn.Unanswered(ctx, err)
	}
	r.Timeline = append(r.Timeline, late...)
	if a.JSON {
		a.Document(r)
		return unserved(r.View)
	}
	lines := a.timelineHead(r, a.now())
	for _, s := range r.Timeline {
		lines.show(s)
	}
	lines.flush()
	a.timelineFoot(r, a.now())
	return unserved(r.View)
}

// followTimeline shows the steps as they come.
func (a *app) followTimeline(ctx context.Context, conn *runs.Connection, r report) error {
	following, stop := context.WithCancel(ctx)
	defer stop()
	p := a.printer
	p.Out = a.Progress
	lines := p.timelineHead(r, a.now())
	steps, lost := conn.Steps(following, r.WorkflowID, r.RunID)
	every, heard := soonest, ""
	for {
		select {
		case s, more := <-steps:
			if !more {
				lines.flush()
				return a.followed(ctx, conn, r, <-lost)
			}
			r.Timeline = append(r.Timeline, s)
			lines.show(s)
			every = soonest
		case <-time.After(every):
			lines.flush()
			// Attempts leave no event; what they hear is a part of the status.
			every = min(2*every, latest)
			v, err := conn.Describe(ctx, r.WorkflowID, r.RunID)
			if err != nil || v.State.Final() {
				continue
			}
			conn.Ask(ctx, &v)
			if now := v.Heard(); v.Call() != nil && now != "" && now != heard {
				heard, every = now, soonest
				lines.show(timeline.Step{At: a.now(), What: timeline.Kind(v.State), Text: now + "; " + p.attempt(v, a.now())})
			}
		}
	}
}

// followed ends what was followed as a wait for the operation ends.
func (a *app) followed(ctx context.Context, conn *runs.Connection, r report, lost error) error {
	if v, err := conn.Describe(ctx, r.WorkflowID, r.RunID); err == nil {
		r.View = v
	}
	if a.JSON {
		a.Document(r)
	}
	switch {
	case lost != nil:
		return a.lost(ctx, conn, r.WorkflowID, lost)
	case r.State != runs.Completed:
		return &exit{code: exitFailed} // everything has been said
	}
	return nil
}

const (
	// whenWidth and kindWidth are the widths of the columns of a timeline; what is left of the width is for the text.
	whenWidth = len(time.DateTime) + len("  +23h 59m  ")
	kindWidth = len(timeline.Acknowledged) + len("  ")
	textWidth = terminal.Width - whenWidth - kindWidth
)

// timelineLines writes the lines of a timeline. Attention that comes of a step stands in the line of that step.
type timelineLines struct {
	printer
	began time.Time
	held  *timeline.Step
}

// timelineHead writes what stands above a timeline.
func (p printer) timelineHead(r report, now time.Time) *timelineLines {
	p.head(r, now)
	zone := r.Started.In(p.Zone).Format("MST")
	fmt.Fprintf(p.Out, "\n%-*s%-*s%s\n", whenWidth, "TIME ("+zone+")", kindWidth, "EVENT", "WHAT")
	return &timelineLines{printer: p, began: r.Started}
}

// timelineFoot writes what stands below a timeline: what is being done, and what there is to do.
func (p printer) timelineFoot(r report, now time.Time) {
	fmt.Fprintln(p.Out)
	p.progress(r.View, now)
	if len(r.Attention) > 0 {
		t := p.task(r.View)
		p.Row("Attention", p.Paint(terminal.Red, strings.Join(r.Attention, ", ")))
		p.Row("What to do", wrapped(t.Todo)+"\n$ "+t.Command)
		if t.Acknowledge != "" {
			p.Row("", "when nothing is left to do:\n$ "+t.Acknowledge)
		}
	}
	p.afterEnd(r)
	p.Row("Web UI", r.URL)
}

// show writes a step, or holds it back until it is known whether the next one belongs to it.
func (l *timelineLines) show(s timeline.Step) {
	held := l.held
	if held != nil && s.At.Sub(held.At) < time.Second && (s.What == timeline.Attention || s.What == timeline.Settled) {
		needs := "needs attention"
		if s.What == timeline.Settled {
			needs = "settled"
		}
		held.Text += "; " + needs + ": " + s.Text
		l.flush()
		return
	}
	l.flush()
	switch s.What {
	case timeline.Acknowledged, timeline.NotTaken, timeline.Undecided, timeline.Checked, timeline.FollowUp:
		l.held = &s
	default:
		l.write(s)
	}
}

// flush writes what is held back.
func (l *timelineLines) flush() {
	if l.held != nil {
		l.write(*l.held)
		l.held = nil
	}
}

func (l *timelineLines) write(s timeline.Step) {
	when := fmt.Sprintf("%s  +%s", s.At.In(l.Zone).Format(time.DateTime), terminal.Span(s.At.Sub(l.began)))
	kind := string(s.What)
	for _, line := range terminal.Wrapped(s.Words(), textWidth) {
		painted := l.Paint(colourOfStep(s.What), fmt.Sprintf("%-*s", kindWidth, kind))
		fmt.Fprintln(l.Out, strings.TrimRight(fmt.Sprintf("%-*s", whenWidth, when)+painted+line, " "))
		when, kind = "", ""
	}
}

func colourOfStep(k timeline.Kind) string {
	switch k {
	case timeline.Attention, timeline.NotTaken, timeline.Undecided, timeline.Worker:
		return terminal.Red
	case timeline.Action, timeline.Answer, timeline.Cancel:
		return terminal.Yellow
	}
	if end := runs.State(k); end.Final() {
		return colourOf(end)
	}
	return ""
}

// oneOperation names an operation.
type oneOperation struct {
	ID string `arg:"" name:"id" help:"Workflow id: <carrier>:<reference>."`
}

// statusCommand shows one operation.
type statusCommand struct {
	oneOperation
	Answer bool `help:"Print the answer of a read as well; it holds personal data."`
}

// Run shows the operation's newest run. It succeeds also when the operation failed.
func (s statusCommand) Run(ctx context.Context, a *app) error {
	conn, r, err := a.lookAt(ctx, s.ID)
	if err != nil {
		return err
	}
	if r.State.Final() {
		e, err := conn.EndingOf(ctx, r.View)
		if err != nil {
			return conn.Unanswered(ctx, err)
		}
		if e.Answer != nil && !s.Answer {
			e.Answer, e.Message = nil, "the answer is not shown, because it holds personal data; --answer shows it"
		}
		r.Ending = &e
	}
	a.report(r, a.now())
	return unserved(r.View)
}

// lookAt finds out all that can be known about an operation, but for its history.
func (a *app) lookAt(ctx context.Context, id string) (*runs.Connection, report, error) {
	conn, v, err := a.find(ctx, id)
	if err != nil {
		return nil, report{}, err
	}
	conn.Ask(ctx, &v)
	acknowledged, err := conn.AfterEnd(ctx, &v)
	if err != nil {
		return nil, report{}, conn.Unanswered(ctx, err)
	}
	v.Unserved = a.unservedRun(ctx, conn, v)
	r := a.reportOf(conn, v)
	r.Acknowledged = acknowledged
	return conn, r, nil
}

// find connects and finds the newest run of an operation that somebody named.
func (a *app) find(ctx context.Context, id string) (*runs.Connection, runs.View, error) {
	conn, err := a.connected(ctx)
	if err != nil {
		return nil, runs.View{}, err
	}
	v, err := conn.Find(ctx, id)
	return conn, v, err
}

// findOpen finds a run that has not ended.
func (a *app) findOpen(ctx context.Context, id string) (*runs.Connection, runs.View, error) {
	conn, v, err := a.find(ctx, id)
	if err == nil && v.State.Final() {
		err = badUsage("%s has ended: it is %s. %q shows it.", id, v.State, a.self.Command("show", id))
	}
	return conn, v, err
}

// unserved is how looking at a run ends that no worker does anything for; it has been said by then.
func unserved(v runs.View) error {
	if v.Unserved == "" {
		return nil
	}
	return &exit{code: exitUnreachable}
}
