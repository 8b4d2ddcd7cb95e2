package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// size is how much is to happen, and from which seed.
type size struct {
	operations, workerKills, temporalKills int
	duration                               time.Duration
	seed                                   uint64
}

// operation is one planned change.
type operation struct {
	kind      int // index in kinds
	reference string
	line      string
	code      int
	at        time.Duration // after the start of the run
	// struck operations are started by the fault that kills the worker once the carrier has recorded them.
	struck bool
}

// plan is everything that will happen in a run. The same size gives the same plan.
type plan struct {
	operations []operation
	faults     []fault
}

const codeNeverDecided = 63

// newPlan draws a plan: operations of every kind in turn, a third of them ordinary and the others on lines that the
// sandbox plays a trick on, and every kind of fault before any comes twice.
func newPlan(s size) plan {
	dice := rand.New(rand.NewPCG(s.seed, 0))
	struck := min(s.workerKills/2, s.operations)
	operations := planOperations(s, struck, dice)
	return plan{operations, planFaults(s, operations[:struck], dice)}
}

func planOperations(s size, struck int, dice *rand.Rand) []operation {
	decks := map[*[]int]*deck{}
	var operations []operation
	for i := range s.operations {
		k := i % len(kinds)
		op := operation{kind: k, reference: fmt.Sprintf("chaos-%d-%d", s.seed%1_000_000, i)}
		if kinds[k].carrier == carriers.STN && (i/len(kinds))%2 == 0 {
			// Fits sTN's field as it is, and looks like a number to who takes digits for one.
			op.reference = fmt.Sprintf("000%06d%05d", s.seed%1_000_000, i)
		}
		codes := kinds[k].codes
		if decks[codes] == nil {
			decks[codes] = newDeck(*codes, dice)
		}
		if (i/len(kinds))%3 != 0 {
			op.code = decks[codes].draw()
		}
		// The last tenth of the time is for faults alone, the first for what takes longest.
		op.at = time.Duration(dice.Float64() * 0.9 * float64(s.duration))
		if op.code == codeNeverDecided {
			op.at /= 9
		}
		if i < struck { // of every kind in turn
			op.struck, op.code = true, 0
		}
		op.line = kinds[k].line(i, op.code)
		operations = append(operations, op)
	}
	return operations
}

// deck deals its cards in random order, all of them before any comes twice. What callbacks can do comes first, so that
// a short run sees all of it.
type deck struct {
	cards []int
	next  int
}

func newDeck(codes []int, dice *rand.Rand) *deck {
	d := &deck{cards: slices.Clone(codes)}
	dice.Shuffle(len(d.cards), func(i, j int) { d.cards[i], d.cards[j] = d.cards[j], d.cards[i] })
	rank := func(code int) int {
		if slices.Contains(callbackCodes, code) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(d.cards, func(a, b int) int { return rank(a) - rank(b) })
	return d
}

func (d *deck) draw() int {
	card := d.cards[d.next%len(d.cards)]
	d.next++
	return card
}

// planFaults lays the faults of each lane over the whole duration, each in its own stretch of time.
func planFaults(s size, struck []operation, dice *rand.Rand) []fault {
	var faults []fault
	lay := func(lane lane, n int, make func(i int) fault) {
		stretch := s.duration / time.Duration(max(n, 1))
		for i := range n {
			f := make(i)
			f.lane = lane
			f.at = time.Duration(i)*stretch + time.Duration(dice.Float64()*0.4*float64(stretch))
			f.lasts = min(f.lasts+time.Duration((1+2*dice.Float64())*float64(time.Second)), stretch/2)
			faults = append(faults, f)
		}
	}
	lay(workerLane, s.workerKills, func(i int) fault {
		if i%2 == 1 && i/2 < len(struck) {
			return fault{name: "worker killed between recorded and answered", strikes: &struck[i/2]}
		}
		return fault{name: "worker killed"}
	})
	lay(temporalLane, s.temporalKills, func(int) fault { return fault{name: "Temporal killed"} })
	rounds := func(every time.Duration, kinds int) int { // how many, so that each kind comes at least once
		return max(kinds, int(s.duration/every))
	}
	networks := shuffled(toxics, dice)
	lay(networkLane, rounds(10*time.Second, len(networks)), func(i int) fault {
		t := networks[i%len(networks)]
		return fault{name: t.name, toxic: t}
	})
	for _, c := range served {
		downs := shuffled(outages, dice)
		lay(outageLane(c), rounds(30*time.Second, len(downs)), func(i int) fault {
			o := sandbox.Rule{Carrier: c, Scenario: downs[i%len(downs)]}
			// Longer than others, so that there is something to see after the worker has noticed.
			return fault{name: fmt.Sprintf("%s %s", o.Carrier, o.Scenario), outage: o, lasts: 4 * time.Second}
		})
	}
	lay(callbackLane, rounds(10*time.Second, 3), func(int) fault { return fault{name: "callback for another carrier's operation"} })
	return faults
}

func shuffled[T any](all []T, dice *rand.Rand) []T {
	cards := slices.Clone(all)
	dice.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
	return cards
}
