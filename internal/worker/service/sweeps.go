package service

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/worker/callback"
	"github.com/carrierflow/carrierflow/internal/worker/swept"
	"github.com/carrierflow/carrierflow/workflows"
)

// SweepConfig says whether and how a carrier's list of requests is swept. All workers need the same.
type SweepConfig struct {
	On    *bool         `name:"sweep" env:"SWEEP" negatable:"" help:"Read the list of requests, and tell waiting operations what was decided; the same for all workers. Without it this is done where it costs no more than what is decided."`
	Every time.Duration `name:"sweep-every" env:"SWEEP_EVERY" default:"30s" help:"Time from one pass over the list to the next (ours)."`
}

// sweeps reports whether a carrier is swept. Without the secret the operations of a line cannot be found.
func (c Config) sweeps(one CarrierConfig) bool {
	if one.Sweep == nil || c.LineKey == "" {
		return false
	}
	if one.Sweep.On != nil {
		return *one.Sweep.On
	}
	return !one.Adapter.Sweep.WholeList
}

// sweepsPerSecond is how many pages a sweep reads at most in a second.
func (c Config) sweepsPerSecond(one CarrierConfig) float64 {
	if !c.sweeps(one) {
		return 0
	}
	return one.Limits.PerSecond * sweepShare
}

// Swept reports whether this configuration sweeps an operation type: then a sweep tells its operations what was decided.
func (c Config) Swept(operation string) bool {
	for _, one := range c.served() {
		if one.Sweeps(operation) {
			return c.sweeps(one)
		}
	}
	return false
}

// sweeps are the activities that sweep, by carrier.
type sweeps map[carriers.Carrier]*activities.Sweeper

// newSweeps makes them for all served carriers with a list: also for one that is not swept, because a sweep that was started before
// has to end.
func newSweeps(cfg Config, served []connected, temporal client.Client, options client.Options, log *zap.Logger) sweeps {
	made := sweeps{}
	for _, one := range served {
		if one.Sweep == nil {
			continue
		}
		sweeper := &activities.Sweeper{
			Adapter: one.Adapter, Connection: one.connection, On: cfg.sweeps(one.CarrierConfig), Every: one.Sweep.Every, Log: log.Named("sweep"),
		}
		if sweeper.On {
			sweeper.PerPage = time.Duration(float64(time.Second) / cfg.sweepsPerSecond(one.CarrierConfig))
		}
		teller := &swept.Teller{
			Adapter: one.Adapter, Secret: string(cfg.LineKey), Previous: string(cfg.LineKeyPrevious), Lister: temporal, Turns: temporal,
			Sender: callback.NewSender(callback.Options{
				Temporal: temporal, Namespace: options.Namespace, Identity: options.Identity, Converter: options.DataConverter,
			}),
		}
		sweeper.Tell = teller.Tell
		made[one.Carrier] = sweeper
	}
	return made
}

// start starts the workflows of the sweeps, unless they are open.
func (s sweeps) start(ctx context.Context, temporal client.Client) error {
	for _, a := range registry.Carriers() {
		sweeper := s[a.Carrier]
		if sweeper == nil || !sweeper.On {
			continue
		}
		if _, err := temporal.ExecuteWorkflow(ctx, workflows.SweepOptions(a.Carrier), workflows.SweepType); err != nil {
			return fmt.Errorf("starting the sweep of %s: %w", a.Name, err)
		}
	}
	return nil
}
