package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

const (
	metricReady = "start to ready"
	metricHelp  = "starter --help"
)

// measureStartup starts the worker and the starter anew in every round.
func measureStartup(ctx context.Context, b *bench, m *measured) (err error) {
	t, err := newTemporalContestants(ctx, b, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	contestants := []*contestant{{name: "ours", host: t.oursHost}, {name: nameTextbook, host: t.othersHost}}
	return b.inTurns(ctx, contestants, func(ctx context.Context, c *contestant) error {
		c.host.process.Kill()
		began := time.Now()
		if err := c.host.relaunch(ctx); err != nil {
			return err
		}
		took := time.Since(began)
		m.add(metricReady, "ms", "worker", c.name, float64(took.Microseconds())/1000)
		b.line("%-10s ready after %s", c.name, took.Round(time.Millisecond))
		if c.host != t.oursHost {
			return nil
		}
		began = time.Now()
		if out, err := exec.CommandContext(ctx, b.programs.Starter, "--help").CombinedOutput(); err != nil {
			return fmt.Errorf("starter --help: %w: %s", err, out)
		}
		m.add(metricHelp, "ms", "starter", c.name, float64(time.Since(began).Microseconds())/1000)
		return nil
	})
}
