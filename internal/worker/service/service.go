package service

import (
	"context"
	"fmt"
	"net"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/internal/temporalerr"
	"github.com/carrierflow/carrierflow/internal/tracing"
	"github.com/carrierflow/carrierflow/internal/version"
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
	hooks, err := cfg.Webhooks.Load()
	if err != nil {
		return err
	}
	telemetry, err := newTelemetry()
	if err != nil {
		return err
	}
	defer telemetry.close()
	if telemetry.traces, err = tracing.FromEnvironment(parent, "carrierflow-worker", os.Getenv); err != nil {
		return err
	}
	defer func() {
		if err := telemetry.traces.Close(); err != nil {
			log.Warn("some traces were not sent", zap.Error(err))
		}
	}()
	served, err := connectCarriers(cfg, telemetry, log)
	if err != nil {
		return err
	}
	defer served.close()

	keys, err := cfg.encryption()
	if err != nil {
		return err
	}
	logEncryption(keys, log)
	options = keys.Options(options)
	target := temporalerr.Of(options)
	lagMonitor := newLagMonitor(telemetry, served.carriers, log)
	options.Identity = cfg.identity(options.Identity)
	options.Logger, options.MetricsHandler = sdkLogger(log), keepMetrics(lagHandler{MetricsHandler: telemetry.handler, lagMonitor: lagMonitor})
	options.Interceptors = append(options.Interceptors, telemetry.traces.Clients()...)
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
	telemetry.ReadyWhen(health.isReady)
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
	group.Go(func() error { served.countOperations(ctx, telemetry, temporal, target.Namespace, log); return nil })
	group.Go(func() error {
		wait := &waiting{temporal: temporal, target: target, health: health, log: log}
		all := parts{
			cfg: cfg, temporal: temporal, served: served.carriers, sweeps: newSweeps(cfg, served.carriers, temporal, options, telemetry, log),
			webhooks: hooks, observer: telemetry, log: log,
		}
		return runWorkers(ctx, all, wait, servers)
	})
	if err := group.Wait(); parent.Err() == nil {
		return err
	}
	return nil // it was stopped
}

// runWorkers waits for Temporal, starts all workers and runs them until ctx ends or one of them fails permanently.
func runWorkers(ctx context.Context, all parts, wait *waiting, servers *servers) error {
	cfg := all.cfg
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
		if err := registerAttributes(ctx, all.temporal, wait.target, cfg.RegisterSearchAttributes); err != nil {
			return nil, err
		}
		if err := all.sweeps.start(ctx, all.temporal); err != nil {
			return nil, err
		}
		return all.start(failed)
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
	wait.log.With(cfg.Versioning.logged()...).Info("worker is ready", zap.String("version", build.Version), zap.String("revision", build.Revision), zap.String("temporal", wait.target.Address), zap.String("namespace", wait.target.Namespace),
		zap.String("roles", listed(cfg.roles())), zap.Strings("carriers", cfg.carriers()), zap.String("callbacks", servers.callbackAddress()), zap.String("health", servers.checks.Addr().String()))
	if cfg.Versioning.on() {
		wait.log.Info("this worker takes only what belongs to its version; new operations come to it when the version is current", zap.String("to do", cfg.Versioning.hint()))
	}
	select {
	case err = <-fatal:
	case <-ctx.Done():
	}
	wait.health.setNotReady("the worker is stopping")
	wait.log.Info("worker is stopping", zap.Duration("at most", cfg.stopTimeout()))
	return err
}

// listen opens an address; its error names the setting.
func listen(address, setting string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with %s", err, setting)
	}
	return l, nil
}
