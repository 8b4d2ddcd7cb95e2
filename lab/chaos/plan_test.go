package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var shortSize = flags{Short: true, Seed: 7}.size()

func TestTheSameSeedMakesTheSamePlan(t *testing.T) {
	require.Equal(t, newPlan(shortSize), newPlan(shortSize))
	other := shortSize
	other.seed++
	require.NotEqual(t, newPlan(shortSize), newPlan(other))
}

// Even the short form has every kind of change and every kind of fault, and whatever a callback can do.
func TestShortPlanLeavesNothingOut(t *testing.T) {
	for seed := range uint64(20) {
		s := shortSize
		s.seed = seed + 1
		p := newPlan(s)

		perKind, codes, lines := make([]int, len(kinds)), map[int]bool{}, map[string]bool{}
		for _, op := range p.operations {
			perKind[op.kind]++
			codes[op.code] = true
			require.False(t, lines[lineOf(op)], "each operation has its own line")
			lines[lineOf(op)] = true
			require.Less(t, op.at, s.duration)
			if op.code == codeNeverDecided {
				require.Less(t, op.at, s.duration/10, "what takes longest begins first")
			}
		}
		for k, n := range perKind {
			require.Equal(t, s.operations/len(kinds), n, kinds[k].operationType())
		}
		for _, code := range callbackCodes {
			require.True(t, codes[code], "code %d", code)
		}

		happens := map[string]int{}
		for _, f := range p.faults {
			happens[f.name]++
			require.Less(t, f.at+f.lasts, s.duration, f.name)
		}
		for _, toxic := range toxics {
			require.Positive(t, happens[toxic.name], toxic.name)
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

// Faults of one lane do not overlap.
func TestFaultsOfALaneFollowEachOther(t *testing.T) {
	p := newPlan(size{operations: 100, workerKills: 20, temporalKills: 5, duration: 2 * time.Minute, seed: 3})
	ends := map[lane]time.Duration{}
	for _, f := range p.faults {
		require.GreaterOrEqual(t, f.at, ends[f.lane], f.name)
		ends[f.lane] = f.at + f.lasts
	}
}

// What is sent is what the product takes.
func TestInputsAreValid(t *testing.T) {
	for _, op := range newPlan(shortSize).operations {
		require.NotEmpty(t, op.input().LineIdentifier())
		require.Equal(t, op.line, op.input().LineIdentifier())
		require.Equal(t, kinds[op.kind].operationType(), op.input().Type())
	}
}

func TestTheDurationFitsTheFaults(t *testing.T) {
	require.Equal(t, 250*time.Second, flags{Operations: 1000, WorkerKills: 50, TemporalKills: 10}.size().duration)
	require.Equal(t, 10*time.Minute, flags{Operations: 10, Duration: 10 * time.Minute}.size().duration)
	require.NotZero(t, flags{Operations: 1}.size().seed)
}

// What is recorded late is visible, and what the network delays has arrived, before anybody who keeps to settle concludes
// from an absence: otherwise a doubled operation would be the carrier's doing.
func TestSettleCoversLateRecordsAndLatency(t *testing.T) {
	longest := time.Duration(0)
	for _, toxic := range toxics {
		var shape struct {
			Type, Stream string
			Attributes   struct{ Latency, Jitter int }
		}
		require.NoError(t, json.Unmarshal([]byte(toxic.text), &shape))
		if shape.Type == "latency" && shape.Stream == "upstream" && !toxic.toTemporal {
			longest = max(longest, time.Duration(shape.Attributes.Latency+shape.Attributes.Jitter)*time.Millisecond)
		}
	}
	require.NotZero(t, longest)
	require.Less(t, visibleWithin+longest, settle)
}
