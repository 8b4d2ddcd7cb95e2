package workflows

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
)

// Kinds of activity errors that are not application errors.
const (
	canceled = "Canceled"
	timedOut = "TimedOut"
	// untaken is a timeout before any attempt has said anything, or while one waited for a worker: most likely there is none.
	untaken = "Untaken"
)

// delayIn is how long an activity asked to be left alone before its next attempt; 0 if it did not say.
func delayIn(err error) time.Duration {
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return application.NextRetryDelay()
	}
	return 0
}

// problemIn reads an activity's error: its kind, which is the type an activity gave it or one of the kinds above, and
// what the activity knew. It decides by types and never by the retry state, which a server and the test environment set
// differently.
func problemIn(err error) (kind string, problem activities.Problem) {
	if temporal.IsCanceledError(err) {
		return canceled, problem
	}
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		// What an attempt before has seen is the cause of the timeout, if there was one. The last attempt may have been cut off,
		// so what it wrote down tells whether it can have sent.
		cause, caused := errors.AsType[*temporal.ApplicationError](err)
		if caused && cause.HasDetails() {
			_ = cause.Details(&problem)
		}
		var last activities.Intent
		if timeout.HasLastHeartbeatDetails() && timeout.LastHeartbeatDetails(&last) == nil && last.MaybeSent() {
			problem.Intent = &last
		}
		if timeout.TimeoutType() == enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START || !caused && !timeout.HasLastHeartbeatDetails() {
			return untaken, problem
		}
		return timedOut, problem
	}
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	if !ok {
		return "", problem
	}
	if application.HasDetails() {
		_ = application.Details(&problem) // details of another shape tell nothing; the kind stands
	}
	return application.Type(), problem
}
