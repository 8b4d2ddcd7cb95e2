package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/worker/callback"
)

// servers are the two HTTP servers of a worker: callbacks for the carriers, health for whoever operates it.
type servers struct {
	callbackAddress, healthAddress string
	running                        sync.WaitGroup
}

// wait returns when both have ended.
func (s *servers) wait() { s.running.Wait() }

// startServers opens both addresses and serves them until ctx ends; an address that is taken is an error at once, a server
// that fails later is handed to failed.
func startServers(ctx context.Context, cfg Config, sources map[carriers.Carrier]callback.Source, temporal callback.Signaller, connection client.Options, health *health, telemetry *telemetry,
	log *zap.Logger, failed func(error),
) (*servers, error) {
	receiver, err := callback.New(callback.Options{
		Sources: sources, Temporal: temporal, Namespace: connection.Namespace, Identity: connection.Identity, Converter: connection.DataConverter,
		Log: log.Named("callback"), Count: telemetry.countCallback,
	})
	if err != nil {
		return nil, err
	}
	callbacks, err := listen(cfg.CallbackAddress, "CARRIERFLOW_CALLBACK_ADDRESS")
	if err != nil {
		return nil, fmt.Errorf("receiving callbacks: %w", err)
	}
	checks, err := listen(cfg.HealthAddress, "CARRIERFLOW_HEALTH_ADDRESS")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("answering health checks: %w", err), callbacks.Close())
	}
	s := &servers{callbackAddress: callbacks.Addr().String(), healthAddress: checks.Addr().String()}
	start := func(what string, run func() error) {
		s.running.Go(func() {
			if err := run(); err != nil {
				failed(fmt.Errorf("%s: %w", what, err))
			}
		})
	}
	start("receiving callbacks", func() error { return receiver.Serve(ctx, callbacks) })
	start("answering health checks", func() error { return serveHealth(ctx, health.routes(telemetry.page), checks, log) })
	return s, nil
}

func serveHealth(ctx context.Context, routes http.Handler, listener net.Listener, log *zap.Logger) error {
	server := &http.Server{
		Handler: routes, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: zap.NewStdLog(discreet(log, "health")),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nobody is owed an answer about a worker that is gone
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
