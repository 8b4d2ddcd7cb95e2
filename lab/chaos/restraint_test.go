package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestRestraint(t *testing.T) {
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	// listening makes an outage out of what arrives in each tenth of a second.
	listening := func(c carriers.Carrier, arrivals ...int) outage {
		o := outage{carrier: c, beats: []beat{{at(0), 100}}}
		for i, n := range arrivals {
			o.beats = append(o.beats, beat{at(float64(i+1) / 10), o.beats[i].requests + n})
		}
		return o
	}
	// Each row of the arrivals is one second.
	for _, tc := range []struct {
		name     string
		arrivals []int
		starts   []span
		network  []span
		peak     int
	}{
		{"noticed, then probed", []int{
			2, 2, 1, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		}, nil, nil, 1},
		{"never noticed", []int{
			2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
			2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
			2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
		}, nil, nil, 20},
		{"noticed, and hammered again", []int{
			5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			1, 0, 0, 0, 0, 0, 0, 0, 3, 3,
			3, 3, 0, 0, 0, 0, 0, 0, 0, 0,
		}, nil, nil, 12},
		{"what was under way besides", []int{
			5, 9, 9, 9, 9, 9, 9, 9, 9, 9,
			0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		}, nil, nil, 1},
		{"so few that nobody can notice", []int{
			1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
		}, nil, nil, 0},
		{"a quiet beginning", []int{
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			3, 3, 3, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		}, nil, nil, 1},
		{"a new worker has to notice for itself", []int{
			5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 1, 0, 0, 0, 0, 0, 0, 9, 1,
			1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		}, []span{{at(1.6), at(1.75)}}, nil, 1},
		{"a new worker that never notices", []int{
			5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 1, 0, 0, 0, 0, 0, 0, 9, 1,
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		}, []span{{at(1.6), at(1.75)}}, nil, 10},
		{"answers held up before it noticed", []int{
			5, 2, 2, 2, 2, 2, 2, 2, 2, 2,
			2, 2, 2, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
		}, nil, []span{{at(0.05), at(1.35)}}, 1},
		{"answers held up afterwards are no excuse", []int{
			5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 1, 0, 0, 2, 2, 2, 2, 2, 2,
			2, 2, 0, 0, 0, 0, 0, 0, 0, 0,
		}, nil, []span{{at(1.35), at(2.2)}}, 16},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := restraints([]outage{listening(carriers.STN, tc.arrivals...)}, tc.starts, tc.network)
			require.Equal(t, tc.peak, r[carriers.STN].peak)
		})
	}

	probes := listening(carriers.STN, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	hammering := listening(carriers.STN, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5)
	r := restraints([]outage{probes, hammering, probes}, nil, nil)
	require.Equal(t, 50, r[carriers.STN].peak, "the worst outage counts")
	require.Equal(t, 3*time.Second, r[carriers.STN].judged)
	require.Equal(t, 6300*time.Millisecond, r[carriers.STN].gone)
	require.Equal(t, 7+105+7, r[carriers.STN].requests)
}

func TestHammeringBreaksThePromise(t *testing.T) {
	for peak, kept := range map[int]bool{0: true, allowed(carriers.DISH): true, allowed(carriers.DISH) + 1: false} {
		r := tabulate(nil, time.Now(), time.Now())
		r.restraints = map[carriers.Carrier]restraint{carriers.DISH: {peak: peak}}
		require.Equal(t, kept, r.kept(), peak)
		var text bytes.Buffer
		r.print(&text)
		require.Equal(t, kept, !bytes.Contains(text.Bytes(), []byte("BREACH hammered: dish")), text.String())
	}
}
