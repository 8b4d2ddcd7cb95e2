package main

import (
	"context"
	"time"

	"github.com/carrierflow/carrierflow/workflows"
)

// showCommand tells the story of one operation.
type showCommand struct {
	ID     string `arg:"" name:"id" help:"Workflow id: carrier:reference, for example dish:order-17."`
	Follow bool   `help:"Go on until it ends; ends as wait does." aliases:"live"`
}

// Run tells the story of the operation's newest run. Without --follow it succeeds also when the operation failed.
func (s showCommand) Run(ctx context.Context, a *app) error {
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	v, err := conn.find(ctx, s.ID)
	if err != nil {
		return err
	}
	_, reference, _ := workflows.ParseWorkflowID(v.WorkflowID)
	after, err := conn.aftermathOf(ctx, &v)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	v.refused = conn.refusedAtOnce(ctx, v)
	if !s.Follow {
		v.Unserved = a.unservedRun(ctx, conn, v)
	}
	told := story{aftermath: after, Reference: reference, view: v, URL: a.webURL(conn, v.WorkflowID, v.RunID)}
	if s.Follow {
		return a.tellOn(ctx, conn, told)
	}
	bounded, cancel := conn.bounded(ctx)
	defer cancel()
	line := newTimeline(conn.converter)
	for event, err := range conn.history(bounded, v.WorkflowID, v.RunID, false) {
		if err != nil {
			return conn.unanswered(ctx, err)
		}
		told.Timeline = append(told.Timeline, line.add(event)...)
	}
	later, err := conn.afterwards(ctx, v, after)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	told.Timeline = append(told.Timeline, later...)
	if a.json {
		a.document(told)
		return nobodyServes(v)
	}
	a.openStory(told, a.now())
	lines := teller{printer: a.printer, began: v.Started}
	for _, s := range told.Timeline {
		lines.tell(s)
	}
	lines.flush()
	a.closeStory(told, a.now())
	return nobodyServes(v)
}

// tellOn tells the story as it goes on.
func (a *app) tellOn(ctx context.Context, conn *connection, told story) error {
	following, stop := context.WithCancel(ctx)
	defer stop()
	p := a.printer
	p.out = a.progress
	p.openStory(told, a.now())
	lines := teller{printer: p, began: told.Started}
	steps, lost := conn.steps(following, told.WorkflowID, told.RunID)
	every, word := soonest, ""
	for {
		select {
		case s, more := <-steps:
			if !more {
				lines.flush()
				return a.toldAll(ctx, conn, told, <-lost)
			}
			told.Timeline = append(told.Timeline, s)
			lines.tell(s)
			every = soonest
		case <-time.After(every):
			lines.flush()
			// Attempts leave no event; what they say is read off the description.
			v, err := conn.describe(ctx, told.WorkflowID, told.RunID)
			every = min(2*every, latest)
			if said := last(v).Word; err == nil && said != "" && said != word {
				word, every = said, soonest
				lines.tell(step{At: a.now(), What: stepKind(v.State), Text: join(said, p.attempt(last(v), a.now()))})
			}
		}
	}
}

// steps sends the steps of a run as they come. When no more come, because the run or the context has ended, steps is
// closed and lost has the reason, nil for the end of the run.
func (c *connection) steps(ctx context.Context, id, runID string) (steps <-chan step, lost <-chan error) {
	sent, failed := make(chan step), make(chan error, 1)
	go func() {
		defer close(sent)
		line := newTimeline(c.converter)
		for event, err := range c.history(ctx, id, runID, true) {
			if err != nil {
				failed <- err
				return
			}
			for _, s := range line.add(event) {
				select {
				case sent <- s:
				case <-ctx.Done():
					failed <- ctx.Err()
					return
				}
			}
		}
		failed <- nil
	}()
	return sent, failed
}

// toldAll ends a story that was followed, as a wait for the operation ends.
func (a *app) toldAll(ctx context.Context, conn *connection, told story, lost error) error {
	if v, err := conn.describe(ctx, told.WorkflowID, told.RunID); err == nil {
		told.view = v
	}
	if a.json {
		a.document(told)
	}
	switch {
	case lost != nil:
		return conn.lost(ctx, told.WorkflowID, lost)
	case told.State != completed:
		return &exit{code: exitFailed} // everything has been said
	}
	return nil
}
