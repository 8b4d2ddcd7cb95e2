package main

import (
	"context"
	"errors"
	"time"

	"github.com/carrierflow/carrierflow/lab/stack"
)

const (
	metricCallbackAfterKill = "worker launched to closed, callback sent while it was down"
	metricCheckAfterKill    = "worker launched to the next poll"
	// recoveryPoll is the time between two polls of the operation that is waiting when the worker is killed.
	recoveryPoll = time.Second
)

// measureRecovery kills the worker while an operation waits, lets the carrier decide, and launches it again. The callback is sent while
// no worker runs and is sent again by the carrier.
func measureRecovery(ctx context.Context, b *bench, m *measured) (err error) {
	t, err := newTemporalContestants(ctx, b, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	m.note("The worker is killed and launched again at once. A carrier sends a callback that is not answered again after 0.25 s, then after twice as long each time.")
	for _, one := range []struct {
		metric      string
		contestants []*contestant
	}{
		{metricCallbackAfterKill, []*contestant{t.noConfirm, t.textbook}},
		{metricCheckAfterKill, []*contestant{t.asking(t.oursHost, namePolled, ""), t.asking(t.othersHost, nameTimerPoll, timerPollFlow)}},
	} {
		err := b.inTurns(ctx, one.contestants, func(ctx context.Context, c *contestant) error {
			took, err := c.recover(ctx, one.metric == metricCallbackAfterKill)
			if err == nil {
				m.add(one.metric, "ms", "", c.name, float64(took.Microseconds())/1000)
				b.line("%-20s %s: %s", c.name, one.metric, took.Round(time.Millisecond))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// asking is a contestant whose operations are polled until they are decided by hand.
func (t *temporalContestants) asking(h *host, name, workflowType string) *contestant {
	shape := onSTN(func(op *operation) { op.pollEvery = recoveryPoll })
	if workflowType == "" {
		return ours(name, h, shape)
	}
	return flow(name, workflowType, h, shape)
}

// recover carries out one operation through a worker that is killed.
func (c *contestant) recover(ctx context.Context, byCallback bool) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	op := c.operation(-1)
	ended := make(chan error, 1)
	go func() { ended <- c.carryOut(ctx, op) }()
	select {
	case <-op.answered:
	case err := <-ended:
		return 0, err
	}
	if byCallback {
		pause(ctx, time.Second) // until the operation waits
	} else if err := stack.Until(ctx, "the operation is polled", 5*time.Millisecond, func() (bool, error) { return op.wasAsked() >= 2, nil }); err != nil {
		return 0, err
	} else {
		pause(ctx, recoveryPoll/2) // between two polls
	}
	c.host.process.Kill()
	if byCallback {
		if err := c.host.carrier.decide(op); err != nil {
			return 0, err
		}
	}
	before, launched := op.wasAsked(), time.Now()
	if err := c.host.relaunch(ctx); err != nil {
		return 0, err
	}
	took := time.Duration(0)
	if !byCallback {
		if err := stack.Until(ctx, "the operation is polled again", time.Millisecond, func() (bool, error) { return op.wasAsked() > before, nil }); err != nil {
			return 0, err
		}
		took = time.Since(launched)
		if err := c.host.carrier.decide(op); err != nil {
			return 0, err
		}
	}
	err := <-ended
	if byCallback {
		took = op.closed.Sub(launched)
	}
	return took, errors.Join(err, ctx.Err())
}
