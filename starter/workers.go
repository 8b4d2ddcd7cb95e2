package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/workflows"
)

// unserved is an error that says which of the operations that are open wait for a worker that is not there, or that are of
// an unknown type; nil when there are none. No worker at all is an error also while nothing waits.
func (a *app) unserved(ctx context.Context, conn *runs.Connection, at []carriers.Carrier, views []runs.View) error {
	none, missing := conn.Workers(ctx, at)
	if none {
		return &exit{exitUnreachable, a.noWorker(conn)}
	}
	var texts []string
	for _, carrier := range missing {
		waiting := conn.WaitingAt(ctx, carrier)
		if waiting == 0 {
			continue // a carrier that is not used needs no worker
		}
		wait := "operations wait"
		if waiting == 1 {
			wait = "operation waits"
		}
		texts = append(texts, fmt.Sprintf("no worker serves %s: %d %s for it. %s", carrier, waiting, wait, a.startOne(carrier)))
	}
	for _, v := range views {
		if why := runs.UnknownType(v); why != "" {
			texts = append(texts, v.WorkflowID+" waits: "+why+".")
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return &exit{exitUnreachable, strings.Join(texts, "\n")}
}

// untakenAt is an error that says which of the newest open operations have waited for a worker for longer than a busy one would
// need. A worker that has stopped counts as there for minutes; what waits tells earlier. nil when none do, or when it
// cannot be told.
func (a *app) untakenAt(ctx context.Context, conn *runs.Connection, at []carriers.Carrier) error {
	const most, usual = 20, 30 * time.Second
	now := a.now()
	views, err := conn.List(ctx, runs.Query{runs.Ours, runs.IsOpen, "WorkflowType IN " + runs.Values(runs.TypesAt(at)), "ExecutionTime <= " + runs.Instant(now.Add(-usual))}, most)
	if err != nil {
		return nil
	}
	waited := make([]time.Duration, len(views))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, v := range views {
		all.Go(func() error {
			if v, err := conn.Describe(ctx, v.WorkflowID, v.RunID); err == nil && !v.State.Final() {
				waited[i] = v.UntakenFor(now)
			}
			return nil
		})
	}
	_ = all.Wait() // none fails
	var ids []string
	for i, v := range views {
		if waited[i] > usual {
			ids = append(ids, v.WorkflowID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	text := fmt.Sprintf("%s has waited for a worker for %s", ids[0], terminal.Span(slices.Max(waited)))
	if len(ids) > 1 {
		text = fmt.Sprintf("%d operations have waited for a worker for up to %s, among them %s", len(ids), terminal.Span(slices.Max(waited)), ids[0])
	}
	return &exit{exitUnreachable, text + ". Is one running, and does it keep up?\n" +
		"A worker that has stopped counts as there for up to five minutes. " + a.startSome()}
}

// unservedRun says which worker an open run waits for in vain, or "".
func (a *app) unservedRun(ctx context.Context, conn *runs.Connection, v runs.View) string {
	if v.State.Final() || v.State == runs.Scheduled || v.Queue != workflows.TaskQueue {
		return ""
	}
	if why := runs.UnknownType(v); why != "" {
		return why + "."
	}
	var at []carriers.Carrier
	if runs.KindOf(v.Operation) != "" {
		at = append(at, v.Carrier())
	}
	switch none, missing := conn.Workers(ctx, at); {
	case none:
		return a.noWorker(conn)
	case len(missing) > 0:
		return fmt.Sprintf("no worker serves %s. %s", missing[0], a.startOne(missing[0]))
	}
	return ""
}

func (a *app) noWorker(conn *runs.Connection) string {
	return fmt.Sprintf("no worker runs: no worker has asked the task queue %s in namespace %s for work in the last minutes.\n%s",
		workflows.TaskQueue, conn.Namespace, a.startSome())
}

// startSome says how to start a worker.
func (a *app) startSome() string {
	return fmt.Sprintf("Start one (%s says how); what waits goes on then, nothing is lost.", a.self.Beside("worker").Command("--help"))
}

// startOne says how to start a worker for a carrier.
func (a *app) startOne(carrier carriers.Carrier) string {
	found, _ := registry.Carrier(carrier)
	return fmt.Sprintf("Start a worker with %sBASE_URL (%s lists what else it needs); what waits goes on then.",
		found.EnvPrefix(), a.self.Beside("worker").Command("--help"))
}
