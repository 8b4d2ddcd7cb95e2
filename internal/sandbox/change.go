package sandbox

import "time"

// Change is one recorded request, from its recording to the carrier's final word. The lock of what the carriers know
// guards it.
type Change struct {
	// The engine sets these before it asks for the change to be recorded. Reference and Line are the request's.
	Plan              Plan
	Reference, Line   string
	Created, Modified time.Time

	// The carrier sets these when it records the change.

	// AtOnce: the change is decided before it is answered, and no callback tells about it.
	AtOnce bool
	// Review: a review decides the change, and takes its own time.
	Review bool
	// NotBefore is the time for which the request asks: the change is not decided before it. Zero means at once.
	NotBefore time.Time
	// Rule asks, when the change is decided, whether the carrier's rules allow it; nil allows it.
	Rule func() *Failure
	// Apply puts the change into effect; nil does nothing.
	Apply func()

	carrier  *Carrier
	progress progress
	failure  *Failure
	// hiddenFor is how long look-ups do not know a change that becomes visible late.
	hiddenFor time.Duration
	// row is where the ledger keeps the request; nil keeps nothing.
	row *row
}

// Failure is why a change was decided as failed.
type Failure struct{ Code, Reason string }

// FailedByScenario is the failure that a scenario asks for.
var FailedByScenario = Failure{"PROVISIONING_FAILED", "the network refused the change"}

// State is what look-ups and callbacks say about a change.
type State int

// The states of a change, which each carrier puts into its own words.
const (
	// StateRecorded: acknowledged, and nothing has been done yet.
	StateRecorded State = iota
	// StateWorking: the carrier works on it.
	StateWorking
	// StateUnknownWord: the carrier answers with a word that nobody knows.
	StateUnknownWord
	// StateDone: decided as done.
	StateDone
	// StateFailed: decided as failed.
	StateFailed
)

type progress int

const (
	recorded progress = iota
	working
	decided
)

// newChange returns a change that is about to be recorded.
func (s *Sandbox) newChange(x exchange, p Plan) *Change {
	now := time.Now()
	c := &Change{Plan: p, Reference: x.Reference, Line: x.Line, Created: now, Modified: now, carrier: x.carrier, hiddenFor: p.hiddenFor}
	if c.hiddenFor == 0 {
		c.hiddenFor = s.cfg.VisibleWithin
	}
	return c
}

// State is the state of a change as look-ups show it.
func (c *Change) State() State {
	switch {
	case c.progress == decided && c.failure != nil:
		return StateFailed
	case c.progress == decided:
		return StateDone
	case c.progress == working && c.Plan.unknownFirst:
		return StateUnknownWord
	case c.progress == working:
		return StateWorking
	default:
		return StateRecorded
	}
}

// Failure is why the change failed; nil while it has not.
func (c *Change) Failure() *Failure { return c.failure }

// Hidden reports whether look-ups do not know the change, or not yet.
func (c *Change) Hidden() bool {
	return c.Plan.forgotten || c.Plan.hidden && time.Since(c.Created) < c.hiddenFor
}

// begin lets a recorded change take its course: half of the time it waits, and then it is being worked on for as long again, or until
// the time for which it asks.
func (s *Sandbox) begin(c *Change) {
	if c.AtOnce || c.Plan.callbacks == early {
		s.decide(c)
		return
	}
	usual := s.cfg.DecideAfter
	if c.Review {
		usual = s.cfg.ReviewFor
	}
	wait := c.Plan.waits(usual)
	s.clock.after(wait/2, func() { s.advance(c) })
	if c.Plan.never {
		s.undecided.add(c)
		return
	}
	s.clock.after(max(wait, time.Until(c.NotBefore)), func() { s.decide(c) })
}

// advance marks a change as being worked on.
func (s *Sandbox) advance(c *Change) {
	var moved bool
	s.locked(func() {
		if moved = c.progress == recorded; moved {
			c.progress, c.Modified = working, time.Now()
		}
	})
	if moved && c.callsBack() {
		s.callbacks.halfway(c)
	}
}

// decide says the carrier's final word and puts a successful change into effect.
func (s *Sandbox) decide(c *Change) {
	var effective bool
	s.locked(func() {
		c.progress, c.Modified = decided, time.Now()
		switch {
		case c.Plan.Fails:
			c.failure = &FailedByScenario
		case c.Rule != nil:
			c.failure = c.Rule()
		}
		c.row.decided(c.word())
		effective = c.failure == nil && c.Apply != nil
		if effective && c.Plan.effect == effectAtOnce {
			c.makeEffective()
		}
	})
	if effective && c.Plan.effect == effectLate {
		lateness := c.Plan.lateness
		if lateness == 0 {
			lateness = s.cfg.LateEffectAfter
		}
		s.clock.after(lateness, func() { s.locked(c.makeEffective) })
	}
	if c.callsBack() {
		s.callbacks.final(c)
	}
}

// callsBack reports whether callbacks tell about the change.
func (c *Change) callsBack() bool { return c.carrier.Callback != nil && !c.AtOnce }

// makeEffective makes the change visible, and notes it first: whoever sees it finds it in the ledger.
func (c *Change) makeEffective() {
	c.row.effective()
	c.Apply()
}

// word is the final word as the ledger writes it.
func (c *Change) word() string {
	if c.failure != nil {
		return "failed"
	}
	return "done"
}
