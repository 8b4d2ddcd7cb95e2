package service

import (
	"fmt"
	"slices"
	"sync"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/worker/webhook"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/encryption"
	"github.com/carrierflow/carrierflow/workflows/register"
)

// parts are what the Temporal workers of this process are made of.
type parts struct {
	cfg      Config
	temporal client.Client
	served   []connected
	sweeps   sweeps
	webhooks *webhook.Webhooks
	observer *telemetry
	log      *zap.Logger
}

// start starts the workers of all roles of this process, or none. failed is told when one of them fails permanently.
func (p parts) start(failed func(error)) ([]worker.Worker, error) {
	worker.SetStickyWorkflowCacheSize(p.cfg.WorkflowCache) // it is that of the process, and read when its first worker is made
	workers := p.workers(failed)
	for i, w := range workers {
		if err := w.Start(); err != nil {
			stopAll(workers[:i])
			return nil, fmt.Errorf("starting a worker: %w", err)
		}
	}
	return workers, nil
}

// workers makes the workers of the roles of this process: one for the workflows, one for each carrier's activities, and one that delivers
// webhooks, if there are any.
func (p parts) workers(failed func(error)) (workers []worker.Worker) {
	base := worker.Options{
		WorkerStopTimeout:           p.cfg.stopTimeout(),
		OnFatalError:                failed,
		DisableRegistrationAliasing: true,
		DeploymentOptions:           p.cfg.Versioning.options(),
	}
	if p.cfg.does(Workflows) {
		workers = append(workers, p.forWorkflows(base))
	}
	for _, carrier := range p.served {
		workers = append(workers, p.forActivities(base, carrier))
	}
	if p.webhooks.On() && p.cfg.does(Activities) {
		workers = append(workers, newDelivery(p.temporal, base, p.webhooks))
	}
	return workers
}

// workflowPollers is how many calls wait for workflow tasks at the same time. With the SDK's two, tasks of runs that this process does
// not have in memory, such as the first one of each, wait while both calls fetch tasks of those that it has.
const workflowPollers = 8

// forWorkflows makes the worker for the workflows of all carriers. It reads directly at those that this process calls.
func (p parts) forWorkflows(options worker.Options) worker.Worker {
	turns := p.turns()
	options.MaxConcurrentWorkflowTaskPollers = workflowPollers
	options.Interceptors = append(p.observer.traces.Workflows(workflows.CallbackSignal.Name),
		register.Measures(p.observer), register.Turns(p.temporal, turns, p.log), register.Webhooks(p.webhooks.Wanted), encryption.Interceptor())
	flows := worker.New(p.temporal, workflows.TaskQueue, options)
	register.Workflows(flows)
	flows.RegisterActivityWithOptions(activities.LineKey(string(p.cfg.LineKey)), activity.RegisterOptions{Name: activities.LineKeyName})
	turns.Register(flows)
	p.webhooks.RegisterTelling(flows)
	for _, a := range registry.Carriers() {
		i := slices.IndexFunc(p.served, func(one connected) bool { return one.Carrier == a.Carrier })
		if i >= 0 && p.served[i].direct != nil {
			activities.RegisterConfirm(flows, a, p.served[i].connection, p.served[i].direct)
		} else {
			activities.RegisterConfirm(flows, a, nil, nil)
		}
	}
	return flows
}

// forActivities makes the worker for the activities of one carrier, its sweep included.
func (p parts) forActivities(options worker.Options, carrier connected) worker.Worker {
	options.DisableWorkflowWorker = true
	// A running activity must always find a free connection. While it waited for one, its own timeout would run, and
	// our queue would look like a carrier that does not answer.
	slots, perSecond := carrier.direct.ofQueue(carrier.connection.Slots(), carrier.Limits.PerSecond)
	options.MaxConcurrentActivityExecutionSize = slots
	options.TaskQueueActivitiesPerSecond = perSecond - p.cfg.sweepsPerSecond(carrier.CarrierConfig)
	w := worker.New(p.temporal, activities.TaskQueue(carrier.Carrier), options)
	activities.Register(w, carrier.Adapter, carrier.connection, activities.Options{
		Turns: p.turns(), PollsApart: carrier.polls.apart, Swept: p.cfg.Swept, Lost: p.cfg.LostTime, Webhooks: p.webhooks.Wanted, Observer: p.observer,
	})
	if sweeper := p.sweeps[carrier.Carrier]; sweeper != nil {
		sweeper.Register(w)
	}
	return w
}

// turns are how the changes of one line take turns.
func (p parts) turns() activities.Turns {
	return activities.Turns{Secret: string(p.cfg.LineKey), Previous: string(p.cfg.LineKeyPrevious), Without: p.cfg.NoLineOrder}
}

// stopAll stops all workers concurrently: each waits for its own calls.
func stopAll(workers []worker.Worker) {
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(w.Stop)
	}
	all.Wait()
}
