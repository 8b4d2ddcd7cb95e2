package main

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// carryOut runs one operation from its start to its end.
func (c *contestant) carryOut(ctx context.Context, op *operation) error {
	c.host.carrier.expect(op)
	defer c.host.carrier.forget(op)
	op.started = time.Now()
	if err := c.start(ctx, op); err != nil {
		return fmt.Errorf("%s: starting an operation: %w", c.name, err)
	}
	if err := c.wait(ctx, op); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}

// operation makes an operation of the contestant's shape, decided some time after its acknowledgement unless by polls.
func (c *contestant) operation(after time.Duration) *operation {
	op := newOperation(calling)
	op.after = after
	c.shape(op)
	return op
}

// onSTN is a shape at the carrier that has to be asked.
func onSTN(shape func(*operation)) func(*operation) {
	return func(op *operation) {
		made := newOperation(asked)
		op.carrier, op.reference, op.line = made.carrier, made.reference, made.line
		shape(op)
	}
}

// round is what was measured of one contestant in one round.
type round struct {
	perSecond float64 // operations that ended in the window
	// For each of them: CPU of the worker and of the server in milliseconds, instructions and allocated bytes of the worker.
	cpu, serverCPU, instructions, allocated float64
	// byCallback is the share that a callback decided.
	byCallback float64
	ended      []*operation
}

// window is a time in which a contestant is measured.
type window struct {
	c            *contestant
	from         time.Time
	usage        usage
	server       time.Duration
	counting     *counter
	instructions float64
}

func (c *contestant) openWindow() *window {
	return &window{c: c, counting: count(c.host.process.PID()), usage: c.host.usage(), server: c.host.serverCPU(), from: time.Now()}
}

// close ends the window: from here on usage holds what was used in it.
func (w *window) close() {
	w.instructions = w.counting.stop()
	used := w.c.host.usage()
	w.usage = usage{used.cpu - w.usage.cpu, used.allocated - w.usage.allocated}
	w.server = w.c.host.serverCPU() - w.server
}

// counted is the share of operations whose ends make the throughput. A single one whose task got lost between Temporal and a worker on
// a busy machine ends only after a timeout, and would otherwise decide the figure.
const counted = 0.95

// round is that of the operations that were carried out in the window, which has been closed.
func (w *window) round(all []*operation) round {
	callbacks, ends := 0, make([]float64, len(all))
	for i, op := range all {
		ends[i] = op.closed.Sub(w.from).Seconds()
		if op.byCallback {
			callbacks++
		}
	}
	n := float64(len(all))
	if n == 0 {
		n = math.NaN()
	}
	return round{
		ended: all, perSecond: counted * n / percentile(ends, counted), cpu: w.usage.cpu.Seconds() * 1000 / n, serverCPU: w.server.Seconds() * 1000 / n,
		allocated: w.usage.allocated / n, instructions: w.instructions / n, byCallback: float64(callbacks) / n,
	}
}

// collected are the operations that have ended.
type collected struct {
	mu  sync.Mutex
	all []*operation
}

func (c *collected) add(op *operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, op)
}

// closedLoop keeps a number of operations in flight for a time: when one ends the next is started. It returns when all have ended, and
// measures from the first start to the last end, because operations that are started together stay together: a shorter window would
// see a part of a wave.
func (c *contestant) closedLoop(ctx context.Context, inFlight int, after, during time.Duration) (round, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var ended collected
	var running sync.WaitGroup
	w := c.openWindow()
	for range inFlight {
		running.Go(func() {
			for time.Since(w.from) < during && ctx.Err() == nil {
				op := c.operation(after)
				if err := c.carryOut(ctx, op); err != nil {
					cancel(err)
					return
				}
				ended.add(op)
			}
		})
	}
	running.Wait()
	w.close()
	return w.round(ended.all), context.Cause(ctx)
}

// openLoop starts operations at a rate, whether or not earlier ones have ended, and returns when all have ended.
func (c *contestant) openLoop(ctx context.Context, perSecond float64, after, during time.Duration) (round, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var ended collected
	var running sync.WaitGroup
	w := c.openWindow()
	ticks := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer ticks.Stop()
	for range max(1, int(during.Seconds()*perSecond)) {
		op := c.operation(after)
		running.Go(func() {
			if err := c.carryOut(ctx, op); err != nil {
				cancel(err)
				return
			}
			ended.add(op)
		})
		select {
		case <-ticks.C:
		case <-ctx.Done():
		}
	}
	running.Wait()
	w.close()
	return w.round(ended.all), context.Cause(ctx)
}

// pause returns when a time has passed or the context has ended.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
