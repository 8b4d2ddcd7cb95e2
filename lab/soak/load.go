package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// endsWithin bounds one operation; an ordinary one takes a second or two.
const endsWithin = 2 * time.Minute

// load starts operations at a rate and waits for them to end.
type load struct {
	temporal client.Client
	rate     float64

	next  int
	ended int
}

// run starts operations for a time and returns when the last one has ended. It returns the error of any of them.
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

// operate runs one operation, each kind in turn, on a line of its own.
func (l *load) operate(ctx context.Context, n int) error {
	reference := fmt.Sprintf("soak-%d", n)
	operation, request := l.request(n, reference)
	ctx, cancel := context.WithTimeout(ctx, endsWithin)
	defer cancel()
	options, err := workflows.StartOptions(operation, request, "soak")
	if err != nil {
		return err
	}
	run, err := l.temporal.ExecuteWorkflow(ctx, options, operation, request)
	if err == nil {
		err = run.Get(ctx, nil)
	}
	if err != nil {
		return fmt.Errorf("%s, reference %s: %w%s", operation, reference, err, l.pending(reference, operation))
	}
	return nil
}

// request makes a request of a change on an ordinary line, each kind in turn.
func (l *load) request(n int, reference string) (operation string, request json.RawMessage) {
	kind := kinds[n%len(kinds)]
	times := map[string]string{"pollEvery": "500ms", "lookupDelay": "1s"}
	return kind.Type, kind.Request(reference, kind.Line(n, int(subject.Ordinary)), map[string]any{"timings": times})
}

var kinds = subject.Changes()

// pending describes the pending activities of an operation that did not end.
func (l *load) pending(reference, operation string) (text string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	d, err := l.temporal.DescribeWorkflowExecution(ctx, workflows.WorkflowID(carriers.CarrierOf(operation), reference), "")
	if err != nil {
		return "; " + err.Error()
	}
	for _, p := range d.GetPendingActivities() {
		text += fmt.Sprintf("; %s, attempt %d: %s", p.GetActivityType().GetName(), p.GetAttempt(), p.GetLastFailure().GetMessage())
	}
	return text
}
