package workflows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
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

// LineSecret sets the search attribute LineKey. The secret is the same for all programs that start or look for operations;
// see [LineKey]. Without it, or with an empty one, the attribute is left out.
func LineSecret(secret string) StartOption { return func(s *startSettings) { s.lineSecret = secret } }

// StartAt lets the operation begin at a time; a past time means now. The reference is in use at once, and Temporal keeps the
// input until then; the timings count from the beginning. To cancel it before it begins, cancel the run: nothing has been
// sent. An update that is sent before makes it begin at once.
func StartAt(t time.Time) StartOption { return func(s *startSettings) { s.at = t } }

// Start starts an operation and returns its run without waiting. [Await] waits for the outcome.
//
// An invalid request is refused before anything is started, with a [*Failure] of the type [InvalidRequest] that names all
// its faults. A reference that was used before is refused with a [*DuplicateError]. After any other error it is not known
// whether the operation was started: call Start again with the same reference, which never starts it twice.
func Start(ctx context.Context, c Starter, request carriers.Request, options ...StartOption) (client.WorkflowRun, error) {
	settings, start, err := prepare(request, options)
	if err != nil {
		return nil, err
	}
	start.StartDelay = max(0, time.Until(settings.at))
	run, err := c.ExecuteWorkflow(ctx, start, request.Operation(), request)
	if err != nil {
		return nil, NotStarted(start.ID, err)
	}
	return run, nil
}

// AcceptedStarter is the part of a Temporal client that starts operations and waits for the carrier's acknowledgement.
type AcceptedStarter interface {
	NewWithStartWorkflowOperation(options client.StartWorkflowOptions, workflow any, args ...any) client.WithStartWorkflowOperation
	UpdateWithStartWorkflow(ctx context.Context, options client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error)
}

// StartAccepted starts an operation that changes something, and waits until the carrier has taken the request, in one round
// trip; [Await] then waits for the outcome. It needs a running worker. A request that the carrier refuses is a [*Failure],
// and so is one that was never sent; the run is returned with it. It cannot be combined with [StartAt].
//
// As with [Start], an invalid request is a [*Failure] and a used reference a [*DuplicateError], also while the earlier run
// waits to be accepted, because the two requests may differ. Send [AcceptedUpdate] to that run to get its answer. When the
// context ends first, the operation continues.
func StartAccepted(ctx context.Context, c AcceptedStarter, request carriers.Request, options ...StartOption) (Accepted, client.WorkflowRun, error) {
	settings, start, err := prepare(request, options)
	if err != nil {
		return Accepted{}, nil, err
	}
	if o, _ := registry.Operation(request.Operation()); o.Info().Kind != carriers.KindChange {
		return Accepted{}, nil, fmt.Errorf("%s reads, there is nothing to accept: use Start", request.Operation())
	}
	if !settings.at.IsZero() {
		return Accepted{}, nil, fmt.Errorf("%s: an operation that begins later is not accepted now: use Start", request.Operation())
	}
	operation := c.NewWithStartWorkflowOperation(start, request.Operation(), request)
	handle, err := c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: operation,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: AcceptedUpdate.Name, Args: []any{AcceptedQuestion{}}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return Accepted{}, nil, NotStarted(start.ID, err)
	}
	run, err := operation.Get(ctx)
	if err != nil {
		return Accepted{}, nil, NotStarted(start.ID, err)
	}
	var accepted Accepted
	err = outcomeOf(start.ID, handle.Get(ctx, &accepted))
	return accepted, run, err
}

// DuplicateError means that a reference was used before. Nothing was started.
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

// prepare checks the request, exactly as the workflow does, and reads the options.
func prepare(request carriers.Request, options []StartOption) (settings startSettings, start client.StartWorkflowOptions, err error) {
	for _, option := range options {
		option(&settings)
	}
	if request == nil || reflect.ValueOf(request).Kind() == reflect.Pointer && reflect.ValueOf(request).IsNil() {
		return settings, start, errors.New("there is no request, nothing was started")
	}
	raw, err := json.Marshal(request)
	if err != nil {
		return settings, start, fmt.Errorf("%s: the request cannot be written as JSON, nothing was started: %w", request.Operation(), err)
	}
	start, err = StartOptions(request.Operation(), raw, settings.lineSecret)
	return settings, start, err
}

// StartOptions are the options to start an operation with a Temporal client directly: its id, its task queue, refusal of a
// reference that was used before, its search attributes and its one-line summary. Most programs use [Start] instead.
// lineSecret is the secret of [LineKey]; without one the line key is left out.
//
//	run, err := c.ExecuteWorkflow(ctx, options, operation, request)
//
// An invalid request is a [*Failure] of the type [InvalidRequest]. A reference that was used before is refused by Temporal
// with an error that [temporal.IsWorkflowExecutionAlreadyStartedError] recognises, for as long as the namespace retains the
// earlier run.
func StartOptions(operation string, request json.RawMessage, lineSecret string) (options client.StartWorkflowOptions, err error) {
	description, err := Describe(operation, request, time.Now())
	if err != nil {
		return options, err
	}
	carrier, key := carriers.CarrierOf(operation), ""
	if description.Line != "" && lineSecret != "" {
		key = LineKey(lineSecret, carrier, description.Line)
	}
	return client.StartWorkflowOptions{
		ID:                                       WorkflowID(carrier, carriers.CommonOf(request).Reference),
		TaskQueue:                                TaskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    temporal.NewSearchAttributes(OperationAttributes(operation, key)...),
		StaticSummary:                            description.Summary,
	}, nil
}

// NotStarted says what an error means with which a Temporal client refused to start a workflow: a reference that was used before is a
// [*DuplicateError]; after any other it is not known whether the workflow was started.
func NotStarted(id string, err error) error {
	if started, ok := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); ok {
		return &DuplicateError{id, started.RunId, err}
	}
	return fmt.Errorf("starting %s: %w; it may have been started: start it again with the same reference, or wait for it", id, err)
}
