package service

import (
	"context"
	"fmt"
	"net"
	"sync"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/internal/temporalerr"
	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/workflows"
)

// Run runs a worker until its context ends, then stops it gracefully: no new work is taken, and calls under way may finish. It
// returns nil after such a stop, and an error when the worker cannot start or fails for good.
//
// Callbacks and health checks are answered from the start: while Temporal cannot be reached the worker waits for it, is not
// ready, and tells carriers to call again later.
func Run(parent context.Context, cfg Config, options client.Options, log *zap.Logger) error {
	if err := cfg.Check(); err != nil {
		return err
	}
	telemetry, err := newTelemetry()
	if err != nil {
		return err
	}
	defer telemetry.close()
	served, err := serve(cfg, telemetry, log)
	if err != nil {
		return err
	}
	defer served.close()

	target := temporalerr.Of(options)
	lags := newLags(telemetry, served.sets, log)
	options.Logger, options.MetricsHandler = sdkLogger(log), lagHandler{MetricsHandler: telemetry.handler, lags: lags}
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return fmt.Errorf("configuring the connection to Temporal: %w", err)
	}
	defer temporal.Close()

	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	health := newHealth(func(ctx context.Context) error {
		if _, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
			return target.Explain(err)
		}
		return nil
	})
	servers, err := startServers(ctx, cfg, served.callbacks, temporal, options, health, telemetry, log, stop)
	if err != nil {
		return err
	}
	var watching sync.WaitGroup
	watching.Go(func() { lags.watch(ctx) })
	defer func() {
		stop(nil)
		servers.wait()
		watching.Wait()
	}()

	failed := func(err error) { stop(fmt.Errorf("a worker failed for good: %w", err)) }
	wait := &waiting{temporal: temporal, target: target, health: health, log: log}
	workers, err := wait.until(ctx, func() ([]worker.Worker, error) {
		if err := registerAttributes(ctx, temporal, target, cfg.RegisterSearchAttributes); err != nil {
			return nil, err
		}
		return startWorkers(temporal, cfg, served.sets, failed)
	})
	if ctx.Err() != nil {
		return failureOf(parent, ctx)
	}
	if err != nil {
		return err
	}
	defer stopAll(workers)
	health.works()
	build := version.Get()
	log.Info("worker is ready", zap.String("version", build.Version), zap.String("revision", build.Revision), zap.String("temporal", target.Address), zap.String("namespace", target.Namespace),
		zap.String("callbacks", servers.callbackAddress), zap.String("health", servers.healthAddress))

	<-ctx.Done()
	health.fails("the worker is stopping")
	log.Info("worker is stopping", zap.Duration("at most", cfg.stopTimeout()))
	return failureOf(parent, ctx)
}

// failureOf is why ctx ended, unless it ended with its parent, which is how a worker is stopped.
func failureOf(parent, ctx context.Context) error {
	if parent.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// startWorkers starts all workers, or none.
func startWorkers(c client.Client, cfg Config, sets []limited, failed func(error)) ([]worker.Worker, error) {
	workers := newWorkers(c, cfg, sets, failed)
	for i, w := range workers {
		if err := w.Start(); err != nil {
			stopAll(workers[:i])
			return nil, fmt.Errorf("starting a worker: %w", err)
		}
	}
	return workers, nil
}

// newWorkers makes the worker of the workflows and one for each carrier's activities.
func newWorkers(c client.Client, cfg Config, sets []limited, failed func(error)) []worker.Worker {
	base := worker.Options{
		WorkerStopTimeout:           cfg.stopTimeout(),
		OnFatalError:                failed,
		DisableRegistrationAliasing: true,
	}
	forWorkflows := base
	forWorkflows.LocalActivityWorkerOnly = true
	flows := worker.New(c, workflows.TaskQueue, forWorkflows)
	workflows.Register(flows)
	workflows.RegisterUnknown(flows)
	flows.RegisterActivityWithOptions(activities.LineKey(string(cfg.LineKey)), activity.RegisterOptions{Name: activities.LineKeyName})
	workers := []worker.Worker{flows}
	for _, carrier := range sets {
		forActivities := base
		forActivities.DisableWorkflowWorker = true
		forActivities.TaskQueueActivitiesPerSecond = carrier.perSecond
		// An activity that is under way always finds a connection free: while one waits for ours, its time for the carrier would
		// run, and in the end our own queue would count as the carrier's silence.
		forActivities.MaxConcurrentActivityExecutionSize = carrier.connections
		w := worker.New(c, activities.TaskQueue(carrier.Carrier()), forActivities)
		carrier.Register(w)
		workers = append(workers, w)
	}
	return workers
}

// stopAll stops all workers at once: each waits for its own calls.
func stopAll(workers []worker.Worker) {
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(w.Stop)
	}
	all.Wait()
}

// listen opens an address, with an error that says which setting it came from.
func listen(address, setting string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with %s", err, setting)
	}
	return l, nil
}
