package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/cost"
	"github.com/carrierflow/carrierflow/workflows"
)

// The metrics of an operation's cost.
const (
	metricEvents      = "events"
	metricTransitions = "state transitions"
	metricActions     = "actions"
	metricLocal       = "actions of local activities"
	metricBytes       = "history"

	// Cases: the operation, and the workflow of its line.
	caseOperation = "the operation"
	caseLine      = "its line"
)

func (m *measured) addCost(circumstances, contestant string, c cost.Cost) {
	m.add(metricEvents, "", circumstances, contestant, float64(c.Events))
	m.add(metricTransitions, "", circumstances, contestant, float64(c.Transitions))
	m.add(metricActions, "", circumstances, contestant, float64(c.Actions))
	m.add(metricLocal, "", circumstances, contestant, float64(c.LocalActivities))
	m.add(metricBytes, "bytes", circumstances, contestant, float64(c.Bytes))
}

// shortPoll makes polls follow as fast as the server lets them.
const shortPoll = 50 * time.Millisecond

// measureCost carries out one operation after the other on an idle machine, so that each does the same in every run: the carrier decides
// only when nothing of the operation is about to be done.
func measureCost(ctx context.Context, b *bench, m *measured) (err error) {
	t, err := newTemporalContestants(ctx, b, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	m.Rounds = 1
	for _, c := range []*contestant{t.ours, t.noConfirm, t.noOrder, t.textbook, t.bare} {
		if err := b.costOf(ctx, m, c); err != nil {
			return err
		}
	}
	for _, polls := range b.sizes.Polls {
		for _, c := range []*contestant{t.polled(polls), t.timerPoll(polls)} {
			shape := c.shape
			c.shape = func(op *operation) { shape(op); op.pollEvery = shortPoll }
			if err := b.costOf(ctx, m, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// costOf measures one operation of a contestant.
func (b *bench) costOf(ctx context.Context, m *measured, c *contestant) error {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	op := c.operation(-1)
	one := cost.Operation{
		Client: c.host.client, ID: flowID(op.reference), Metrics: c.host.metrics,
		Run: func(ctx context.Context) error { return c.carryOut(ctx, op) },
	}
	switch {
	case c.offCarrier:
		op.after = time.Second
	case op.polls == 0:
		one.Decide = func() error { return c.host.carrier.decide(op) }
		one.Sent = func() (bool, error) { return op.wasAnswered(), nil }
	}
	if isOurs(c.name) {
		one.ID = workflows.WorkflowID(carriers.Carrier(op.carrier), op.reference)
		one.Line = workflows.LineID(carriers.Carrier(op.carrier), workflows.LineKey(lineSecret, carriers.Carrier(op.carrier), op.line))
	}
	of, line, err := one.Measure(ctx)
	if err != nil {
		return fmt.Errorf("the cost of %s: %w", c.name, err)
	}
	if of.Disturbed || line.Disturbed {
		b.line("%s: a workflow task was made again, once more", c.name)
		return b.costOf(ctx, m, c)
	}
	m.addCost(caseOperation, c.name, of)
	b.line("%-34s %4d events %4d transitions %4d actions %d local %7d bytes", c.name, of.Events, of.Transitions, of.Actions, of.LocalActivities, of.Bytes)
	if line.Events > 0 {
		m.addCost(caseLine, c.name, line)
		b.line("%-34s %4d events %4d transitions %4d actions %d local %7d bytes", "  its line", line.Events, line.Transitions, line.Actions, line.LocalActivities, line.Bytes)
	}
	return nil
}
