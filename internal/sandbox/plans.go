package sandbox

import "time"

// Plan is how a recorded change goes on. The zero plan is the ordinary course: decided after the usual time, done, in
// effect at once, one callback.
type Plan struct {
	// Fails: the change is decided as failed.
	Fails bool
	// NoStatus: the acknowledgement has no status word.
	NoStatus bool
	// LeavesOutPart: one part of the request that the carrier knows is left out as if it did not know it.
	LeavesOutPart bool
	// Review is the review of the change, where the carrier has reviews.
	Review Review

	wait         time.Duration // until the decision; 0 is factor times the usual time
	factor       int           // 0 is once
	never        bool          // never decided
	effect       effect
	lateness     time.Duration // of a late effect; 0 is the usual lateness
	callbacks    callbackStyle
	unknownFirst bool          // look-ups answer an unknown word before the final one
	forgotten    bool          // look-ups deny the change
	hidden       bool          // look-ups know the change only after a while
	hiddenFor    time.Duration // 0 is the longest that the settings allow
	batched      bool          // callbacks wait for others and travel with them
	batchedFor   time.Duration // 0 is the usual wait
	spelled      bool          // what travels together is spelled and packed otherwise, and sent twice at times
}

type effect int

const (
	effectAtOnce effect = iota
	effectLate
	effectNever
)

type callbackStyle int

const (
	once callbackStyle = iota
	lost
	fivefold
	early
	reversed
	intermediate
	unknownWord
	contradiction
)

// Review is what becomes of a review.
type Review int

// The courses of a review.
const (
	// NoReview: the change is not held.
	NoReview Review = iota
	// ReviewAccept: held, and accepted at the end.
	ReviewAccept
	// ReviewDeny: held, and denied at the end.
	ReviewDeny
	// ReviewForever: held, and never decided.
	ReviewForever
	// DeniedAtOnce: denied in the acknowledgement already.
	DeniedAtOnce
)

// waits returns how long the decision takes where it usually takes the given time.
func (p Plan) waits(usual time.Duration) time.Duration {
	if p.wait > 0 {
		return p.wait
	}
	return usual * time.Duration(max(p.factor, 1))
}

func slow(p *Plan, delay time.Duration) { p.factor, p.wait = 10, delay }

func callbacks(style callbackStyle) func(*Plan, time.Duration) {
	return func(p *Plan, delay time.Duration) {
		p.callbacks = style
		if delay > 0 {
			p.wait = delay
		}
	}
}

func unknownFirst(p *Plan, delay time.Duration) {
	p.unknownFirst, p.callbacks, p.Review = true, lost, ReviewAccept
	p.factor, p.wait = 2, delay
}

func contradicting(p *Plan, delay time.Duration) {
	delayedError(p, delay)
	p.callbacks = contradiction
}

func delayedError(p *Plan, delay time.Duration) {
	p.Fails = true
	if delay > 0 {
		p.wait = delay
	}
}

func partLeftOut(p *Plan, _ time.Duration) { p.LeavesOutPart = true }

func notInEffect(p *Plan, _ time.Duration) { p.effect = effectNever }

func lateEffect(p *Plan, delay time.Duration) { p.effect, p.lateness = effectLate, delay }

func neverDecided(p *Plan, _ time.Duration) { p.never = true }

func reviewed(r Review) func(*Plan, time.Duration) {
	return func(p *Plan, delay time.Duration) {
		p.Review, p.never, p.Fails = r, r == ReviewForever, r == ReviewDeny || r == DeniedAtOnce
		if delay > 0 {
			p.wait = delay
		}
	}
}

func forgetful(p *Plan, _ time.Duration) { p.forgotten, p.effect = true, effectNever }

func noStatus(p *Plan, _ time.Duration) { p.NoStatus = true }

func lateVisibility(p *Plan, delay time.Duration) { p.hidden, p.hiddenFor = true, delay }

func batchedCallback(p *Plan, delay time.Duration) { p.batched, p.batchedFor = true, delay }
