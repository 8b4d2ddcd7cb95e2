package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPercentilesAndMedians(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	assert.Equal(t, 3.0, percentile(values, 0.5))
	assert.Equal(t, 5.0, percentile(values, 0.99))
	assert.Equal(t, 1.0, percentile(values, 0))
	assert.Equal(t, []float64{5, 1, 4, 2, 3}, values, "what was measured keeps its order")
	assert.Equal(t, 3.0, median(values))
	assert.Equal(t, 2.5, median([]float64{4, 1, 3, 2}))
	assert.True(t, math.IsNaN(median(nil)))
	assert.True(t, math.IsNaN(percentile(nil, 0.5)))
}

// A ratio is that of two rounds that followed each other. The ratio of the medians would be another one.
func TestRatiosAreOfRoundsThatBelongTogether(t *testing.T) {
	assert.Equal(t, []float64{2, 0.5, 2}, ratios([]float64{2, 1, 6}, []float64{1, 2, 3}))
	assert.Equal(t, spread{2, 0.5, 2}, spreadOf(ratios([]float64{2, 1, 6}, []float64{1, 2, 3})))
	assert.Equal(t, []float64{2}, ratios([]float64{2, math.NaN(), 5}, []float64{1, 1, 0}), "what was not measured has no ratio")
}

func TestFiguresAreCollectedByRound(t *testing.T) {
	m := &measured{}
	for _, v := range []float64{1, math.NaN(), 3} {
		m.add(metricThroughput, "/s", load50.name, nameOurs, v)
	}
	m.add(metricThroughput, "/s", load300.name, nameOurs, 7)
	assert.Equal(t, []float64{1, 3}, m.values(metricThroughput, load50.name, nameOurs))
	assert.Equal(t, 2.0, m.value(metricThroughput, load50.name, nameOurs))
	assert.Equal(t, []string{load50.name, load300.name}, m.cases(metricThroughput))
	assert.Equal(t, []string{nameOurs}, m.contestants(metricThroughput, load300.name))
	var none *measured
	assert.True(t, math.IsNaN(none.value(metricThroughput, load50.name, nameOurs)), "a measure that was not run")
}

func TestNumbersAreWrittenWithThreeDigits(t *testing.T) {
	for text, v := range map[string]float64{
		"–": math.NaN(), "0": 0, "7": 7, "0.125": 0.125, "1.5": 1.5, "12.3": 12.345, "123": 123.4, "1,234": 1234.4, "1,234,568": 1234567.8, "-1,235": -1234.6,
	} {
		assert.Equal(t, text, number(v))
	}
}

func TestInstructionsOfPerf(t *testing.T) {
	assert.Equal(t, 254218.0, instructionsIn([]byte("# started\n\n254218,,instructions:u,812345,100.00,,\n")))
	assert.True(t, math.IsNaN(instructionsIn([]byte("<not supported>,,instructions:u,0,100.00,,\n"))))
}

// A run that takes hours is not lost when the measure is run again with the default sizes.
func TestLargerRunsAreKept(t *testing.T) {
	earlier, now := &measured{Commit: "abc1234"}, &measured{}
	for _, circumstances := range []string{"1,000 in flight", "10,000 in flight", "10,000 in flight, p95", "p50"} {
		earlier.add(metricDecidedToClosed, "s", circumstances, "sweep on", 1)
	}
	now.add(metricDecidedToClosed, "s", "1,000 in flight", "sweep on", 2)
	now.keep(earlier)
	now.keep(nil)
	assert.Equal(t, []string{"1,000 in flight", "10,000 in flight", "10,000 in flight, p95"}, now.cases(metricDecidedToClosed))
	assert.Equal(t, 2.0, now.value(metricDecidedToClosed, "1,000 in flight", "sweep on"))
	assert.Equal(t, []string{"With 10,000 in flight: measured 0001-01-01, at commit abc1234."}, now.Notes)
}
