// Package measures reports what happens to operations to the worker's metrics: acknowledged, ended, and how long they wait for the
// turn of their line.
//
// It does so from an interceptor of the worker, outside the workflow's own code, and not while a run is replayed. Nothing that a
// workflow decides depends on it.
package measures

import (
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// Observer is told what happens to operations. It is called from many goroutines, and must not block.
type Observer interface {
	// Acknowledged is called when the carrier has acknowledged a request, with the time since the run began.
	Acknowledged(operation string, after time.Duration)
	// Ended is called when a run ends.
	Ended(End)
	// TurnAwaited is called with true when a run that this worker has in memory waits for the turn of its line, and with false when it
	// no longer does, or is no longer in memory.
	TurnAwaited(operation string, waits bool)
	// TurnTaken is called when a run that had to wait has got the turn of its line.
	TurnTaken(operation string, after time.Duration)
}

// End is how a run has ended.
type End struct {
	// Operation is the operation type; "" for a run of a type that is no operation.
	Operation string
	// Failure is the type of its failure; "" when it completed.
	Failure workflows.FailureType
	// DecidedBy is what the outcome rests on; "" for a read, and when nothing was decided.
	DecidedBy workflows.DecidedBy
	// After is the time from its start to its end.
	After time.Duration
}

// Interceptor makes a worker report to an observer.
func Interceptor(observer Observer) interceptor.WorkerInterceptor {
	return &workers{observer: observer}
}

type workers struct {
	interceptor.WorkerInterceptorBase
	observer Observer
	ended    ended
}

func (w *workers) InterceptWorkflow(ctx workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &runs{of: w}
	i.Next = next
	return i
}

type runs struct {
	interceptor.WorkflowInboundInterceptorBase
	of *workers
}

// observerKey is the key of the context's value, an Observer.
type observerKey struct{}

func (r *runs) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	kind := workflow.GetInfo(ctx).WorkflowType.Name
	if slices.Contains(others, kind) {
		return r.Next.ExecuteWorkflow(ctx, in)
	}
	if _, known := workflows.OperationOf(kind); !known {
		result, err := r.Next.ExecuteWorkflow(ctx, in)
		if failure, failed := workflows.AsFailure(err); failed && failure.Operation == kind { // see lifecycle.RegisterUnknown
			r.end(ctx, End{Failure: failure.Type})
		}
		return result, err
	}
	result, err := r.Next.ExecuteWorkflow(workflow.WithValue(ctx, observerKey{}, r.of.observer), in)
	end := End{Operation: kind}
	if failure, failed := workflows.AsFailure(err); failed {
		end.Failure, end.DecidedBy = failure.Type, failure.DecidedBy
	} else if err != nil {
		end.Failure = otherFailure
	} else if change, is := result.(workflows.Result); is {
		end.DecidedBy = change.DecidedBy
	}
	r.end(ctx, end)
	return result, err
}

// others are the workflows that are no operations. Their failures have details of other types, or none.
var others = []string{
	plans.WorkflowType, workflows.LineType, workflows.SweepType, workflows.FollowUpType, workflows.UnmatchedCallbackType, workflows.WebhookDeliveryType,
}

// otherFailure is for an error that is none of the contract's failures: a mistake in the program.
const otherFailure = workflows.FailureType("other")

func (r *runs) end(ctx workflow.Context, end End) {
	if workflow.IsReplaying(ctx) {
		return
	}
	info := workflow.GetInfo(ctx)
	end.After = workflow.Now(ctx).Sub(info.WorkflowStartTime)
	if r.of.ended.first(info.WorkflowExecution.RunID) {
		r.of.observer.Ended(end)
	}
}

// Acknowledged reports that the carrier has acknowledged the request.
func Acknowledged(ctx workflow.Context) {
	observer, observed := ctx.Value(observerKey{}).(Observer)
	if !observed || workflow.IsReplaying(ctx) {
		return
	}
	info := workflow.GetInfo(ctx)
	observer.Acknowledged(info.WorkflowType.Name, workflow.Now(ctx).Sub(info.WorkflowStartTime))
}

// AwaitTurn reports that the run waits for the turn of its line, until the returned function is called, which has to be deferred: it
// is called too when the worker drops the run from its memory.
func AwaitTurn(ctx workflow.Context) (over func()) {
	observer, observed := ctx.Value(observerKey{}).(Observer)
	if !observed {
		return func() {}
	}
	operation := workflow.GetInfo(ctx).WorkflowType.Name
	observer.TurnAwaited(operation, true)
	return func() { observer.TurnAwaited(operation, false) }
}

// TurnTaken reports that the run has the turn for which it has waited since a time.
func TurnTaken(ctx workflow.Context, since time.Time) {
	if observer, observed := ctx.Value(observerKey{}).(Observer); observed && !workflow.IsReplaying(ctx) {
		observer.TurnTaken(workflow.GetInfo(ctx).WorkflowType.Name, workflow.Now(ctx).Sub(since))
	}
}

// remembered is how many runs are remembered that have ended (ours).
const remembered = 10_000

// ended remembers the last runs that were reported. The last task of a run is made again when something came in while it ran, about once
// in a hundred runs.
type ended struct {
	mu    sync.Mutex
	known map[string]struct{}
	order [remembered]string
	next  int
}

// first reports whether a run is reported for the first time.
func (e *ended) first(run string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, again := e.known[run]; again {
		return false
	}
	if e.known == nil {
		e.known = map[string]struct{}{}
	}
	delete(e.known, e.order[e.next])
	e.known[run], e.order[e.next] = struct{}{}, run
	e.next = (e.next + 1) % remembered
	return true
}
