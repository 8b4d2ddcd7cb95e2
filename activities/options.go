package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
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
	// Lost is a time of which Temporal knows nothing any more.
	Lost LostTime
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
