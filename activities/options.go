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
	// Lost is a time of which Temporal knows nothing any more.
	Lost LostTime
	// Swept reports whether a sweep tells the operations of a type when they are decided. Nil means none.
	Swept func(operation string) bool
	// Webhooks reports whether webhooks are told what happens to the operations of a type. Nil means none.
	Webhooks func(operation string) bool
	// PollsApart is the least time between two polls of one operation, as far as its carrier's limit needs it; swept is for an
	// operation that a sweep tells when it is decided. Nil means none.
	PollsApart func(swept bool) time.Duration
	// Observer is told what the activities do. Nil means nobody is.
	Observer Observer
}

func (o Options) checked(operation string, err error) {
	if o.Observer != nil {
		o.Observer.Checked(operation, checkResult(err))
	}
}

func (o Options) paced(c carriers.Carrier, wanted, given time.Duration) {
	if o.Observer != nil {
		o.Observer.Paced(c, wanted, given)
	}
}

func (o Options) lookedUp(operation string, found carriers.Finding, err error) {
	finding := string(found.Presence)
	if err != nil {
		finding = NotLookedUp
	}
	if o.Observer != nil {
		o.Observer.LookedUp(operation, finding)
	}
}

func (o Options) sentAgain(operation string) {
	if o.Observer != nil {
		o.Observer.SentAgain(operation)
	}
}

func (o Options) swept(operation string) bool { return o.Swept != nil && o.Swept(operation) }

func (o Options) webhooks(operation string) bool { return o.Webhooks != nil && o.Webhooks(operation) }

func (o Options) pollsApart(swept bool) time.Duration {
	if o.PollsApart == nil {
		return 0
	}
	return o.PollsApart(swept)
}
