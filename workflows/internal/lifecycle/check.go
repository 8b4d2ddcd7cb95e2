package lifecycle

import (
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// checkInput is the input of a check at this moment.
func (r *run) checkInput(pace activities.Pace, callback carriers.Outcome) activities.CheckInput {
	return activities.CheckInput{
		Reference: r.reference, Request: r.request, Acknowledgement: r.ack, Unsure: r.unsure != nil, StartedAt: r.sendingFrom,
		Pace:    pace,
		Confirm: r.confirm, ConfirmWithin: r.timings.ConfirmWithin, CallbackOutcome: callback, Raised: r.kindsRaised(),
	}
}

// checkOnce asks the carrier once; the result need not be final.
func (r *run) checkOnce(ctx, options workflow.Context) workflow.Future {
	in := r.checkInput(activities.Pace{}, carriers.Outcome{})
	in.Once = true
	return workflow.ExecuteActivity(options, activities.CheckName(r.operation), in)
}

// acceptFound accepts a request of which it was not known whether the carrier has it: a check has found it there.
func (r *run) acceptFound(ctx workflow.Context, found *carriers.Acknowledgement) {
	if r.unsure != nil && found != nil {
		r.ack, r.unsure = *found, nil
		r.noteStatus(ctx, found.Outcome.Status)
		r.webhooks.Accepted(ctx, found.TransactionID, found.Outcome.Status)
		r.clearAttention(ctx, workflows.AttentionOutcomeUnknown)
	}
}
