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
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// await observes the operations until all that may still end have ended, or until a time, and returns the last observations.
func (sys *system) await(ctx context.Context, operations []operation, until time.Time) ([]observation, error) {
	seen := make([]observation, len(operations))
	open := make([]int, len(operations))
	for i, op := range operations {
		seen[i].operation, seen[i].otherManners, open[i] = op, sys.manners == sandbox.OtherManners, i
	}
	for {
		ledgerStates, err := sys.LedgerByLine()
		if err != nil {
			return nil, err
		}
		if err := sys.look(ctx, seen, open); err != nil {
			return nil, err
		}
		var still []int
		for _, i := range open {
			seen[i].ledgerState = ledgerStates[lineOf(seen[i].operation)]
			if m, _ := judge(seen[i], until, time.Now()); !seen[i].closed && m != parked {
				still = append(still, i)
			}
		}
		if open = still; len(open) == 0 || time.Now().After(until) || !pause(ctx, time.Second) {
			break
		}
	}
	// Once more for all, to include what was recorded after the last observation.
	ledgerStates, err := sys.LedgerByLine()
	for i := range seen {
		seen[i].ledgerState = ledgerStates[lineOf(seen[i].operation)]
	}
	return seen, errors.Join(err, ctx.Err())
}

// lineOf is the key of an operation in the ledger: it is the only one on its line.
func lineOf(op operation) string { return stack.LineAt(kinds[op.kind].Carrier(), op.line) }

// ledgerState is what the carriers' ledger contains about an operation.
type ledgerState = stack.Recorded

// look observes the open operations at Temporal, several at a time.
func (sys *system) look(ctx context.Context, seen []observation, open []int) error {
	turns := make(chan int)
	failed := make(chan error, len(open))
	var looking sync.WaitGroup
	for range 4 {
		looking.Go(func() {
			for i := range turns {
				if err := sys.observe(ctx, &seen[i]); err != nil {
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

// observe fills in what Temporal shows of an operation.
func (sys *system) observe(ctx context.Context, o *observation) error {
	var d *workflowservice.DescribeWorkflowExecutionResponse
	err := within(ctx, 10*time.Second, func(ctx context.Context) (err error) {
		d, err = sys.client.DescribeWorkflowExecution(ctx, o.workflowID(), "")
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
	return sys.ended(ctx, o, info.GetCloseTime().AsTime())
}

// ended fills in how an operation ended.
func (sys *system) ended(ctx context.Context, o *observation, at time.Time) error {
	var result workflows.Result
	err := within(ctx, 10*time.Second, func(ctx context.Context) error {
		return sys.client.GetWorkflow(ctx, o.workflowID(), "").Get(ctx, &result)
	})
	failure, failed := workflows.AsFailure(err)
	if err != nil && !failed {
		// Not one of our failures: terminated, timed out, or Temporal did not answer. No operation may end like that.
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
	// A closed operation no longer has NeedsAttention, or has passed it on to a follow-up. Its history shows whether
	// operators were told.
	events, err := sys.events(ctx, o.operation)
	if err != nil {
		return err
	}
	raised, err := attentionRaised(events)
	if err != nil {
		return err
	}
	o.attention = append(o.attention, raised...)
	if unmarked(*o, at) {
		o.withoutWorker = withoutWorker(events)
	}
	return nil
}

// attentionRaised are all values of NeedsAttention that a workflow, or a child of it, has set.
func attentionRaised(events []*historypb.HistoryEvent) (raised []string, err error) {
	for _, event := range events {
		for _, attributes := range []*commonpb.SearchAttributes{
			event.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes(),
			event.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetSearchAttributes(),
		} {
			more, err := attentionIn(attributes)
			if err != nil {
				return nil, err
			}
			raised = append(raised, more...)
		}
	}
	return raised, nil
}

// attentionIn reads NeedsAttention from search attributes.
func attentionIn(attributes *commonpb.SearchAttributes) (raised []string, err error) {
	if payload, ok := attributes.GetIndexedFields()[workflows.NeedsAttentionAttribute.GetName()]; ok {
		err = converter.GetDefaultDataConverter().FromPayload(payload, &raised)
	}
	return raised, err
}
