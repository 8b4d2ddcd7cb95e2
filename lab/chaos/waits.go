package main

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// span is a stretch of time.
type span struct{ from, to time.Time }

// unattended returns when a workflow waited for a worker: from the moment it had something to do until a worker had done
// it. A worker that is killed keeps a workflow waiting until Temporal's own timeout of ten seconds. A task that the
// workflow itself failed is not among these.
func unattended(events []*historypb.HistoryEvent) []span {
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
// overdue time. Time without a worker does not count, because without one nobody can tell an operator; that workers are
// missing is for the monitoring of workers to notice.
func waited(o observation, now time.Time) time.Duration {
	end := now
	if o.closed {
		end = o.closedAt
	}
	if o.submittedAt.IsZero() {
		return o.attended(o.startedAt, end)
	}
	return max(o.attended(o.startedAt, o.submittedAt), o.attended(o.submittedAt, end))
}

// attended is how much of a stretch of time a worker was there for the operation.
func (o observation) attended(from, to time.Time) time.Duration {
	sum := to.Sub(from)
	for _, s := range o.unattended {
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
