package lifecycle

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// handleCancel ends a cancelled run. When nothing was sent, the run ends as Canceled. Otherwise the carrier is asked, and
// its decision, if there is one, is the outcome. If there is none, the run fails, because a request cannot be withdrawn.
func (r *run) handleCancel(ctx workflow.Context) (workflows.Result, error) {
	ctx, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	r.cancelled = true
	name := r.name
	if r.stage == sending && r.unsure == nil {
		r.clearAttention(ctx, r.raised...)
		return workflows.Result{}, canceledClean(r.newFailure(workflows.Canceled, activities.Problem{}, "the run was cancelled before anything was sent to %s", name))
	}
	r.setDetails(ctx, "The run was cancelled. Asking "+name+" what became of the request.")
	seen, absent, problem, err := r.askAfterCancel(ctx)
	r.acceptFound(ctx, cmp.Or(seen.Found, problem.Found))
	r.noteStatus(ctx, cmp.Or(seen.Status, problem.CarrierStatus))
	if d, final := r.decidedByCallback(ctx, seen); final {
		return r.end(ctx, d)
	}
	switch {
	case absent && r.lastCallback == nil:
		r.clearAttention(ctx, r.raised...)
		return workflows.Result{}, canceledClean(r.newFailure(workflows.Canceled, activities.Problem{}, "the run was cancelled, and %s does not have the request", name))
	case err == nil && r.unsure == nil && r.isFinal(seen.Outcome):
		return r.end(ctx, decision{outcome: seen.Outcome, by: workflows.ByCheck})
	}
	r.raise(ctx, workflows.AttentionOutcomeUnknown)
	switch {
	case r.unsure != nil && r.lastCallback == nil:
		return workflows.Result{}, failed(r.newFailure(workflows.OutcomeUnknown, problem,
			"the run was cancelled, and it cannot be told whether %s has the request; look there before anything is sent again", name))
	case err != nil:
		return workflows.Result{}, failed(r.newFailure(workflows.CanceledAfterSubmit, problem,
			"the run was cancelled, but the request stands at %s, which could not be asked what became of it", name))
	}
	f := r.newFailure(workflows.CanceledAfterSubmit, activities.Problem{CarrierStatus: seen.Status, Code: seen.Code, Reason: seen.Reason},
		"the run was cancelled, but the request stands at %s and is no longer followed: %s", name, r.describeCheck(seen))
	f.LineStatus = statusOf(seen.Line)
	return workflows.Result{}, failed(f)
}

// decidedByCallback decides by the callbacks that a cancelled run has received, by the same rules as in any other run.
func (r *run) decidedByCallback(ctx workflow.Context, seen activities.CheckResult) (decision, bool) {
	for c := range receivedCallbacks(workflows.CallbackSignal.Channel(ctx)) {
		r.noteCallback(ctx, c)
	}
	if !r.callsBack || seen.State.Final() {
		return decision{}, false
	}
	var w wait
	for _, c := range r.finals {
		w.noteFinal(c)
	}
	said := w.final
	switch {
	case said.State == carriers.Done && !r.confirm:
	case said.State == carriers.Done && seen.Effect == carriers.Shown, said.State == carriers.Failed && seen.Effect != carriers.Shown:
		said.Effect, said.Line = seen.Effect, seen.Line
	default:
		return decision{}, false
	}
	return decision{outcome: said, by: workflows.ByCallback}, true
}

// askAfterCancel asks the carrier about the request. carriers.Proof decides whether a request that may have been sent is
// absent, which takes more than one look-up.
func (r *run) askAfterCancel(ctx workflow.Context) (seen activities.CheckResult, absent bool, problem activities.Problem, err error) {
	proof, options := r.intent.Proof, r.afterCancelOptions(ctx)
	for {
		at := workflow.Now(ctx)
		seen = activities.CheckResult{}
		if err = r.checkOnce(ctx, options).Get(ctx, &seen); err != nil {
			_, problem = problemIn(err)
			return seen, false, problem, err
		}
		if seen.Presence != carriers.Absent {
			return seen, false, problem, nil
		}
		proven, wait := proof.Weigh(seen.Presence, at, r.timings.LookupDelay.Std(), carriers.ToSendAgain)
		if proven {
			return seen, true, problem, nil
		}
		if err = workflow.Sleep(ctx, wait); err != nil {
			return seen, false, problem, err
		}
	}
}
