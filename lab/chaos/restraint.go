package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// What the worker is told about outages, and what follows from it for a carrier that is gone.
const (
	outageAfter = 5
	probeEvery  = time.Second

	// noticing is how long other calls may still arrive after the one that makes it an outage.
	noticing = time.Second
	// listenEvery is the time between two looks at how many requests have arrived.
	listenEvery = 100 * time.Millisecond
)

// apis is how many APIs of a carrier the worker calls; it finds out about each of them by itself.
func apis(c carriers.Carrier) int {
	if c == carriers.MasMovil {
		return 2 // Customers and Subscriptions
	}
	return 1
}

// allowed is how many requests a carrier may get in any one second while it is gone: the probes, and a few calls that the
// worker may still need to notice. Here one call may count as several: what a kept connection loses, net/http sends again.
func allowed(c carriers.Carrier) int {
	return apis(c) * (int(time.Second/probeEvery) + outageAfter - 1)
}

// beat is how many requests a carrier had had at a moment.
type beat struct {
	at       time.Time
	requests int
}

// outage is what a carrier got while it was gone.
type outage struct {
	carrier carriers.Carrier
	beats   []beat
}

// restraint is how a carrier was treated while it was gone.
type restraint struct {
	gone     time.Duration
	requests int // in all that time
	// peak is the most requests in any one second of those that are judged.
	peak   int
	judged time.Duration
}

// listen notes for a while how many requests a carrier gets.
func (w *world) listen(ctx context.Context, c carriers.Carrier, lasts time.Duration) (outage, error) {
	o := outage{carrier: c}
	for until := time.Now().Add(lasts); ; {
		stats, err := w.Stats()
		if err != nil {
			return o, fmt.Errorf("counting what %s gets: %w", c, err)
		}
		requests := 0
		for _, n := range stats[c] {
			requests += n
		}
		o.beats = append(o.beats, beat{time.Now(), requests})
		if !time.Now().Before(until) || !pause(ctx, listenEvery) {
			return o, nil
		}
	}
}

// restraints judges all outages. Left out is the time in which the worker cannot have noticed yet: the first calls, again
// for every worker that starts meanwhile, and what the network holds up before the worker has noticed.
func restraints(outages []outage, starts, disturbed []span) map[carriers.Carrier]restraint {
	sum := map[carriers.Carrier]restraint{}
	for _, o := range outages {
		r, first, last := sum[o.carrier], o.beats[0], o.beats[len(o.beats)-1]
		r.gone += last.at.Sub(first.at)
		r.requests += last.requests - first.requests
		for _, stretch := range stretches(o.beats, starts) {
			noticed := afterNotice(stretch, disturbed)
			r.peak = max(r.peak, busiest(noticed))
			if len(noticed) > 0 {
				r.judged += noticed[len(noticed)-1].at.Sub(noticed[0].at)
			}
		}
		sum[o.carrier] = r
	}
	return sum
}

// stretches cuts beats wherever a worker starts between them.
func stretches(beats []beat, starts []span) [][]beat {
	var all [][]beat
	begin := 0
	for i := 1; i < len(beats); i++ {
		if overlaps(starts, beats[i-1].at, beats[i].at) {
			all = append(all, beats[begin:i])
			begin = i
		}
	}
	return append(all, beats[begin:])
}

// afterNotice leaves out the first calls, which are what it takes to notice, and those that were under way besides them.
func afterNotice(beats []beat, disturbed []span) []beat {
	last := slices.IndexFunc(beats, func(b beat) bool { return b.requests-beats[0].requests >= outageAfter })
	if last < 0 {
		return nil
	}
	begin := slices.IndexFunc(beats, func(b beat) bool {
		return b.at.Sub(beats[last].at) >= noticing && !overlaps(disturbed, b.at.Add(-noticing), b.at)
	})
	if begin < 0 {
		return nil
	}
	return beats[begin:]
}

func overlaps(spans []span, from, to time.Time) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return !s.from.After(to) && !s.to.Before(from) })
}

// busiest is the most requests between any two beats that are at most a second apart.
func busiest(beats []beat) int {
	most, begin := 0, 0
	for _, b := range beats {
		for b.at.Sub(beats[begin].at) > time.Second {
			begin++
		}
		most = max(most, b.requests-beats[begin].requests)
	}
	return most
}
