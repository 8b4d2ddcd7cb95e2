package workflows

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// answering is a client whose updates end with an error.
type answering struct {
	client.WorkflowUpdateHandle
	err error
}

func (a answering) UpdateWorkflow(context.Context, client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	return a, nil
}

func (a answering) Get(context.Context, any) error { return a.err }

// A refusal says what was refused, why, and what is wrong with the argument. Everything else is no refusal.
func TestARefusedUpdateIsTyped(t *testing.T) {
	faults := []carriers.Fault{{Field: "operator", Problem: "is required"}}
	failure := Failure{Type: InvalidRequest, Message: "the input is not valid", Faults: faults}
	for name, c := range map[string]struct {
		err     error
		refused *RefusedError
	}{
		"it makes no sense now": {
			temporal.NewNonRetryableApplicationError("deny: the carrier does not hold this request", Refused, nil),
			&RefusedError{Update: "deny", Reason: "the carrier does not hold this request"},
		},
		"the argument is not valid": {
			temporal.NewNonRetryableApplicationError("deny: operator: is required", string(InvalidRequest), nil, faults),
			&RefusedError{Update: "deny", Reason: "operator: is required", Faults: faults},
		},
		"the operation has failed": {temporal.NewApplicationErrorWithOptions(failure.Message, string(InvalidRequest), temporal.ApplicationErrorOptions{Details: []any{failure}}), nil},
		"another failure":          {temporal.NewNonRetryableApplicationError("the carrier refused the request", string(CarrierRejected), nil), nil},
		"something else":           {errors.New("connection lost"), nil},
		"nothing":                  {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, ok := c.err.(*temporal.ApplicationError); ok { // as it comes from a server
				wire := temporal.GetDefaultFailureConverter()
				c.err = wire.FailureToError(wire.ErrorToFailure(c.err))
			}
			_, err := DenyUpdate.Send(t.Context(), answering{err: c.err}, "carrier:order-1", OperatorAction{})
			refused, ok := errors.AsType[*RefusedError](err)
			require.Equal(t, c.refused != nil, ok)
			require.ErrorIs(t, err, c.err)
			if ok {
				require.Equal(t, c.refused.Error(), refused.Error())
				require.Equal(t, c.refused.Faults, refused.Faults)
			}
		})
	}
}
