package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
)

// How often a run is looked at while nobody knows whether something changes: soon after a change, then ever less.
const (
	soonest = 200 * time.Millisecond
	latest  = 5 * time.Second
)

// waitCommand follows an operation.
type waitCommand struct {
	ID string `arg:"" name:"id" help:"Workflow id: carrier:reference, for example dish:order-17."`
}

// Run follows the operation's newest run until it ends.
func (w waitCommand) Run(ctx context.Context, a *app) error {
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	v, err := conn.find(ctx, w.ID)
	if err != nil {
		return err
	}
	return a.wait(ctx, conn, conn.GetWorkflow(ctx, v.WorkflowID, v.RunID), a.accountOf(conn, v))
}

// wait follows a run until it ends and tells what became of it.
func (a *app) wait(ctx context.Context, conn *connection, run client.WorkflowRun, told account) error {
	id := run.GetID()
	fmt.Fprintf(a.progress, "Following %s  %s\n", id, told.URL)
	e, err := follow(ctx, a, conn, run, func() (ending, error) { return endingOf(ctx, run, told.Operation) })
	if err != nil {
		if a.json {
			a.tell(told, a.now())
		}
		return conn.lost(ctx, id, err)
	}
	if v, err := conn.describe(ctx, id, run.GetRunID()); err == nil {
		told.view = v
	}
	told.State, told.ending = e.outcome, &e
	a.tell(told, a.now())
	if e.outcome != completed {
		return &exit{code: exitFailed} // everything has been said
	}
	return nil
}

// lost is the error for a run that could not be followed to its end.
func (c *connection) lost(ctx context.Context, id string, err error) error {
	after := fmt.Sprintf("%s goes on. Look again with %q or %q.", id, c.self.command("wait", id), c.self.command("status", id))
	if ctx.Err() != nil {
		return &exit{exitInterrupted, "interrupted; " + after}
	}
	return &exit{exitUnreachable, fmt.Sprintf("Temporal at %s was lost: %v.\n%s", c.Address, err, after)}
}

// follow shows every change of a run while something is waited for. Describing the run shows the changes; what is waited
// for is asked for beside, so that it is seen at once.
func follow[T any](ctx context.Context, a *app, conn *connection, run client.WorkflowRun, wait func() (T, error)) (awaited T, err error) {
	type outcome struct {
		awaited T
		err     error
	}
	ended := make(chan outcome, 1)
	go func() {
		awaited, err := wait()
		ended <- outcome{awaited, err}
	}()
	line := progress{to: a.progress, width: a.width, printer: a.printer}
	defer line.end()
	every := soonest
	for {
		now := a.now()
		shown := false
		switch v, err := conn.describe(ctx, run.GetID(), run.GetRunID()); {
		case err != nil && ctx.Err() == nil:
			shown = line.show("Temporal does not answer; still trying", "", now)
		case err == nil && !v.State.final():
			if missing(v, now) != "" {
				v.Unserved = a.unservedRun(ctx, conn, v)
			}
			shown = line.show(a.stage(v, now), a.call(v, now), now)
		}
		every = min(2*every, latest)
		if shown {
			every = soonest
		}
		select {
		case o := <-ended:
			return o.awaited, o.err
		case <-ctx.Done():
			return awaited, ctx.Err()
		case <-time.After(every):
		}
	}
}

// stage says what a run is doing and the carrier's last word.
func (p printer) stage(v view, now time.Time) string {
	text := fmt.Sprintf("%-10s", v.State)
	if v.State == scheduled {
		text += "  for " + p.at(*v.Begins)
	}
	if len(v.Attention) > 0 {
		text += "  needs attention: " + strings.Join(v.Attention, ", ")
	}
	if word := last(v).Word; word != "" {
		text += "  " + word
	}
	if missing(v, now) != "" {
		text += "  nobody takes it up; " + cmp.Or(strings.ReplaceAll(v.Unserved, "\n", " "), "is a worker running?")
	}
	return text
}

// call says which call comes next, and when. One that is running or due is not worth a word: it is over in a moment.
func (p printer) call(v view, now time.Time) string {
	if c := last(v); c.Activity != "" && c.Attempt > 1 && (c.Paused || c.Next != nil && c.Next.After(now)) {
		return "  " + p.attempt(c, now)
	}
	return ""
}

// last is the call whose repetitions are what the run is about.
func last(v view) pending {
	for _, c := range v.Pending {
		if !c.extra {
			return c
		}
	}
	return pending{}
}

// progress is a line that tells how far a run is: on a terminal it is written over as long as only the time of the next
// call changes, elsewhere every change is a line of its own.
type progress struct {
	to          io.Writer
	width       int
	printer     printer
	stage, call string
	open        bool
}

// show writes a stage and its next call if there is news, and reports whether there was.
func (l *progress) show(stage, call string, now time.Time) bool {
	sameStage := stage == l.stage
	if sameStage && (call == "" || withoutSpan(call) == withoutSpan(l.call)) {
		return false
	}
	l.stage, l.call = stage, call
	text := now.In(l.printer.zone).Format("15:04:05") + "  " + strings.TrimRight(stage, " ") + call
	switch {
	case l.width == 0:
		fmt.Fprintln(l.to, text)
	case sameStage:
		fmt.Fprint(l.to, again+cut(text, l.width-1))
	default:
		l.end()
		fmt.Fprint(l.to, cut(text, l.width-1))
		l.open = true
	}
	return true
}

// end ends a line that was left open.
func (l *progress) end() {
	if l.open {
		fmt.Fprintln(l.to)
		l.open = false
	}
}

// withoutSpan is a call without "(in 20s)", which changes from look to look.
func withoutSpan(call string) string {
	before, _, _ := strings.Cut(call, " (in ")
	return before
}
