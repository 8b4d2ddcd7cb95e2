package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	metricRequestsPerDecided = "carrier requests per decided operation, without pages"
	metricRequestsAll        = "carrier requests"
	metricPages              = "pages of the list"
	metricRefused            = "requests above the carrier's limit"
	metricDecidedToClosed    = "decided to closed"
	metricSending            = "until all are sent"

	// carrierLimit is how many requests a second the carrier answers; the worker is given the same limit.
	carrierLimit = 20
	// closingWithin bounds how long after the last decision the last operation may end. When many wait it is longer: until each has been
	// asked about twice.
	closingWithin = 20 * time.Minute
)

// measureSweep lets operations wait at a carrier that has to be asked and allows 20 requests a second, and decides some of them at a
// steady rate: with the sweep of the carrier's list, and without it.
func measureSweep(ctx context.Context, b *bench, m *measured) error {
	m.Rounds = 1
	m.note("%d operations are decided, %s a second, from the oldest to the youngest; the worker has the timings that are the default.", b.sizes.SweepDecided, number(b.sizes.SweepRate))
	for _, inFlight := range b.sizes.SweepInFlight {
		for _, sweep := range b.sizes.Sweep {
			if err := b.sweep(ctx, m, inFlight, sweep); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) sweep(ctx context.Context, m *measured, inFlight int, sweep string) (err error) {
	s, err := newServer(ctx, b.programs, b.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.closers.closeAll()) }()
	h, err := s.ours(ctx, "default", fmt.Sprintf("STN_PER_SECOND=%d", carrierLimit), "STN_SWEEP="+switches[sweep])
	if err != nil {
		return err
	}
	h.carrier.allow(carrierLimit)
	c := ours("sweep "+sweep, h, onSTN(confirmed))
	circumstances := inFlightCase(inFlight)
	began := time.Now()
	all, err := c.fill(ctx, inFlight)
	if err != nil {
		return err
	}
	m.add(metricSending, "s", circumstances, c.name, time.Since(began).Seconds())
	b.line("%s, %s: all are sent after %s", circumstances, c.name, time.Since(began).Round(time.Second))

	requests, refused, pages := h.carrier.requests.Load(), h.carrier.refused.Load(), h.carrier.pages.Load()
	decided, err := c.decideSteadily(ctx, all, min(b.sizes.SweepDecided, inFlight), b.sizes.SweepRate)
	if err != nil {
		return err
	}
	requests, refused, pages = h.carrier.requests.Load()-requests, h.carrier.refused.Load()-refused, h.carrier.pages.Load()-pages
	n := float64(len(decided))
	m.add(metricRequestsPerDecided, "", circumstances, c.name, float64(requests-pages)/n)
	m.add(metricPages, "", circumstances, c.name, float64(pages))
	m.add(metricRequestsAll, "", circumstances, c.name, float64(requests))
	m.add(metricRefused, "", circumstances, c.name, float64(refused))
	for _, p := range latencyShares {
		m.add(metricDecidedToClosed, "s", caseOf(circumstances, p.name), c.name, percentile(toClosed(decided), p.share)/1000)
	}
	b.line("%s, %s: %.1f requests for each that was decided and %d pages, closed after %.1f s (p95)", circumstances, c.name, float64(requests-pages)/n, pages,
		percentile(toClosed(decided), 0.95)/1000)
	return nil
}

// switches are the values of the variable that turns the sweep on and off.
var switches = map[string]string{"on": "true", "off": "false"}

// decideSteadily decides some of the operations at a rate, spread over all of them, and returns when those have ended.
func (c *contestant) decideSteadily(ctx context.Context, all []*operation, n int, perSecond float64) ([]*operation, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	within := max(closingWithin, 2*time.Duration(len(all)/carrierLimit)*time.Second)
	late := time.AfterFunc(time.Duration(float64(n)/perSecond*float64(time.Second))+within, func() {
		cancel(errors.New("operations that were decided do not end"))
	})
	defer late.Stop()
	ticks := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer ticks.Stop()
	var ended collected
	var running sync.WaitGroup
	for i := range n {
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		op := all[i*len(all)/n]
		if err := c.host.carrier.decide(op); err != nil {
			return nil, err
		}
		running.Go(func() {
			if err := c.wait(ctx, op); err != nil {
				cancel(err)
				return
			}
			ended.add(op)
		})
	}
	running.Wait()
	return ended.all, context.Cause(ctx)
}
