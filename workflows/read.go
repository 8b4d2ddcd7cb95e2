package workflows

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
)

// reading is one operation that only reads. I is its input, R the query in it, T the carrier's answer.
type reading[I Input, R, T any] struct {
	operation string
	query     func(in I) R
}

// run validates the input and returns the carrier's answer.
func (r reading[I, R, T]) run(ctx workflow.Context, raw json.RawMessage) (answer T, err error) {
	carrier := CarrierOf(r.operation)
	in, faults := admit[I](ctx, r.operation, raw)
	summary := DefinitionOf(r.operation).Title + " at " + carrier.Name()
	if len(faults) == 0 {
		summary = Summary(in)
		workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s**\n\n- Asking %s.", summary, carrier.Name()))
		label(ctx, in)
		answer, err = r.ask(ctx, in)
	} else {
		err = invalid(r.operation, referenceIn(raw), faults)
	}
	lines := []string{"**" + summary + "**", ""}
	if failure, failed := AsFailure(err); failed {
		lines = append(lines, endOfFailure(*failure, workflow.Now(ctx))...)
	} else {
		lines = append(lines, fmt.Sprintf("- **Completed** at %s: %s has answered.", moment(workflow.Now(ctx)), carrier.Name()), "- There is nothing to do.")
	}
	workflow.SetCurrentDetails(ctx, strings.Join(lines, "\n"))
	return answer, err
}

func (r reading[I, R, T]) ask(ctx workflow.Context, in I) (answer T, err error) {
	carrier, reference := CarrierOf(r.operation), in.Common().Reference
	timings := in.Common().Timings.withDefaults(defaultTimings)
	ask := activities.ReadInput[R]{Reference: reference, Request: r.query(in)}
	err = workflow.ExecuteActivity(readOptions(ctx, carrier, timings), activities.ReadName(r.operation), ask).Get(ctx, &answer)
	if err == nil {
		return answer, nil
	}
	o := operation[R]{name: r.operation, carrier: carrier, reference: reference}
	switch kind, problem := problemIn(err); kind {
	case canceled:
		return answer, canceledClean(o.failure(Canceled, problem, "the read was cancelled; reads change nothing"))
	case activities.Unauthorized:
		return answer, failed(o.failure(CarrierUnauthorized, problem, "%s refused our credentials; an operator has to renew them", carrier.Name()))
	case activities.Rejected:
		return answer, failed(o.failure(CarrierRejected, problem, "%s refused the read", carrier.Name()))
	case untaken:
		return answer, failed(o.failure(DeadlineExceeded, problem, "no worker that serves %s has taken it up; start one with its base URL, and try again", carrier.Name()))
	default:
		return answer, failed(o.failure(DeadlineExceeded, problem, "%s could not be read; try again", carrier.Name()))
	}
}
