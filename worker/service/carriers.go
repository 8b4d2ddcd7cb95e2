package service

import (
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/worker/callback"
	"github.com/carrierflow/carrierflow/workflows"
)

// limited is a carrier's activities with their rate limit, and with the connections they have in this process.
type limited struct {
	activities.Set
	perSecond   float64
	connections int
}

// served is what the worker does for the configured carriers.
type served struct {
	sets []limited
	// callbacks are the carriers that call back. DISH alone documents that it does (SPS - Subscriptions v5).
	callbacks map[carriers.Carrier]callback.Source
	clients   []interface{ Close() }
}

// close gives the connections to the carriers back.
func (s *served) close() {
	for _, c := range s.clients {
		c.Close()
	}
}

// serve prepares every carrier that has a base URL. A new carrier is one more block here.
func serve(cfg Config, telemetry *telemetry, log *zap.Logger) (*served, error) {
	s := &served{callbacks: map[carriers.Carrier]callback.Source{}}
	if cfg.Dish.BaseURL != "" {
		cfg.Dish.OnOutage = telemetry.countOutages(carriers.DISH)
		client, err := dish.New(dish.Config(cfg.Dish), log)
		if err != nil {
			return nil, err
		}
		authenticator, err := cfg.DishCallback.Authenticator()
		if err != nil {
			return nil, err
		}
		s.clients = append(s.clients, client)
		s.sets = append(s.sets, limited{activities.Dish(client), cfg.DishPerSecond, cfg.Dish.Slots()})
		s.callbacks[carriers.DISH] = callback.Source{Decode: dishNotices(client), Auth: authenticator}
	}
	if cfg.STN.BaseURL != "" {
		cfg.STN.OnOutage = telemetry.countOutages(carriers.STN)
		client, err := stn.New(stn.Config(cfg.STN), log)
		if err != nil {
			return nil, err
		}
		s.clients = append(s.clients, client)
		s.sets = append(s.sets, limited{activities.STN(client), cfg.STNPerSecond, cfg.STN.Slots()})
	}
	if cfg.MasMovil.BaseURL != "" {
		cfg.MasMovil.OnOutage = telemetry.countOutages(carriers.MasMovil)
		client, err := masmovil.New(masmovil.Config(cfg.MasMovil), log)
		if err != nil {
			return nil, err
		}
		s.clients = append(s.clients, client)
		s.sets = append(s.sets, limited{activities.MasMovil(client), cfg.MasMovilPerSecond, cfg.MasMovil.Slots()})
	}
	return s, nil
}

// dishNotices decodes a callback of DISH for the receiver.
func dishNotices(client *dish.Client) callback.Decoder {
	return func(body []byte) ([]callback.Notice, error) {
		read, err := client.DecodeCallbacks(body)
		if err != nil {
			return nil, err
		}
		notices := make([]callback.Notice, len(read))
		for i, c := range read {
			notices[i] = callback.Notice{Reference: c.PartnerTransactionID, At: c.At, Callback: workflows.Callback{
				State: c.State, Status: c.Status, Code: c.Code, Reason: c.Reason, EventID: c.EventID,
			}}
		}
		return notices, nil
	}
}
