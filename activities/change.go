package activities

import (
	"encoding/json"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// change makes the activities of one operation that changes something.
type change struct {
	adapter    carriers.Adapter
	operation  carriers.ChangeOperation
	name       string
	connection carriers.Connection
	options    Options
	// swept tells that a sweep tells the operations when they are decided.
	swept bool
}

// bind prepares the request of one attempt.
func (c change) bind(reference string, startedAt time.Time, request json.RawMessage) (carriers.BoundChange, error) {
	bound, err := c.operation.Bind(c.connection, reference, c.options.Lost.earliest(startedAt), request)
	if err != nil { // a mistake in the program, because the workflow has validated the request
		return nil, applicationError(err.Error(), Rejected, true, 0, Problem{Class: carriers.Rejected, Reason: err.Error()})
	}
	return bound, nil
}
