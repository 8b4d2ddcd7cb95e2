package workflows

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// withdraw ends a cancelled run with the truth. Where nothing was sent, the run ends as Canceled. Otherwise the carrier is
// asked, not assumed: what it has decided stands, and what it has not is said in the failure, because nothing takes a
// request back.
func (o *operation[R]) withdraw(ctx workflow.Context) (Result, error) {
	ctx, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	o.withdrawn = true
	name := o.carrier.Name()
	if o.phase == sending && o.unsure == nil {
		o.settled(ctx, o.raised...)
		return Result{}, canceledClean(o.failure(Canceled, activities.Problem{}, "the run was cancelled before anything was sent to %s", name))
	}
	o.say(ctx, "The run was cancelled. Asking "+name+" what became of the request.")
	seen, absent, problem, err := o.lastLook(ctx)
	o.adopt(ctx, cmp.Or(seen.Found, problem.Found))
	o.hear(cmp.Or(seen.Status, problem.CarrierStatus))
	if v, final := o.lastWord(ctx, seen); final {
		return o.end(ctx, v)
	}
	switch {
	case absent && o.heard == nil:
		o.settled(ctx, o.raised...)
		return Result{}, canceledClean(o.failure(Canceled, activities.Problem{}, "the run was cancelled, and %s does not have the request", name))
	case err == nil && o.unsure == nil && o.final(seen.Outcome):
		return o.end(ctx, verdict{outcome: seen.Outcome, by: ByCheck})
	}
	o.raise(ctx, AttentionOutcomeUnknown)
	switch {
	case o.unsure != nil && o.heard == nil:
		return Result{}, failed(o.failure(OutcomeUnknown, problem,
			"the run was cancelled, and it cannot be told whether %s has the request; look there before anything is sent again", name))
	case err != nil:
		return Result{}, failed(o.failure(CanceledAfterSubmit, problem,
			"the run was cancelled, but the request stands at %s, which could not be asked what became of it", name))
	}
	f := o.failure(CanceledAfterSubmit, activities.Problem{CarrierStatus: seen.Status, Code: seen.Code, Reason: seen.Reason},
		"the run was cancelled, but the request stands at %s and nobody waits for it any more: %s", name, o.sees(seen))
	f.LineStatus = statusOf(seen.Line)
	return Result{}, failed(f)
}

// lastWord heeds the callbacks that came while a cancelled run was about to end, by the same rules as any other.
func (o *operation[R]) lastWord(ctx workflow.Context, seen activities.CheckResult) (verdict, bool) {
	for c := range pending(CallbackSignal.Channel(ctx)) {
		o.takeNote(ctx, c)
	}
	if !o.notified || seen.State.Final() {
		return verdict{}, false
	}
	var w wait
	for _, c := range o.finals {
		w.tell(c)
	}
	said := w.told
	switch {
	case said.State == carriers.Done && !o.confirm:
	case said.State == carriers.Done && seen.Effect == carriers.Shown, said.State == carriers.Failed && seen.Effect != carriers.Shown:
		said.Effect, said.Line = seen.Effect, seen.Line
	default:
		return verdict{}, false
	}
	return verdict{outcome: said, by: ByCallback}, true
}

// lastLook asks the carrier what it has and shows. Whether it does not have a request that may have been sent is a matter
// of carriers.Proof, which takes more than one look.
func (o *operation[R]) lastLook(ctx workflow.Context) (seen activities.CheckResult, absent bool, problem activities.Problem, err error) {
	proof, options := o.intent.Proof, o.lastLookOptions(ctx)
	for {
		at := workflow.Now(ctx)
		seen = activities.CheckResult{}
		if err = o.look(ctx, options).Get(ctx, &seen); err != nil {
			_, problem = problemIn(err)
			return seen, false, problem, err
		}
		if seen.Presence != carriers.Absent {
			return seen, false, problem, nil
		}
		proven, wait := proof.Weigh(seen.Presence, at, o.timings.Settle.Std(), carriers.ToSendAgain)
		if proven {
			return seen, true, problem, nil
		}
		if err = workflow.Sleep(ctx, wait); err != nil {
			return seen, false, problem, err
		}
	}
}
