package lifecycle

import (
	"cmp"
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// failed turns a failure into the error that ends the workflow as Failed with the failure's type.
func failed(f workflows.Failure) error {
	return temporal.NewApplicationErrorWithOptions(f.Message, string(f.Type), temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{f},
	})
}

// canceledClean ends the run as Canceled: nothing was sent.
func canceledClean(f workflows.Failure) error { return temporal.NewCanceledError(f) }

// list joins words with commas.
func list[S ~string](words []S) string {
	if len(words) == 0 {
		return "none"
	}
	parts := make([]string, len(words))
	for i, word := range words {
		parts[i] = string(word)
	}
	return strings.Join(parts, ", ")
}

// because is the carrier's code and reason as the end of a sentence.
func because(o carriers.Outcome) string {
	text := ""
	if o.Code != "" {
		text = ", code " + o.Code
	}
	if o.Reason != "" {
		text += ", reason: " + o.Reason
	}
	return text
}

// newFailure makes a failure with the fields that every failure of this operation has.
func (r *run) newFailure(kind workflows.FailureType, p activities.Problem, format string, args ...any) workflows.Failure {
	message := fmt.Sprintf("%s, reference %s: ", r.operation, r.reference) + fmt.Sprintf(format, args...)
	if p.HTTPStatus != 0 {
		message += fmt.Sprintf(" (HTTP %d%s)", p.HTTPStatus, because(carriers.Outcome{Code: p.Code, Reason: p.Reason}))
	}
	return workflows.Failure{
		Type: kind, Carrier: r.carrier, Operation: r.operation, Reference: r.reference, TransactionID: r.ack.TransactionID,
		Status: cmp.Or(p.CarrierStatus, r.carrierStatus), Code: p.Code, Reason: p.Reason, HTTPStatus: p.HTTPStatus, SubmittedAt: r.ack.At,
		Message: message,
	}
}
