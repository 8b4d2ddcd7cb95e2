package lifecycle

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// readWorkflow is the workflow of an operation that only reads: validate the input and return the carrier's answer.
func readWorkflow(o carriers.ReadOperation) func(workflow.Context, json.RawMessage) (json.RawMessage, error) {
	return func(ctx workflow.Context, raw json.RawMessage) (answer json.RawMessage, err error) {
		info := o.Info()
		r := &run{operation: info.Type, carrier: info.Carrier(), name: workflows.CarrierName(info.Carrier())}
		in, err := validateInput(ctx, info.Type, raw)
		r.reference, r.summary = in.common.Reference, info.Title+" at "+r.name
		if err == nil {
			r.summary, r.request, r.timings = in.description.Summary, in.description.Request, in.timingsOf(info)
			workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s**\n\n- Asking %s.", r.summary, r.name))
			setAttributes(ctx, info.Type, in.description.Line)
			answer, err = r.get(ctx)
		}
		lines := []string{"**" + r.summary + "**", ""}
		if failure, failed := workflows.AsFailure(err); failed {
			lines = append(lines, detailsOfFailure(*failure, workflow.Now(ctx))...)
		} else {
			lines = append(lines, fmt.Sprintf("- **Completed** at %s: %s has answered.", moment(workflow.Now(ctx)), r.name), "- There is nothing to do.")
		}
		workflow.SetCurrentDetails(ctx, strings.Join(lines, "\n"))
		return answer, err
	}
}

// get makes the read. Every error becomes a failure.
func (r *run) get(ctx workflow.Context) (answer json.RawMessage, err error) {
	in := activities.ReadInput{Reference: r.reference, Request: r.request}
	err = workflow.ExecuteActivity(readOptions(ctx, r.carrier, r.timings), activities.ReadName(r.operation), in).Get(ctx, &answer)
	if err == nil {
		return answer, nil
	}
	switch kind, problem := problemIn(err); kind {
	case canceled:
		return nil, canceledClean(r.newFailure(workflows.Canceled, problem, "the read was cancelled; reads change nothing"))
	case activities.Unauthorized:
		return nil, failed(r.newFailure(workflows.CarrierUnauthorized, problem, "%s refused our credentials; an operator has to renew them", r.name))
	case activities.Rejected:
		return nil, failed(r.newFailure(workflows.CarrierRejected, problem, "%s refused the read", r.name))
	case notTaken:
		return nil, failed(r.newFailure(workflows.DeadlineExceeded, problem, "no worker that serves %s has started the read; start one with its base URL, and try again", r.name))
	default:
		return nil, failed(r.newFailure(workflows.DeadlineExceeded, problem, "%s could not be read; try again", r.name))
	}
}
