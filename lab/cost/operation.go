package cost

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// Operation is one operation whose cost is measured from its start to its end. Nothing else may run at its worker meanwhile, because
// heartbeats are seen only in the worker's metrics.
type Operation struct {
	Client client.Client
	// ID is its workflow id, and Line that of the workflow of its line; empty when its changes take no turn, or it has none.
	ID, Line string
	// Metrics is the URL of the worker's metrics.
	Metrics string
	// Run carries it out and returns when it has ended.
	Run func(context.Context) error
	// Decide makes the carrier decide. It is called when the request has been acknowledged, nothing of the operation is about to be
	// done, and at least Polls attempts of its check have been made. Nil is an operation that is decided by itself.
	Decide func() error
	// Sent reports whether the carrier has acknowledged the request.
	Sent func() (bool, error)
	// Polls is how many attempts are awaited before the carrier decides.
	Polls int
}

// lookEvery is how often it is looked whether an operation waits. A poll is due a second after the one before at the earliest.
const lookEvery = 20 * time.Millisecond

// Measure carries the operation out. line is what the workflow of its line has cost; zero without one.
func (o Operation) Measure(ctx context.Context) (of, line Cost, err error) {
	before, err := o.heartbeats(ctx)
	if err != nil {
		return of, line, err
	}
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx) }()
	abandoned, abandonedByLine := 0, 0
	if o.Decide != nil {
		if abandoned, abandonedByLine, err = o.untilItWaits(ctx, ended); err != nil {
			return of, line, err
		}
		if err := o.Decide(); err != nil {
			return of, line, err
		}
	}
	if err := <-ended; err != nil {
		return of, line, err
	}
	after, err := o.heartbeats(ctx)
	if err != nil {
		return of, line, err
	}
	if o.Polls > 0 {
		abandoned = 0 // the check ends by itself, so its attempts are in the history
	}
	if of, err = Of(ctx, o.Client, o.ID, abandoned, after-before); err != nil || o.Line == "" {
		return of, line, err
	}
	line, err = o.ofLine(ctx, abandonedByLine)
	return of, line, err
}

// untilItWaits returns the attempts that would be abandoned if the operation ended now, and nothing of it is about to be done.
func (o Operation) untilItWaits(ctx context.Context, ended <-chan error) (abandoned, byLine int, err error) {
	err = stack.Until(ctx, "the operation waits", lookEvery, func() (bool, error) {
		select {
		case err := <-ended:
			return false, fmt.Errorf("%s has ended before the carrier decided: %w", o.ID, errors.Join(err))
		default:
		}
		if sent, err := o.Sent(); !sent || err != nil {
			return false, err
		}
		attempts, waits, err := Pending(ctx, o.Client, o.ID)
		abandoned = attempts
		return waits && attempts >= o.Polls, err
	})
	if err != nil || o.Line == "" {
		return abandoned, 0, err
	}
	byLine, _, err = Pending(ctx, o.Client, o.Line)
	return abandoned, byLine, unlessNone(err)
}

// ofLine is what the workflow of the line has cost, when it has ended.
func (o Operation) ofLine(ctx context.Context, abandoned int) (line Cost, err error) {
	err = stack.Until(ctx, "the line has ended", lookEvery, func() (bool, error) {
		d, err := o.Client.DescribeWorkflowExecution(ctx, o.Line, "")
		return err != nil || d.GetWorkflowExecutionInfo().GetCloseTime() != nil, unlessNone(err)
	})
	if err != nil {
		return line, err
	}
	line, err = Of(ctx, o.Client, o.Line, abandoned, 0)
	return line, unlessNone(err)
}

// unlessNone drops the error of a workflow that does not exist: changes that take no turn have no line.
func unlessNone(err error) error {
	if _, none := errors.AsType[*serviceerror.NotFound](err); none {
		return nil
	}
	return err
}

// heartbeats is how many heartbeats the worker has sent so far.
func (o Operation) heartbeats(ctx context.Context) (int, error) {
	values, err := stack.Metrics(ctx, o.Metrics)
	n := 0.0
	for name, value := range values {
		if strings.HasPrefix(name, "temporal_request_total{") && strings.Contains(name, `operation="RecordActivityTaskHeartbeat"`) {
			n += value
		}
	}
	return int(n), err
}
