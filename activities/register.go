package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

// Register adds the activities of all operations of a carrier under their explicit names. They use the connection for their
// calls.
func Register(r Registry, a carriers.Adapter, connection carriers.Connection, options Options) {
	for _, o := range a.Operations {
		operation := o.Info().Type
		switch o := o.(type) {
		case carriers.ChangeOperation:
			c := change{adapter: a, operation: o, name: operation, connection: connection, options: options, swept: options.swept(operation)}
			r.RegisterActivityWithOptions(c.submit, activity.RegisterOptions{Name: SubmitName(operation)})
			check := func(ctx context.Context, in CheckInput) (CheckResult, error) {
				seen, err := c.check(ctx, in)
				options.checked(operation, err)
				return seen, err
			}
			r.RegisterActivityWithOptions(check, activity.RegisterOptions{Name: CheckName(operation)})
		case carriers.ReadOperation:
			r.RegisterActivityWithOptions(read(a.Carrier, o, connection), activity.RegisterOptions{Name: ReadName(operation)})
		}
	}
}

// read makes the activity of a read.
func read(c carriers.Carrier, o carriers.ReadOperation, connection carriers.Connection) func(context.Context, ReadInput) (any, error) {
	return func(ctx context.Context, in ReadInput) (any, error) {
		answer, err := o.Get(ctx, connection, in.Reference, in.Request)
		if err != nil {
			return nil, readError(c, o.Info().Type, in.Reference, err)
		}
		return answer, nil
	}
}
