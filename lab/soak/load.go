package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/workflows"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// endsWithin bounds one operation; an ordinary one takes a second or two.
const endsWithin = 2 * time.Minute

// load starts operations at a rate and waits for their ends.
type load struct {
	temporal client.Client
	rate     float64

	next  int
	ended int
}

// run starts operations for a time and returns when the last one has ended. Its error is that of any of them.
func (l *load) run(ctx context.Context, during time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ticks := time.NewTicker(time.Duration(float64(time.Second) / l.rate))
	defer ticks.Stop()
	over := time.After(during)
	var running sync.WaitGroup
	for started := 0; ; started++ {
		select {
		case <-ticks.C:
			n := l.next
			l.next++
			running.Go(func() {
				if err := l.operate(ctx, n); err != nil {
					cancel(err)
				}
			})
			continue
		case <-ctx.Done():
		case <-over:
		}
		running.Wait()
		l.ended += started
		return context.Cause(ctx)
	}
}

// operate runs one operation, of every kind in turn, on a line of its own.
func (l *load) operate(ctx context.Context, n int) error {
	kind := kinds[n%len(kinds)]
	ref := fmt.Sprintf("soak-%d", n)
	input := fmt.Sprintf(`{"reference":%q,"timings":{"pollEvery":"500ms","settle":"1s"},%s}`, ref, fmt.Sprintf(kind.fields, n))
	in := kind.definition().NewInput()
	if err := json.Unmarshal([]byte(input), in); err != nil {
		return fmt.Errorf("making the input of %s: %w", kind.operation, err)
	}
	ctx, cancel := context.WithTimeout(ctx, endsWithin)
	defer cancel()
	run, err := l.temporal.ExecuteWorkflow(ctx, workflows.StartOptions(in, "soak"), kind.operation, in)
	if err == nil {
		err = run.Get(ctx, nil)
	}
	if err != nil {
		return fmt.Errorf("%s, reference %s: %w%s", kind.operation, ref, err, l.pending(in.Common().Reference, kind.operation))
	}
	return nil
}

// pending is what an operation that did not end waits for.
func (l *load) pending(reference, operation string) (text string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	d, err := l.temporal.DescribeWorkflowExecution(ctx, workflows.WorkflowID(workflows.CarrierOf(operation), reference), "")
	if err != nil {
		return "; " + err.Error()
	}
	for _, p := range d.GetPendingActivities() {
		text += fmt.Sprintf("; %s, attempt %d: %s", p.GetActivityType().GetName(), p.GetAttempt(), p.GetLastFailure().GetMessage())
	}
	return text
}

// kind is an operation with its fields, in which %d is the number of the line. They end in 00: an ordinary line.
type kind struct{ operation, fields string }

var kinds = []kind{
	{"dish.UpdateSubscriptionStatus", `"iccid":"8901%014d00","action":"Suspend"`},
	{"stn.SetServices", `"subscriptionId":"SUB-%08d00","services":{"voiceMail":false}`},
	{"masmovil.ReplaceSIM", `"orgId":"yoigo","subscriptionId":7%08d00,"dealer_id":"D-1","logistic":false,"new_icc":"8934030000000000025"`},
	{"dish.GetSubscription", `"iccid":"8902%014d00"`},
}

func (k kind) definition() workflows.Definition {
	for _, d := range workflows.Operations() {
		if d.Type == k.operation {
			return d
		}
	}
	panic(errors.New("no operation " + k.operation)) // a mistake in the table above
}
