package lifecycle

import (
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// maxExtraChecks bounds the extra checks, and the confirming ones, that callbacks can cause in one run: thousands of
	// callbacks must not grow the history.
	maxExtraChecks = 10
	// maxRecoveries bounds how often a run reports that a problem which operators were told of has passed.
	maxRecoveries = 20
)

// race waits for the first of three: a check, whose retries are the polls, the callbacks, and the decisions of operators.
type race struct {
	run      *run
	wait     *wait
	pace     pace
	selector workflow.Selector

	// decision is the first decision, once there is one; later ones are ignored.
	decision *decision
	// checking tells that the check was scheduled, ended that it ended without an outcome, and err why.
	checking, ended bool
	err             error
	// endPause ends the pause before the first check; nil when there is none.
	endPause func()
}

// race waits for the first decision. The result of a check was read at the carrier and is final; a callback still needs a
// read. race returns the check's error when the check ends without an outcome.
func (r *run) race(ctx workflow.Context, w *wait, p pace) (decision, error) {
	a := &race{run: r, wait: w, pace: p, selector: workflow.NewSelector(ctx)}
	r.every = p.every
	// Callbacks first: after one that came before the acknowledgement, no check may be needed.
	for c := range receivedCallbacks(w.callbacks) {
		if a.handleCallback(ctx, c); a.decision != nil {
			break
		}
	}
	a.selector.AddReceive(w.callbacks, func(channel workflow.ReceiveChannel, _ bool) {
		var c workflows.Callback
		if channel.ReceiveAsync(&c) { // Receive would block on a signal that cannot be decoded
			a.handleCallback(ctx, c)
		}
	})
	a.selector.AddReceive(r.decisions, func(channel workflow.ReceiveChannel, _ bool) {
		var d decision
		if channel.ReceiveAsync(&d) {
			a.decide(d)
		}
	})
	for a.decision == nil && (!a.ended || r.confirming) {
		switch {
		case a.checking || r.confirming || a.endPause != nil:
		case a.pace.pause > 0:
			a.pause(ctx)
		default:
			a.startCheck(ctx)
		}
		a.selector.Select(ctx)
	}
	r.confirming = false
	if a.decision != nil {
		return *a.decision, nil
	}
	return decision{}, a.err
}

func (a *race) decide(d decision) {
	a.decision = &d
	a.run.stage, a.run.resolution = decided, d.resolution
}

// conclude decides by the result of a check.
func (a *race) conclude(ctx workflow.Context, seen activities.CheckResult, by workflows.DecidedBy) {
	a.run.acceptFound(ctx, seen.Found)
	a.decide(decision{outcome: seen.Outcome, by: by})
}

// pause waits before the first check: where the carrier calls back, or its list is swept, the outcome is usually told, and a check would
// cost a request for nothing.
func (a *race) pause(ctx workflow.Context) {
	r := a.run
	r.setDetails(ctx, r.expecting(workflow.Now(ctx).Add(a.pace.pause), a.pace))
	timerCtx, cancel := workflow.WithCancel(ctx)
	timer := workflow.NewTimer(timerCtx, a.pace.pause)
	over := func() {
		a.endPause, a.wait.paused = nil, true
		a.pace = r.normalPace(ctx, a.wait)
	}
	a.endPause = func() {
		cancel()
		over()
	}
	a.selector.AddFuture(timer, func(f workflow.Future) {
		switch err := f.Get(ctx, nil); {
		case ctx.Err() != nil: // the run is cancelled
			a.ended, a.err = true, err
		case err == nil:
			over()
		}
	})
}

// startCheck schedules the check whose retries are the polls.
func (a *race) startCheck(ctx workflow.Context) {
	r, p := a.run, a.pace
	a.checking = true
	r.setDetails(ctx, r.waitingFor(p))
	polls := activities.Pace{Every: carriers.Duration(p.every), Longest: carriers.Duration(p.longest), Since: p.since}
	a.check(ctx, r.checkOptions(ctx, p), polls, a.wait.final, func(seen activities.CheckResult, err error) {
		a.ended, a.err = true, err
		if err == nil {
			a.conclude(ctx, seen, checkedBy(seen.Outcome, r.ack))
		}
	})
}

func (a *race) check(ctx, options workflow.Context, pace activities.Pace, callback carriers.Outcome, then func(activities.CheckResult, error)) {
	in := a.run.checkInput(pace, callback)
	in.Quiet = a.wait.recoveries >= maxRecoveries
	a.selector.AddFuture(workflow.ExecuteActivity(options, activities.CheckName(a.run.operation), in), func(f workflow.Future) {
		var seen activities.CheckResult
		err := f.Get(ctx, &seen)
		then(seen, err)
	})
}

// handleCallback records a callback and reacts to it.
func (a *race) handleCallback(ctx workflow.Context, c workflows.Callback) {
	reaction := reactionTo(c, a.run.confirm, a.run.callsBack)
	switch {
	case !c.Swept:
	case a.run.unsure != nil: // it looks the request up itself
		return
	default: // a sweep tells all operations of a line
		switch identifiers.CompareID(c.TransactionID, a.run.ack.TransactionID) {
		case identifiers.Different:
			return
		case identifiers.Equal:
		default:
			reaction = reactCheck
		}
	}
	a.run.noteCallback(ctx, c)
	switch reaction {
	case reactBelieve:
		a.decide(decision{outcome: c.AsOutcome(), by: toldBy(c)})
	case reactConfirm:
		a.wait.noteFinal(c)
		if !a.run.confirming && a.wait.confirms < maxExtraChecks {
			a.confirmCallback(ctx, c)
		}
	case reactCheck:
		if a.endPause != nil {
			a.endPause()
			return
		}
		if !a.run.confirming && a.checking && a.wait.extraChecks < maxExtraChecks {
			a.checkExtra(ctx)
		}
	}
}

// confirmCallback asks the carrier to confirm a final callback.
func (a *race) confirmCallback(ctx workflow.Context, c workflows.Callback) {
	r, callback := a.run, a.wait.final
	a.wait.confirms++
	r.confirming = true
	r.setDetails(ctx, told(c)+" says "+string(c.State)+". Asking "+r.name+" whether that is so.")
	every := r.confirmEvery(a.pace)
	pace := activities.Pace{Every: carriers.Duration(every)}
	conclude := func(seen activities.CheckResult) {
		if !(a.wait.contradicted && restsOn(callback, seen.Outcome)) { // else the check continues and reads the outcome
			a.conclude(ctx, seen, confirmedBy(seen.Outcome, callback, toldBy(c)))
		}
	}
	confirm := func() {
		a.check(ctx, r.confirmOptions(ctx, every, a.pace), pace, callback, func(seen activities.CheckResult, err error) {
			r.confirming = false
			r.setDetails(ctx, r.waitingFor(a.pace))
			if err == nil {
				conclude(seen)
			}
		})
	}
	if a.wait.confirms > 1 || r.unsure != nil {
		confirm()
		return
	}
	// The first read is a local activity, which needs no task of its own. If it does not show the outcome, or may not be made now, an
	// activity goes on.
	direct := workflow.ExecuteLocalActivity(directOptions(ctx), activities.ConfirmName(r.operation), r.checkInput(pace, callback))
	a.selector.AddFuture(direct, func(f workflow.Future) {
		var seen activities.CheckResult
		if f.Get(ctx, &seen) != nil {
			confirm()
			return
		}
		r.confirming = false
		conclude(seen)
	})
}

// checkExtra asks the carrier once, in addition to the running check.
func (a *race) checkExtra(ctx workflow.Context) {
	r := a.run
	a.wait.extraChecks++
	r.refreshDetails(ctx)
	a.selector.AddFuture(r.checkOnce(ctx, r.checkOnceOptions(ctx)), func(f workflow.Future) {
		var seen activities.CheckResult
		if f.Get(ctx, &seen) != nil {
			return
		}
		r.acceptFound(ctx, seen.Found)
		r.noteStatus(ctx, seen.Status)
		if r.isFinal(seen.Outcome) {
			a.conclude(ctx, seen, workflows.ByCheck)
			return
		}
		r.setDetails(ctx, r.waitingFor(a.pace))
	})
}
