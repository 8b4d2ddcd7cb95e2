package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// kinds are the changes whose requests the carrier can be asked about. Of the others an operation may be left to an operator, because its
// effect alone cannot show whether a request has arrived; the chaos runs have them too.
func kinds() []subject.Subject {
	return slices.DeleteFunc(subject.Changes(), func(s subject.Subject) bool { return s.FoundBy == carriers.FoundByEffect })
}

// timings are short, so that a run is; those of a request are in docs/contract.md.
var timings = carriers.Timings{
	PollEvery: carriers.Duration(500 * time.Millisecond), OverduePollEvery: carriers.Duration(time.Second),
	ConfirmWithin: carriers.Duration(4 * time.Second), LookupDelay: carriers.Duration(2 * time.Second), CallTimeout: carriers.Duration(6 * time.Second),
}

// operation is one change, on a line of its own.
type operation struct {
	subject         subject.Subject
	reference, line string

	ended   bool // with an outcome that Temporal has
	failure workflows.FailureType
	effect  carriers.Effect
	history []*historypb.HistoryEvent
	at      stack.Recorded // at the carrier
}

func newOperations(n int) []*operation {
	all, unique := make([]*operation, n), time.Now().UTC().Format("150405")
	for i := range all {
		s := kinds()[i%len(kinds())]
		all[i] = &operation{subject: s, reference: fmt.Sprintf("postgres-%s-%d", unique, i), line: s.Line(i, 0)}
	}
	return all
}

func (op *operation) workflowID() string { return op.subject.WorkflowID(op.reference) }

// again is how long to wait before Temporal is called again after an error.
const again = 200 * time.Millisecond

// start starts the operation as every caller should: it repeats the call until Temporal has the operation.
func (op *operation) start(ctx context.Context, sys *system) error {
	request := op.subject.Request(op.reference, op.line, map[string]any{"timings": timings})
	start, err := workflows.StartOptions(op.subject.Type, request, lineKey)
	if err != nil {
		return err
	}
	return repeat(ctx, "starting "+op.workflowID(), func(ctx context.Context) (bool, error) {
		_, err := sys.client.ExecuteWorkflow(ctx, start, op.subject.Type, request)
		return err == nil || temporal.IsWorkflowExecutionAlreadyStartedError(err), err
	})
}

// lineKey is the secret of the workers of package stack.
const lineKey = "secret"

// await waits for the outcome, and reads the history.
func (op *operation) await(ctx context.Context, sys *system) error {
	err := repeat(ctx, "waiting for "+op.workflowID(), func(ctx context.Context) (bool, error) {
		var result workflows.Result
		err := sys.client.GetWorkflow(ctx, op.workflowID(), "").Get(ctx, &result)
		op.effect = result.Effect
		if failure, ok := workflows.AsFailure(err); ok {
			op.failure = failure.Type
			return true, nil
		}
		if _, other := errors.AsType[*temporal.WorkflowExecutionError](err); other {
			op.failure = "Unexpected"
			return true, nil
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	op.ended = true
	// The outcome is known, so there is time to read how it came about.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stack.Patience)
	defer cancel()
	return repeat(ctx, "reading the history of "+op.workflowID(), func(ctx context.Context) (bool, error) {
		op.history = nil
		events := sys.client.GetWorkflowHistory(ctx, op.workflowID(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if err != nil {
				return false, err
			}
			op.history = append(op.history, event)
		}
		return true, nil
	})
}

// repeat makes a call to Temporal until it is done. While the database is away, calls fail.
func repeat(ctx context.Context, what string, call func(context.Context) (done bool, err error)) error {
	for {
		done, err := call(ctx)
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w (last: %v)", what, ctx.Err(), err)
		case <-time.After(again):
		}
	}
}

// by is which worker process did the steps of the operation: the attempts of activities and the workflow tasks.
func (op *operation) by() (identities []string) {
	for _, e := range op.history {
		for _, identity := range []string{e.GetActivityTaskStartedEventAttributes().GetIdentity(), e.GetWorkflowTaskStartedEventAttributes().GetIdentity()} {
			if identity != "" {
				identities = append(identities, identity)
			}
		}
	}
	return identities
}

// endedAt is when the workflow ended.
func (op *operation) endedAt() time.Time {
	if len(op.history) == 0 {
		return time.Time{}
	}
	return op.history[len(op.history)-1].GetEventTime().AsTime()
}
