package main

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// The kinds that differ for the judge: found by a reference, found by the effect only, found in a list, and held.
var (
	kindDISH      = kindOf("dish.ActivateSubscription")
	kindBillCycle = kindOf("dish.UpdateBillCycle")
	kindSTN       = kindOf("stn.SetServices")
	kindMasMovil  = kindOf("masmovil.AddDevice")
)

func kindOf(operation string) int {
	return slices.IndexFunc(kinds, func(k subject.Subject) bool { return k.Type == operation })
}

func TestJudge(t *testing.T) {
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	lastFault, now := began.Add(time.Minute), began.Add(2*time.Minute)
	// good is an ordinary operation that completed.
	good := func(change func(*observation)) observation {
		o := observation{
			operation: operation{kind: kindDISH}, ledgerState: ledgerState{Times: 1, InEffectAt: began.Add(1500 * time.Millisecond)},
			found: true, closed: true, effect: carriers.Shown,
			startedAt: began, submittedAt: began.Add(time.Second), closedAt: began.Add(2 * time.Second),
		}
		change(&o)
		return o
	}
	failing := func(code subject.Code, f workflows.FailureType, recorded int, attention ...workflows.Attention) observation {
		return good(func(o *observation) {
			o.code, o.failure, o.effect, o.Times = code, f, carriers.NotRead, recorded
			if playing := slices.IndexFunc(kinds, func(k subject.Subject) bool { return slices.Contains(k.Codes(), code) }); playing >= 0 {
				o.kind = playing
			}
			for _, a := range attention {
				o.attention = append(o.attention, string(a))
			}
		})
	}
	open := func(kind, recorded int, attention ...string) observation {
		return good(func(o *observation) {
			o.kind, o.Times, o.closed, o.closedAt, o.effect, o.attention = kind, recorded, false, time.Time{}, "", attention
		})
	}
	// elsewhere is the same observation with carriers of other manners.
	elsewhere := func(kind int, o observation) observation {
		o.kind, o.otherManners = kind, true
		return o
	}
	unseen := func(o *observation) { o.effect = carriers.Incomparable }
	unknown := failing(0, workflows.OutcomeUnknown, 1, workflows.AttentionOutcomeUnknown)
	for _, tc := range []struct {
		name string
		o    observation
		want mark
	}{
		{"done", good(func(*observation) {}), completed},
		{"done after the last fault", good(func(o *observation) {
			o.startedAt, o.submittedAt, o.closedAt = lastFault.Add(-5*time.Second), lastFault, lastFault.Add(5*time.Second)
		}), completed},
		{"failed as its line says", failing(59, workflows.CarrierFailed, 1), failedAsExpected},
		{"refused", failing(70, workflows.CarrierRejected, 0), failedAsExpected},
		{"never decided", failing(subject.NeverDecided, workflows.DeadlineExceeded, 1, workflows.AttentionOverdue), failedAsExpected},
		{"not in effect", failing(61, workflows.NotInEffect, 1, workflows.AttentionNotInEffect), failedAsExpected},
		{"parked and never there", open(kindMasMovil, 0, "OutcomeUnknown"), parked},
		{"parked at DISH, where this change has no reference", open(kindBillCycle, 0, "OutcomeUnknown"), parked},
		{"parked until the deadline", func() observation {
			o := failing(0, workflows.OutcomeUnknown, 0, workflows.AttentionOutcomeUnknown)
			o.kind = kindMasMovil
			return o
		}(), parked},
		{"deadline passed before the carrier could be asked", failing(subject.NeverDecided, workflows.OutcomeUnknown, 0, workflows.AttentionOutcomeUnknown), parked},
		{"deadline passed before anything was sent", failing(subject.NeverDecided, workflows.DeadlineExceeded, 0, workflows.AttentionOverdue), failedAsExpected},

		{"twice, whatever else", failing(59, workflows.CarrierFailed, 2), doubled},
		{"twice and parked", open(kindMasMovil, 2, "OutcomeUnknown"), doubled},
		{"sent again, though refused", good(func(o *observation) { o.Again = 1 }), doubled},
		{"shown, never in effect", good(func(o *observation) { o.InEffectAt = time.Time{} }), untrue},
		{"shown before it was in effect", good(func(o *observation) { o.InEffectAt = o.closedAt.Add(time.Millisecond) }), untrue},
		{"done without a read that can be compared", good(unseen), unnoticed},

		{"other manners: done", elsewhere(kindDISH, good(func(*observation) {})), completed},
		{"other manners: done, the read cannot be compared", elsewhere(kindSTN, good(unseen)), completed},
		{"other manners: done and not in effect, the read cannot be had", elsewhere(kindSTN, good(func(o *observation) {
			o.code, o.effect, o.InEffectAt = 61, carriers.Incomparable, time.Time{}
		})), completed},
		{"other manners: a record like ours", elsewhere(kindSTN, unknown), parked},
		{"other manners: a record like ours, still open", elsewhere(kindSTN, open(kindSTN, 1, "OutcomeUnknown")), parked},
		{"other manners: no list from before the request", elsewhere(kindMasMovil, unknown), parked},
		{"other manners: no list from before the request, held for review", elsewhere(kindMasMovil, open(kindMasMovil, 1, "Held")), parked},
		{"other manners: refused as its line says", elsewhere(kindSTN, failing(70, workflows.CarrierRejected, 0)), failedAsExpected},

		{"other manners: twice", elsewhere(kindSTN, open(kindSTN, 2, "OutcomeUnknown")), doubled},
		{"other manners: sent again, though refused", elsewhere(kindSTN, good(func(o *observation) { o.Again = 1 })), doubled},
		{"other manners: shown, never in effect", elsewhere(kindDISH, good(func(o *observation) { o.InEffectAt = time.Time{} })), untrue},
		{"other manners: shown, though it is not", elsewhere(kindDISH, good(func(o *observation) { o.code, o.InEffectAt = 61, time.Time{} })), untrue},
		{"other manners: rejected, though recorded and done", elsewhere(kindSTN, failing(0, workflows.CarrierRejected, 1)), lost},
		{"other manners: done without a record, not compared", elsewhere(kindSTN, good(func(o *observation) {
			o.Times, o.effect, o.InEffectAt = 0, carriers.Incomparable, time.Time{}
		})), lost},
		{"other manners: done without a record and not in effect, not compared", elsewhere(kindSTN, good(func(o *observation) {
			o.code, o.Times, o.effect, o.InEffectAt = 61, 0, carriers.Incomparable, time.Time{}
		})), lost},
		{"other manners: done without effect", elsewhere(kindSTN, good(func(o *observation) { o.effect = carriers.Missing })), unnoticed},
		{"other manners: unknown at DISH, which can be asked", elsewhere(kindDISH, unknown), lost},
		{"other manners: open at DISH, which can be asked", elsewhere(kindDISH, open(kindDISH, 1, "OutcomeUnknown")), unnoticed},
		{"other manners: unknown, no operator told", elsewhere(kindSTN, failing(0, workflows.OutcomeUnknown, 1)), lost},
		{"other manners: open, no operator told", elsewhere(kindMasMovil, open(kindMasMovil, 1)), unnoticed},
		{"other manners: open at sTN, marked for something else", elsewhere(kindSTN, open(kindSTN, 1, "Overdue")), unnoticed},

		{"done, never recorded", good(func(o *observation) { o.Times = 0 }), lost},
		{"done, though the carrier failed it", good(func(o *observation) { o.code = 58 }), lost},
		{"failed, though the carrier did it", failing(0, workflows.CarrierFailed, 1), lost},
		{"failed in another way", failing(59, workflows.DeadlineExceeded, 1), lost},
		{"deadline passed, though the carrier has it", failing(subject.NeverDecided, workflows.OutcomeUnknown, 1, workflows.AttentionOutcomeUnknown), lost},
		{"refused, but recorded", failing(70, workflows.CarrierRejected, 1), lost},
		{"unknown to Temporal", good(func(o *observation) { o.found = false }), lost},
		{"outcome unknown, though the carrier has it", func() observation {
			o := failing(0, workflows.OutcomeUnknown, 1, workflows.AttentionOutcomeUnknown)
			o.kind = kindMasMovil
			return o
		}(), lost},
		{"outcome unknown where the carrier can be asked", failing(0, workflows.OutcomeUnknown, 0, workflows.AttentionOutcomeUnknown), lost},
		{"parked, though the carrier has it", open(kindMasMovil, 1, "OutcomeUnknown"), unnoticed},
		{"parked at DISH, which shows the effect", open(kindBillCycle, 1, "OutcomeUnknown"), unnoticed},
		{"parked where the carrier can be asked", open(kindDISH, 0, "OutcomeUnknown"), unnoticed},
		{"still running", open(kindDISH, 1), unnoticed},
		{"done without effect", good(func(o *observation) { o.effect = carriers.Missing }), unnoticed},
		{"never decided, no operator told", failing(subject.NeverDecided, workflows.DeadlineExceeded, 1), unnoticed},
		{"not in effect, no operator told", failing(61, workflows.NotInEffect, 1), unnoticed},
		{"waited too long for the outcome", good(func(o *observation) { o.closedAt = began.Add(40 * time.Second) }), unnoticed},
		{"waited too long for the acknowledgement", good(func(o *observation) {
			o.submittedAt, o.closedAt = began.Add(40*time.Second), began.Add(41*time.Second)
		}), unnoticed},
		{"waited as long, but an operator was told", good(func(o *observation) {
			o.closedAt, o.attention = began.Add(40*time.Second), []string{"Overdue"}
		}), completed},
		{"late", good(func(o *observation) {
			o.closedAt, o.attention = lastFault.Add(tolerance+ownDelay(0)+time.Millisecond), []string{"Overdue"}
		}), late},
		{"other manners: as late", elsewhere(kindSTN, good(func(o *observation) {
			o.closedAt, o.attention = lastFault.Add(2*tolerance+ownDelay(0)), []string{"Overdue"}
		})), completed},
		{"other manners: late", elsewhere(kindSTN, good(func(o *observation) {
			o.closedAt, o.attention = lastFault.Add(2*tolerance+ownDelay(0)+time.Millisecond), []string{"Overdue"}
		})), late},
		{"as late as the carrier", good(func(o *observation) {
			o.code, o.closedAt, o.attention = 50, lastFault.Add(tolerance+ownDelay(50)), []string{"Overdue"}
		}), completed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, why := judge(tc.o, lastFault, now)
			require.Equal(t, tc.want, got, why)
			require.Equal(t, got.breach(), why != "", "every breach is explained, and nothing else")
		})
	}
}

func TestReportNamesBreaches(t *testing.T) {
	began := time.Now()
	at := func(kind, number, recorded int) observation {
		return observation{
			operation: operation{kind: kind, reference: "r-1", line: kinds[kind].Line(number, 0)}, found: true, closed: true,
			ledgerState: ledgerState{Times: recorded, InEffectAt: began},
			effect:      carriers.Shown, startedAt: began, submittedAt: began, closedAt: began.Add(time.Second),
		}
	}
	r := tabulate([]observation{at(kindDISH, 1, 1), at(kindDISH, 2, 2), at(kindSTN, 3, 1)}, began, began)
	require.Equal(t, 1, r.count(doubled))
	require.Equal(t, 2, r.count(completed))
	require.Len(t, r.breach, 1)
	var text bytes.Buffer
	r.print(&text)
	require.Contains(t, text.String(), "BREACH doubled: dish:r-1")
	require.NotContains(t, text.String(), r.breach[0].line, "nothing personal")
}

// A product that leaves everything to operators breaks no other rule.
func TestTooMuchParkedBreaksThePromise(t *testing.T) {
	began := time.Now()
	at := func(failure workflows.FailureType) observation {
		return observation{
			operation: operation{kind: kindSTN}, otherManners: true, ledgerState: ledgerState{Times: 1, InEffectAt: began}, found: true, closed: true,
			effect: carriers.Shown, failure: failure, attention: []string{"OutcomeUnknown"}, startedAt: began, submittedAt: began, closedAt: began.Add(time.Second),
		}
	}
	half := tabulate([]observation{at(""), at(workflows.OutcomeUnknown)}, began, began)
	require.True(t, half.kept(), half.breach)
	most := tabulate([]observation{at(""), at(workflows.OutcomeUnknown), at(workflows.OutcomeUnknown)}, began, began)
	require.False(t, most.kept())
	var text bytes.Buffer
	most.print(&text)
	require.Contains(t, text.String(), "BREACH parked: 2 operations")
}
