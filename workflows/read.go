package workflows

import (
	"encoding/json"

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
	in, faults := admit[I](ctx, r.operation, raw)
	if len(faults) > 0 {
		return answer, invalid(r.operation, referenceIn(raw), faults)
	}
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
		return answer, err
	case activities.Unauthorized:
		return answer, failed(o.failure(CarrierUnauthorized, problem, "%s refused our credentials; an operator has to renew them", carrier.Name()))
	case activities.Rejected:
		return answer, failed(o.failure(CarrierRejected, problem, "%s refused the read", carrier.Name()))
	default:
		return answer, failed(o.failure(DeadlineExceeded, problem, "%s could not be read; try again", carrier.Name()))
	}
}
