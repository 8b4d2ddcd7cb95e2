package sandbox

import "time"

// plan is how a recorded change goes on. The zero plan is the ordinary course: decided after the usual time, done, in
// effect at once, one callback.
type plan struct {
	wait         time.Duration // until the decision; 0 is factor times the usual time
	factor       int           // 0 is once
	never        bool          // never decided
	fails        bool          // decided as failed
	effect       effect
	lateness     time.Duration // of a late effect; 0 is the usual lateness
	callbacks    callbackStyle
	unknownFirst bool // look-ups answer an unknown word before the final one
	ignore       bool // sTN leaves out one known service
	review       review
	forgotten    bool          // look-ups deny the change
	noWord       bool          // the acknowledgement has no status
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

type review int

const (
	noReview review = iota
	reviewAccept
	reviewDeny
	reviewForever
	deniedAtOnce
)

// waits returns how long the decision takes where it usually takes the given time.
func (p plan) waits(usual time.Duration) time.Duration {
	if p.wait > 0 {
		return p.wait
	}
	return usual * time.Duration(max(p.factor, 1))
}

func slow(p *plan, delay time.Duration) { p.factor, p.wait = 10, delay }

func callbacks(style callbackStyle) func(*plan, time.Duration) {
	return func(p *plan, delay time.Duration) {
		p.callbacks = style
		if delay > 0 {
			p.wait = delay
		}
	}
}

func unknownFirst(p *plan, delay time.Duration) {
	p.unknownFirst, p.callbacks, p.review = true, lost, reviewAccept
	p.factor, p.wait = 2, delay
}

func contradicting(p *plan, delay time.Duration) {
	delayedError(p, delay)
	p.callbacks = contradiction
}

func delayedError(p *plan, delay time.Duration) {
	p.fails = true
	if delay > 0 {
		p.wait = delay
	}
}

func ignoredService(p *plan, _ time.Duration) { p.ignore = true }

func notInEffect(p *plan, _ time.Duration) { p.effect = effectNever }

func lateEffect(p *plan, delay time.Duration) { p.effect, p.lateness = effectLate, delay }

func neverDecided(p *plan, _ time.Duration) { p.never = true }

func reviewed(r review) func(*plan, time.Duration) {
	return func(p *plan, delay time.Duration) {
		p.review, p.never, p.fails = r, r == reviewForever, r == reviewDeny || r == deniedAtOnce
		if delay > 0 {
			p.wait = delay
		}
	}
}

func forgetful(p *plan, _ time.Duration) { p.forgotten, p.effect = true, effectNever }

func noWord(p *plan, _ time.Duration) { p.noWord = true }

func lateVisibility(p *plan, delay time.Duration) { p.hidden, p.hiddenFor = true, delay }

func batchedCallback(p *plan, delay time.Duration) { p.batched, p.batchedFor = true, delay }
