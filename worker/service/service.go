package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// connectAttempt bounds one try to reach Temporal; between two there is connectPause.
	connectAttempt = 5 * time.Second
	connectPause   = time.Second
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

	options.HostPort = cmp.Or(options.HostPort, client.DefaultHostPort)
	options.Logger, options.MetricsHandler = sdkLogger(log), telemetry.handler
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return fmt.Errorf("configuring the connection to Temporal: %w", err)
	}
	defer temporal.Close()

	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	health := &health{check: func(ctx context.Context) error {
		_, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	}}
	servers, err := startServers(ctx, cfg, served.callbacks, temporal, options, health, telemetry, log, stop)
	if err != nil {
		return err
	}
	defer func() {
		stop(nil)
		servers.wait()
	}()

	namespace := cmp.Or(options.Namespace, client.DefaultNamespace)
	failed := func(err error) { stop(fmt.Errorf("a worker failed for good: %w", err)) }
	var workers []worker.Worker
	for workers == nil {
		connect(ctx, temporal, options.HostPort, namespace, log)
		if ctx.Err() != nil {
			return failureOf(parent, ctx)
		}
		if err = registerAttributes(ctx, temporal, namespace, cfg.RegisterSearchAttributes); err == nil {
			workers, err = startWorkers(temporal, cfg, served.sets, failed)
		}
		if err != nil && !passing(err) && ctx.Err() == nil {
			return err
		}
		if err != nil {
			log.Warn("Temporal went away while the worker started", zap.Error(err))
			pause(ctx)
		}
	}
	defer stopAll(workers)
	health.started.Store(true)
	log.Info("worker is ready", zap.String("temporal", options.HostPort), zap.String("namespace", namespace),
		zap.String("callbacks", servers.callbackAddress), zap.String("health", servers.healthAddress))

	<-ctx.Done()
	health.started.Store(false)
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

// connect waits until Temporal answers and has the namespace, or ctx ends.
func connect(ctx context.Context, c client.Client, address, namespace string, log *zap.Logger) {
	for {
		attempt, cancel := context.WithTimeout(ctx, connectAttempt)
		_, err := c.WorkflowService().DescribeNamespace(attempt, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
		cancel()
		_, noNamespace := errors.AsType[*serviceerror.NamespaceNotFound](err)
		switch {
		case err == nil || ctx.Err() != nil:
			return
		case noNamespace:
			log.Warn("the namespace does not exist yet; create it with: temporal operator namespace create --namespace "+namespace,
				zap.String("temporal", address))
		default:
			log.Warn("Temporal cannot be reached yet; set TEMPORAL_ADDRESS if this is not where it is",
				zap.String("temporal", address), zap.Error(err))
		}
		pause(ctx)
	}
}

// pause lets some time go by before Temporal is tried again.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(connectPause):
	}
}

// passing reports whether an error is one that Temporal gives while it cannot be reached: then the worker waits again.
func passing(err error) bool {
	_, unavailable := errors.AsType[*serviceerror.Unavailable](err)
	_, late := errors.AsType[*serviceerror.DeadlineExceeded](err)
	return unavailable || late || errors.Is(err, context.DeadlineExceeded)
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
