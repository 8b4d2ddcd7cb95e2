package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestOutageTraffic(t *testing.T) {
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	// outageOf makes an outage from the requests in each tenth of a second.
	outageOf := func(c carriers.Carrier, arrivals ...int) outage {
		o := outage{carrier: c, samples: []sample{{at(0), 100}}}
		for i, n := range arrivals {
			o.samples = append(o.samples, sample{at(float64(i+1) / 10), o.samples[i].requests + n})
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
		{"detected, then probed", []int{
			2, 2, 1, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		}, nil, nil, 1},
		{"never detected", []int{
			2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
			2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
			2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
		}, nil, nil, 20},
		{"detected, and overloaded again", []int{
			5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			1, 0, 0, 0, 0, 0, 0, 0, 3, 3,
			3, 3, 0, 0, 0, 0, 0, 0, 0, 0,
		}, nil, nil, 12},
		{"other calls were running", []int{
			5, 9, 9, 9, 9, 9, 9, 9, 9, 9,
			0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		}, nil, nil, 1},
		{"too few to detect an outage", []int{
			1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
		}, nil, nil, 0},
		{"no requests at the beginning", []int{
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			3, 3, 3, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		}, nil, nil, 1},
		{"a new worker has to detect the outage itself", []int{
			5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 1, 0, 0, 0, 0, 0, 0, 9, 1,
			1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		}, []span{{at(1.6), at(1.75)}}, nil, 1},
		{"a new worker that never detects it", []int{
			5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 1, 0, 0, 0, 0, 0, 0, 9, 1,
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		}, []span{{at(1.6), at(1.75)}}, nil, 10},
		{"answers delayed before the detection", []int{
			5, 2, 2, 2, 2, 2, 2, 2, 2, 2,
			2, 2, 2, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
		}, nil, []span{{at(0.05), at(1.35)}}, 1},
		{"answers delayed after the detection count", []int{
			5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 1, 0, 0, 2, 2, 2, 2, 2, 2,
			2, 2, 0, 0, 0, 0, 0, 0, 0, 0,
		}, nil, []span{{at(1.35), at(2.2)}}, 16},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := measureOutages([]outage{outageOf("stn", tc.arrivals...)}, tc.starts, tc.network)
			require.Equal(t, tc.peak, r["stn"].peak)
		})
	}

	probes := outageOf("stn", 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	overload := outageOf("stn", 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5)
	r := measureOutages([]outage{probes, overload, probes}, nil, nil)
	require.Equal(t, 50, r["stn"].peak, "the worst outage counts")
	require.Equal(t, 3*time.Second, r["stn"].judged)
	require.Equal(t, 6300*time.Millisecond, r["stn"].down)
	require.Equal(t, 7+105+7, r["stn"].requests)
}

func TestOverloadBreaksThePromise(t *testing.T) {
	for peak, kept := range map[int]bool{0: true, allowed("dish"): true, allowed("dish") + 1: false} {
		r := tabulate(nil, time.Now(), time.Now())
		r.outages = map[carriers.Carrier]outageTraffic{"dish": {peak: peak}}
		require.Equal(t, kept, r.kept(), peak)
		var text bytes.Buffer
		r.print(&text)
		require.Equal(t, kept, !bytes.Contains(text.Bytes(), []byte("BREACH overloaded: dish")), text.String())
	}
}
