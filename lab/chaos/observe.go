package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/workflows"
)

// await looks at the operations until none is open that may still end, or the time is up, and returns what it saw last.
func (w *world) await(ctx context.Context, operations []operation, until time.Time) ([]observation, error) {
	seen := make([]observation, len(operations))
	open := make([]int, len(operations))
	for i, op := range operations {
		seen[i].operation, seen[i].otherManners, open[i] = op, w.manners == sandbox.OtherManners, i
	}
	for {
		fates, err := w.fates()
		if err != nil {
			return nil, err
		}
		if err := w.look(ctx, seen, open); err != nil {
			return nil, err
		}
		var still []int
		for _, i := range open {
			seen[i].fate = fates[lineOf(seen[i].operation)]
			if m, _ := judge(seen[i], until, time.Now()); !seen[i].closed && m != parked {
				still = append(still, i)
			}
		}
		if open = still; len(open) == 0 || time.Now().After(until) || !pause(ctx, time.Second) {
			break
		}
	}
	// Once more for all: what was recorded after it was looked at must not escape.
	fates, err := w.fates()
	for i := range seen {
		seen[i].fate = fates[lineOf(seen[i].operation)]
	}
	return seen, errors.Join(err, ctx.Err())
}

// lineOf is the key of an operation in the ledger: it is the only one on its line.
func lineOf(op operation) string { return string(kinds[op.kind].carrier) + " " + op.line }

// fate is what the carriers' ledger says of an operation.
type fate struct {
	recorded int // requests that the carrier has recorded
	again    int // requests that arrived after one had been recorded, whatever they were answered
	// inEffectAt is since when the change is in effect, zero for one that is not.
	inEffectAt time.Time
}

// fates reads the ledger by line.
func (w *world) fates() (map[string]fate, error) {
	entries, err := w.Ledger("", "", "")
	fates := map[string]fate{}
	for _, e := range entries {
		line := string(e.Carrier) + " " + e.Line
		f := fates[line]
		if e.Recorded {
			f.recorded++
		}
		if e.DuplicateOf > 0 {
			f.again++
		}
		if e.InEffect && (f.inEffectAt.IsZero() || e.InEffectAt.Before(f.inEffectAt)) {
			f.inEffectAt = e.InEffectAt
		}
		fates[line] = f
	}
	return fates, err
}

// look reads the open operations at Temporal, several at a time.
func (w *world) look(ctx context.Context, seen []observation, open []int) error {
	turns := make(chan int)
	failed := make(chan error, len(open))
	var looking sync.WaitGroup
	for range 4 {
		looking.Go(func() {
			for i := range turns {
				if err := w.observe(ctx, &seen[i]); err != nil {
					failed <- fmt.Errorf("looking at %s: %w", seen[i].workflowID(), err)
				}
			}
		})
	}
	for _, i := range open {
		turns <- i
	}
	close(turns)
	looking.Wait()
	close(failed)
	return <-failed
}

// observe fills in what Temporal knows of an operation.
func (w *world) observe(ctx context.Context, o *observation) error {
	var d *workflowservice.DescribeWorkflowExecutionResponse
	err := within(ctx, 10*time.Second, func(ctx context.Context) (err error) {
		d, err = w.client.DescribeWorkflowExecution(ctx, o.workflowID(), "")
		return err
	})
	if _, absent := errors.AsType[*serviceerror.NotFound](err); absent {
		return nil
	}
	if err != nil {
		return err
	}
	info := d.GetWorkflowExecutionInfo()
	o.found, o.startedAt = true, info.GetStartTime().AsTime()
	if o.attention, err = attentionIn(info.GetSearchAttributes()); err != nil {
		return err
	}
	o.message = ""
	for _, a := range d.GetPendingActivities() {
		o.message += fmt.Sprintf("%s, attempt %d: %s; ", a.GetActivityType().GetName(), a.GetAttempt(), a.GetLastFailure().GetMessage())
	}
	if info.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil
	}
	return w.ended(ctx, o, info.GetCloseTime().AsTime())
}

// ended fills in how an operation ended.
func (w *world) ended(ctx context.Context, o *observation, at time.Time) error {
	var result workflows.Result
	err := within(ctx, 10*time.Second, func(ctx context.Context) error {
		return w.client.GetWorkflow(ctx, o.workflowID(), "").Get(ctx, &result)
	})
	failure, failed := workflows.AsFailure(err)
	if err != nil && !failed {
		// Not one of ours: terminated, timed out, or Temporal did not answer. No operation has to end like that.
		failure = &workflows.Failure{Type: "Unexpected", Message: err.Error()}
	}
	o.closed, o.closedAt = true, at
	o.submittedAt = result.SubmittedAt
	if err != nil {
		o.failure, o.message, o.submittedAt = failure.Type, failure.Message, failure.SubmittedAt
	}
	o.effect = result.Effect
	if o.failure == "" && !unmarked(*o, at) {
		return nil
	}
	// An operation that has its outcome is off the operators' list, or has left its place there to a workflow that it
	// started, so whether they were told is in its history.
	events, err := w.events(ctx, o.operation)
	if err != nil {
		return err
	}
	told, err := toldIn(events)
	if err != nil {
		return err
	}
	o.attention = append(o.attention, told...)
	if unmarked(*o, at) {
		o.unattended = unattended(events)
	}
	return nil
}

// toldIn is everything that operators have been told in the course of a workflow, by itself or by one that it started.
func toldIn(events []*historypb.HistoryEvent) (told []string, err error) {
	for _, event := range events {
		for _, attributes := range []*commonpb.SearchAttributes{
			event.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes(),
			event.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetSearchAttributes(),
		} {
			more, err := attentionIn(attributes)
			if err != nil {
				return nil, err
			}
			told = append(told, more...)
		}
	}
	return told, nil
}

// attentionIn reads what operators are told by search attributes.
func attentionIn(attributes *commonpb.SearchAttributes) (told []string, err error) {
	if payload, ok := attributes.GetIndexedFields()[workflows.NeedsAttentionAttribute.GetName()]; ok {
		err = converter.GetDefaultDataConverter().FromPayload(payload, &told)
	}
	return told, err
}
