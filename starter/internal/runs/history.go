package runs

import (
	"context"
	"fmt"
	"iter"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/starter/internal/form"
	"github.com/carrierflow/carrierflow/starter/internal/payload"
	"github.com/carrierflow/carrierflow/starter/internal/timeline"
)

// Late are the steps of a timeline that came after the end of the operation.
func (c *Connection) Late(ctx context.Context, v View) (steps []timeline.Step, err error) {
	if v.FollowUp == "" {
		return nil, nil
	}
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	reader := timeline.New(c.Converter)
	for event, err := range c.History(bounded, v.FollowUp, v.FollowUpRun, false) {
		if err != nil {
			return nil, err
		}
		steps = append(steps, reader.Late(event)...)
	}
	return steps, nil
}

// History yields the events of a run, those that are there, or with follow also those that come, until it ends. Its error
// is the last that it yields.
func (c *Connection) History(ctx context.Context, id, runID string, follow bool) iter.Seq2[*historypb.HistoryEvent, error] {
	return func(yield func(*historypb.HistoryEvent, error) bool) {
		events := c.GetWorkflowHistory(ctx, id, runID, follow, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// Steps sends the steps of a run as they come. When no more come, because the run or the context has ended, steps is
// closed and lost has the reason, nil for the end of the run.
func (c *Connection) Steps(ctx context.Context, id, runID string) (steps <-chan timeline.Step, lost <-chan error) {
	sent, failed := make(chan timeline.Step), make(chan error, 1)
	go func() {
		defer close(sent)
		reader := timeline.New(c.Converter)
		for event, err := range c.History(ctx, id, runID, true) {
			if err != nil {
				failed <- err
				return
			}
			for _, s := range reader.Read(event) {
				select {
				case sent <- s:
				case <-ctx.Done():
					failed <- ctx.Err()
					return
				}
			}
		}
		failed <- nil
	}()
	return sent, failed
}

// Recorded reads what a run was started with, and whether it has begun to send.
func (c *Connection) Recorded(ctx context.Context, v View) (input form.Document, sent bool, err error) {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	for event, err := range c.History(bounded, v.WorkflowID, v.RunID, false) {
		if err != nil {
			return nil, false, c.Unanswered(ctx, err)
		}
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			payload.Decode(event.GetWorkflowExecutionStartedEventAttributes().GetInput(), c.Converter, &input)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			name := event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
			sent = sent || name == activities.SubmitName(v.Operation)
		}
	}
	if input == nil {
		return nil, false, fmt.Errorf("the input of %s cannot be read; nothing was started", v.WorkflowID)
	}
	return input, sent, nil
}
