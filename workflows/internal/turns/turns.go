// Package turns gives the turn of a line back when the run that has it is closed.
//
// It is done from outside the run: while the last workflow task is not stored, the run may be made anew from its history, and would read
// at the carrier what another change has done meanwhile. So the turn is free only when the end is stored, and giving it back adds no
// event to the run's history. If the worker ends in between, the line finds out by itself.
package turns

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows/internal/around"
)

// GiveBack gives the turn of a run back, once the run is closed.
type GiveBack func(namespace string, run activities.Asker, in activities.LineRequest)

// Interceptor makes a worker call a function for each run that is about to close and has a turn to give back.
func Interceptor(giveBack GiveBack) interceptor.WorkerInterceptor {
	return around.Runs(func(ctx workflow.Context, next func(workflow.Context) (any, error)) (any, error) {
		var due due
		ctx = workflow.WithValue(ctx, dueKey{}, &due)
		result, err := next(ctx)
		if due.request != nil && !workflow.IsReplaying(ctx) {
			info := workflow.GetInfo(ctx)
			run := info.WorkflowExecution
			giveBack(info.Namespace, activities.Asker{WorkflowID: run.ID, RunID: run.RunID}, *due.request)
		}
		return result, err
	})
}

// GiveBackAfterClose has the turn of the request's line given back when the run is closed.
func GiveBackAfterClose(ctx workflow.Context, in activities.LineRequest) {
	if due, intercepted := ctx.Value(dueKey{}).(*due); intercepted {
		due.request = &in
	}
}

// dueKey is the key of the context's value, a *due.
type dueKey struct{}

// due is the turn that a run has to give back, if there is one.
type due struct{ request *activities.LineRequest }

const (
	// atOnce bounds how many runs are waited for at the same time. The turns of others are found to be free by their lines.
	atOnce = 1000
	// closesWithin is how long a run is waited for. One whose last task was not accepted closes later, and is waited for anew then.
	closesWithin = time.Minute
)

// AfterClose returns the function that gives turns back with a client: it waits in the background until the run is closed.
func AfterClose(temporal client.Client, t activities.Turns, log *zap.Logger) GiveBack {
	slots := make(chan struct{}, atOnce)
	return func(namespace string, run activities.Asker, in activities.LineRequest) {
		lines := t.LinesOf(in)
		if len(lines) == 0 {
			return
		}
		select {
		case slots <- struct{}{}:
		default:
			return
		}
		go func() {
			defer func() { <-slots }()
			ctx, stop := context.WithTimeout(context.Background(), closesWithin)
			defer stop()
			closing := temporal.GetWorkflowHistory(ctx, run.WorkflowID, run.RunID, true, enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
			if !closing.HasNext() {
				return
			}
			_, err := closing.Next()
			for _, line := range lines {
				if err == nil {
					err = activities.GiveBack(ctx, temporal, namespace, line, run)
				}
			}
			if err != nil {
				log.Debug("a line's turn was not given back; the line finds out", zap.String("WorkflowID", run.WorkflowID), zap.Error(err))
			}
		}()
	}
}
