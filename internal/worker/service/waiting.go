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

// connectTimeout bounds one attempt to reach Temporal.
const connectTimeout = 5 * time.Second

// The pause between two attempts doubles from minPause to maxPause, the SDK's own bound for gRPC. Each is shortened by up
// to a half at random, so that many workers that lost one Temporal do not reconnect at the same time.
const (
	minPause = 500 * time.Millisecond
	maxPause = 10 * time.Second
)

// pauseAfter is the pause after so many failed attempts; random is from 0 to 1.
func pauseAfter(tries int, random float64) time.Duration {
	pause := maxPause
	if doubled := minPause << min(tries-1, 10); doubled < pause {
		pause = doubled
	}
	return pause - time.Duration(random*float64(pause)/2)
}

// waiting waits for Temporal. Its reason is in the log and in the readiness check.
type waiting struct {
	temporal client.Client
	target   temporalerr.Target
	health   *health
	log      *zap.Logger
	tries    int
}

// startWhenReady starts the workers as soon as Temporal answers and has the namespace. It waits for whatever may change,
// also for a setting at the server that somebody has to correct. Any other error of the start is final.
func (w *waiting) startWhenReady(ctx context.Context, start func() ([]worker.Worker, error)) ([]worker.Worker, error) {
	for {
		err := w.ask(ctx)
		if err == nil {
			var workers []worker.Worker
			workers, err = start()
			if err == nil || isFinal(w.target.Explain(err)) {
				return workers, err
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		w.pause(ctx, w.target.Explain(err))
	}
}

// ask looks up the namespace.
func (w *waiting) ask(ctx context.Context) error {
	attempt, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	_, err := w.temporal.WorkflowService().DescribeNamespace(attempt, &workflowservice.DescribeNamespaceRequest{Namespace: w.target.Namespace})
	return err
}

// pause reports why Temporal cannot be used, and waits before the next attempt.
func (w *waiting) pause(ctx context.Context, p *temporalerr.Problem) {
	w.tries++
	pause := pauseAfter(w.tries, rand.Float64())
	w.health.setNotReady(p.Error())
	w.log.Warn("waiting for Temporal: "+p.What, zap.String("cause", string(p.Kind)), zap.String("to do", p.Do),
		zap.Int("tries", w.tries), zap.Duration("next try in", pause))
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// isFinal reports whether an error is permanent although Temporal has answered for the namespace, such as a permission that
// is missing for one call. Then the start fails, so that the operator sees it.
func isFinal(p *temporalerr.Problem) bool {
	switch p.Kind {
	case temporalerr.Denied, temporalerr.NoTemporal, temporalerr.Other:
		return true
	}
	return false
}
