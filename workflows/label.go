package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
)

// label gives a run the search attributes that its caller left out, so that operators find it like any other. One that was
// started with [StartOptions] has them, and pays nothing.
func label(ctx workflow.Context, in Input) {
	if _, labelled := workflow.GetTypedSearchAttributes(ctx).GetKeyword(CarrierAttribute); labelled {
		return
	}
	carrier := CarrierOf(in.Type())
	attributes := []temporal.SearchAttributeUpdate{
		CarrierAttribute.ValueSet(string(carrier)), OperationAttribute.ValueSet(in.Type()),
	}
	if line := in.LineIdentifier(); line != "" {
		// The secret is the worker's, so the key comes from an activity; a local one, which keeps only its result.
		var key string
		options := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			ScheduleToCloseTimeout: time.Minute, Summary: "Hash the line's number for the search attribute",
		})
		err := workflow.ExecuteLocalActivity(options, activities.LineKeyName, carrier, line).Get(ctx, &key)
		if err == nil && key != "" {
			attributes = append(attributes, LineKeyAttribute.ValueSet(key))
		}
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, attributes...); err != nil {
		workflow.GetLogger(ctx).Error("labelling the run failed", "error", err)
	}
}
