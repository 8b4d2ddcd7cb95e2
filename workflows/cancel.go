package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
)

// withdraw ends a cancelled run with the truth. Where nothing was sent, the run ends as Canceled. Otherwise the carrier is
// asked, not assumed: what it has decided stands, and what it has not is said in the failure, because nothing takes a
// request back.
func (o *operation[R]) withdraw(ctx workflow.Context) (Result, error) {
	ctx, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	name := o.carrier.Name()
	if o.phase == sending && o.unsure == nil {
		return Result{}, canceledClean(o.failure(Canceled, activities.Problem{}, "the run was cancelled before anything was sent to %s", name))
	}
	if o.phase == waiting {
		o.phase = over
	}
	o.say(ctx, "The run was cancelled. Asking "+name+" what became of the request.")
	seen, problem, err := o.lastLook(ctx)
	o.adopt(seen.Found)
	switch {
	case err == nil && seen.Absent:
		return Result{}, canceledClean(o.failure(Canceled, activities.Problem{}, "the run was cancelled, and %s does not have the request", name))
	case err == nil && o.unsure == nil && o.final(seen.Outcome):
		return o.end(ctx, verdict{outcome: seen.Outcome, by: ByCheck})
	case o.unsure != nil:
		o.raise(ctx, AttentionOutcomeUnknown)
		return Result{}, failed(o.failure(OutcomeUnknown, problem,
			"the run was cancelled, and it cannot be told whether %s has the request; look there before anything is sent again", name))
	case err != nil:
		return Result{}, failed(o.failure(CanceledAfterSubmit, problem,
			"the run was cancelled, but the request stands at %s, which could not be asked what became of it%s", name, answered(problem)))
	}
	f := o.failure(CanceledAfterSubmit, activities.Problem{CarrierStatus: seen.Status, Code: seen.Code, Reason: seen.Reason},
		"the run was cancelled, but the request stands at %s and nobody waits for it any more: %s", name, o.sees(seen))
	f.LineStatus = statusOf(seen.Line)
	return Result{}, failed(f)
}

// lastLook asks the carrier what it has and shows. A request of which it is not known whether it arrived may become visible
// only after a while, so that one is looked for twice.
func (o *operation[R]) lastLook(ctx workflow.Context) (seen activities.CheckResult, problem activities.Problem, err error) {
	options := o.lastLookOptions(ctx)
	err = o.look(ctx, options).Get(ctx, &seen)
	if err == nil && seen.Absent {
		if err = workflow.Sleep(ctx, o.timings.Settle.Std()); err == nil {
			seen = activities.CheckResult{}
			err = o.look(ctx, options).Get(ctx, &seen)
		}
	}
	if err != nil {
		_, problem = problemIn(err)
	}
	return seen, problem, err
}
