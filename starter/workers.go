package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// idle reports whether no worker has asked a task queue for work in the last minutes. When that cannot be told, it is not
// said.
func (c *connection) idle(ctx context.Context, queue string, kind enumspb.TaskQueueType) bool {
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	d, err := c.DescribeTaskQueue(bounded, queue, kind)
	return err == nil && len(d.GetPollers()) == 0
}

// served says for whom there are workers.
type served struct {
	// none tells that there is no worker at all.
	none bool
	// missing are the carriers that no worker serves.
	missing []carriers.Carrier
}

// workers looks which carriers have workers.
func (c *connection) workers(ctx context.Context, at []carriers.Carrier) served {
	idle := make([]bool, len(at))
	s := served{}
	var all errgroup.Group
	all.Go(func() error {
		s.none = c.idle(ctx, workflows.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
		return nil
	})
	for i, carrier := range at {
		all.Go(func() error {
			idle[i] = c.idle(ctx, activities.TaskQueue(carrier), enumspb.TASK_QUEUE_TYPE_ACTIVITY)
			return nil
		})
	}
	_ = all.Wait() // none fails
	for i, carrier := range at {
		if idle[i] {
			s.missing = append(s.missing, carrier)
		}
	}
	return s
}

// unserved is an error that says which of the operations that are open wait for a worker that is not there, or that none
// knows; nil when there are none. No worker at all is an error also while nothing waits.
func (a *app) unserved(ctx context.Context, conn *connection, at []carriers.Carrier, views []view) error {
	s := conn.workers(ctx, at)
	if s.none {
		return &exit{exitUnreachable, a.noWorker(conn)}
	}
	var texts []string
	for _, carrier := range s.missing {
		waiting := conn.waitingAt(ctx, carrier)
		if waiting == 0 {
			continue // a carrier that is not used needs no worker
		}
		wait := "operations wait"
		if waiting == 1 {
			wait = "operation waits"
		}
		texts = append(texts, fmt.Sprintf("nobody serves %s: %d %s for it. %s", carrier, waiting, wait, a.startOne(carrier)))
	}
	for _, v := range views {
		if why := unknownType(v); why != "" {
			texts = append(texts, v.WorkflowID+" waits: "+why+".")
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return &exit{exitUnreachable, strings.Join(texts, "\n")}
}

// untaken is an error that says which of the newest open operations have waited for a worker for longer than a busy one would
// need. A worker that has stopped counts as there for minutes; what waits tells earlier. nil when none do, or when it
// cannot be told.
func (a *app) untaken(ctx context.Context, conn *connection, at []carriers.Carrier) error {
	const most, atOnce, usual = 20, 8, 30 * time.Second
	now := a.now()
	views, err := conn.list(ctx, append(query{ours}.running(), "WorkflowType IN "+values(typesAt(at)), "ExecutionTime <= "+instant(now.Add(-usual))), most)
	if err != nil {
		return nil
	}
	waited := make([]time.Duration, len(views))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, v := range views {
		all.Go(func() error {
			if v, err := conn.describe(ctx, v.WorkflowID, v.RunID); err == nil && !v.State.final() {
				waited[i] = v.untakenFor(now)
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
	text := fmt.Sprintf("%s has waited for a worker for %s", ids[0], span(slices.Max(waited)))
	if len(ids) > 1 {
		text = fmt.Sprintf("%d operations have waited for a worker for up to %s, among them %s", len(ids), span(slices.Max(waited)), ids[0])
	}
	return &exit{exitUnreachable, text + ". Is one running, and does it keep up?\n" +
		"A worker that has stopped counts as there for up to five minutes. " + a.startSome()}
}

// typesAt are the operations at some carriers.
func typesAt(at []carriers.Carrier) (types []string) {
	for _, d := range workflows.Operations() {
		if slices.Contains(at, d.Carrier()) {
			types = append(types, d.Type)
		}
	}
	return types
}

// waitingAt counts the open operations at a carrier; 0 when they cannot be counted.
func (c *connection) waitingAt(ctx context.Context, carrier carriers.Carrier) int64 {
	types := typesAt([]carriers.Carrier{carrier})
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	counted, err := c.CountWorkflow(bounded, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: c.Namespace, Query: append(query{ours}.running(), "WorkflowType IN "+values(types)).String(),
	})
	if err != nil {
		return 0
	}
	return counted.GetCount()
}

// unservedRun says which worker an open run waits for in vain, or "".
func (a *app) unservedRun(ctx context.Context, conn *connection, v view) string {
	if v.State.final() || v.State == scheduled || v.queue != workflows.TaskQueue {
		return ""
	}
	if why := unknownType(v); why != "" {
		return why + "."
	}
	var at []carriers.Carrier
	if kindOfOperation(v.Operation) != "" {
		at = append(at, workflows.CarrierOf(v.Operation))
	}
	switch s := conn.workers(ctx, at); {
	case s.none:
		return a.noWorker(conn)
	case len(s.missing) > 0:
		return fmt.Sprintf("nobody serves %s. %s", s.missing[0], a.startOne(s.missing[0]))
	}
	return ""
}

// nobodyServes is how looking at a run ends that no worker does anything for; it has been said by then.
func nobodyServes(v view) error {
	if v.Unserved == "" {
		return nil
	}
	return &exit{code: exitUnreachable}
}

func (a *app) noWorker(conn *connection) string {
	return fmt.Sprintf("no worker runs: nobody has asked the task queue %s in namespace %s for work in the last minutes.\n%s",
		workflows.TaskQueue, conn.Namespace, a.startSome())
}

// startSome says how to start a worker.
func (a *app) startSome() string {
	return fmt.Sprintf("Start one (%s says how); what waits goes on then, nothing is lost.", a.self.beside("worker").command("--help"))
}

// startOne says how to start a worker for a carrier.
func (a *app) startOne(carrier carriers.Carrier) string {
	name := strings.ToUpper(string(carrier)) + "_BASE_URL"
	return fmt.Sprintf("Start a worker with %s (%s lists what else it needs); what waits goes on then.",
		name, a.self.beside("worker").command("--help"))
}

// beside is another program in the folder of this one.
func (s self) beside(program string) self {
	folder, _ := filepath.Split(string(s))
	return self(folder + program)
}
