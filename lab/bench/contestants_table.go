package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// operationsTable is the table of the contestants outside Temporal. The one with a poller has nothing else.
const operationsTable = `
CREATE TABLE IF NOT EXISTS operations (
	reference  text PRIMARY KEY,
	carrier    text NOT NULL,
	line       text NOT NULL,
	state      text NOT NULL,
	record     text NOT NULL DEFAULT '',
	poll_every bigint NOT NULL DEFAULT 0,
	due_at     timestamptz,
	closed_at  timestamptz
);
CREATE INDEX IF NOT EXISTS operations_due ON operations (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS operations_closed ON operations (closed_at) WHERE closed_at IS NOT NULL;`

// The states of a row: to be submitted, waiting for the carrier, ended.
const (
	stateNew     = "new"
	stateWaiting = "waiting"
	stateDone    = "done"
)

// tableParty is a table with pollers, as one writes it by hand. What is due is taken with FOR UPDATE SKIP LOCKED, so that several
// pollers share the work, and kept locked during the HTTP request.
type tableParty struct {
	pool    *pgxpool.Pool
	api     api
	stop    context.CancelFunc
	pollers sync.WaitGroup
}

const (
	tablePollers = 32
	// tablePause is how long a poller that finds nothing waits.
	tablePause = 50 * time.Millisecond
)

func openPool(ctx context.Context, url string, connections int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the URL of the database: %w", err)
	}
	config.MaxConns = connections
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err == nil {
		_, err = pool.Exec(ctx, operationsTable)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return pool, nil
}

func newTableParty(ctx context.Context, url string, a api) (*tableParty, error) {
	pool, err := openPool(ctx, url, tablePollers+8)
	if err != nil {
		return nil, err
	}
	p := &tableParty{pool: pool, api: a}
	ctx, p.stop = context.WithCancel(ctx)
	for range tablePollers {
		p.pollers.Go(func() {
			for ctx.Err() == nil {
				if found, err := p.one(ctx); err != nil || !found {
					pause(ctx, tablePause)
				}
			}
		})
	}
	return p, nil
}

// one takes a step of one operation that is due.
func (p *tableParty) one(ctx context.Context) (found bool, err error) {
	err = pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		var in order
		var state, record string
		err := tx.QueryRow(ctx, `SELECT reference, carrier, line, state, record, poll_every FROM operations
			WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`).
			Scan(&in.Reference, &in.Carrier, &in.Line, &state, &record, &in.PollEvery)
		if err != nil {
			return err
		}
		found = true
		if state == stateNew {
			if record, err = p.api.Submit(ctx, in); err != nil {
				return err
			}
			return p.wait(ctx, tx, in, record)
		}
		status, err := p.api.Status(ctx, in, record)
		if err != nil {
			return err
		}
		if status == "DONE" || status == "Success" {
			return finish(ctx, tx, in.Reference)
		}
		return p.wait(ctx, tx, in, record)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return found, err
}

// wait stores that an operation waits: for a callback, or for its next poll.
func (p *tableParty) wait(ctx context.Context, tx pgx.Tx, in order, record string) error {
	_, err := tx.Exec(ctx, `UPDATE operations SET state = $2, record = $3, due_at = CASE WHEN poll_every > 0 THEN clock_timestamp() + poll_every * interval '1 microsecond' / 1000 END
		WHERE reference = $1 AND state <> $4`, in.Reference, stateWaiting, record, stateDone)
	return err
}

// executor is a connection or a transaction.
type executor interface {
	Exec(ctx context.Context, sql string, arguments ...any) (tag pgconnTag, err error)
}

func finish(ctx context.Context, e executor, reference string) error {
	_, err := e.Exec(ctx, `UPDATE operations SET state = $2, due_at = NULL, closed_at = clock_timestamp() WHERE reference = $1 AND state <> $2`, reference, stateDone)
	return err
}

func (p *tableParty) called(ctx context.Context, n notice) error {
	return finish(ctx, p.pool, n.Reference)
}

func (p *tableParty) close() {
	p.stop()
	p.pollers.Wait()
	p.pool.Close()
}
