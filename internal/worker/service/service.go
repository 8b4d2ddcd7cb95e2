package service

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/temporalerr"
	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/register"
)

// Run runs a worker until its context ends, then stops it gracefully: it takes no new tasks, and open calls may finish. It
// returns nil after such a stop, and an error when the worker cannot start or fails permanently.
//
// Callbacks and health checks are answered from the start. While Temporal cannot be reached, the worker waits for it, is
// not ready, and answers callbacks with 503.
func Run(parent context.Context, cfg Config, options client.Options, log *zap.Logger) error {
	if err := cfg.Check(); err != nil {
		return err
	}
	telemetry, err := newTelemetry()
	if err != nil {
		return err
	}
	defer telemetry.close()
	served, err := connectCarriers(cfg, telemetry, log)
	if err != nil {
		return err
	}
	defer served.close()

	target := temporalerr.Of(options)
	lagMonitor := newLagMonitor(telemetry, served.carriers, log)
	options.Identity = cfg.identity(options.Identity)
	options.Logger, options.MetricsHandler = sdkLogger(log), keepMetrics(lagHandler{MetricsHandler: telemetry.handler, lagMonitor: lagMonitor})
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return fmt.Errorf("configuring the connection to Temporal: %w", err)
	}
	defer temporal.Close()

	health := newHealth(listed(cfg.roles()), func(ctx context.Context) error {
		if _, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
			return target.Explain(err)
		}
		return nil
	})
	servers, err := newServers(cfg, served.callbacks, temporal, options, health, telemetry, log)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(parent)
	if cfg.does(Callbacks) {
		group.Go(func() error { return servers.receiveCallbacks(ctx) })
	}
	group.Go(func() error { return servers.answerChecks(ctx, log) })
	group.Go(func() error { lagMonitor.watch(ctx); return nil })
	group.Go(func() error { served.share(ctx, temporal, target.Namespace, log); return nil })
	group.Go(func() error {
		wait := &waiting{temporal: temporal, target: target, health: health, log: log}
		return runWorkers(ctx, cfg, temporal, served.carriers, newSweeps(cfg, served.carriers, temporal, options, log), wait, servers)
	})
	if err := group.Wait(); parent.Err() == nil {
		return err
	}
	return nil // it was stopped
}

// runWorkers waits for Temporal, starts all workers and runs them until ctx ends or one of them fails permanently.
func runWorkers(ctx context.Context, cfg Config, temporal client.Client, served []connected, sweeps sweeps, wait *waiting, servers *servers) error {
	fatal := make(chan error, 1)
	failed := func(err error) {
		select {
		case fatal <- fmt.Errorf("a worker failed permanently: %w", err):
		default: // only the first failure is reported
		}
	}
	workers, err := wait.startWhenReady(ctx, func() ([]worker.Worker, error) {
		if !cfg.does(Workflows) && !cfg.does(Activities) {
			return nil, nil // who only receives callbacks needs no right to register search attributes
		}
		if err := registerAttributes(ctx, temporal, wait.target, cfg.RegisterSearchAttributes); err != nil {
			return nil, err
		}
		if err := sweeps.start(ctx, temporal); err != nil {
			return nil, err
		}
		return startWorkers(temporal, cfg, served, sweeps, failed, wait.log)
	})
	defer stopAll(workers)
	if err != nil {
		return err
	}
	wait.health.setReady()
	if !cfg.LostTime.IsZero() {
		wait.log.Warn("CARRIERFLOW_LOST_TIME is set: changes are looked up at the carrier before they are sent, which delays them; unset it when the references of that time are not used again",
			zap.String("lost", cfg.LostTime.String()))
	}
	build := version.Get()
	wait.log.Info("worker is ready", zap.String("version", build.Version), zap.String("revision", build.Revision), zap.String("temporal", wait.target.Address), zap.String("namespace", wait.target.Namespace),
		zap.String("roles", listed(cfg.roles())), zap.Strings("carriers", cfg.carriers()), zap.String("callbacks", servers.callbackAddress()), zap.String("health", servers.checks.Addr().String()))
	select {
	case err = <-fatal:
	case <-ctx.Done():
	}
	wait.health.setNotReady("the worker is stopping")
	wait.log.Info("worker is stopping", zap.Duration("at most", cfg.stopTimeout()))
	return err
}

// startWorkers starts all workers, or none.
func startWorkers(c client.Client, cfg Config, served []connected, sweeps sweeps, failed func(error), log *zap.Logger) ([]worker.Worker, error) {
	worker.SetStickyWorkflowCacheSize(cfg.WorkflowCache) // it is that of the process, and read when its first worker is made
	workers := newWorkers(c, cfg, served, sweeps, failed, log)
	for i, w := range workers {
		if err := w.Start(); err != nil {
			stopAll(workers[:i])
			return nil, fmt.Errorf("starting a worker: %w", err)
		}
	}
	return workers, nil
}

// workflowPollers is how many calls wait for workflow tasks at the same time. With the SDK's two, tasks of runs that this process does
// not have in memory, such as the first one of each, wait while both calls fetch tasks of those that it has.
const workflowPollers = 8

// newWorkers makes the workers of the roles of this process: one for the workflows, and one for each carrier's activities.
func newWorkers(c client.Client, cfg Config, served []connected, sweeps sweeps, failed func(error), log *zap.Logger) []worker.Worker {
	base := worker.Options{
		WorkerStopTimeout:           cfg.stopTimeout(),
		OnFatalError:                failed,
		DisableRegistrationAliasing: true,
	}
	lineTurns := activities.Turns{Secret: string(cfg.LineKey), Previous: string(cfg.LineKeyPrevious), Without: cfg.NoLineOrder}
	var workers []worker.Worker
	if cfg.does(Workflows) {
		workers = append(workers, newWorkflowWorker(c, base, cfg, served, lineTurns, log))
	}
	for _, carrier := range served {
		workers = append(workers, newActivityWorker(c, base, cfg, carrier, sweeps[carrier.Carrier], lineTurns))
	}
	return workers
}

// newWorkflowWorker makes the worker for the workflows of all carriers. It reads directly at those that this process calls.
func newWorkflowWorker(c client.Client, base worker.Options, cfg Config, served []connected, lineTurns activities.Turns, log *zap.Logger) worker.Worker {
	forWorkflows := base
	forWorkflows.MaxConcurrentWorkflowTaskPollers = workflowPollers
	forWorkflows.Interceptors = []interceptor.WorkerInterceptor{register.Turns(c, lineTurns, log)}
	flows := worker.New(c, workflows.TaskQueue, forWorkflows)
	register.Workflows(flows)
	flows.RegisterActivityWithOptions(activities.LineKey(string(cfg.LineKey)), activity.RegisterOptions{Name: activities.LineKeyName})
	lineTurns.Register(flows)
	for _, a := range registry.Carriers() {
		i := slices.IndexFunc(served, func(one connected) bool { return one.Carrier == a.Carrier })
		if i >= 0 && served[i].direct != nil {
			activities.RegisterConfirm(flows, a, served[i].connection, served[i].direct)
		} else {
			activities.RegisterConfirm(flows, a, nil, nil)
		}
	}
	return flows
}

// newActivityWorker makes the worker for the activities of one carrier, its sweep included.
func newActivityWorker(c client.Client, base worker.Options, cfg Config, carrier connected, sweeper *activities.Sweeper, lineTurns activities.Turns) worker.Worker {
	forActivities := base
	forActivities.DisableWorkflowWorker = true
	// A running activity must always find a free connection. While it waited for one, its own timeout would run, and
	// our queue would look like a carrier that does not answer.
	slots, perSecond := carrier.direct.ofQueue(carrier.connection.Slots(), carrier.Limits.PerSecond)
	forActivities.MaxConcurrentActivityExecutionSize = slots
	forActivities.TaskQueueActivitiesPerSecond = perSecond - cfg.sweepsPerSecond(carrier.CarrierConfig)
	w := worker.New(c, activities.TaskQueue(carrier.Carrier), forActivities)
	activities.Register(w, carrier.Adapter, carrier.connection, activities.Options{
		Turns: lineTurns, PollsApart: carrier.polls.apart, Swept: cfg.Swept, Lost: cfg.LostTime,
	})
	if sweeper != nil {
		sweeper.Register(w)
	}
	return w
}

// stopAll stops all workers concurrently: each waits for its own calls.
func stopAll(workers []worker.Worker) {
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(w.Stop)
	}
	all.Wait()
}

// listen opens an address; its error names the setting.
func listen(address, setting string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with %s", err, setting)
	}
	return l, nil
}
