package service

import (
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
)

// limited is a carrier's activities with their rate limit.
type limited struct {
	activities.Set
	perSecond float64
}

// carrierSets builds the activities of every carrier that has a base URL. A new carrier is one more block here.
func carrierSets(cfg Config, log *zap.Logger) (sets []limited, closeAll func(), err error) {
	var closers []func()
	closeAll = func() {
		for _, c := range closers {
			c()
		}
	}
	if cfg.Dish.BaseURL != "" {
		client, err := dish.New(cfg.Dish, log)
		if err != nil {
			return nil, closeAll, err
		}
		closers = append(closers, client.Close)
		sets = append(sets, limited{activities.Dish(client), cfg.DishPerSecond})
	}
	if cfg.STN.BaseURL != "" {
		client, err := stn.New(cfg.STN, log)
		if err != nil {
			return nil, closeAll, err
		}
		closers = append(closers, client.Close)
		sets = append(sets, limited{activities.STN(client), cfg.STNPerSecond})
	}
	if cfg.MasMovil.BaseURL != "" {
		client, err := masmovil.New(cfg.MasMovil, log)
		if err != nil {
			return nil, closeAll, err
		}
		closers = append(closers, client.Close)
		sets = append(sets, limited{activities.MasMovil(client), cfg.MasMovilPerSecond})
	}
	return sets, closeAll, nil
}
