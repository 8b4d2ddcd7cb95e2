package main

import (
	"context"
	"iter"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// history yields the events of a run, those that are there, or with follow also those that come, until it ends. Its error
// is the last that it yields.
func (c *connection) history(ctx context.Context, id, runID string, follow bool) iter.Seq2[*historypb.HistoryEvent, error] {
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
