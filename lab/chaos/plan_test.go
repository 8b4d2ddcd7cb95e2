package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

var shortSize = flags{Short: true, Seed: 7}.size()

func TestTheSameSeedMakesTheSamePlan(t *testing.T) {
	require.Equal(t, newPlan(shortSize), newPlan(shortSize))
	other := shortSize
	other.seed++
	require.NotEqual(t, newPlan(shortSize), newPlan(other))
}

// Even the short run has every kind of change and every kind of fault, and every code about callbacks.
func TestShortPlanLeavesNothingOut(t *testing.T) {
	for seed := range uint64(20) {
		s := shortSize
		s.seed = seed + 1
		p := newPlan(s)

		perKind, codes, lines := make([]int, len(kinds)), map[subject.Code]bool{}, map[string]bool{}
		for _, op := range p.operations {
			perKind[op.kind]++
			codes[op.code] = true
			require.False(t, lines[lineOf(op)], "each operation has its own line")
			lines[lineOf(op)] = true
			require.Less(t, op.at, s.duration)
			if op.code == subject.NeverDecided {
				require.Less(t, op.at, s.duration/10, "the longest begin first")
			}
		}
		for k, n := range perKind {
			require.Equal(t, s.operations/len(kinds), n, kinds[k].Type)
		}
		for _, kind := range kinds {
			for _, code := range kind.Codes() {
				require.True(t, !code.AboutCallbacks() || codes[code], "code %d", code)
			}
		}

		happens := map[string]int{}
		for _, f := range p.faults {
			happens[f.name]++
			require.Less(t, f.at+f.lasts, s.duration, f.name)
		}
		for _, kind := range networkFaultKinds {
			require.Positive(t, happens[kind.name], kind.name)
		}
		for _, c := range served {
			for _, o := range outages {
				require.Positive(t, happens[string(c)+" "+o])
			}
		}
		require.Equal(t, s.temporalKills, happens["Temporal killed"])
		require.Equal(t, s.workerKills, happens["worker killed"]+happens["worker killed between recorded and answered"])
		require.Equal(t, s.workerKills/2, happens["worker killed between recorded and answered"])
	}
}

// Faults of one sequence do not overlap.
func TestFaultsOfASequenceDoNotOverlap(t *testing.T) {
	p := newPlan(size{operations: 100, workerKills: 20, temporalKills: 5, duration: 2 * time.Minute, seed: 3})
	ends := map[sequence]time.Duration{}
	for _, f := range p.faults {
		require.GreaterOrEqual(t, f.at, ends[f.sequence], f.name)
		ends[f.sequence] = f.at + f.lasts
	}
}

// The product accepts the requests of the plan.
func TestInputsAreValid(t *testing.T) {
	for _, op := range newPlan(shortSize).operations {
		require.Empty(t, workflows.Validate(kinds[op.kind].Type, op.request()))
		description, err := workflows.Describe(kinds[op.kind].Type, op.request(), time.Now())
		require.NoError(t, err)
		require.Equal(t, op.line, description.Line)
	}
}

func TestTheDurationFitsTheFaults(t *testing.T) {
	require.Equal(t, 250*time.Second, flags{Operations: 1000, WorkerKills: 50, TemporalKills: 10}.size().duration)
	require.Equal(t, 10*time.Minute, flags{Operations: 10, Duration: 10 * time.Minute}.size().duration)
	require.NotZero(t, flags{Operations: 1}.size().seed)
}

// Within the look-up delay a late record is visible and a delayed request has arrived. Otherwise a doubled operation would
// not be the product's fault.
func TestTheLookupDelayCoversLateRecordsAndLatency(t *testing.T) {
	longest := time.Duration(0)
	for _, kind := range networkFaultKinds {
		var shape struct {
			Type, Stream string
			Attributes   struct{ Latency, Jitter int }
		}
		require.NoError(t, json.Unmarshal([]byte(kind.text), &shape))
		if shape.Type == "latency" && shape.Stream == "upstream" && !kind.toTemporal {
			longest = max(longest, time.Duration(shape.Attributes.Latency+shape.Attributes.Jitter)*time.Millisecond)
		}
	}
	require.NotZero(t, longest)
	require.Less(t, visibleWithin+longest, lookupDelay)
}
