package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// The worker's settings for outages, and what follows from them.
const (
	outageAfter = 5
	probeEvery  = time.Second

	// noticeTime is how long other running calls may still arrive after the call that makes it an outage.
	noticeTime = time.Second
	// sampleEvery is the time between two counts of the requests.
	sampleEvery = 100 * time.Millisecond
)

// apis is how many APIs of a carrier the worker calls; it detects an outage of each of them separately.
func apis(c carriers.Carrier) int {
	count := 0
	for _, value := range playing(c).WorkerEnv("http://sandbox") {
		if strings.HasPrefix(value, "http://") {
			count++
		}
	}
	return count
}

// allowed is how many requests a carrier may get in one second of an outage: the probes, and the few calls after which a worker
// detects the outage. One call may count as several here, because net/http repeats a call that fails on an idle connection.
func allowed(c carriers.Carrier) int {
	return apis(c) * (int(time.Second/probeEvery) + outageAfter - 1)
}

// sample is the number of requests that a carrier had received at a moment.
type sample struct {
	at       time.Time
	requests int
}

// outage is the requests that a carrier received during an outage.
type outage struct {
	carrier carriers.Carrier
	samples []sample
}

// outageTraffic summarises the requests to a carrier during its outages.
type outageTraffic struct {
	down     time.Duration
	requests int // in all that time
	// peak is the maximum number of requests in any one second of the judged time.
	peak   int
	judged time.Duration
}

// countRequests samples the number of requests that a carrier receives.
func (sys *system) countRequests(ctx context.Context, c carriers.Carrier, lasts time.Duration) (outage, error) {
	o := outage{carrier: c}
	for until := time.Now().Add(lasts); ; {
		stats, err := sys.Stats()
		if err != nil {
			return o, fmt.Errorf("counting the requests to %s: %w", c, err)
		}
		requests := 0
		for _, n := range stats[c] {
			requests += n
		}
		o.samples = append(o.samples, sample{time.Now(), requests})
		if !time.Now().Before(until) || !pause(ctx, sampleEvery) {
			return o, nil
		}
	}
}

// measureOutages summarises all outages. It leaves out the time in which the worker cannot have detected the outage yet:
// the first calls, again for every worker that starts meanwhile, and the calls that a network fault delays.
func measureOutages(outages []outage, starts, disturbed []span) map[carriers.Carrier]outageTraffic {
	sum := map[carriers.Carrier]outageTraffic{}
	for _, o := range outages {
		r, first, last := sum[o.carrier], o.samples[0], o.samples[len(o.samples)-1]
		r.down += last.at.Sub(first.at)
		r.requests += last.requests - first.requests
		for _, interval := range intervals(o.samples, starts) {
			detected := afterDetection(interval, disturbed)
			r.peak = max(r.peak, busiest(detected))
			if len(detected) > 0 {
				r.judged += detected[len(detected)-1].at.Sub(detected[0].at)
			}
		}
		sum[o.carrier] = r
	}
	return sum
}

// intervals splits samples wherever a worker starts between them.
func intervals(samples []sample, starts []span) [][]sample {
	var all [][]sample
	begin := 0
	for i := 1; i < len(samples); i++ {
		if overlaps(starts, samples[i-1].at, samples[i].at) {
			all = append(all, samples[begin:i])
			begin = i
		}
	}
	return append(all, samples[begin:])
}

// afterDetection leaves out the first calls, after which the worker detects the outage, and the calls that were running at
// that moment.
func afterDetection(samples []sample, disturbed []span) []sample {
	last := slices.IndexFunc(samples, func(b sample) bool { return b.requests-samples[0].requests >= outageAfter })
	if last < 0 {
		return nil
	}
	begin := slices.IndexFunc(samples, func(b sample) bool {
		return b.at.Sub(samples[last].at) >= noticeTime && !overlaps(disturbed, b.at.Add(-noticeTime), b.at)
	})
	if begin < 0 {
		return nil
	}
	return samples[begin:]
}

func overlaps(spans []span, from, to time.Time) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return !s.from.After(to) && !s.to.Before(from) })
}

// busiest is the maximum number of requests between any two samples that are at most a second apart.
func busiest(samples []sample) int {
	most, begin := 0, 0
	for _, b := range samples {
		for b.at.Sub(samples[begin].at) > time.Second {
			begin++
		}
		most = max(most, b.requests-samples[begin].requests)
	}
	return most
}
