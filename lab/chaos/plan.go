package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/subject"
)

// size is the size of a run, and its seed.
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
	code      subject.Code
	at        time.Duration // after the start of the run
	// startedByFault operations are started by the fault that kills the worker once the carrier has recorded them.
	startedByFault bool
}

// plan is everything that will happen in a run. The same size gives the same plan.
type plan struct {
	operations []operation
	faults     []fault
}

// newPlan makes a plan: operations of every kind in turn, a third of them ordinary and the others on lines with a scenario
// of the sandbox, and every kind of fault once before any is repeated.
func newPlan(s size) plan {
	random := rand.New(rand.NewPCG(s.seed, 0))
	targets := min(s.workerKills/2, s.operations)
	operations := planOperations(s, targets, random)
	return plan{operations, planFaults(s, operations[:targets], random)}
}

func planOperations(s size, targets int, random *rand.Rand) []operation {
	sequenceOf := map[string]*codeSequence{} // kinds with the same codes share one
	var operations []operation
	for i := range s.operations {
		k := i % len(kinds)
		op := operation{kind: k, reference: fmt.Sprintf("chaos-%d-%d", s.seed%1_000_000, i)}
		if kinds[k].FoundBy == carriers.FoundByRecord && (i/len(kinds))%2 == 0 {
			// Fits into a short field unchanged, and can be misread as a number.
			op.reference = fmt.Sprintf("000%06d%05d", s.seed%1_000_000, i)
		}
		codes := kinds[k].Codes()
		key := fmt.Sprint(kinds[k].Carrier(), codes)
		if sequenceOf[key] == nil {
			sequenceOf[key] = newCodeSequence(codes, random)
		}
		if (i/len(kinds))%3 != 0 {
			op.code = sequenceOf[key].nextCode()
		}
		// No operation begins in the last tenth of the time, and the longest ones begin in the first tenth.
		op.at = time.Duration(random.Float64() * 0.9 * float64(s.duration))
		if op.code == subject.NeverDecided {
			op.at /= 9
		}
		if i < targets { // of every kind in turn
			op.startedByFault, op.code = true, 0
		}
		op.line = kinds[k].Line(i, int(op.code))
		operations = append(operations, op)
	}
	return operations
}

// codeSequence returns codes in random order, each once before any is repeated. Codes about callbacks come first, so that a
// short run contains all of them.
type codeSequence struct {
	codes []subject.Code
	next  int
}

func newCodeSequence(codes []subject.Code, random *rand.Rand) *codeSequence {
	d := &codeSequence{codes: slices.Clone(codes)}
	random.Shuffle(len(d.codes), func(i, j int) { d.codes[i], d.codes[j] = d.codes[j], d.codes[i] })
	rank := func(code subject.Code) int {
		if code.AboutCallbacks() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(d.codes, func(a, b subject.Code) int { return rank(a) - rank(b) })
	return d
}

func (d *codeSequence) nextCode() subject.Code {
	code := d.codes[d.next%len(d.codes)]
	d.next++
	return code
}

// planFaults distributes the faults of each sequence over the whole duration, each in its own interval.
func planFaults(s size, targets []operation, random *rand.Rand) []fault {
	var faults []fault
	schedule := func(sequence sequence, n int, make func(i int) fault) {
		interval := s.duration / time.Duration(max(n, 1))
		for i := range n {
			f := make(i)
			f.sequence = sequence
			f.at = time.Duration(i)*interval + time.Duration(random.Float64()*0.4*float64(interval))
			f.lasts = min(f.lasts+time.Duration((1+2*random.Float64())*float64(time.Second)), interval/2)
			faults = append(faults, f)
		}
	}
	schedule(workerFaults, s.workerKills, func(i int) fault {
		if i%2 == 1 && i/2 < len(targets) {
			return fault{name: "worker killed between recorded and answered", target: &targets[i/2]}
		}
		return fault{name: "worker killed"}
	})
	schedule(temporalFaults, s.temporalKills, func(int) fault { return fault{name: "Temporal killed"} })
	rounds := func(every time.Duration, kinds int) int { // how many, so that each kind comes at least once
		return max(kinds, int(s.duration/every))
	}
	networks := shuffled(networkFaultKinds, random)
	schedule(networkFaults, rounds(10*time.Second, len(networks)), func(i int) fault {
		t := networks[i%len(networks)]
		return fault{name: t.name, networkFault: t}
	})
	for _, c := range served {
		downs := shuffled(outages, random)
		schedule(outageFaults(c), rounds(30*time.Second, len(downs)), func(i int) fault {
			o := sandbox.Rule{Carrier: c, Scenario: downs[i%len(downs)]}
			// Longer than others, so that there is time left after the worker has detected the outage.
			return fault{name: fmt.Sprintf("%s %s", o.Carrier, o.Scenario), outage: o, lasts: 4 * time.Second}
		})
	}
	schedule(callbackFaults, rounds(10*time.Second, 3), func(int) fault { return fault{name: "callback for another carrier's operation"} })
	return faults
}

func shuffled[T any](all []T, random *rand.Rand) []T {
	clone := slices.Clone(all)
	random.Shuffle(len(clone), func(i, j int) { clone[i], clone[j] = clone[j], clone[i] })
	return clone
}
