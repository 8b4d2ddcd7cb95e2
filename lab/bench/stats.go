package main

import (
	"math"
	"slices"
	"time"
)

// percentile is the value below which a share of the values lies (nearest rank). It is NaN for no values.
func percentile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(share*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// median is the value in the middle; between two, it is their mean.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// spread is a median with the least and the most of its rounds.
type spread struct{ Median, Least, Most float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{math.NaN(), math.NaN(), math.NaN()}
	}
	return spread{median(values), slices.Min(values), slices.Max(values)}
}

// ratios divides the rounds of one contestant by those of another, round by round, because only rounds that were run one after the
// other met the same machine.
func ratios(values, baseline []float64) []float64 {
	var all []float64
	for i := range min(len(values), len(baseline)) {
		if baseline[i] != 0 && !math.IsNaN(values[i]) && !math.IsNaN(baseline[i]) {
			all = append(all, values[i]/baseline[i])
		}
	}
	return all
}

// milliseconds are durations as figures.
func milliseconds(all []time.Duration) []float64 {
	values := make([]float64, len(all))
	for i, d := range all {
		values[i] = float64(d) / float64(time.Millisecond)
	}
	return values
}
