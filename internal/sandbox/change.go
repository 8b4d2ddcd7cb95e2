package sandbox

import (
	"time"
)

// change is one recorded request, from its recording to the carrier's final word. The world's lock guards its fields.
type change struct {
	reference string
	line      string // as in the ledger
	plan      plan
	usual     time.Duration // until the decision
	atOnce    bool          // decided before it is answered

	progress progress
	failure  *failure
	created  time.Time
	modified time.Time

	// rule asks, when the change is decided, whether the carrier's rules allow it; apply makes it visible. Both run
	// under the world's lock and may be nil.
	rule  func() *failure
	apply func()
	// page is where the ledger keeps the request; nil keeps nothing.
	page *page
	// onHalfway and onDecided run after a step, without the lock.
	onHalfway, onDecided func()
}

type progress int

const (
	recorded progress = iota
	working
	decided
)

// begin lets a recorded change take its course: half of the time it waits, half of the time it is being worked on.
func (s *Sandbox) begin(c *change) {
	if c.atOnce || c.plan.callbacks == early {
		s.decide(c)
		return
	}
	wait := c.plan.waits(c.usual)
	s.clock.after(wait/2, func() { s.advance(c) })
	if !c.plan.never {
		s.clock.after(wait, func() { s.decide(c) })
	}
}

// advance marks a change as being worked on.
func (s *Sandbox) advance(c *change) {
	s.world.mu.Lock()
	moved := c.progress == recorded
	if moved {
		c.progress, c.modified = working, time.Now()
	}
	s.world.mu.Unlock()
	if moved && c.onHalfway != nil {
		c.onHalfway()
	}
}

// decide says the carrier's final word and puts a successful change into effect.
func (s *Sandbox) decide(c *change) {
	s.world.mu.Lock()
	c.progress, c.modified = decided, time.Now()
	switch {
	case c.plan.fails:
		c.failure = &failedByScenario
	case c.rule != nil:
		c.failure = c.rule()
	}
	c.page.decided(c.word())
	effective := c.failure == nil && c.apply != nil
	if effective && c.plan.effect == effectAtOnce {
		c.makeEffective()
	}
	s.world.mu.Unlock()

	if effective && c.plan.effect == effectLate {
		lateness := c.plan.lateness
		if lateness == 0 {
			lateness = s.cfg.LateEffectAfter
		}
		s.clock.after(lateness, func() {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			c.makeEffective()
		})
	}
	if c.onDecided != nil {
		c.onDecided()
	}
}

// makeEffective makes the change visible, and notes it first: whoever sees it finds it in the ledger. The world's lock is
// held.
func (c *change) makeEffective() {
	c.page.effective()
	c.apply()
}

// word is the final word as the ledger writes it.
func (c *change) word() string {
	if c.failure != nil {
		return "failed"
	}
	return "done"
}

// hides reports whether look-ups do not know a change, or not yet. The world's lock is held.
func (s *Sandbox) hides(c *change) bool {
	if !c.plan.hidden {
		return c.plan.forgotten
	}
	hiddenFor := c.plan.hiddenFor
	if hiddenFor == 0 {
		hiddenFor = s.cfg.VisibleWithin
	}
	return c.plan.forgotten || time.Since(c.created) < hiddenFor
}
