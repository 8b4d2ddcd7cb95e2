package workflows

import (
	"cmp"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

const (
	// mostLooks bounds the extra looks, and the confirming reads, that callbacks can cause in one run: a carrier that sends
	// thousands of them must not grow the history.
	mostLooks = 10
	// mostRecoveries bounds how often a run tells that something has passed that operators were told of.
	mostRecoveries = 20
	// manyCallbacks is how many callbacks of one run are an operator's matter.
	manyCallbacks = 1000
	// mostFinals bounds the final words that are kept to be held against the outcome.
	mostFinals = 20
)

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
	// since is when the wait began, if its polls get slower with its age, up to longest.
	since    time.Time
	longest  time.Duration
	deadline time.Time
}

// settle returns the carrier's final word, told by callback or read by check, whichever comes first.
func (o *operation[R]) settle(ctx workflow.Context) (verdict, error) {
	if v, final := o.acknowledged(); final {
		return v, nil
	}
	if o.ack.RiskReview && !o.riskApproved {
		o.raise(ctx, AttentionRiskReview)
	}
	waiting := &wait{callbacks: CallbackSignal.Channel(ctx), since: workflow.Now(ctx), overdueAt: workflow.Now(ctx).Add(o.timings.OverdueAfter.Std())}
	p := o.usual(ctx, waiting)
	if o.unsure != nil {
		p = o.slow(ctx)
	}
	for {
		v, err := o.await(ctx, waiting, p)
		if err == nil {
			return v, nil
		}
		kind, problem := problemIn(err)
		o.adopt(ctx, problem.Found)
		o.hear(problem.CarrierStatus)
		slowed := p.since.IsZero()
		switch kind {
		case canceled:
			return v, err
		case activities.Found:
			p = o.usual(ctx, waiting)
			continue
		case activities.Recovered:
			waiting.recoveries++
			o.settled(ctx, AttentionUnknownStatus, AttentionUnauthorized, AttentionNotServed)
			p = o.usual(ctx, waiting)
			continue
		case activities.UnknownStatus:
			o.raise(ctx, AttentionUnknownStatus)
		case activities.Unauthorized:
			o.raise(ctx, AttentionUnauthorized)
		case activities.Unconfirmed:
			o.raise(ctx, AttentionUnconfirmed)
		default: // the window closed without an answer
			if o.remaining(ctx) <= 0 || slowed && p.deadline.Equal(o.deadline) { // a check ends a little before its window
				return o.tooLate(ctx, waiting, problem)
			}
			if kind == untaken {
				o.raise(ctx, AttentionNotServed)
			}
			o.raise(ctx, AttentionOverdue)
		}
		p = o.slow(ctx)
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

// usual is the pace of an operation of which operators need not be told, until it is overdue. Of one that is overdue already it
// is the slow one.
func (o *operation[R]) usual(ctx workflow.Context, w *wait) pace {
	left := w.overdueAt.Sub(workflow.Now(ctx))
	if left <= 0 {
		return o.slow(ctx)
	}
	return pace{o.timings.PollEvery.Std(), o.within(ctx, left), w.since, o.timings.OverduePollEvery.Std(), o.deadline}
}

// slow is the pace of an operation that operators have been told about: until the deadline.
func (o *operation[R]) slow(ctx workflow.Context) pace {
	return pace{every: o.timings.OverduePollEvery.Std(), window: o.within(ctx, o.remaining(ctx)), deadline: o.deadline}
}

// within is a window of time that ends with the deadline at the latest, and leaves a second for a look in any case.
func (o *operation[R]) within(ctx workflow.Context, d time.Duration) time.Duration {
	return max(min(d, o.remaining(ctx)), time.Second)
}

// wait is what lasts from one stretch of waiting to the next.
type wait struct {
	callbacks workflow.ReceiveChannel
	since     time.Time
	overdueAt time.Time
	// looks, confirms and recoveries count what is bounded.
	looks, confirms, recoveries int
	// told is the final word of the callbacks. It is empty while none has come, and when two contradict each other.
	told carriers.Outcome
	// contradicted tells that two final words contradict each other: then only what is read at the carrier decides.
	contradicted bool
}

// tell takes note of a final word.
func (w *wait) tell(c Callback) {
	switch said := c.outcome(); {
	case w.contradicted:
	case w.told.State != "" && w.told.State != said.State:
		w.told, w.contradicted = carriers.Outcome{}, true
	default:
		w.told = said
	}
}

// await races one check, whose retries are the polls, against the callbacks. What a check returns has been read at the
// carrier and is final; what a callback says still needs reading. It returns the check's error when the check ends
// without an outcome.
func (o *operation[R]) await(ctx workflow.Context, w *wait, p pace) (v verdict, err error) {
	var decided, checking, confirming, ended bool
	selector := workflow.NewSelector(ctx)
	decide := func(final verdict) { // the first final word wins: nothing is heeded after it
		v, decided = final, true
		o.phase, o.resolution = over, final.resolution
	}
	check := func(options workflow.Context, pace activities.Pace, then func(activities.CheckResult, error)) {
		in := o.checkInput(pace, w.told)
		in.Quiet = w.recoveries >= mostRecoveries
		future := workflow.ExecuteActivity(options, activities.CheckName(o.name), in)
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
		o.takeNote(ctx, c)
		switch reactionTo(c, o.confirm, o.notified) {
		case believeIt:
			decide(verdict{outcome: c.outcome(), by: ByCallback})
		case confirmIt:
			w.tell(c)
			if confirming || w.confirms >= mostLooks {
				return
			}
			w.confirms++
			confirming = true
			o.say(ctx, "A callback says "+string(c.State)+". Asking "+o.carrier.Name()+" whether that is so.")
			every := o.confirmEvery(p)
			told := w.told
			check(o.confirmOptions(ctx, every, p), activities.Pace{Every: carriers.Duration(every)}, func(seen activities.CheckResult, err error) {
				confirming = false
				o.say(ctx, o.waitingFor(p))
				if err == nil && !(w.contradicted && restsOn(told, seen.Outcome)) { // else the check goes on, and reads it
					conclude(seen, confirmedBy(seen.Outcome, told))
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
				if f.Get(ctx, &seen) != nil {
					return
				}
				o.adopt(ctx, seen.Found)
				o.hear(seen.Status)
				if o.final(seen.Outcome) {
					conclude(seen, ByCheck)
					return
				}
				o.say(ctx, o.waitingFor(p))
			})
		}
	}

	// Drained first: a callback may have beaten the acknowledgement, and then no check needs to be scheduled.
	for c := range pending(w.callbacks) {
		if heed(c); decided {
			break
		}
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
			polls := activities.Pace{Every: carriers.Duration(p.every), Longest: carriers.Duration(p.longest), Since: p.since}
			check(o.checkOptions(ctx, p), polls, func(seen activities.CheckResult, checkErr error) {
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

// takeNote keeps what a callback says, whatever is made of it.
func (o *operation[R]) takeNote(ctx workflow.Context, c Callback) {
	o.heard = &c
	o.hear(c.outcome().Status)
	o.keepFinal(c)
	if o.callbacks++; o.callbacks == manyCallbacks {
		o.raise(ctx, AttentionManyCallbacks)
	}
}

// keepFinal keeps a final word, to be held against the outcome.
func (o *operation[R]) keepFinal(c Callback) {
	if c.State.Final() && len(o.finals) < mostFinals {
		o.finals = append(o.finals, c)
	}
}

// restsOn reports whether a failure may be nothing but what a callback has said: the read did not contradict it.
func restsOn(told, seen carriers.Outcome) bool {
	return seen.State == carriers.Failed && told.State == carriers.Failed && seen.Status == told.Status && seen.Code == told.Code
}

// confirmedBy tells what an outcome rests on that was read because of a callback's final word.
func confirmedBy(seen, told carriers.Outcome) DecidedBy {
	if seen.State == told.State {
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

func (o *operation[R]) checkInput(pace activities.Pace, told carriers.Outcome) activities.CheckInput[R] {
	return activities.CheckInput[R]{
		Reference: o.reference, Request: o.request, Acknowledgement: o.ack, Unsure: o.unsure != nil, StartedAt: o.startedAt,
		Pace:    pace,
		Confirm: o.confirm, ConfirmWithin: o.timings.ConfirmWithin, Told: told, Raised: o.kindsRaised(),
	}
}

// tooLate ends the operation at the deadline.
func (o *operation[R]) tooLate(ctx workflow.Context, w *wait, p activities.Problem) (verdict, error) {
	name := o.carrier.Name()
	p.CarrierStatus = cmp.Or(p.CarrierStatus, o.word)
	switch {
	case w.told.State == carriers.Failed: // nothing has contradicted it
		return verdict{outcome: w.told, by: ByCallback}, nil
	case o.unsure != nil:
		return verdict{}, failed(o.failure(OutcomeUnknown, *o.unsure,
			"it cannot be told whether %s has the request, and nothing showed it until the deadline; look there before anything is sent again", name))
	case o.has(AttentionUnconfirmed):
		return verdict{}, failed(o.failure(DeadlineExceeded, p,
			"%s says that it is done, but the read that would show the change failed until the deadline; an operator has to look into it", name))
	case o.has(AttentionUnauthorized) && p.Class == carriers.Unauthorized:
		return verdict{}, failed(o.failure(CarrierUnauthorized, p,
			"%s has the request, but refused our credentials whenever it was asked about it", name))
	}
	o.raise(ctx, AttentionOverdue)
	if p.Class != "" {
		return verdict{}, failed(o.failure(DeadlineExceeded, p,
			"%s has the request, and could not be asked for the outcome at the deadline; an operator has to look into it", name))
	}
	if o.has(AttentionNotServed) {
		return verdict{}, failed(o.failure(DeadlineExceeded, p,
			"%s has the request, and no worker that serves it has asked for the outcome until the deadline; start one, and look at the carrier", name))
	}
	return verdict{}, failed(o.failure(DeadlineExceeded, p,
		"%s has the request and was undecided until the deadline; an operator has to look into it", name))
}
