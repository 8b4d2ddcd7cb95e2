package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
)

// label gives a run the search attributes that its caller left out, so that operators find it like any other. One that was
// started with [StartOptions] has them, and pays nothing.
func label(ctx workflow.Context, in Input) {
	if _, labelled := workflow.GetTypedSearchAttributes(ctx).GetKeyword(CarrierAttribute); labelled {
		return
	}
	var key string
	if line := in.LineIdentifier(); line != "" {
		// The secret is the worker's, so the key comes from an activity; a local one, which keeps only its result.
		options := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			ScheduleToCloseTimeout: time.Minute, Summary: "Hash the line's number for the search attribute",
		})
		if err := workflow.ExecuteLocalActivity(options, activities.LineKeyName, CarrierOf(in.Type()), line).Get(ctx, &key); err != nil {
			workflow.GetLogger(ctx).Error("hashing the line failed", "error", err)
		}
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, labels(in, key)...); err != nil {
		workflow.GetLogger(ctx).Error("labelling the run failed", "error", err)
	}
}
