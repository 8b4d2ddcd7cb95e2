package sandbox

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Sandbox is the three carriers with their memory. It is safe for concurrent use; nothing of it outlives Close.
type Sandbox struct {
	cfg      Config
	clock    *clock
	world    *world
	ledger   *ledger
	director *director
	courier  *courier
	mint     *mint
	gate     *gate
	mux      *http.ServeMux
}

// New returns a sandbox that knows nothing yet. A configuration should have passed [Config.Validate]; one that has not
// shows in undelivered callbacks and refused tokens.
func New(cfg Config) *Sandbox {
	cfg = cfg.withDefaults()
	clock := newClock()
	s := &Sandbox{
		cfg: cfg, clock: clock, world: newWorld(), ledger: newLedger(), director: newDirector(cfg),
		courier: newCourier(cfg.Callback, cfg.MannersSeed, clock), mint: newMint(), gate: newGate(), mux: http.NewServeMux(),
	}
	for carrier, handlers := range map[carriers.Carrier]map[string]http.HandlerFunc{
		carriers.DISH: {
			opActivate: s.dishActivate, opStatus: s.dishUpdateStatus, opBillCycle: s.dishUpdateBillCycle,
			opSubscription: s.dishQuery, opTransaction: s.dishTransactionStatus, opToken: s.dishToken,
		},
		carriers.STN: {
			opSetServices: s.stnServeSetServices, opQueryActivation: s.stnQueryActivation,
			opQuerySubscription: s.stnServeQuerySubscription,
		},
		carriers.MasMovil: {
			opSubscription: s.masmovilSubscription, opDevices: s.masmovilDevices, opAddDevice: s.masmovilAddDevice,
			opSIMReplacement: s.masmovilReplaceSIM, opRecharges: s.masmovilRecharges,
			opFraudRequests: s.masmovilFraudRequests, opToken: s.masmovilToken,
		},
	} {
		for _, op := range operations[carrier] {
			s.mux.HandleFunc(op.route, handlers[op.name])
		}
	}
	s.control()
	return s
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
	s.Close() // first: it lets held answers go, which the server waits for
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
	s.courier.close()
}
