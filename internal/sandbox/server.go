package sandbox

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Sandbox is a server for some carriers, with its memory. It is safe for concurrent use; nothing of it outlives Close.
type Sandbox struct {
	cfg       Config
	carriers  []*Carrier
	clock     *clock
	ledger    *ledger
	director  *director
	callbacks *callbackSender
	tokens    *tokenIssuer
	gate      *gate
	undecided *undecided
	mux       *http.ServeMux
	// mu guards what the carriers know, changes included. All functions of a carrier run under it.
	mu sync.Mutex
}

// New returns a sandbox of the given carriers that knows nothing yet. A configuration should have passed
// [Config.Validate]; with one that has not, callbacks may fail.
func New(cfg Config, plugged ...Carrier) *Sandbox {
	cfg = cfg.withDefaults()
	clock := newClock()
	s := &Sandbox{
		cfg: cfg, clock: clock, ledger: newLedger(), callbacks: newCallbackSender(cfg.Callback, cfg.MannersSeed, clock),
		tokens: newTokenIssuer(), gate: newGate(), undecided: newUndecided(), mux: http.NewServeMux(),
	}
	for _, c := range plugged {
		s.carriers = append(s.carriers, &c)
		for i := range c.Operations {
			s.mux.HandleFunc(c.Operations[i].Route, s.handler(&c, &c.Operations[i]))
		}
	}
	s.director = newDirector(cfg, s.carriers)
	s.control()
	return s
}

// carrier finds a carrier by its name, nil if the sandbox does not have it.
func carrier(all []*Carrier, name carriers.Carrier) *Carrier {
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// locked runs a function under the lock of what the carriers know.
func (s *Sandbox) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Handler serves the carriers and the control endpoint. It wants HTTP/1.1, because some scenarios end the connection.
func (s *Sandbox) Handler() http.Handler { return s.mux }

// shutdownGrace is how long requests under way may take when a server ends.
const shutdownGrace = 5 * time.Second

// Serve serves the carriers on a listener until ctx ends, and closes the sandbox. It returns an error when serving ends
// otherwise, or when a request does not end in time.
func (s *Sandbox) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: s.mux, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		s.Close()
		return err
	case <-ctx.Done():
	}
	s.Close() // first: it releases held answers, which the server waits for
	grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	err := server.Shutdown(grace)
	<-served
	return err
}

// Close ends held answers, drops what has not been decided or delivered, and waits for what is running. Shut the HTTP
// server down after it.
func (s *Sandbox) Close() {
	s.clock.close()
	s.callbacks.close()
}
