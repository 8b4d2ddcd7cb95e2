package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// mark is the judgement of an operation.
type mark int

// The marks; every mark from lost on is a breach of the promise.
const (
	completed mark = iota
	failedAsExpected
	// parked: it is not known whether the carrier has the request, the ledger shows that it was never recorded, and an
	// operator was told.
	parked
	// lost: its outcome differs from the carrier's ledger and the line's scenario.
	lost
	// doubled: the carrier recorded it more than once, or received it again after it had recorded it.
	doubled
	// untrue: it reports that the change is shown, but by the ledger it was not in effect then.
	untrue
	// unnoticed: it waits, or waited for too long, without an operator being told; or it reports done without effect.
	unnoticed
	// late: final, but too long after the last fault.
	late
)

func (m mark) breach() bool { return m >= lost }

// observation is what is known of an operation at the end.
type observation struct {
	operation
	ledgerState
	// otherManners: the carriers have other manners, with which some questions cannot be answered.
	otherManners bool

	found     bool // Temporal knows the workflow
	closed    bool
	failure   workflows.FailureType // empty for a success, or while it runs
	message   string
	effect    carriers.Effect
	attention []string

	startedAt, submittedAt, closedAt time.Time // submittedAt is zero when never acknowledged
	withoutWorker                    []span    // read only where it matters
}

// tolerance is how long after the last fault an operation may take, in addition to its carrier's own delay. While faults
// last, the attention may be delayed by the same time.
const tolerance = 15 * time.Second

// toleranceOf is the tolerance for one operation. With other manners every third read is answered by a gateway, and one proof
// needs several good answers.
func toleranceOf(o observation) time.Duration {
	if o.otherManners {
		return 2 * tolerance
	}
	return tolerance
}

// ownDelay is how long the carrier takes without faults.
func ownDelay(code subject.Code) time.Duration {
	switch code {
	case subject.Slow:
		return 10 * decideAfter
	case subject.UnknownStatus:
		return 2 * max(decideAfter, reviewFor)
	case subject.NotInEffect:
		return decideAfter + confirmWithin
	case subject.LateEffect:
		return decideAfter + lateEffectAfter
	case subject.NeverDecided:
		return soonDeadline
	case subject.Throttled, subject.ThrottledFor, subject.Unavailable:
		return max(decideAfter, reviewFor) + 2*retryAfter
	}
	return max(decideAfter, reviewFor)
}

// judge returns the mark of an operation and, for a breach, the reason. lastFault is when the last fault ended; now is when
// the operation was observed.
func judge(o observation, lastFault, now time.Time) (mark, string) {
	ends := kinds[o.kind].Ends(o.code)
	expected := ends.Failure
	// A short deadline may pass while faults keep the request from the carrier; then there was no time for a look-up.
	effectOnly := kinds[o.kind].FoundBy == carriers.FoundByEffect
	shortDeadline := o.code == subject.NeverDecided
	unknown := slices.Contains(o.attention, string(workflows.AttentionOutcomeUnknown))
	switch {
	case o.Times > 1:
		return doubled, fmt.Sprintf("recorded %d times", o.Times)
	case o.Again > 0:
		return doubled, fmt.Sprintf("sent %d times more after it had been recorded", o.Again)
	case !o.found:
		return lost, "Temporal does not know it"
	case unknown && o.Times == 0 && !o.closed && effectOnly,
		unknown && o.Times == 0 && o.failure == workflows.OutcomeUnknown && (effectOnly || shortDeadline),
		o.otherManners && mayStayOpen(o):
		return parked, ""
	case !o.closed:
		return unnoticed, fmt.Sprintf("still running, told operators %v; recorded %d times", o.attention, o.Times)
	case o.failure == "" && o.effect == carriers.Shown && (o.InEffectAt.IsZero() || o.InEffectAt.After(o.closedAt)):
		return untrue, fmt.Sprintf("says that the change is shown; by the ledger it is in effect %s", since(o.InEffectAt))
	case o.otherManners && expected == workflows.NotInEffect && doneUnseen(o):
		return completed, ""
	case o.failure != expected:
		return lost, fmt.Sprintf("ended as %s, want %s; recorded %d times", named(o.failure), named(expected), o.Times)
	case o.Times != ends.Recorded && (!shortDeadline || o.Times != 0):
		return lost, fmt.Sprintf("ended as %s, but recorded %d times", named(o.failure), o.Times)
	case o.failure == "" && o.effect != carriers.Shown && !(o.otherManners && doneUnseen(o)):
		return unnoticed, fmt.Sprintf("says done, but the change is %q", o.effect)
	case o.failure == workflows.NotInEffect && !slices.Contains(o.attention, string(workflows.AttentionNotInEffect)),
		unmarked(o, now),
		o.failure == workflows.DeadlineExceeded && !slices.Contains(o.attention, string(workflows.AttentionOverdue)):
		return unnoticed, fmt.Sprintf("waited %s without telling an operator", waited(o, now).Round(time.Second))
	case o.closedAt.Sub(latest(lastFault, o.startedAt)) > toleranceOf(o)+ownDelay(o.code):
		return late, fmt.Sprintf("final %s after the last fault", o.closedAt.Sub(lastFault).Round(time.Second))
	case o.failure != "":
		return failedAsExpected, ""
	}
	return completed, ""
}

// mayStayOpen reports whether other manners leave an operation open permanently, and an operator was told. A carrier that can be
// asked about an exact reference always answers. In a list, a record may have a reference that only resembles ours. Where only
// the effect or a decision shows a request, that may need a complete list from before it.
func mayStayOpen(o observation) bool {
	unknown := slices.Contains(o.attention, string(workflows.AttentionOutcomeUnknown))
	switch k := kinds[o.kind]; {
	case k.FoundBy == carriers.FoundByRecord:
		return unknown && (!o.closed || o.failure == workflows.OutcomeUnknown)
	case k.MayBeHeld, k.FoundBy == carriers.FoundByEffect:
		return unknown && o.failure == workflows.OutcomeUnknown || !o.closed && len(o.attention) > 0
	}
	return false
}

// doneUnseen reports whether the carrier said done, but the read failed or could not be compared. The request must be recorded.
func doneUnseen(o observation) bool {
	return o.closed && o.failure == "" && o.effect == carriers.Incomparable && o.Times == 1
}

func since(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return "since " + at.Format(time.RFC3339Nano)
}

// unmarked reports whether an operation should have been marked overdue and was not.
func unmarked(o observation, now time.Time) bool {
	return len(o.attention) == 0 && waited(o, now) > overdueAfter+tolerance
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
