package timeline

import (
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/payload"
)

// call is a call to the carrier.
type call struct {
	// doing is Sending or Checking; reads tells that it is the call of a read.
	doing   Kind
	reads   bool
	attempt int32
	// before is what the last attempt before the answer met.
	before string
}

// activity reads the events of activities. What is not a call to the carrier has no steps.
func (r *Reader) activity(e *historypb.HistoryEvent) []Step {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		return r.scheduled(e)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		a := e.GetActivityTaskStartedEventAttributes()
		if c := r.calls[a.GetScheduledEventId()]; c != nil {
			c.attempt, c.before = a.GetAttempt(), r.problem(a.GetLastFailure())
		}
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		a := e.GetActivityTaskCompletedEventAttributes()
		return r.called(a.GetScheduledEventId(), func(c *call) Step { return r.success(c, a.GetResult()) })
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		a := e.GetActivityTaskFailedEventAttributes()
		return r.called(a.GetScheduledEventId(), func(c *call) Step { return r.failure(c, a.GetFailure()) })
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT: // the end of a window: what the last attempt met is in the failure's cause
		a := e.GetActivityTaskTimedOutEventAttributes()
		problem := r.problem(a.GetFailure().GetCause())
		return r.called(a.GetScheduledEventId(), func(c *call) Step {
			if c.doing == Sending {
				return Step{What: NotTaken, Text: join("not acknowledged in time", problem)}
			}
			return Step{What: Checked, Text: join("no decision in time", problem)}
		})
	}
	return nil
}

func (r *Reader) scheduled(e *historypb.HistoryEvent) []Step {
	c, text := &call{doing: Checking}, payload.Text(e.GetUserMetadata().GetSummary(), r.converter)
	switch e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() {
	case activities.SubmitName(r.operation):
		c.doing, text = Sending, "sending the request to "+r.name()
	case activities.ReadName(r.operation):
		c.reads, text = true, "asking "+r.name()
	case activities.CheckName(r.operation):
	default:
		return nil
	}
	r.calls[e.GetEventId()] = c
	return one(c.doing, "%s", text)
}

// called is the step for a call that has ended.
func (r *Reader) called(scheduled int64, step func(*call) Step) []Step {
	c := r.calls[scheduled]
	if c == nil {
		return nil
	}
	delete(r.calls, scheduled)
	s := step(c)
	if s.Attempts = c.attempt; !strings.Contains(s.Text, c.before) {
		s.Before = c.before
	}
	return []Step{s}
}

// direct reads the event of a local activity: the read that confirmed what a callback had reported. One that did not is followed by an
// activity.
func (r *Reader) direct(e *historypb.HistoryEvent) []Step {
	var made struct{ ActivityType string }
	a := e.GetMarkerRecordedEventAttributes()
	if r.decode(a.GetDetails()["data"], &made); made.ActivityType != activities.ConfirmName(r.operation) || a.GetFailure() != nil {
		return nil
	}
	return append(one(Checking, "%s", payload.Text(e.GetUserMetadata().GetSummary(), r.converter)), r.success(&call{doing: Checking}, a.GetDetails()["result"]))
}

func (r *Reader) success(c *call, result *commonpb.Payloads) Step {
	if c.doing == Sending {
		var ack carriers.Acknowledgement
		r.decode(result, &ack)
		return Step{What: Acknowledged, Text: r.acknowledgement(ack)}
	}
	if c.reads {
		return Step{What: Checked, Text: r.name() + " has answered"}
	}
	var seen activities.CheckResult
	r.decode(result, &seen)
	if seen.Presence == carriers.Absent {
		return Step{What: Checked, Text: r.name() + " does not show the request"}
	}
	return Step{What: Checked, Text: r.says(seen.Outcome)}
}

func (r *Reader) failure(c *call, f *failurepb.Failure) Step {
	what := Checked
	if c.doing == Sending {
		what = NotTaken
		var p activities.Problem
		r.decode(f.GetApplicationFailureInfo().GetDetails(), &p)
		switch f.GetApplicationFailureInfo().GetType() {
		case activities.LineBusy:
			return turn(p.Turn)[0]
		case activities.Retrying: // it is tried again
			if p.Intent != nil && p.Intent.MaybeSent() {
				what = Undecided
			}
			return Step{What: what, Text: r.problem(f)}
		case activities.OutcomeUnknown, activities.UnknownStatus:
			what = Undecided
		}
	}
	return Step{What: what, Text: Sentence(r.operation, r.reference, f.GetMessage())}
}

// problem is why an attempt was not the last one: what the carrier said, as far as it is known.
func (r *Reader) problem(f *failurepb.Failure) string {
	var p activities.Problem
	r.decode(f.GetApplicationFailureInfo().GetDetails(), &p)
	switch said := (carriers.Outcome{Status: p.CarrierStatus, Code: p.Code, Reason: p.Reason}); {
	case p.HTTPStatus != 0:
		return fmt.Sprintf("%s answers with HTTP %d%s", r.name(), p.HTTPStatus, because(said))
	case p.CarrierStatus != "":
		return r.says(said)
	}
	return Sentence(r.operation, r.reference, f.GetMessage())
}
