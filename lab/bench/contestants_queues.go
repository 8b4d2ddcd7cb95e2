package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/carrierflow/carrierflow/lab/postgres"
)

func nowPlus(d time.Duration) time.Time { return time.Now().Add(d) }

// queued is the driver's side of a contestant on PostgreSQL: it inserts operations, and notices which have ended.
type queued struct {
	pool *pgxpool.Pool
	jobs *river.Client[pgx.Tx] // nil for the table

	mu      sync.Mutex
	waiting map[string]*operation
}

// watchEvery is how often the driver looks which operations have ended.
const watchEvery = 20 * time.Millisecond

// newQueued starts a contestant on PostgreSQL, in a database of its own: its worker, and what the driver needs.
func newQueued(ctx context.Context, p programs, closing *closers, kind string) (*host, *queued, error) {
	d, err := postgres.Start("bench")
	if err != nil {
		return nil, nil, err
	}
	closing.add(d.Stop)
	q := &queued{waiting: map[string]*operation{}}
	if q.pool, err = openPool(ctx, d.URL("postgres"), 40); err != nil {
		return nil, nil, err
	}
	closing.add(func() error { q.pool.Close(); return nil })
	if kind == nameRiver {
		if err := migrateRiver(ctx, q.pool); err != nil {
			return nil, nil, err
		}
		if q.jobs, err = riverInserter(q.pool); err != nil {
			return nil, nil, fmt.Errorf("connecting to the job queue: %w", err)
		}
	}
	h, err := p.other(ctx, closing, kind, "--postgres="+d.URL("postgres"))
	if err != nil {
		return nil, nil, err
	}
	h.database = d
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		q.watch(watching)
	}()
	closing.add(func() error { stop(); <-watched; return nil })
	return h, q, nil
}

// contestant is the contestant with its operations in a shape.
func (q *queued) contestant(name string, h *host, shape func(*operation)) *contestant {
	return &contestant{name: name, host: h, shape: shape, start: q.start, wait: q.wait}
}

func (q *queued) start(ctx context.Context, op *operation) error {
	q.mu.Lock()
	q.waiting[op.reference] = op
	q.mu.Unlock()
	in := order{op.carrier, op.reference, op.line, op.pollEvery}
	return pgx.BeginFunc(ctx, q.pool, func(tx pgx.Tx) error {
		var due *time.Time
		if q.jobs == nil {
			now := time.Now()
			due = &now
		}
		_, err := tx.Exec(ctx, `INSERT INTO operations (reference, carrier, line, state, poll_every, due_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			in.Reference, in.Carrier, in.Line, stateNew, int64(in.PollEvery), due)
		if err == nil && q.jobs != nil {
			_, err = q.jobs.InsertTx(ctx, tx, submitArgs{in}, nil)
		}
		return err
	})
}

func (q *queued) wait(ctx context.Context, op *operation) error {
	select {
	case op.closed = <-op.ended:
		op.byCallback = op.polls == 0
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for %s: %w", op.reference, context.Cause(ctx))
	}
}

// watch tells those who wait.
func (q *queued) watch(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, watchEvery)
		q.mu.Lock()
		open := slices.Collect(maps.Keys(q.waiting))
		q.mu.Unlock()
		rows, err := q.pool.Query(ctx, `SELECT reference, closed_at FROM operations WHERE reference = ANY ($1) AND state = $2`, open, stateDone)
		if err != nil {
			continue // at the end, or it shows in the next query
		}
		var reference string
		var at time.Time
		_, _ = pgx.ForEachRow(rows, []any{&reference, &at}, func() error { // as above
			q.mu.Lock()
			defer q.mu.Unlock()
			if op, ok := q.waiting[reference]; ok {
				delete(q.waiting, reference)
				op.ended <- at
			}
			return nil
		})
	}
}
