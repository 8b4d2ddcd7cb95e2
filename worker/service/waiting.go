package service

import (
	"context"
	"math/rand/v2"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/internal/temporalerr"
)

// connectAttempt bounds one try to reach Temporal.
const connectAttempt = 5 * time.Second

// Between two tries there is a pause that doubles from shortestPause to longestPause, the bound that gRPC has in the SDK for
// its own. Each is shortened by up to a half at random, so that many workers that lost one Temporal do not come back at once.
const (
	shortestPause = 500 * time.Millisecond
	longestPause  = 10 * time.Second
)

// pauseAfter is the pause after so many tries that have failed; random is from 0 to 1.
func pauseAfter(tries int, random float64) time.Duration {
	pause := longestPause
	if doubled := shortestPause << min(tries-1, 10); doubled < pause {
		pause = doubled
	}
	return pause - time.Duration(random*float64(pause)/2)
}

// waiting waits for Temporal, and says all the while what for.
type waiting struct {
	temporal client.Client
	target   temporalerr.Target
	health   *health
	log      *zap.Logger
	tries    int
}

// until starts workers as soon as Temporal answers and has the namespace. Whatever may pass, a setting that somebody mends
// included, it waits for; another error of start is final.
func (w *waiting) until(ctx context.Context, start func() ([]worker.Worker, error)) ([]worker.Worker, error) {
	for {
		err := w.ask(ctx)
		if err == nil {
			var workers []worker.Worker
			workers, err = start()
			if err == nil || final(w.target.Explain(err)) {
				return workers, err
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		w.pause(ctx, w.target.Explain(err))
	}
}

// ask asks Temporal for the namespace.
func (w *waiting) ask(ctx context.Context) error {
	attempt, cancel := context.WithTimeout(ctx, connectAttempt)
	defer cancel()
	_, err := w.temporal.WorkflowService().DescribeNamespace(attempt, &workflowservice.DescribeNamespaceRequest{Namespace: w.target.Namespace})
	return err
}

// pause tells why Temporal cannot be used, and lets some time go by before it is tried again.
func (w *waiting) pause(ctx context.Context, p *temporalerr.Problem) {
	w.tries++
	pause := pauseAfter(w.tries, rand.Float64())
	w.health.fails(p.Error())
	w.log.Warn("waiting for Temporal: "+p.What, zap.String("cause", string(p.Kind)), zap.String("to do", p.Do),
		zap.Int("tries", w.tries), zap.Duration("next try in", pause))
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// final reports whether an error after Temporal has answered for the namespace stays, as a permission that is missing for one
// call does: then whoever starts the worker is to see it.
func final(p *temporalerr.Problem) bool {
	switch p.Kind {
	case temporalerr.Denied, temporalerr.NoTemporal, temporalerr.Other:
		return true
	}
	return false
}
