package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

// Registry is the part of a Temporal worker that takes activities.
type Registry interface {
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
}

// Options are what the activities of a carrier need from the rest of the worker. The zero value is for a carrier whose changes take
// no turn.
type Options struct {
	// Turns takes a line's turn.
	Turns interface {
		Take(ctx context.Context, in LineRequest, again bool) (Turn, error)
	}
	// Swept reports whether a sweep tells the operations of a type when they are decided. Nil means none.
	Swept func(operation string) bool
	// PollsApart is the least time between two polls of one operation, as far as its carrier's limit needs it; swept is for an
	// operation that a sweep tells when it is decided. Nil means none.
	PollsApart func(swept bool) time.Duration
}

func (o Options) swept(operation string) bool { return o.Swept != nil && o.Swept(operation) }

func (o Options) pollsApart(swept bool) time.Duration {
	if o.PollsApart == nil {
		return 0
	}
	return o.PollsApart(swept)
}

// Register adds the activities of all operations of a carrier under their explicit names. They use the connection for their
// calls.
func Register(r Registry, a carriers.Adapter, connection carriers.Connection, options Options) {
	for _, o := range a.Operations {
		operation := o.Info().Type
		switch o := o.(type) {
		case carriers.ChangeOperation:
			c := change{adapter: a, operation: o, name: operation, connection: connection, options: options}
			r.RegisterActivityWithOptions(c.submit, activity.RegisterOptions{Name: SubmitName(operation)})
			r.RegisterActivityWithOptions(c.check, activity.RegisterOptions{Name: CheckName(operation)})
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
