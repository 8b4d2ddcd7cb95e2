package main

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// span is an interval of time.
type span struct{ from, to time.Time }

// withoutWorker returns when a workflow waited for a worker: from the scheduling of a workflow task to its completion. The
// workflow of a killed worker waits until Temporal's own timeout of ten seconds. A task that the workflow itself failed
// does not count.
func withoutWorker(events []*historypb.HistoryEvent) []span {
	var spans []span
	var since time.Time
	for _, e := range events {
		switch at := e.GetEventTime().AsTime(); e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
			if since.IsZero() {
				since = at
			}
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			spans = append(spans, span{since, at})
			since = time.Time{}
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
			since = time.Time{}
		}
	}
	return spans
}

// waited is the longer of the two waits of an operation: for its acknowledgement, and for its outcome. Each has its own
// overdue time. Time without a worker does not count, because without one no operator can be told; missing workers are for
// the monitoring of workers.
func waited(o observation, now time.Time) time.Duration {
	end := now
	if o.closed {
		end = o.closedAt
	}
	if o.submittedAt.IsZero() {
		return o.withWorker(o.startedAt, end)
	}
	return max(o.withWorker(o.startedAt, o.submittedAt), o.withWorker(o.submittedAt, end))
}

// withWorker is how much of an interval the operation had a worker.
func (o observation) withWorker(from, to time.Time) time.Duration {
	sum := to.Sub(from)
	for _, s := range o.withoutWorker {
		begin, end := s.from, s.to
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		sum -= max(end.Sub(begin), 0)
	}
	return sum
}
