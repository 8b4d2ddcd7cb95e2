package callback

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/singleflight"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Signaller is the part of a Temporal client that stores callbacks.
type Signaller interface {
	workflows.Signaller
	SignalWithStartWorkflow(ctx context.Context, workflowID, signalName string, signalArg any,
		options client.StartWorkflowOptions, workflow any, workflowArgs ...any) (client.WorkflowRun, error)
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
}

var _ Signaller = client.Client(nil)

// courier hands notices to Temporal.
type courier struct {
	temporal Signaller
	timeout  time.Duration
	stored   *memory
	flights  singleflight.Group
}

func newCourier(temporal Signaller, timeout time.Duration) *courier {
	return &courier{temporal: temporal, timeout: timeout, stored: newMemory(replayable, mostRemembered)}
}

// take delivers a notice, unless the very same message has been delivered before. A message is known by the id its
// sender gave it and by its body: a sender that uses an id twice for different news loses neither.
func (c *courier) take(ctx context.Context, carrier carriers.Carrier, messageID string, n Notice, body []byte) reply {
	if n.ReceivedAt.IsZero() {
		n.ReceivedAt = time.Now().UTC()
	}
	if n.EventID == "" {
		n.EventID = messageID
	}
	// A carrier that hangs up early has still told us.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	if messageID == "" {
		result, err := c.deliver(ctx, carrier, n)
		return delivered(n, result, err)
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", carrier, messageID, body))
	result := Repeated // for whoever finds the message under way and waits for its delivery
	_, err, _ := c.flights.Do(string(key[:]), func() (any, error) {
		if c.stored.has(key) {
			return nil, nil
		}
		end, err := c.deliver(ctx, carrier, n)
		if err == nil {
			result = end
			c.stored.add(key) // not before: a message answered with 503 is to be sent again
		}
		return nil, err
	})
	return delivered(n, result, err)
}

// deliver has Temporal store a notice: as a signal to the operation it is about, or, if there is none, in a workflow
// that keeps it for an operator.
func (c *courier) deliver(ctx context.Context, carrier carriers.Carrier, n Notice) (Result, error) {
	if !carriers.ValidReference(n.Reference) {
		return Unmatched, c.keep(ctx, carrier, n)
	}
	id := workflows.WorkflowID(carrier, n.Reference)
	for range 2 { // an operation that starts, or is reset, between the signal and the look-up gets a second signal
		err := workflows.CallbackSignal.Send(ctx, c.temporal, id, n.Callback)
		if err == nil {
			return Stored, nil
		}
		if !isNotFound(err) {
			return Unavailable, fmt.Errorf("signalling workflow %s: %w", id, err)
		}
		// The server has one error type for workflows that are over and workflows that never were, and tells them apart
		// in the text alone.
		found, err := c.temporal.DescribeWorkflowExecution(ctx, id, "")
		switch {
		case isNotFound(err):
			return Unmatched, c.keep(ctx, carrier, n)
		case err != nil:
			return Unavailable, fmt.Errorf("looking up workflow %s: %w", id, err)
		case found.GetWorkflowExecutionInfo().GetCloseTime() != nil:
			return Finished, nil
		}
	}
	return Unavailable, fmt.Errorf("workflow %s is open and cannot be signalled", id)
}

// keep stores a notice that no operation waits for.
func (c *courier) keep(ctx context.Context, carrier carriers.Carrier, n Notice) error {
	unmatched := workflows.Unmatched{Carrier: carrier, Reference: n.Reference}
	options := workflows.UnmatchedOptions(unmatched)
	_, err := c.temporal.SignalWithStartWorkflow(ctx, options.ID, workflows.CallbackSignal.Name, n.Callback,
		options, workflows.UnmatchedCallbackType, unmatched)
	if err != nil {
		return fmt.Errorf("keeping an unmatched callback in workflow %s: %w", options.ID, err)
	}
	return nil
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*serviceerror.NotFound](err)
	return ok
}

// delivered turns the end of a delivery into an answer.
func delivered(n Notice, result Result, err error) reply {
	answer := reply{result: result, status: http.StatusAccepted, reference: n.Reference, state: n.State, why: err}
	switch {
	case err != nil:
		answer.result, answer.status = Unavailable, http.StatusServiceUnavailable
		answer.message = "the callback could not be stored; send it again later"
	case result == Stored:
		answer.message = "the operation has been told"
	case result == Unmatched:
		answer.message = "no operation has this reference; the callback is kept for an operator"
	case result == Finished:
		answer.status, answer.message = http.StatusOK, "the operation is over"
	case result == Repeated:
		answer.status, answer.message = http.StatusOK, "this message was received before"
	}
	return answer
}
