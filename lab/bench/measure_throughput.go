package main

import (
	"context"
	"errors"
	"time"
)

// load is how a closed loop is run.
type load struct {
	name     string
	inFlight int
	// after is how long after its acknowledgement an operation is decided: long enough that it waits by then, and the same for all.
	after time.Duration
	// during is how long new ones are started.
	during time.Duration
}

var (
	load50  = load{"50 in flight", 50, 400 * time.Millisecond, 4 * time.Second}
	load300 = load{"300 in flight", 300, 2500 * time.Millisecond, 5 * time.Second}
)

// The metrics of a round.
const (
	metricThroughput   = "operations per second"
	metricCPU          = "worker CPU per operation"
	metricServerCPU    = "server CPU per operation"
	metricInstructions = "worker instructions per operation"
	metricAllocated    = "allocated by the worker per operation"
	metricByCallback   = "decided by a callback"
)

// addRound records what a round shows.
func (m *measured) addRound(circumstances, contestant string, r round) {
	m.add(metricThroughput, "/s", circumstances, contestant, r.perSecond)
	m.add(metricCPU, "ms", circumstances, contestant, r.cpu)
	m.add(metricServerCPU, "ms", circumstances, contestant, r.serverCPU)
	m.add(metricInstructions, "million", circumstances, contestant, r.instructions/1e6)
	m.add(metricAllocated, "KiB", circumstances, contestant, r.allocated/1024)
}

// everyPoll is the time between two polls under load; the server makes retries about once a second, so a shorter one would not be kept.
const everyPoll = time.Second

// measureThroughput runs closed loops.
func measureThroughput(ctx context.Context, b *bench, m *measured) (err error) {
	t, err := newTemporalContestants(ctx, b, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	for _, one := range []struct {
		load
		contestants []*contestant
	}{
		{load50, []*contestant{t.ours, t.noConfirm, t.noOrder, t.textbook, t.empty}},
		{load300, []*contestant{t.ours, t.noConfirm, t.textbook, t.empty, t.polled(5), t.timerPoll(5)}},
	} {
		if err := b.closedLoops(ctx, m, one.load, one.contestants...); err != nil {
			return err
		}
	}
	return nil
}

// closedLoops runs rounds of closed loops.
func (b *bench) closedLoops(ctx context.Context, m *measured, l load, contestants ...*contestant) error {
	return b.inTurns(ctx, contestants, func(ctx context.Context, c *contestant) error {
		r, err := c.closedLoop(ctx, l.inFlight, l.after, l.during)
		if err != nil {
			return err
		}
		m.addRound(l.name, c.name, r)
		b.line("%s  %-34s %6.1f /s  %6.2f ms CPU", l.name, c.name, r.perSecond, r.cpu)
		if isOurs(c.name) && r.byCallback > 0 {
			m.add(metricByCallback, "share", l.name, c.name, r.byCallback)
		}
		return nil
	})
}
