package webhooks

import (
	"errors"

	"go.temporal.io/sdk/temporal"
)

// problemIn says why a delivery has failed, as the end of a line.
func problemIn(err error) string {
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return ", " + application.Message()
	}
	return ", no worker has delivered it in time; start one that has the endpoint in CARRIERFLOW_WEBHOOKS_FILE"
}

// final reports whether an activity says that trying again is of no use.
func final(err error) bool {
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	return ok && application.NonRetryable()
}
