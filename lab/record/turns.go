package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// turns adds the paths on which an operation waits for its line's turn.
func (r *recording) turns(s subject.Subject) {
	behind(r.add(s, "queued", subject.Ordinary, polled, "", nil))
	behind(r.add(s, "queued-too-long", subject.NeverDecided, shortLife, workflows.DeadlineExceeded, nil))
	canceled := behind(r.add(s, "queued-canceled", subject.NeverDecided, polled, workflows.Canceled, nil))
	canceled.during = func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		if err := queued(ctx, c, run.GetID()); err != nil {
			return err
		}
		return c.CancelWorkflow(ctx, run.GetID(), run.GetRunID())
	}
}

// behind lets another operation have the turn of the path's line first.
func behind(p *path) *path {
	other := path{operation: p.operation, request: json.RawMessage(with(with(carriers.Object(p.request), "reference", p.reference()+"-before"), "timings", polled))}
	p.first = func(ctx context.Context, c client.Client) error { return start(ctx, c, other) }
	return p
}

// start starts an operation and waits until the carrier has it.
func start(ctx context.Context, c client.Client, p path) error {
	run, err := p.start(ctx, c)
	if err != nil {
		return err
	}
	return accepted(ctx, c, run)
}

// queued waits until an operation waits for its line's turn.
func queued(ctx context.Context, c client.Client, id string) error {
	for {
		s, err := workflows.GetStatus(ctx, c, id, "")
		switch {
		case err != nil:
			return err
		case s.Phase == workflows.PhaseQueued:
			return nil
		case s.Ended():
			return fmt.Errorf("%s has ended and was not queued: %s", id, s.Message)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// linePaths are the paths of the workflow of a line: one operation has its turn, three have it one after the other, and an operator takes
// it from one.
func linePaths(s subject.Subject) []path {
	requests := func(line int, code subject.Code, names ...string) (all []path) {
		onLine := s.Line(line, int(code))
		for _, name := range names {
			all = append(all, path{operation: s.Type, request: s.Request("recorded-line-"+name, onLine, map[string]any{"timings": polled})})
		}
		return all
	}
	of := func(name string, all []path, then func(ctx context.Context, c client.Client, line string) error) path {
		description, err := workflows.Describe(s.Type, all[0].request, time.Now())
		if err != nil {
			panic(err) // it is made of an example
		}
		line := workflows.LineID(s.Carrier(), workflows.LineKey("secret", s.Carrier(), description.Line))
		return path{name: workflows.LineType + "." + name, operation: workflows.LineType, request: all[0].request, begin: func(ctx context.Context, c client.Client) (client.WorkflowRun, error) {
			for i, p := range all {
				if i == 0 {
					if err := start(ctx, c, p); err != nil {
						return nil, err
					}
					continue
				}
				run, err := p.start(ctx, c)
				if err == nil {
					err = queued(ctx, c, run.GetID())
				}
				if err != nil {
					return nil, err
				}
			}
			if then != nil {
				if err := then(ctx, c, line); err != nil {
					return nil, err
				}
			}
			return c.GetWorkflow(ctx, line, ""), nil
		}}
	}
	released := requests(903, subject.NeverDecided, "released-1", "released-2")
	return []path{
		of("one", requests(901, subject.Ordinary, "one"), nil),
		of("three", requests(902, subject.Slow, "three-1", "three-2", "three-3"), nil),
		of("released", released, func(ctx context.Context, c client.Client, line string) error {
			holder, next := s.WorkflowID(released[0].reference()), s.WorkflowID(released[1].reference())
			_, err := workflows.ReleaseLineUpdate.Send(ctx, c, line, workflows.ReleaseLine{OperatorAction: operator, Holder: holder})
			if err != nil {
				return err
			}
			if err := accepted(ctx, c, c.GetWorkflow(ctx, next, "")); err != nil {
				return err
			}
			_, err = workflows.ResolveUpdate.Send(ctx, c, next, workflows.Resolve{OperatorAction: operator, Outcome: carriers.Done})
			return err
		}),
	}
}
