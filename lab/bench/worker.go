package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
)

// workerCommand is the worker of one contestant that is not ours. It is a process of its own, so that what it uses can be counted as
// what ours uses.
type workerCommand struct {
	Kind      string `arg:"" enum:"temporal,river,table" help:"temporal: the workflows that are not ours; river: a job queue; table: a table with a poller."`
	Temporal  string `help:"Address of Temporal."`
	Postgres  string `help:"URL of the database."`
	Carriers  string `help:"URL of the sandbox." required:""`
	Callbacks string `help:"Where callbacks are received." required:""`
	Health    string `help:"Where /readyz and /metrics are answered." required:""`
}

// party is what a contestant needs besides its health checks: something that takes callbacks.
type party interface {
	// called stores a callback.
	called(ctx context.Context, n notice) error
	close()
}

func (w workerCommand) run(ctx context.Context) error {
	var p party
	var err error
	switch w.Kind {
	case "temporal":
		p, err = newTemporalParty(w.Temporal, newAPI(w.Carriers))
	case "river":
		p, err = newRiverParty(ctx, w.Postgres, newAPI(w.Carriers))
	case "table":
		p, err = newTableParty(ctx, w.Postgres, newAPI(w.Carriers))
	}
	if err != nil {
		return err
	}
	defer p.close()
	failed := make(chan error, 2)
	for address, handler := range map[string]http.Handler{w.Callbacks: receiver(p), w.Health: health()} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("the worker of %s: %w", w.Kind, err)
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		go func() { failed <- server.Serve(listener) }()
		defer func() { _ = server.Close() }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// receiver takes callbacks as a first version of one would: it decodes, stores, and answers.
func receiver(p party) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n notice
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := p.called(r.Context(), n); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
}

// health answers what is asked of a worker from outside.
func health() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		_, _ = fmt.Fprintf(w, "go_memstats_alloc_bytes_total %d\ngo_goroutines %d\n", stats.TotalAlloc, runtime.NumGoroutine())
	})
	return mux
}

// temporalParty are the workflows on Temporal that are not ours.
type temporalParty struct {
	client client.Client
	worker worker.Worker
}

func newTemporalParty(address string, a api) (*temporalParty, error) {
	c, err := dial(address, client.DefaultNamespace)
	if err != nil {
		return nil, err
	}
	w := worker.New(c, baseQueue, worker.Options{})
	register(w, a)
	if err := w.Start(); err != nil {
		c.Close()
		return nil, fmt.Errorf("starting the worker of the other workflows: %w", err)
	}
	return &temporalParty{c, w}, nil
}

func (p *temporalParty) called(ctx context.Context, n notice) error {
	return p.client.SignalWorkflow(ctx, flowID(n.Reference), "", callbackSignal, n)
}

func (p *temporalParty) close() {
	p.worker.Stop()
	p.client.Close()
}

// flowID is the workflow id of an operation of a contestant that is not ours.
func flowID(reference string) string { return "bench:" + reference }

// dial connects to a namespace of Temporal.
func dial(address, namespace string) (client.Client, error) {
	c, err := client.Dial(client.Options{
		HostPort: address, Namespace: namespace, Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return nil, fmt.Errorf("connecting to Temporal at %s: %w", address, err)
	}
	return c, nil
}
