package workflows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// Starter is the part of a Temporal client that starts operations.
type Starter interface {
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
}

// StartOption changes how an operation is started.
type StartOption func(*startSettings)

type startSettings struct {
	lineSecret string
	at         time.Time
}

// LineSecret sets the search attribute LineKey, hashed with the secret that everybody shares who starts or looks for
// operations; see [LineKey]. Without it, or with an empty one, the attribute is left out.
func LineSecret(secret string) StartOption { return func(s *startSettings) { s.lineSecret = secret } }

// At lets the operation begin at a time; one that has passed means now. The reference is taken at once, and the input is
// in Temporal until then; the timings count from the beginning. To call it off before, cancel the run: nothing has been
// sent. An update that is sent before makes it begin at once.
func At(t time.Time) StartOption { return func(s *startSettings) { s.at = t } }

// Start starts an operation and returns its run, without waiting for anything. [Await] waits for the outcome.
//
// An input that is not valid is refused before anything is started, with a [*Failure] of the type [InvalidRequest] that
// names all its faults. A reference that was used before is refused with a [*DuplicateError]. After any other error it is
// not known whether the operation was started: Start again with the same reference, it never starts twice.
func Start(ctx context.Context, c Starter, in Input, options ...StartOption) (client.WorkflowRun, error) {
	settings, err := settingsFor(in, options)
	if err != nil {
		return nil, err
	}
	start := StartOptions(in, settings.lineSecret)
	start.StartDelay = max(0, time.Until(settings.at))
	run, err := c.ExecuteWorkflow(ctx, start, in.Type(), in)
	if err != nil {
		return nil, notStarted(start.ID, err)
	}
	return run, nil
}

// AcceptedStarter is the part of a Temporal client that starts operations and waits for the carrier's acknowledgement.
type AcceptedStarter interface {
	NewWithStartWorkflowOperation(options client.StartWorkflowOptions, workflow any, args ...any) client.WithStartWorkflowOperation
	UpdateWithStartWorkflow(ctx context.Context, options client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error)
}

// StartAccepted starts an operation that changes something, and waits until the carrier has taken the request, in one
// round trip; [Await] then waits for the outcome. It needs a worker that runs. A request that the carrier refuses is a
// [*Failure], and so is one that was never sent; the run is returned beside it. It cannot be combined with [At].
//
// As with [Start], an invalid input is a [*Failure] and a used reference a [*DuplicateError], even while the earlier run is
// still waiting to be accepted: what the two asked for may differ. Send [AcceptedUpdate] to that run to hear its answer.
// When the context ends first, the operation goes on.
func StartAccepted(ctx context.Context, c AcceptedStarter, in Input, options ...StartOption) (Accepted, client.WorkflowRun, error) {
	settings, err := settingsFor(in, options)
	switch {
	case err != nil:
		return Accepted{}, nil, err
	case DefinitionOf(in.Type()).Kind != Change:
		return Accepted{}, nil, fmt.Errorf("%s reads, there is nothing to accept: use Start", in.Type())
	case !settings.at.IsZero():
		return Accepted{}, nil, fmt.Errorf("%s: an operation that begins later is not accepted now: use Start", in.Type())
	}
	start := StartOptions(in, settings.lineSecret)
	operation := c.NewWithStartWorkflowOperation(start, in.Type(), in)
	handle, err := c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: operation,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: AcceptedUpdate.Name, Args: []any{AcceptedQuestion{}}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return Accepted{}, nil, notStarted(start.ID, err)
	}
	run, err := operation.Get(ctx)
	if err != nil {
		return Accepted{}, nil, notStarted(start.ID, err)
	}
	var accepted Accepted
	err = outcomeOf(start.ID, handle.Get(ctx, &accepted))
	return accepted, run, err
}

// Getter is the part of a Temporal client that finds runs.
type Getter interface {
	GetWorkflow(ctx context.Context, workflowID, runID string) client.WorkflowRun
}

// Await waits until an operation that changes something has its outcome, for days if need be, and returns the result. An
// operation that failed is a [*Failure]. Any other error is no outcome: a lost connection, a context that ended, or a run
// that was terminated. The workflow id is that of the run, see [WorkflowID]; the process that waits need not be the one that
// started.
func Await(ctx context.Context, c Getter, workflowID string) (Result, error) {
	result, err := AwaitAnswer[Result](ctx, c, workflowID)
	if err == nil && result.Operation == "" {
		err = fmt.Errorf("%s is a read and has no Result: use AwaitAnswer", workflowID)
	}
	return result, err
}

// AwaitAnswer is [Await] for a read. T is the type of its answer: dish.TransactionStatus, dish.Subscriber,
// masmovil.Subscription, masmovil.Devices or masmovil.Recharges.
func AwaitAnswer[T any](ctx context.Context, c Getter, workflowID string) (T, error) {
	var answer T
	err := outcomeOf(workflowID, c.GetWorkflow(ctx, workflowID, "").Get(ctx, &answer))
	return answer, err
}

// DuplicateError says that a reference was used before. Nothing was started.
type DuplicateError struct {
	// WorkflowID and RunID are the earlier run. Its outcome is what [Await] returns.
	WorkflowID, RunID string
	cause             error
}

// Error says what to do.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s was started before, as run %s; nothing was started: wait for that one, or use a new reference", e.WorkflowID, e.RunID)
}

// Unwrap returns Temporal's own error, which [temporal.IsWorkflowExecutionAlreadyStartedError] recognises.
func (e *DuplicateError) Unwrap() error { return e.cause }

// settingsFor checks the input, exactly as the workflow does, and reads the options.
func settingsFor(in Input, options []StartOption) (settings startSettings, err error) {
	for _, option := range options {
		option(&settings)
	}
	if in == nil || reflect.ValueOf(in).Kind() == reflect.Pointer && reflect.ValueOf(in).IsNil() {
		return settings, errors.New("there is no input, nothing was started")
	}
	definition := DefinitionOf(in.Type())
	if definition.Type == "" {
		return settings, fmt.Errorf("%q is no operation: see workflows.Operations", in.Type())
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return settings, fmt.Errorf("%s: the input cannot be written as JSON, nothing was started: %w", in.Type(), err)
	}
	if faults := definition.Validate(raw); len(faults) > 0 {
		f := invalidInput(in.Type(), referenceIn(raw), faults)
		return settings, &f
	}
	return settings, nil
}

// notStarted says why an operation was not started, or that nobody can tell.
func notStarted(id string, err error) error {
	if started, ok := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); ok {
		return &DuplicateError{id, started.RunId, err}
	}
	return fmt.Errorf("starting %s: %w; it may have been started: start it again with the same reference, or wait for it", id, err)
}

// outcomeOf turns what a client returned for an operation into its failure, if it is one.
func outcomeOf(id string, err error) error {
	if err == nil {
		return nil
	}
	if failure, ok := AsFailure(err); ok {
		return failure
	}
	return fmt.Errorf("waiting for %s: %w", id, err)
}
