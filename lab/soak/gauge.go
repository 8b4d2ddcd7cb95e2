package main

import (
	"context"
	"fmt"
	"time"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// level is the resources that a process uses.
type level struct {
	goroutines int
	heap       float64   // MiB
	collected  time.Time // the last garbage collection
}

func (l level) String() string {
	return fmt.Sprintf("%d goroutines, %.1f MiB heap", l.goroutines, l.heap)
}

// plus is a level with an allowance added.
func (l level) plus(goroutines int, heap float64) level {
	return level{goroutines: l.goroutines + goroutines, heap: l.heap + heap}
}

// gauge reads levels from a worker's metrics.
type gauge struct{ url string }

const (
	every = 500 * time.Millisecond
	// rest is how long a worker is idle before it is measured.
	rest = 10 * time.Second
)

// idle is the level after a rest and a garbage collection.
func (g gauge) idle(ctx context.Context) (level, error) {
	idleSince := time.Now().Add(rest)
	return g.until(ctx, 3*time.Minute, func(l level) bool { return l.collected.After(idleSince) })
}

// returned is the first level within bounds; it returns an error when there is none in the time.
func (g gauge) returned(ctx context.Context, bounds level, within time.Duration) (level, error) {
	idleSince := time.Now()
	last, err := g.until(ctx, within, func(l level) bool {
		return l.collected.After(idleSince) && l.goroutines <= bounds.goroutines && l.heap <= bounds.heap
	})
	if err != nil {
		return last, fmt.Errorf("the worker did not return to %s: %w", bounds, err)
	}
	return last, nil
}

// until reads until a level meets a condition, and returns the last one read.
func (g gauge) until(ctx context.Context, within time.Duration, wanted func(level) bool) (last level, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		now, err := g.read(ctx)
		if err == nil {
			last = now
			if wanted(now) {
				return now, nil
			}
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			if err == nil {
				err = ctx.Err()
			}
			return last, err
		}
	}
}

func (g gauge) read(ctx context.Context) (level, error) {
	values, err := stack.Metrics(ctx, g.url)
	if err != nil {
		return level{}, err
	}
	l := level{
		goroutines: int(values["go_goroutines"]), heap: values["go_memstats_heap_alloc_bytes"] / (1 << 20),
		collected: time.UnixMilli(int64(1000 * values["go_memstats_last_gc_time_seconds"])),
	}
	if l.goroutines == 0 || l.heap == 0 {
		return level{}, fmt.Errorf("%s shows no goroutines or no heap", g.url)
	}
	return l, nil
}
