package service

import (
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/worker/callback"
)

// connected is a carrier that this worker calls, with the connection to it.
type connected struct {
	CarrierConfig
	connection carriers.Connection
	direct     *direct
	polls      *polls
}

// served are the carriers that this worker calls, and those whose callbacks it receives.
type served struct {
	carriers  []connected
	callbacks map[carriers.Carrier]callback.Source
}

// close closes the connections to the carriers.
func (s *served) close() {
	for _, c := range s.carriers {
		c.connection.Close()
	}
}

// connectCarriers prepares every carrier that this worker serves.
func connectCarriers(cfg Config, telemetry *telemetry, log *zap.Logger) (*served, error) {
	s := &served{callbacks: map[carriers.Carrier]callback.Source{}}
	for _, c := range cfg.served() {
		connection, err := c.Settings.Connect(log, telemetry.countOutages(c.Carrier))
		if err != nil {
			s.close()
			return nil, err
		}
		// Who runs no workflows has no direct reads: the queue has the whole limit then.
		direct := newDirect(c.Limits.PerSecond, cfg.does(Workflows) && (c.CallsBack() || cfg.sweeps(c)), connection.Slots())
		s.carriers = append(s.carriers, connected{c, connection, direct, &polls{perSecond: c.Limits.PerSecond}})
	}
	for _, c := range cfg.received() {
		source, err := callbacksOf(c)
		if err != nil {
			s.close()
			return nil, err
		}
		s.callbacks[c.Carrier] = source
	}
	return s, nil
}

// callbacksOf says how a carrier's callbacks are read and authenticated.
func callbacksOf(c CarrierConfig) (callback.Source, error) {
	reader, err := c.Settings.(carriers.CallbackSettings).Callbacks()
	if err != nil {
		return callback.Source{}, err
	}
	authenticator, err := c.Callback.Authenticator()
	return callback.Source{Decode: callback.DecoderOf(reader), Auth: authenticator}, err
}
