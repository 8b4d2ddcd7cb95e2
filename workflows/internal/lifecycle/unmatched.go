package lifecycle

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

// How long callbacks for no known operation are kept, and how many of them.
const (
	unmatchedRetention = 30 * 24 * time.Hour
	maxUnmatched       = 100
)

// unmatchedCallback keeps callbacks until an operator acknowledges them, or for a month.
func unmatchedCallback(ctx workflow.Context, u workflows.Unmatched) (workflows.UnmatchedResult, error) {
	var result workflows.UnmatchedResult
	done := false
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s called back about a reference that no operation here has. "+
		"Find out where it comes from, then send the signal %q with your name.", workflows.CarrierName(u.Carrier), workflows.SeenSignal.Name))
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(workflows.CallbackSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var c workflows.Callback
		if channel.ReceiveAsync(&c) && len(result.Callbacks) < maxUnmatched {
			result.Callbacks = append(result.Callbacks, c)
		}
	})
	selector.AddReceive(workflows.SeenSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var s workflows.Seen
		if channel.ReceiveAsync(&s) {
			result.SeenBy, done = s.By, true
		}
	})
	selector.AddFuture(workflow.NewTimer(ctx, unmatchedRetention), func(f workflow.Future) {
		done = true
	})
	for !done || selector.HasPending() {
		selector.Select(ctx)
	}
	return result, ctx.Err()
}
