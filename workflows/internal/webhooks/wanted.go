// Package webhooks tells webhooks what happens to an operation, and delivers what was told.
//
// A run tells with a local activity that starts the workflow of the delivery. So the event is stored at Temporal before the run goes on,
// costs the run one event of its history, and is delivered whatever becomes of the run. The delivery of the end waits until the run
// is closed, and reads there how it ended.
package webhooks

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// Wanted reports whether any endpoint of the worker wants events of an operation type.
type Wanted func(operation string) bool

// Interceptor makes the runs of a worker ask it whether events are wanted.
func Interceptor(wanted Wanted) interceptor.WorkerInterceptor { return &workers{wanted: wanted} }

// wantedKey is the key of the context's value, a [Wanted].
type wantedKey struct{}

type workers struct {
	interceptor.WorkerInterceptorBase
	wanted Wanted
}

func (w *workers) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &runs{wanted: w.wanted}
	i.Next = next
	return i
}

type runs struct {
	interceptor.WorkflowInboundInterceptorBase
	wanted Wanted
}

func (r *runs) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	return r.Next.ExecuteWorkflow(workflow.WithValue(ctx, wantedKey{}, r.wanted), in)
}

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
