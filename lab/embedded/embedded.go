// Package embedded runs a complete Temporal inside the calling process: the four services of the server on one SQLite
// database, or on PostgreSQL, and the Temporal Web UI in front of them. The dev server, the end-to-end tests, the fault harness and the
// benchmarks start their Temporal with it; nothing outside lab imports it.
//
// It is for development and tests. There is no authentication, one process holds everything, and the database is a single
// file, or in memory.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	webui "github.com/temporalio/ui-server/v2/server"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/lab/defaults"
)

// stopTimeout bounds [Server.Stop]. The server gives open long polls a second or two, and a busy machine needs longer; more
// than this is an error.
const stopTimeout = time.Minute

// Options say where the server listens and what it contains. The zero value is a server in memory on a free port, without
// Web UI, as tests need it.
type Options struct {
	Host      string // IP address to listen on; empty is defaults.Host, 0.0.0.0 is every interface
	Port      int    // port of the frontend (gRPC); 0 picks a free one
	UIPort    int    // port of the Web UI; 0 is no Web UI
	DB        string // SQLite file, created if it does not exist; empty keeps everything in memory
	Namespace string // created if it does not exist; empty is defaults.Namespace

	// Postgres is where the tables are, instead of in SQLite; nil is SQLite.
	Postgres *Postgres

	// CodecEndpoint is the URL of the codec endpoint that the Web UI shows encrypted payloads with; empty is none.
	CodecEndpoint string

	// SearchAttributes are registered in the namespace if it lacks them, and can be used as soon as Start returns.
	SearchAttributes map[string]enums.IndexedValueType

	// Logger gets the server's own log, which is long below error; nil writes errors to stderr. While the server stops,
	// nothing below a fatal error is logged.
	Logger *zap.Logger
}

// Server is a running Temporal server. Its methods are safe for concurrent use.
type Server struct {
	place    place
	store    store
	log      hushable
	services temporal.Server // nil until they are set up
	ui       *webui.Server   // nil without Web UI

	stop func() error // shutdown, once
}

// Start runs a Temporal server and returns when it answers: a workflow can be started, and the Web UI can be opened. A port
// in use or a database that cannot be used is reported before anything runs. The context bounds only the start; the server
// runs until [Server.Stop].
func Start(ctx context.Context, options Options) (*Server, error) {
	options = options.withDefaults()
	place, err := findPlace(options)
	if err != nil {
		return nil, err
	}
	store, err := openStore(options)
	if err != nil {
		return nil, err
	}
	server := &Server{place: place, store: store, log: newHushable(options.Logger)}
	server.stop = sync.OnceValue(server.shutdown)
	if err := server.start(ctx, options); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// Address is the host and port for Temporal clients.
func (s *Server) Address() string { return s.place.address() }

// UIAddress is the URL of the Web UI, empty if there is none.
func (s *Server) UIAddress() string {
	if s.ui == nil {
		return ""
	}
	return s.place.uiURL()
}

// Stop ends the server and returns when its ports are free again, usually after a few seconds. Workflows in a database file
// continue when a server is started on it again. Stopping twice is harmless.
func (s *Server) Stop() error { return s.stop() }

func (s *Server) start(ctx context.Context, options Options) (err error) {
	if err := s.store.createNamespace(options.Namespace); err != nil {
		return err
	}
	if s.services, err = newServices(s.place, s.store, s.log.Logger); err != nil {
		return fmt.Errorf("set up the Temporal server: %w", err)
	}
	if err := s.services.Start(); err != nil {
		return fmt.Errorf("start the Temporal server: %w", err)
	}
	if err := awaitFrontend(ctx, s.Address(), options); err != nil {
		return err
	}
	if options.UIPort != 0 {
		s.ui, err = startUI(ctx, s.place, options)
	}
	return err
}

func (s *Server) shutdown() error {
	s.log.hush()
	if s.ui != nil {
		s.ui.Stop()
	}
	stopped := make(chan error, 1)
	go func() {
		var err error
		if s.services != nil {
			err = s.services.Stop()
		}
		stopped <- errors.Join(err, s.store.release())
	}()
	select {
	case err := <-stopped:
		return err
	case <-time.After(stopTimeout):
		return fmt.Errorf("the Temporal server did not stop within %s", stopTimeout)
	}
}

func (o Options) withDefaults() Options {
	if o.Host == "" || o.Host == "localhost" {
		o.Host = defaults.Host
	}
	if o.Namespace == "" {
		o.Namespace = defaults.Namespace
	}
	return o
}
