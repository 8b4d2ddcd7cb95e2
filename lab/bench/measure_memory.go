package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	metricMemory     = "worker memory"
	metricPerWaiting = "worker memory per waiting operation"
	metricGoroutines = "goroutines"
	metricWaitingCPU = "worker CPU while they wait"
	// starters is how many operations are started at the same time.
	starters = 32
)

// measureMemory lets operations wait and looks at the worker. Each contestant has a server of its own, which is thrown away with the
// operations. It is done once, not in rounds.
func measureMemory(ctx context.Context, b *bench, m *measured) error {
	m.Rounds = 1
	m.note("Measured once, not in rounds. While they wait, ours polls each at the default interval, and no rate limit slows that down.")
	for _, inFlight := range b.sizes.InFlight {
		for _, choose := range []func(*temporalContestants) *contestant{
			func(t *temporalContestants) *contestant { return t.noConfirm },
			func(t *temporalContestants) *contestant { return t.textbook },
		} {
			if err := b.memoryOf(ctx, m, inFlight, choose); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) memoryOf(ctx context.Context, m *measured, inFlight int, choose func(*temporalContestants) *contestant) (err error) {
	t, err := newTemporalContestants(ctx, b, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	c := choose(t)
	pid := c.host.process.PID()
	pause(ctx, 2*time.Second) // the pollers are connected
	idle := residentMiB(pid)
	m.add(metricMemory, "MiB", inFlightCase(0), c.name, idle)
	began := time.Now()
	if _, err := c.fill(ctx, inFlight); err != nil {
		return err
	}
	b.line("%s: %d wait after %s", c.name, inFlight, time.Since(began).Round(time.Second))
	pause(ctx, 5*time.Second)
	full := residentMiB(pid)
	m.add(metricMemory, "MiB", inFlightCase(inFlight), c.name, full)
	m.add(metricPerWaiting, "KiB", inFlightCase(inFlight), c.name, (full-idle)*1024/float64(inFlight))
	if values, err := stack.Metrics(ctx, c.host.metrics); err == nil {
		m.add(metricGoroutines, "", inFlightCase(inFlight), c.name, values["go_goroutines"])
	}
	before, from := c.host.usage(), time.Now()
	pause(ctx, 10*time.Second)
	used := c.host.usage().cpu - before.cpu
	b.line("%s: %.0f MiB with nothing in flight, %.0f MiB with %d", c.name, idle, full, inFlight)
	m.add(metricWaitingCPU, "ms/s", inFlightCase(inFlight), c.name, float64(used.Milliseconds())/time.Since(from).Seconds())
	return nil
}

func inFlightCase(n int) string {
	if n == 0 {
		return "nothing in flight"
	}
	return number(float64(n)) + " in flight"
}

// inFlightOf reads the number of a case; 0 where nothing is in flight.
func inFlightOf(circumstances string) int {
	n := 0
	_, _ = fmt.Sscanf(withoutCommas(circumstances), "%d", &n) // it begins with a word where there is none
	return n
}

// fill starts operations that nobody decides, and returns when the carrier has all of them.
func (c *contestant) fill(ctx context.Context, n int) ([]*operation, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := make([]*operation, n)
	todo := make(chan int, n)
	for i := range all {
		all[i] = c.operation(-1)
		c.host.carrier.expect(all[i])
		todo <- i
	}
	close(todo)
	var running sync.WaitGroup
	for range starters {
		running.Go(func() {
			for i := range todo {
				all[i].started = time.Now()
				if err := c.startAtLast(ctx, all[i]); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	running.Wait()
	for _, op := range all {
		select {
		case <-op.answered:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return all, nil
}

// startAtLast starts an operation, and tries again for a while when that fails, as a caller would: to fill a server with many operations
// takes long, and the machine may have other work meanwhile. Who starts one twice is told that it is there.
func (c *contestant) startAtLast(ctx context.Context, op *operation) error {
	for until := time.Now().Add(closingWithin); ; pause(ctx, time.Second) {
		err := c.start(ctx, op)
		if _, started := errors.AsType[*workflows.DuplicateError](err); started {
			return nil
		}
		if err == nil || ctx.Err() != nil || time.Now().After(until) {
			return err
		}
	}
}
