// Package webhooks tells webhooks what happens to an operation, and delivers what was told.
//
// A run tells with a local activity that starts the workflow of the delivery. So the event is stored at Temporal before the run goes on,
// costs the run one event of its history, and is delivered whatever becomes of the run. The delivery of the end waits until the run
// is closed, and reads there how it ended.
package webhooks

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows/internal/around"
)

// Wanted reports whether any endpoint of the worker wants events of an operation type.
type Wanted func(operation string) bool

// Interceptor makes the runs of a worker ask it whether events are wanted.
func Interceptor(wanted Wanted) interceptor.WorkerInterceptor {
	return around.Runs(func(ctx workflow.Context, next func(workflow.Context) (any, error)) (any, error) {
		return next(workflow.WithValue(ctx, wantedKey{}, wanted))
	})
}

// wantedKey is the key of the context's value, a [Wanted].
type wantedKey struct{}

// wanted decides whether a run tells events of which nothing recorded says it yet. What the worker is configured to do counts only
// when the run gets to this point for the first time, and is then stored with it as a version; a replay reads the version. So the
// configuration may change while the run is under way, and may differ between workers. A run that tells nothing stores nothing, which
// [workflow.GetVersion] alone would do.
func wanted(ctx workflow.Context, operation string) bool {
	if !workflow.IsReplaying(ctx) {
		ask, configured := ctx.Value(wantedKey{}).(Wanted)
		if !configured || !ask(operation) {
			return false
		}
	}
	return workflow.GetVersion(ctx, "tell webhooks", workflow.DefaultVersion, 1) != workflow.DefaultVersion
}
