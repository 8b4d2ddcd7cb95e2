package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// mark is what became of an operation.
type mark int

// The marks; everything from lost on is a breach of the promise.
const (
	completed mark = iota
	failedAsExpected
	// parked: nobody can tell whether the carrier has the request, the ledger shows that it never came, and an operator
	// has been told.
	parked
	// lost: it ended otherwise than the carrier's ledger and the line allow.
	lost
	// doubled: the carrier recorded it more than once, or got it again after it had recorded it.
	doubled
	// untrue: it says that the change is shown, and by the ledger it was not in effect then.
	untrue
	// unnoticed: it waits, or waited for too long, without an operator having been told; or it says done without effect.
	unnoticed
	// late: final, but too long after the last fault.
	late
)

func (m mark) breach() bool { return m >= lost }

// observation is what can be seen of an operation at the end.
type observation struct {
	operation
	fate
	// otherManners: the carriers have other manners, with which some things cannot be told.
	otherManners bool

	found     bool // Temporal knows the workflow
	closed    bool
	failure   workflows.FailureType // empty for a success, or while it runs
	message   string
	effect    carriers.Effect
	attention []string

	startedAt, submittedAt, closedAt time.Time // submittedAt is zero when never acknowledged
	unattended                       []span    // read only where it makes a difference
}

// patience is how long after the last fault an operation may take, besides its carrier's own delay. While faults last,
// telling an operator may lag behind by as much.
const patience = 15 * time.Second

// failures are the codes on which an operation has to fail, and how.
var failures = map[int]workflows.FailureType{
	58: workflows.CarrierFailed, 59: workflows.CarrierFailed, 60: workflows.ServicesIgnored, 61: workflows.NotInEffect,
	codeNeverDecided: workflows.DeadlineExceeded, 65: workflows.RiskDenied, 67: workflows.RiskDenied,
	70: workflows.CarrierRejected, 71: workflows.CarrierUnauthorized, 73: workflows.CarrierUnauthorized,
	74: workflows.CarrierRejected, 77: workflows.CarrierRejected, 88: workflows.CarrierRejected,
}

// ownDelay is how long the carrier takes by itself.
func ownDelay(code int) time.Duration {
	switch code {
	case 50:
		return 10 * decideAfter
	case 57:
		return 2 * max(decideAfter, reviewFor)
	case 61:
		return decideAfter + confirmWithin
	case 62:
		return decideAfter + lateEffectAfter
	case codeNeverDecided:
		return soonDeadline
	case 78, 79, 80:
		return max(decideAfter, reviewFor) + 2*retryAfter
	}
	return max(decideAfter, reviewFor)
}

// judge says what became of an operation and, if it breaks the promise, why. lastFault is when the last fault ended; now
// is when it was looked at.
func judge(o observation, lastFault, now time.Time) (mark, string) {
	expected := failures[o.code]
	// Where the deadline is soon, it may pass while faults keep a request from the carrier; then nobody has had the time
	// to ask.
	untold := kinds[o.kind].unreferenced
	hurried := o.code == codeNeverDecided
	unknown := slices.Contains(o.attention, string(workflows.AttentionOutcomeUnknown))
	switch {
	case o.recorded > 1:
		return doubled, fmt.Sprintf("recorded %d times", o.recorded)
	case o.again > 0:
		return doubled, fmt.Sprintf("sent %d times more after it had been recorded", o.again)
	case !o.found:
		return lost, "Temporal does not know it"
	case unknown && o.recorded == 0 && !o.closed && untold,
		unknown && o.recorded == 0 && o.failure == workflows.OutcomeUnknown && (untold || hurried),
		o.otherManners && cannotBeTold(o):
		return parked, ""
	case !o.closed:
		return unnoticed, fmt.Sprintf("still running, told operators %v; recorded %d times", o.attention, o.recorded)
	case o.failure == "" && o.effect == carriers.Shown && (o.inEffectAt.IsZero() || o.inEffectAt.After(o.closedAt)):
		return untrue, fmt.Sprintf("says that the change is shown; by the ledger it is in effect %s", since(o.inEffectAt))
	case o.otherManners && expected == workflows.NotInEffect && doneUnseen(o):
		return completed, ""
	case o.failure != expected:
		return lost, fmt.Sprintf("ended as %s, want %s; recorded %d times", named(o.failure), named(expected), o.recorded)
	case o.recorded != recordings(o.code) && (!hurried || o.recorded != 0):
		return lost, fmt.Sprintf("ended as %s, but recorded %d times", named(o.failure), o.recorded)
	case o.failure == "" && o.effect != carriers.Shown && !(o.otherManners && doneUnseen(o)):
		return unnoticed, fmt.Sprintf("says done, but the change is %q", o.effect)
	case o.failure == workflows.NotInEffect && !slices.Contains(o.attention, string(workflows.AttentionNotInEffect)),
		unmarked(o, now),
		o.failure == workflows.DeadlineExceeded && !slices.Contains(o.attention, string(workflows.AttentionOverdue)):
		return unnoticed, fmt.Sprintf("waited %s without telling an operator", waited(o, now).Round(time.Second))
	case o.closedAt.Sub(latest(lastFault, o.startedAt)) > patience+ownDelay(o.code):
		return late, fmt.Sprintf("final %s after the last fault", o.closedAt.Sub(lastFault).Round(time.Second))
	case o.failure != "":
		return failedAsExpected, ""
	}
	return completed, ""
}

// cannotBeTold reports whether other manners leave an operation open for good, and an operator knows. DISH is asked about
// an exact reference, or shows the effect, and gateways do not stand before it for ever. At sTN a record may have a
// reference that is only like ours. At MásMóvil there is only the effect, or a risk request, to know an order by, and
// that takes a good list from before it.
func cannotBeTold(o observation) bool {
	unknown := slices.Contains(o.attention, string(workflows.AttentionOutcomeUnknown))
	switch kinds[o.kind].carrier {
	case carriers.STN:
		return unknown && (!o.closed || o.failure == workflows.OutcomeUnknown)
	case carriers.MasMovil:
		return unknown && o.failure == workflows.OutcomeUnknown || !o.closed && len(o.attention) > 0
	}
	return false
}

// doneUnseen reports whether an operation was done by the carrier's word, with a read that cannot be had or compared. The
// request must be there, of course.
func doneUnseen(o observation) bool {
	return o.closed && o.failure == "" && o.effect == carriers.Incomparable && o.recorded == 1
}

func since(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return "since " + at.Format(time.RFC3339Nano)
}

// unmarked reports whether an operation should have been marked overdue and was not.
func unmarked(o observation, now time.Time) bool {
	return len(o.attention) == 0 && waited(o, now) > overdueAfter+patience
}

// recordings is how often the carrier has to have recorded an operation that ended as its line says.
func recordings(code int) int {
	if slices.Contains(refusedCodes, code) {
		return 0
	}
	return 1
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func named(f workflows.FailureType) string {
	if f == "" {
		return "completed"
	}
	return string(f)
}
