package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// The timings are short, so that a run is. callTimeout is three times the worker's HTTP timeout of 2 s.
const (
	pollEvery        = 500 * time.Millisecond
	overdueAfter     = 20 * time.Second
	overduePollEvery = time.Second
	deadline         = 5 * time.Minute
	soonDeadline     = 40 * time.Second // of an operation that is never decided
	confirmWithin    = 4 * time.Second
	lookupDelay      = 2 * time.Second
	callTimeout      = 6 * time.Second
)

func timings(op operation) *carriers.Timings {
	t := &carriers.Timings{
		PollEvery: carriers.Duration(pollEvery), OverdueAfter: carriers.Duration(overdueAfter),
		OverduePollEvery: carriers.Duration(overduePollEvery), Deadline: carriers.Duration(deadline),
		ConfirmWithin: carriers.Duration(confirmWithin), LookupDelay: carriers.Duration(lookupDelay), CallTimeout: carriers.Duration(callTimeout),
	}
	if op.code == subject.NeverDecided {
		t.Deadline = carriers.Duration(soonDeadline)
	}
	return t
}

func (op operation) request() json.RawMessage {
	return kinds[op.kind].Request(op.reference, op.line, map[string]any{"timings": timings(op)})
}

func (op operation) workflowID() string { return kinds[op.kind].WorkflowID(op.reference) }

// load starts the operations at their times, except those that a fault starts, and returns when all are started.
func (sys *system) load(ctx context.Context, p plan, began time.Time) error {
	failed := make(chan error, len(p.operations))
	var starting sync.WaitGroup
	for _, op := range p.operations {
		if op.startedByFault {
			continue
		}
		starting.Go(func() {
			if !pause(ctx, time.Until(began.Add(op.at))) {
				return
			}
			if err := sys.start(ctx, op); err != nil {
				failed <- err
			}
		})
	}
	starting.Wait()
	close(failed)
	return <-failed
}

// start starts an operation as every caller should: it repeats the call until Temporal has the operation.
func (sys *system) start(ctx context.Context, op operation) error {
	operation, request := kinds[op.kind].Type, op.request()
	start, err := workflows.StartOptions(operation, request, "secret")
	if err != nil {
		return err
	}
	for {
		err := within(ctx, 5*time.Second, func(ctx context.Context) error {
			_, err := sys.client.ExecuteWorkflow(ctx, start, operation, request)
			return err
		})
		if err == nil || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return nil
		}
		if !pause(ctx, 200*time.Millisecond) {
			return fmt.Errorf("starting %s: %w", op.workflowID(), err)
		}
	}
}

// sendForeignCallback sends a correctly signed callback of one carrier about an operation of another carrier, the one that
// began last. It must not affect that operation. While the receiver is down the callback is lost, which is harmless.
func (sys *system) sendForeignCallback(ctx context.Context, p plan, elapsed time.Duration) error {
	var latest operation
	sender := callingBack()
	for _, op := range p.operations {
		if kinds[op.kind].Carrier() != sender.Name && op.at <= elapsed && op.at >= latest.at {
			latest = op
		}
	}
	if latest.reference == "" {
		return nil // none has begun
	}
	notice, _ := sender.Callback(sandbox.Notice{EventID: uuid.NewString(), At: time.Now(), Reference: latest.reference, State: sandbox.StateFailed})
	body, err := json.Marshal(notice)
	if err != nil {
		return err
	}
	return sys.callBack(ctx, sender.Name, body)
}

// callBack sends one signed callback; a receiver that does not answer is not an error.
func (sys *system) callBack(ctx context.Context, carrier carriers.Carrier, body []byte) error {
	return within(ctx, 3*time.Second, func(ctx context.Context) error {
		request, err := stack.Callback(ctx, "http://"+sys.Callbacks+"/callbacks/"+string(carrier), sys.WebhookSecret, uuid.NewString(), body)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil
		}
		defer func() { _ = response.Body.Close() }()
		_, _ = io.Copy(io.Discard, response.Body)
		if response.StatusCode/100 == 4 {
			return fmt.Errorf("a signed callback was answered %s", response.Status)
		}
		sys.faultLog.add("… and the receiver answered " + response.Status)
		return nil
	})
}
