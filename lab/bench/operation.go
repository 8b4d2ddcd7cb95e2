package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// The operations that are measured: one that calls back and one that has to be asked.
const (
	calling = "dish" // dish.UpdateSubscriptionStatus, told by a callback
	asked   = "stn"  // stn.SetServices, found by polls
)

// operation is one operation of a contestant, from its start to its end. Its times are those of one machine's clock.
type operation struct {
	carrier   string // calling or asked
	reference string
	line      string
	// confirm tells whether ours reads the line before it calls a success one.
	confirm bool
	// pollEvery is the time between two polls; 0 is the default of the contestant.
	pollEvery time.Duration
	// overdueAfter is the time after which ours is overdue; 0 is the default.
	overdueAfter time.Duration

	// What decides it: polls look-ups at the carrier, the last of which finds the decision; else, when after is not negative, the
	// carrier that long after the acknowledgement; else only carrier.decide.
	polls int
	after time.Duration

	// ended gets the time of the end from who watches for it, outside Temporal.
	ended chan time.Time

	started time.Time
	closed  time.Time
	// byCallback tells whether a callback decided it, where the contestant says so.
	byCallback bool

	mu       sync.Mutex
	arrived  time.Time     // when the request reached the carrier
	decided  time.Time     // when the carrier decided
	lookUps  int           // how often the carrier was asked
	answered chan struct{} // closed when the request has been acknowledged
}

// numbers hands out references and lines that no other operation of this run has.
var numbers atomic.Int64

// newOperation makes an operation on a line of its own that waits until it is decided by hand.
func newOperation(carrier string) *operation {
	n := numbers.Add(1)
	op := &operation{carrier: carrier, reference: fmt.Sprintf("b%x-%d", began, n), confirm: true, after: -1, answered: make(chan struct{}), ended: make(chan time.Time, 1)}
	if carrier == calling {
		op.line = fmt.Sprintf("8901%014d00", n)
	} else {
		op.line = fmt.Sprintf("SUB-%09d00", n)
	}
	return op
}

// began tells the references of two runs apart. sTN's references have 15 characters at most.
var began = time.Now().Unix() % (1 << 20)

// toCarrier is the time from the start to the arrival at the carrier.
func (op *operation) toCarrier() time.Duration {
	op.mu.Lock()
	defer op.mu.Unlock()
	return op.arrived.Sub(op.started)
}

// toClosed is the time from the carrier's decision to the end of the operation.
func (op *operation) toClosed() time.Duration {
	op.mu.Lock()
	defer op.mu.Unlock()
	return op.closed.Sub(op.decided)
}

func (op *operation) decide(at time.Time) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.decided.IsZero() {
		op.decided = at
	}
}

func (op *operation) isDecided() bool {
	op.mu.Lock()
	defer op.mu.Unlock()
	return !op.decided.IsZero()
}

func (op *operation) wasAnswered() bool {
	select {
	case <-op.answered:
		return true
	default:
		return false
	}
}

func (op *operation) wasAsked() int {
	op.mu.Lock()
	defer op.mu.Unlock()
	return op.lookUps
}
