package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The metrics of latency. Each has a figure for every round.
const (
	metricToCarrier = "start to carrier"
	metricToClosed  = "callback to closed"
)

// latencyShares are the percentiles that are shown.
var latencyShares = []struct {
	name  string
	share float64
}{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}

const (
	// latencyDecision is how long after its acknowledgement an operation is decided: it waits by then.
	latencyDecision = time.Second
	// calibration is how long the slowest contestant runs at its limit, to learn what half of it is.
	calibration = 4 * time.Second
	// latencyRound is how long operations are started in a round.
	latencyRound = 8 * time.Second
)

// measureLatency starts operations at half the rate that the slowest contestant can do, the same for all.
func measureLatency(ctx context.Context, b *bench, m *measured) (err error) {
	t, err := newTemporalContestants(ctx, b, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	limit, err := t.ours.closedLoop(ctx, load50.inFlight, load50.after, calibration)
	if err != nil {
		return err
	}
	half := max(1, limit.perSecond/2)
	m.note("Half load is %s operations a second: half of what ours, confirmed, did at 50 in flight in this run.", number(half))
	return b.inTurns(ctx, []*contestant{t.ours, t.noConfirm, t.textbook, t.bare}, func(ctx context.Context, c *contestant) error {
		r, err := c.openLoop(ctx, half, latencyDecision, latencyRound)
		if err != nil {
			return err
		}
		m.addLatency("", c, r)
		first := "does not call the carrier"
		if !c.offCarrier {
			first = fmt.Sprintf("start to carrier %6.0f ms", percentile(toCarrier(r.ended), 0.5))
		}
		b.line("%-18s %s, callback to closed %6.0f ms (p50 of %d)", c.name, first, percentile(toClosed(r.ended), 0.5), len(r.ended))
		return nil
	})
}

// addLatency records the percentiles of a round.
func (m *measured) addLatency(circumstances string, c *contestant, r round) {
	for _, p := range latencyShares {
		circumstances := caseOf(circumstances, p.name)
		if !c.offCarrier {
			m.add(metricToCarrier, "ms", circumstances, c.name, percentile(toCarrier(r.ended), p.share))
		}
		m.add(metricToClosed, "ms", circumstances, c.name, percentile(toClosed(r.ended), p.share))
	}
}

// caseOf joins what makes a case.
func caseOf(circumstances, more string) string {
	if circumstances == "" {
		return more
	}
	return circumstances + ", " + more
}

func toCarrier(all []*operation) []float64 {
	durations := make([]time.Duration, len(all))
	for i, op := range all {
		durations[i] = op.toCarrier()
	}
	return milliseconds(durations)
}

func toClosed(all []*operation) []float64 {
	durations := make([]time.Duration, len(all))
	for i, op := range all {
		durations[i] = op.toClosed()
	}
	return milliseconds(durations)
}
