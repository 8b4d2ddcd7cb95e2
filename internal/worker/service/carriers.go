package service

import (
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/worker/callback"
)

// connected is a carrier that this worker serves, with the connection to it.
type connected struct {
	CarrierConfig
	connection carriers.Connection
	direct     *direct
	polls      *polls
}

// served are the connections and callback sources of the configured carriers.
type served struct {
	carriers []connected
	// callbacks are the carriers that send callbacks.
	callbacks map[carriers.Carrier]callback.Source
}

// close closes the connections to the carriers.
func (s *served) close() {
	for _, c := range s.carriers {
		c.connection.Close()
	}
}

// connectCarriers prepares every carrier that has a base URL.
func connectCarriers(cfg Config, telemetry *telemetry, log *zap.Logger) (*served, error) {
	s := &served{callbacks: map[carriers.Carrier]callback.Source{}}
	for _, c := range cfg.served() {
		connection, err := c.Settings.Connect(log, telemetry.countOutages(c.Carrier))
		if err != nil {
			s.close()
			return nil, err
		}
		s.carriers = append(s.carriers, connected{
			c, connection, newDirect(c.Limits.PerSecond, c.CallsBack() || cfg.sweeps(c), connection.Slots()), &polls{perSecond: c.Limits.PerSecond},
		})
		reader, ok := connection.(carriers.CallbackReader)
		if !ok || c.Callback == nil {
			continue
		}
		authenticator, err := c.Callback.Authenticator()
		if err != nil {
			s.close()
			return nil, err
		}
		s.callbacks[c.Carrier] = callback.Source{Decode: callback.DecoderOf(reader), Auth: authenticator}
	}
	return s, nil
}
