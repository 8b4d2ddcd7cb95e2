package main

import (
	"context"
	"errors"
	"time"

	"github.com/carrierflow/carrierflow/lab/postgres"
)

// withoutPostgres says what is not measured without PostgreSQL.
const withoutPostgres = "river and table are left out"

// measureQueues runs the same operation on Temporal and on PostgreSQL, in turns: first as fast as it goes, then at a rate that all of
// them can keep up with.
func measureQueues(ctx context.Context, b *bench, m *measured) (err error) {
	t, err := newTemporalContestants(ctx, b, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	calls := []*contestant{t.noConfirm, t.textbook}
	polls := []*contestant{t.polled(5), t.timerPoll(5)}
	for _, kind := range []string{nameRiver, nameTable} {
		h, q, err := newQueued(ctx, b.programs, &t.closers, kind)
		if errors.Is(err, postgres.ErrMissing) {
			m.note("%s: %s.", err, withoutPostgres)
			b.line("%s: %s", err, withoutPostgres)
			break
		}
		if err != nil {
			return err
		}
		m.note("PostgreSQL %s with the settings of its package: each commit is written to the disk. Temporal is on a file of SQLite, and a commit is not: it survives the process, not the machine. The carrier decides at once.", h.database.Version)
		calls = append(calls, q.contestant(kind, h, confirmed))
		polls = append(polls, q.contestant(polledName(kind, 5), h, onSTN(polledTimes(5, everyPoll))))
	}
	for _, one := range []struct {
		load
		contestants []*contestant
	}{
		{load{queuesCallback, 50, 0, 3 * time.Second}, calls},
		{load{queuesPolls, 300, 0, 3 * time.Second}, polls},
	} {
		err := b.inTurns(ctx, one.contestants, func(ctx context.Context, c *contestant) error {
			r, err := c.closedLoop(ctx, one.inFlight, one.after, one.during)
			if err == nil {
				m.addRound(one.name, c.name, r)
				b.line("%s  %-22s %6.1f /s  %6.2f ms CPU", one.name, c.name, r.perSecond, r.cpu)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return b.inTurns(ctx, calls, func(ctx context.Context, c *contestant) error {
		r, err := c.openLoop(ctx, queuesRate, latencyDecision, 5*time.Second)
		if err == nil {
			m.addLatency(queuesLatency, c, r)
			b.line("8 a second  %-22s start to carrier %6.1f ms, callback to closed %6.1f ms", c.name,
				percentile(toCarrier(r.ended), 0.5), percentile(toClosed(r.ended), 0.5))
		}
		return err
	})
}

// The cases of the comparison, and how many operations a second are started when latency is compared.
const (
	queuesCallback = "callback, 50 in flight"
	queuesPolls    = "5 polls, 300 in flight"
	queuesLatency  = "8 operations a second"
	queuesRate     = 8
)
