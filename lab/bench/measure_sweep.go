package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/lab/stack"
)

const (
	metricRequestsPerDecided = "carrier requests per decided operation, without pages"
	metricRequestsAll        = "carrier requests"
	metricPages              = "pages of the list"
	metricRefused            = "requests above the carrier's limit"
	metricDecidedToClosed    = "decided to closed"
	metricSending            = "until all are sent"
	metricEnding             = "until all the others have completed"

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
	fill := b.sizes.SweepFill
	h, err := s.ours(ctx, "default", perSecond(fill), "STN_SWEEP="+switches[sweep])
	if err != nil {
		return err
	}
	h.carrier.allow(fill)
	circumstances, c := inFlightCase(inFlight), ours("sweep "+sweep, h, onSTN(confirmed))
	if fill > carrierLimit {
		c.shape = longWaiting(c.shape, inFlight)
		m.note("%s were sent faster than at %d a second, before the worker got that limit, and those that were not decided in time ended faster after it. They are "+
			"overdue after a day, and their own first checks come at random times. Such a check asks the carrier only when a sweep should long have told: with "+
			"%s after %s. From then on the polls take at most a tenth of the limit, %s a second.",
			thousands(int64(inFlight)), carrierLimit, thousands(int64(inFlight)), pollsApart(inFlight).Round(time.Minute), number(sweptPolls))
	}
	began := time.Now()
	all, err := c.fill(ctx, inFlight)
	if err != nil {
		return err
	}
	m.add(metricSending, "s", circumstances, c.name, time.Since(began).Seconds())
	m.add(metricMemory, "MiB", circumstances, c.name, residentMiB(h.process.PID()))
	b.line("%s, %s: all are sent after %s; the worker has %.0f MiB", circumstances, c.name, time.Since(began).Round(time.Second), residentMiB(h.process.PID()))
	if err := h.limited(ctx, carrierLimit, fill); err != nil {
		return err
	}

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
	b.line("%s, %s: %.2f requests for each that was decided and %d pages, closed after %.1f s (p95)", circumstances, c.name, float64(requests-pages)/n, pages,
		percentile(toClosed(decided), 0.95)/1000)

	if err := errors.Join(b.save(), h.limited(ctx, fill, carrierLimit)); err != nil {
		return err
	}
	began = time.Now()
	if err := c.decideTheOthers(ctx, all); err != nil {
		return err
	}
	m.add(metricEnding, "s", circumstances, c.name, time.Since(began).Seconds())
	b.line("%s, %s: all %d have completed, the others within %s", circumstances, c.name, inFlight, time.Since(began).Round(time.Second))
	return nil
}

// perSecond is the setting of the worker's limit.
func perSecond(limit float64) string { return fmt.Sprintf("STN_PER_SECOND=%g", limit) }

// limited starts the worker anew with a limit, and sets the carrier's, unless both have it already.
func (h *host) limited(ctx context.Context, limit, before float64) error {
	if limit == before {
		return nil
	}
	if err := h.process.Stop(stack.Patience); err != nil {
		return err
	}
	h.carrier.allow(limit)
	h.env = append(h.env, perSecond(limit))
	return h.relaunch(ctx)
}

// sweptPolls is how many polls a second the operations of a carrier that is swept make at most: a tenth of its limit.
const sweptPolls = 0.1 * carrierLimit

// pollsApart is how far apart the polls of an operation are that a sweep tells, so that those of all are no more than sweptPolls.
func pollsApart(inFlight int) time.Duration {
	return time.Duration(float64(inFlight) / sweptPolls * float64(time.Second))
}

// longWaiting is the shape of operations that are sent faster than the carrier's limit: their own first checks come at random times, so
// that not all of them come at once. Operations that wait in such numbers take long, so they are not overdue soon.
func longWaiting(shape func(*operation), inFlight int) func(*operation) {
	return func(op *operation) {
		shape(op)
		op.pollEvery = time.Minute + time.Duration(rand.Float64()*float64(pollsApart(inFlight)))
		op.overdueAfter = 24 * time.Hour
	}
}

// decideTheOthers decides all that are not decided, and returns when every operation has completed.
func (c *contestant) decideTheOthers(ctx context.Context, all []*operation) error {
	for _, op := range all {
		if !op.isDecided() {
			if err := c.host.carrier.decide(op); err != nil {
				return err
			}
		}
	}
	const ofType = "WorkflowType = 'stn.SetServices' AND ExecutionStatus = "
	count := func(status string) (int64, error) {
		answer, err := c.host.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: ofType + status})
		return answer.GetCount(), err
	}
	open, since := int64(len(all)), time.Now()
	for open > 0 {
		pause(ctx, 2*time.Second)
		now, err := count("'Running'")
		switch {
		case err != nil:
			return err
		case now < open:
			since = time.Now()
		case time.Since(since) > closingWithin:
			return fmt.Errorf("%d operations that were decided do not end", now)
		}
		open = now
	}
	if completed, err := count("'Completed'"); err != nil || completed != int64(len(all)) {
		return fmt.Errorf("%d of %d operations have completed (%w)", completed, len(all), err)
	}
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
