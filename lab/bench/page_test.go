package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/lab/cost"
)

// testParty passes callbacks on.
type testParty struct{ notices chan notice }

func (p testParty) called(_ context.Context, n notice) error {
	p.notices <- n
	return nil
}

func (testParty) close() {}

// The page can be written from whatever was measured so far, and says what was not.
func TestThePageOfWhatWasMeasured(t *testing.T) {
	docs := t.TempDir()
	file := filepath.Join(docs, "benchmarks.json")
	none, err := readDocument(file)
	require.NoError(t, err)
	require.NoError(t, writePage(docs, none))
	text, err := os.ReadFile(filepath.Join(docs, "benchmarks.md"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "Not measured yet.")

	m := &measured{Commit: "abc1234", Rounds: 2}
	for i, of := range []string{nameOurs, nameTextbook} {
		for round := range 2 {
			m.add(metricThroughput, "/s", load50.name, of, float64(10*(i+1)+round))
		}
	}
	none.Measures["throughput"] = m
	require.NoError(t, none.write(file))
	again, err := readDocument(file)
	require.NoError(t, err)
	assert.Equal(t, m.Figures, again.Measures["throughput"].Figures)
	require.NoError(t, writePage(docs, again))
	text, err = os.ReadFile(filepath.Join(docs, "benchmarks.md"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "| 50 in flight | ours, confirmed | 10.5 | **0.51** (0.50–0.52) |")
	assert.Contains(t, string(text), "abc1234")
	assert.NotContains(t, string(text), "%!", "a percent sign that was taken for a verb")
	assert.FileExists(t, filepath.Join(docs, "benchmarks", "throughput.svg"))
}

func TestBudgetsAreCompared(t *testing.T) {
	found := document{Measures: map[string]*measured{"cost": {}, "cpu": {}}}
	budgets := cost.Budgets{Exact: map[string]cost.Budget{}, Ratios: []cost.Ratio{
		{Metric: metricCPU, Contestant: nameOurs, Baseline: nameTextbook, Budget: 1.5, Tolerance: 0.1},
		{Metric: metricInstructions, Contestant: nameOurs, Baseline: nameTextbook, Budget: 1.5, Tolerance: 0.1},
	}}
	for i, one := range budgeted {
		c := cost.Cost{Events: 10 + i, Transitions: 5, Actions: 4, LocalActivities: 1}
		found.Measures["cost"].addCost(one.circumstances, one.contestant, c)
		budgets.Exact[one.budget] = c.Budget()
	}
	measure := func(cpu float64) []error {
		found.Measures["cpu"] = &measured{}
		found.Measures["cpu"].add(metricCPU, "ms", load50.name, nameOurs, cpu)
		found.Measures["cpu"].add(metricCPU, "ms", load50.name, nameTextbook, 2)
		return compare(budgets, found)
	}
	assert.Empty(t, measure(3.2), "what cannot be measured here has no fault")
	assert.Len(t, measure(3.4), 1)
	budgets.Exact["1 poll"] = cost.Budget{Events: 1}
	assert.Len(t, measure(3.2), 1)
}
