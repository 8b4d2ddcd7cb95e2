// Package measures reports what happens to operations to the worker's metrics: acknowledged, ended, and how long they wait for the
// turn of their line.
//
// It does so from an interceptor of the worker, outside the workflow's own code, and not while a run is replayed. Nothing that a
// workflow decides depends on it.
package measures

import (
	"sync"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/around"
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
	w := &reporter{observer: observer}
	return around.Runs(w.run)
}

// reporter reports the runs of one worker.
type reporter struct {
	observer Observer
	ended    ended
}

// observerKey is the key of the context's value, an Observer.
type observerKey struct{}

// unknownKey is the key of the context's value, a *bool: whether the run is of an unknown type.
type unknownKey struct{}

// Unknown reports that the run fails because its type is no operation.
func Unknown(ctx workflow.Context) {
	if unknown, observed := ctx.Value(unknownKey{}).(*bool); observed {
		*unknown = true
	}
}

// run carries out one run. It looks into the failures of operations only: those of other workflows have details of other types.
func (w *reporter) run(ctx workflow.Context, next func(workflow.Context) (any, error)) (any, error) {
	kind := workflow.GetInfo(ctx).WorkflowType.Name
	if _, known := workflows.OperationOf(kind); !known {
		var unknown bool
		result, err := next(workflow.WithValue(ctx, unknownKey{}, &unknown))
		if unknown {
			w.end(ctx, End{Failure: workflows.InvalidRequest})
		}
		return result, err
	}
	result, err := next(workflow.WithValue(ctx, observerKey{}, w.observer))
	end := End{Operation: kind}
	if failure, failed := workflows.AsFailure(err); failed {
		end.Failure, end.DecidedBy = failure.Type, failure.DecidedBy
	} else if err != nil {
		end.Failure = otherFailure
	} else if change, is := result.(workflows.Result); is {
		end.DecidedBy = change.DecidedBy
	}
	w.end(ctx, end)
	return result, err
}

// otherFailure is for an error that is none of the contract's failures: a mistake in the program.
const otherFailure = workflows.FailureType("other")

func (w *reporter) end(ctx workflow.Context, end End) {
	if workflow.IsReplaying(ctx) {
		return
	}
	info := workflow.GetInfo(ctx)
	end.After = workflow.Now(ctx).Sub(info.WorkflowStartTime)
	if w.ended.first(info.WorkflowExecution.RunID) {
		w.observer.Ended(end)
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
