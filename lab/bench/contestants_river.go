package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

type pgconnTag = pgconn.CommandTag

// riverJobs is how many jobs are worked on at the same time; the other settings are River's defaults.
const riverJobs = 100

// riverParty is a job queue: a job submits; the callback makes a job that ends the operation; or a job asks, and snoozes.
type riverParty struct {
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx]
}

// submitArgs, checkArgs and finishArgs are the jobs.
type (
	submitArgs struct{ order }
	checkArgs  struct {
		order
		Record string `json:"record"`
	}
	finishArgs struct {
		Reference string `json:"reference"`
		Status    string `json:"status"`
	}
)

// Kind is the name of the job.
func (submitArgs) Kind() string { return "submit" }

// Kind is the name of the job.
func (checkArgs) Kind() string { return "check" }

// Kind is the name of the job.
func (finishArgs) Kind() string { return "finish" }

func newRiverParty(ctx context.Context, url string, a api) (*riverParty, error) {
	pool, err := openPool(ctx, url, 40)
	if err != nil {
		return nil, err
	}
	p := &riverParty{pool: pool}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[submitArgs]) error {
		in := job.Args.order
		record, err := a.Submit(ctx, in)
		if err != nil || in.PollEvery == 0 {
			return err
		}
		_, err = river.ClientFromContext[pgx.Tx](ctx).Insert(ctx, checkArgs{in, record}, &river.InsertOpts{ScheduledAt: nowPlus(in.PollEvery)})
		return err
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[checkArgs]) error {
		status, err := a.Status(ctx, job.Args.order, job.Args.Record)
		if err != nil {
			return err
		}
		if status != "DONE" && status != "Success" {
			return river.JobSnooze(job.Args.PollEvery)
		}
		return finish(ctx, pool, job.Args.Reference)
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[finishArgs]) error {
		return finish(ctx, pool, job.Args.Reference)
	}))
	p.client, err = river.NewClient(riverpgxv5.New(pool), &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: riverJobs}}, Workers: workers, Logger: slog.New(slog.DiscardHandler),
	})
	if err == nil {
		err = p.client.Start(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("starting the job queue: %w", err)
	}
	return p, nil
}

func (p *riverParty) called(ctx context.Context, n notice) error {
	_, err := p.client.Insert(ctx, finishArgs(n), nil)
	return err
}

func (p *riverParty) close() {
	_ = p.client.StopAndCancel(context.Background()) // the process ends anyway
	p.pool.Close()
}

// migrateRiver makes River's tables.
func migrateRiver(ctx context.Context, pool *pgxpool.Pool) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return fmt.Errorf("making the tables of the job queue: %w", err)
	}
	return nil
}

// riverInserter is a client that only inserts jobs, for the driver.
func riverInserter(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: slog.New(slog.DiscardHandler)})
}
