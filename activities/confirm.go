package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

// Direct are the reads that the worker of the workflows makes itself, as local activities. Such a read needs no task of its own, so
// that it is faster and costs less, and does not wait in the carrier's queue, so that it does not count against the queue's limit.
type Direct interface {
	// Begin reports whether a read may be made now, within the share of the carrier's limit that is for these reads. If so, end has
	// to be called afterwards.
	Begin() (end func(), may bool)
}

// RegisterConfirm adds the local activities that confirm by one read what a callback or a sweep has reported. Without a connection, and when no
// read may be made now, they fail, and the workflow uses an activity.
func RegisterConfirm(r Registry, a carriers.Adapter, connection carriers.Connection, direct Direct) {
	for _, o := range a.Operations {
		operation, changes := o.(carriers.ChangeOperation)
		if !changes {
			continue
		}
		c := change{adapter: a, operation: operation, name: o.Info().Type, connection: connection}
		confirm := func(ctx context.Context, in CheckInput) (CheckResult, error) {
			if connection == nil {
				return CheckResult{}, errors.New("this worker does not serve the carrier")
			}
			end, may := direct.Begin()
			if !may {
				return CheckResult{}, errors.New("no read may be made now within the carrier's limit")
			}
			defer end()
			return c.check(ctx, in)
		}
		r.RegisterActivityWithOptions(confirm, activity.RegisterOptions{Name: ConfirmName(c.name)})
	}
}
