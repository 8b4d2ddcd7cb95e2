package lifecycle

import (
	"encoding/json"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// input is a validated request.
type input struct {
	common      carriers.Common
	description workflows.Description
}

// timingsOf are the timings of the request, with those of its operation where it has none.
func (in input) timingsOf(o carriers.Info) carriers.Timings {
	if in.common.Timings == nil {
		return o.Timings
	}
	return in.common.Timings.WithDefaults(o.Timings)
}

// validateInput checks that a request meets the schema, and that the workflow id is the one that prevents a second use of the
// reference and that callbacks are sent to. The reference is also read from an invalid request, if it is a valid reference.
func validateInput(ctx workflow.Context, operation string, raw json.RawMessage) (in input, err error) {
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on raw alone
	in.common = carriers.CommonOf(raw)
	in.description, err = workflows.Describe(operation, raw, workflow.Now(ctx))
	failure, invalid := workflows.AsFailure(err)
	want := workflows.WorkflowID(carriers.CarrierOf(operation), in.common.Reference)
	if !invalid && workflow.GetInfo(ctx).WorkflowExecution.ID != want {
		f := workflows.InvalidInput(operation, raw, []carriers.Fault{
			{Field: "reference", Problem: "needs the workflow id " + want + ", without which nothing keeps it from being sent twice"},
		})
		failure, invalid = &f, true
	}
	if invalid {
		in.common.Reference = failure.Reference
		return in, failed(*failure)
	}
	return in, nil
}

// setAttributes sets the search attributes that the caller left out, so that operators find the run. A run started with
// [workflows.Start] has them, and gets no further events here.
func setAttributes(ctx workflow.Context, operation, line string) {
	if _, there := workflow.GetTypedSearchAttributes(ctx).GetKeyword(workflows.CarrierAttribute); there {
		return
	}
	var key string
	if line != "" {
		// The secret is part of the worker's configuration, so an activity makes the key: a local one, which adds one event.
		options := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			ScheduleToCloseTimeout: time.Minute, Summary: "Hash the line's number for the search attribute",
		})
		if err := workflow.ExecuteLocalActivity(options, activities.LineKeyName, carriers.CarrierOf(operation), line).Get(ctx, &key); err != nil {
			workflow.GetLogger(ctx).Error("hashing the line for LineKey failed", "error", err)
		}
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, workflows.OperationAttributes(operation, key)...); err != nil {
		workflow.GetLogger(ctx).Error("setting the search attributes failed", "error", err)
	}
}
