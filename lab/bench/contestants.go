package main

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/workflows"
)

// contestant is one way to carry out an operation.
type contestant struct {
	name string
	// host is the process that does the work.
	host *host
	// shape fills in what makes an operation this contestant's.
	shape func(*operation)
	// start starts an operation, and wait returns when it has ended, with its time and whether a callback decided it.
	start func(context.Context, *operation) error
	wait  func(context.Context, *operation) error
	// offCarrier: the operation does not go to the carrier at all, and is told by a signal of the driver.
	offCarrier bool
}

// The names of the contestants.
const (
	nameOurs      = "ours, confirmed"
	nameNoConfirm = "ours, no confirm"
	nameNoOrder   = "ours, no confirm, no line order"
	namePolled    = "ours, polled"
	nameTextbook  = "textbook"
	nameTimerPoll = "timer-poll"
	nameBare      = "bare"
	nameEmpty     = "empty"
	nameRiver     = "river"
	nameTable     = "table"
)

// lineSecret is what ours hashes lines with.
const lineSecret = "secret"

// ours is a contestant of the product, started as a caller in Go starts it.
func ours(name string, h *host, shape func(*operation)) *contestant {
	return &contestant{
		name: name, host: h, shape: shape,
		start: func(ctx context.Context, op *operation) error {
			_, err := workflows.Start(ctx, h.client, request(op), workflows.LineSecret(lineSecret))
			return err
		},
		wait: func(ctx context.Context, op *operation) error {
			closed, err := awaitClose(ctx, h.client, workflows.WorkflowID(carriers.Carrier(op.carrier), op.reference), op)
			if err != nil {
				return err
			}
			var result workflows.Result
			err = converter.GetDefaultDataConverter().FromPayloads(closed.GetWorkflowExecutionCompletedEventAttributes().GetResult(), &result)
			op.byCallback = result.DecidedBy == workflows.ByCallback
			return err
		},
	}
}

// request is the operation as ours takes it.
func request(op *operation) carriers.Request {
	options := carriers.Options{}
	if !op.confirm {
		options.Confirm = new(bool)
	}
	if op.pollEvery > 0 {
		options.Timings = &carriers.Timings{
			PollEvery: carriers.Duration(op.pollEvery), OverduePollEvery: carriers.Duration(op.pollEvery), OverdueAfter: carriers.Duration(op.overdueAfter),
		}
	}
	if op.carrier == calling {
		return dish.UpdateSubscriptionStatus{Reference: op.reference, ICCID: op.line, Action: "Suspend", Options: options}
	}
	return stn.SetServices{Reference: op.reference, SubscriptionID: op.line, Services: map[string]any{"voiceMail": false}, Options: options}
}

// flow is a contestant that is a workflow of this program.
func flow(name, workflowType string, h *host, shape func(*operation)) *contestant {
	return &contestant{
		name: name, host: h, shape: shape,
		start: func(ctx context.Context, op *operation) error {
			_, err := h.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: flowID(op.reference), TaskQueue: baseQueue}, workflowType,
				order{op.carrier, op.reference, op.line, op.pollEvery})
			return err
		},
		wait: func(ctx context.Context, op *operation) error {
			_, err := awaitClose(ctx, h.client, flowID(op.reference), op)
			return err
		},
	}
}

// signalled is a workflow that has nothing to do with a carrier: the driver signals it.
func signalled(name, workflowType string, h *host) *contestant {
	c := flow(name, workflowType, h, func(*operation) {})
	c.offCarrier = true
	start := c.start
	c.start = func(ctx context.Context, op *operation) error {
		if err := start(ctx, op); err != nil || workflowType == emptyFlow {
			return err
		}
		time.AfterFunc(op.after, func() {
			op.decide(time.Now())
			_ = h.client.SignalWorkflow(ctx, flowID(op.reference), "", callbackSignal, notice{op.reference, "Success"}) // it may have been stopped
		})
		return nil
	}
	return c
}

// awaitClose waits for the end of a run, and notes its time. A run that does not complete is an error.
func awaitClose(ctx context.Context, c client.Client, id string, op *operation) (*historypb.HistoryEvent, error) {
	event, err := c.GetWorkflowHistory(ctx, id, "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT).Next()
	if err != nil {
		return nil, fmt.Errorf("waiting for %s: %w", id, err)
	}
	if event.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED {
		return nil, fmt.Errorf("%s has ended as %s: %s", id, event.GetEventType(), event.GetWorkflowExecutionFailedEventAttributes().GetFailure().GetMessage())
	}
	op.closed = event.GetEventTime().AsTime()
	return event, nil
}

// The shapes of operations: what decides them.
func confirmed(op *operation)    {}
func notConfirmed(op *operation) { op.confirm = false }

// polledTimes is a shape of operations that the carrier decides so that exactly so many polls are needed.
func polledTimes(polls int, every time.Duration) func(*operation) {
	return func(op *operation) { op.polls, op.pollEvery = polls, every }
}
