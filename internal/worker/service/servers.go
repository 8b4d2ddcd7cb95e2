package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/worker/callback"
)

// servers are the two HTTP servers of a worker: callbacks for the carriers, health and metrics for operators.
type servers struct {
	receiver          *callback.Receiver
	health            http.Handler
	callbacks, checks net.Listener
}

// newServers opens both addresses; that for callbacks only where they are received. An address that is in use is an error at once.
func newServers(cfg Config, sources map[carriers.Carrier]callback.Source, temporal callback.Signaller, connection client.Options, health *health, telemetry *telemetry,
	log *zap.Logger,
) (*servers, error) {
	checks, err := listen(cfg.HealthAddress, "CARRIERFLOW_HEALTH_ADDRESS")
	if err != nil {
		return nil, fmt.Errorf("answering health checks: %w", err)
	}
	s := &servers{health: health.routes(telemetry.page, cfg.LogLevelAt), checks: checks}
	if !cfg.does(Callbacks) {
		return s, nil
	}
	s.receiver, err = callback.New(callback.Options{
		Sources: sources, Temporal: temporal, Namespace: connection.Namespace, Identity: connection.Identity, Converter: connection.DataConverter,
		Log: log.Named("callback"), Count: telemetry.countCallback,
	})
	if err == nil {
		if s.callbacks, err = listen(cfg.CallbackAddress, "CARRIERFLOW_CALLBACK_ADDRESS"); err != nil {
			err = fmt.Errorf("receiving callbacks: %w", err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, checks.Close())
	}
	return s, nil
}

// callbackAddress is where callbacks are received; "" where they are not.
func (s *servers) callbackAddress() string {
	if s.callbacks == nil {
		return ""
	}
	return s.callbacks.Addr().String()
}

// receiveCallbacks answers the carriers until ctx ends.
func (s *servers) receiveCallbacks(ctx context.Context) error {
	if err := s.receiver.Serve(ctx, s.callbacks); err != nil {
		return fmt.Errorf("receiving callbacks: %w", err)
	}
	return nil
}

// answerChecks answers health checks until ctx ends.
func (s *servers) answerChecks(ctx context.Context, log *zap.Logger) error {
	server := &http.Server{
		Handler: s.health, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: zap.NewStdLog(redactingLog(log, "health")),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // no need to finish open checks
	if err := server.Serve(s.checks); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answering health checks: %w", err)
	}
	return nil
}
