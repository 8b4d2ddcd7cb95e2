package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/starter/internal/runs"
)

// How often a run is looked at while it may change: soon after a change, then ever less.
const (
	soonest = 200 * time.Millisecond
	latest  = 5 * time.Second
)

// waitCommand follows an operation.
type waitCommand struct{ oneOperation }

// Run follows the operation's newest run until it ends.
func (w waitCommand) Run(ctx context.Context, a *app) error {
	conn, v, err := a.find(ctx, w.ID)
	if err != nil {
		return err
	}
	return a.wait(ctx, conn, conn.GetWorkflow(ctx, v.WorkflowID, v.RunID), a.reportOf(conn, v))
}

// wait follows a run until it ends and says what became of it.
func (a *app) wait(ctx context.Context, conn *runs.Connection, run client.WorkflowRun, r report) error {
	id := run.GetID()
	fmt.Fprintf(a.Progress, "Following %s  %s\n", id, r.URL)
	e, err := follow(ctx, a, conn, run, func() (runs.Ending, error) { return runs.EndingOf(ctx, run, r.Operation) })
	if err != nil {
		if a.JSON {
			a.Document(r)
		}
		return a.lost(ctx, conn, id, err)
	}
	if v, err := conn.Describe(ctx, id, run.GetRunID()); err == nil {
		r.View = v
	}
	if runs.IsPlan(r.Operation) { // its end says what became of each step
		conn.Ask(ctx, &r.View)
	}
	r.State, r.Ending = e.Outcome, &e
	a.report(r, a.now())
	if e.Outcome != runs.Completed {
		return &exit{code: exitFailed} // everything has been said
	}
	return nil
}

// lost is the error for a run that could not be followed to its end.
func (a *app) lost(ctx context.Context, conn *runs.Connection, id string, err error) error {
	after := fmt.Sprintf("%s goes on. Look again with %q or %q.", id, a.self.Command("wait", id), a.self.Command("status", id))
	if ctx.Err() != nil {
		return &exit{exitInterrupted, "interrupted; " + after}
	}
	return &exit{exitUnreachable, fmt.Sprintf("Temporal at %s was lost: %v.\n%s", conn.Address, err, after)}
}

// follow shows every change of a run while something is waited for. The status shows the changes; what is waited for is asked for
// beside, so that it is seen at once.
func follow[T any](ctx context.Context, a *app, conn *runs.Connection, run client.WorkflowRun, wait func() (T, error)) (T, error) {
	looking, stop := context.WithCancel(ctx)
	defer stop()
	type outcome struct {
		awaited T
		err     error
	}
	ended := make(chan outcome, 1)
	go func() {
		awaited, err := wait()
		ended <- outcome{awaited, err}
		stop()
	}()
	line := a.NewLine()
	defer line.End()
	every := soonest
	for {
		shown := false
		switch v, err := conn.Describe(looking, run.GetID(), run.GetRunID()); {
		case err != nil && looking.Err() == nil:
			shown = line.Show("Temporal does not answer; still trying", "", time.Time{}, a.now())
		case err == nil && !v.State.Final():
			conn.Ask(looking, &v)
			now := a.now()
			if v.Untaken(now) != "" {
				v.Unserved = a.unservedRun(looking, conn, v)
			}
			if looking.Err() == nil {
				call, next := a.nextCall(v, now)
				shown = line.Show(a.stage(v, now), call, next, now)
			}
		}
		every = min(2*every, latest)
		if shown {
			every = soonest
		}
		select {
		case o := <-ended:
			return o.awaited, o.err
		case <-ctx.Done():
			return *new(T), ctx.Err()
		case <-time.After(every):
		}
	}
}

// stage says what a run is doing and what the carrier has said.
func (p printer) stage(v runs.View, now time.Time) string {
	text := fmt.Sprintf("%-10s", v.State)
	if v.State == runs.Scheduled {
		text += "  for " + p.At(v.Begins)
	}
	if len(v.Attention) > 0 {
		text += "  needs attention: " + strings.Join(v.Attention, ", ")
	}
	if heard := v.Heard(); heard != "" {
		text += "  " + heard
	}
	switch {
	case v.Untaken(now) != "":
		text += "  no worker takes it up; " + cmp.Or(strings.ReplaceAll(v.Unserved, "\n", " "), "is one running?")
	case v.NoAnswer:
		text += "  no worker answers"
	}
	return text
}

// nextCall says which call comes next, and when. One that is running or due is not announced: it is over in a moment.
func (p printer) nextCall(v runs.View, now time.Time) (call string, at time.Time) {
	a := v.Call()
	if a == nil || a.Attempt < 2 || a.Running || !v.Paused && !a.Next.After(now) {
		return "", time.Time{}
	}
	return "  " + p.attempt(v, now), a.Next
}
