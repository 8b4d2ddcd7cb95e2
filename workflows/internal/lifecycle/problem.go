package lifecycle

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows/encryption"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

// Kinds of activity errors that are not application errors.
const (
	canceled = "Canceled"
	timedOut = "TimedOut"
	// notTaken is a timeout while an attempt waited for a worker, or of a whole activity before any attempt has returned: most
	// likely no worker serves the carrier.
	notTaken = "NotTaken"
	// notRead is an attempt on a worker that lacks the key of its input. It has done nothing.
	notRead = encryption.UnreadableType
)

// delayIn is the delay that an activity requested before its next attempt; 0 if it requested none.
func delayIn(err error) time.Duration {
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return application.NextRetryDelay()
	}
	return 0
}

// problemIn reads an activity's error: its kind, which is the error type or one of the kinds above, and its details. It
// does not use the retry state, which a server and the test environment set differently.
func problemIn(err error) (kind string, problem activities.Problem) {
	if temporal.IsCanceledError(err) {
		return canceled, problem
	}
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		// The cause of the timeout is the error of an earlier attempt, if there is one. The last attempt may have been
		// interrupted, so its heartbeat shows whether it may have sent.
		cause, caused := errors.AsType[*temporal.ApplicationError](err)
		if caused && cause.HasDetails() {
			_ = operators.Readable(cause.Details(&problem))
		}
		var last activities.Intent
		if timeout.HasLastHeartbeatDetails() && operators.Readable(timeout.LastHeartbeatDetails(&last)) == nil && last.MaybeSent() {
			problem.Intent = &last
		}
		switch timeout.TimeoutType() {
		case enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START:
			return notTaken, problem
		case enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE:
			if !caused && !timeout.HasLastHeartbeatDetails() {
				return notTaken, problem
			}
		}
		return timedOut, problem
	}
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	if !ok {
		return "", problem
	}
	if application.HasDetails() {
		_ = operators.Readable(application.Details(&problem)) // details of another type are ignored; the kind is kept
	}
	return application.Type(), problem
}
