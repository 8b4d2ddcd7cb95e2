package workflows

import (
	"cmp"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// mostLooks bounds the extra looks that callbacks without a decision can cause in one run: a carrier that sends thousands
// of them must not grow the history.
const mostLooks = 10

// verdict is a final outcome with what it rests on.
type verdict struct {
	outcome carriers.Outcome
	by      DecidedBy
	// resolution is the operator's word that it rests on, if it does.
	resolution *Resolution
}

// pace is how a stretch of waiting goes: how often the carrier is asked, for how long, and which deadline stood when it
// was chosen.
type pace struct {
	every, window time.Duration
	deadline      time.Time
}

// settle returns the carrier's final word, told by callback or read by check, whichever comes first.
func (o *operation[R]) settle(ctx workflow.Context) (verdict, error) {
	if v, final := o.acknowledged(); final {
		return v, nil
	}
	if o.ack.RiskReview && !o.riskApproved {
		o.raise(ctx, AttentionRiskReview)
	}
	waiting := &wait{callbacks: CallbackSignal.Channel(ctx)}
	onTime := o.unsure == nil
	p := pace{o.timings.PollEvery.Std(), o.within(ctx, o.timings.OverdueAfter.Std()), o.deadline}
	if !onTime {
		p = o.slow(ctx)
	}
	for {
		v, err := o.await(ctx, waiting, p)
		if err == nil {
			return v, nil
		}
		kind, problem := problemIn(err)
		o.adopt(ctx, problem.Found)
		switch kind {
		case canceled:
			return v, err
		case activities.UnknownStatus:
			o.raise(ctx, AttentionUnknownStatus)
		case activities.Unauthorized:
			o.raise(ctx, AttentionUnauthorized)
		default: // the window closed without an answer: nothing was paid for the warning until now
			if o.remaining(ctx) <= 0 || !onTime && p.deadline.Equal(o.deadline) { // a check ends a little before its window
				return v, o.tooLate(ctx, problem)
			}
			o.raise(ctx, AttentionOverdue)
		}
		onTime, p = false, o.slow(ctx)
	}
}

// acknowledged tells whether the carrier's immediate answer leaves nothing to wait for.
func (o *operation[R]) acknowledged() (verdict, bool) {
	nothingTaken := len(o.ack.Ignored) > 0 && len(o.ack.Applied) == 0 // what becomes of such a record is not documented
	if o.ack.Outcome.State == carriers.Failed || o.ack.Outcome.State == carriers.Done && !o.confirm || nothingTaken {
		return verdict{outcome: o.ack.Outcome, by: ByAcknowledgement}, true
	}
	return verdict{}, false
}

// slow is the pace for an operation that operators have been told about: until the deadline.
func (o *operation[R]) slow(ctx workflow.Context) pace {
	return pace{o.timings.OverduePollEvery.Std(), o.within(ctx, o.deadline.Sub(workflow.Now(ctx))), o.deadline}
}

// within is a window of time that ends with the deadline at the latest, and leaves a second for a look in any case.
func (o *operation[R]) within(ctx workflow.Context, d time.Duration) time.Duration {
	return max(min(d, o.remaining(ctx)), time.Second)
}

// wait is what lasts from one stretch of waiting to the next.
type wait struct {
	callbacks workflow.ReceiveChannel
	looks     int
	// told is Done once a callback has said so: from then on a read that shows the change decides, even when the carrier's
	// status lags behind.
	told carriers.State
}

// await races one check, whose retries are the polls, against the callbacks. What a check returns has been read at the
// carrier and is final; what a callback says may still need reading. It returns the check's error when the check ends
// without an outcome.
func (o *operation[R]) await(ctx workflow.Context, w *wait, p pace) (v verdict, err error) {
	var decided, checking, confirming, ended bool
	selector := workflow.NewSelector(ctx)
	decide := func(final verdict) { // the first final word wins: nothing is heeded after it
		v, decided = final, true
		o.phase, o.resolution = over, final.resolution
	}
	check := func(options workflow.Context, every time.Duration, then func(activities.CheckResult, error)) {
		future := workflow.ExecuteActivity(options, activities.CheckName(o.name), o.checkInput(every, w.told))
		selector.AddFuture(future, func(f workflow.Future) {
			var seen activities.CheckResult
			err := f.Get(ctx, &seen)
			then(seen, err)
		})
	}
	conclude := func(seen activities.CheckResult, by DecidedBy) {
		o.adopt(ctx, seen.Found)
		decide(verdict{outcome: seen.Outcome, by: by})
	}
	heed := func(c Callback) {
		o.heard = &c
		switch reactionTo(c, o.confirm) {
		case believeIt:
			decide(verdict{outcome: c.outcome(), by: ByCallback})
		case confirmIt:
			if confirming {
				return
			}
			confirming, w.told = true, carriers.Done
			o.say(ctx, "The callback says done. Reading at the carrier that the change is in effect.")
			every := o.confirmEvery(p)
			check(o.confirmOptions(ctx, every, p), every, func(seen activities.CheckResult, err error) {
				confirming = false
				o.say(ctx, o.waitingFor(p))
				if err == nil {
					conclude(seen, confirmedBy(seen.Outcome))
				}
			})
		case lookNow:
			if confirming || !checking || w.looks >= mostLooks {
				return
			}
			w.looks++
			o.sayAgain(ctx)
			selector.AddFuture(o.look(ctx, o.lookOptions(ctx)), func(f workflow.Future) {
				var seen activities.CheckResult
				if f.Get(ctx, &seen) == nil && o.final(seen.Outcome) {
					conclude(seen, ByCheck)
				}
			})
		}
	}

	// Drained first: a callback may have beaten the acknowledgement, and then no check needs to be scheduled.
	for c := (Callback{}); !decided && w.callbacks.ReceiveAsync(&c); c = (Callback{}) {
		heed(c)
	}
	selector.AddReceive(w.callbacks, func(channel workflow.ReceiveChannel, _ bool) {
		var c Callback
		if channel.ReceiveAsync(&c) { // Receive would wait for the next one when this one cannot be read
			heed(c)
		}
	})
	selector.AddReceive(o.verdicts, func(channel workflow.ReceiveChannel, _ bool) {
		var ordered verdict
		if channel.ReceiveAsync(&ordered) {
			decide(ordered)
		}
	})
	for !decided && (!ended || confirming) {
		if !checking && !confirming {
			checking = true
			o.say(ctx, o.waitingFor(p))
			check(o.checkOptions(ctx, p), p.every, func(seen activities.CheckResult, checkErr error) {
				ended, err = true, checkErr
				if checkErr == nil {
					conclude(seen, checkedBy(seen.Outcome, o.ack))
				}
			})
		}
		selector.Select(ctx)
	}
	if decided {
		return v, nil
	}
	return v, err
}

// confirmedBy tells what an outcome rests on that was read because a callback said "done".
func confirmedBy(o carriers.Outcome) DecidedBy {
	if o.State == carriers.Done {
		return ByCallback
	}
	return ByCheck // the read contradicts the callback, and the read wins
}

// checkedBy tells what an outcome rests on that the main check returned.
func checkedBy(o carriers.Outcome, ack carriers.Acknowledgement) DecidedBy {
	if ack.Outcome.State == carriers.Done && o.State == carriers.Done {
		return ByAcknowledgement // the check only confirmed it
	}
	return ByCheck
}

func (o *operation[R]) checkInput(every time.Duration, told carriers.State) activities.CheckInput[R] {
	raised := make([]string, len(o.raised))
	for i, a := range o.raised {
		raised[i] = a.problemKind()
	}
	return activities.CheckInput[R]{
		Reference: o.reference, Request: o.request, Acknowledgement: o.ack, Unsure: o.unsure != nil, StartedAt: o.startedAt,
		Every:   carriers.Duration(every),
		Confirm: o.confirm, ConfirmWithin: o.timings.ConfirmWithin, Told: told, Raised: raised,
	}
}

// tooLate is the failure at the deadline.
func (o *operation[R]) tooLate(ctx workflow.Context, p activities.Problem) error {
	name := o.carrier.Name()
	switch {
	case o.unsure != nil:
		return failed(o.failure(OutcomeUnknown, *o.unsure,
			"it cannot be told whether %s has the request, and nothing showed it until the deadline; look there before anything is sent again", name))
	case o.has(AttentionUnauthorized) && p.Class == carriers.Unauthorized:
		return failed(o.failure(CarrierUnauthorized, p,
			"%s has the request, but refused our credentials whenever it was asked about it", name))
	}
	o.raise(ctx, AttentionOverdue)
	p.CarrierStatus = cmp.Or(p.CarrierStatus, o.ack.Outcome.Status) // when no check has come through, its first word
	return failed(o.failure(DeadlineExceeded, p,
		"%s has the request and was undecided until the deadline; an operator has to look into it", name))
}
