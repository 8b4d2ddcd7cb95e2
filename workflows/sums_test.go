package workflows

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// unitCost is what one operation costs at Temporal, its line's workflow included, as it was measured.
type unitCost struct{ events, transitions, actions int }

// measured reads the cost of one contestant from the measurements of docs/benchmarks.json.
func measured(t *testing.T, contestant string) (u unitCost) {
	t.Helper()
	text, err := os.ReadFile("../docs/benchmarks.json")
	require.NoError(t, err)
	var file struct {
		Measures map[string]struct {
			Figures []struct {
				Metric, Contestant string
				Values             []float64
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &file))
	for _, f := range file.Measures["cost"].Figures {
		if f.Contestant != contestant {
			continue
		}
		value := int(f.Values[0])
		switch f.Metric {
		case "events":
			u.events += value
		case "state transitions":
			u.transitions += value
		case "actions", "actions of local activities":
			u.actions += value
		}
	}
	require.NotZero(t, u.events, contestant)
	return u
}

// price is what so many million actions cost at Temporal Cloud, in dollars; see docs/scaling.md.
func price(millions int) (dollars int) {
	for _, tier := range []struct{ millions, dollars int }{{5, 50}, {5, 45}, {10, 40}, {30, 35}, {50, 30}} {
		n := min(millions, tier.millions)
		dollars, millions = dollars+n*tier.dollars, millions-n
	}
	return dollars + millions*25
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// The sums for a month in docs/scaling.md follow from the measured costs of one operation.
func TestTheSumsForAMonthAreRight(t *testing.T) {
	text, err := os.ReadFile("../docs/scaling.md")
	require.NoError(t, err)
	page := string(text)
	told, polled := measured(t, "ours, confirmed"), measured(t, "ours, polled, 10 polls")
	for _, row := range []string{
		fmt.Sprintf("| events | %d | %d |", told.events, polled.events),
		fmt.Sprintf("| state transitions | %d | %d |", told.transitions, polled.transitions),
		fmt.Sprintf("| actions (Temporal Cloud) | %d | %d |", told.actions, polled.actions),
		fmt.Sprintf("| events | %d million | %.1f billion |", told.events, float64(told.events)/10),
		fmt.Sprintf("| actions: told; polled | %d million; %d million | %d million; %.1f billion |", told.actions, polled.actions, told.actions*100, float64(polled.actions)/10),
		fmt.Sprintf("| Temporal Cloud, actions: told | $%d | $%s |", price(told.actions), thousands(price(told.actions*100))),
		fmt.Sprintf("| Temporal Cloud, actions: polled | $%d | $%s |", price(polled.actions), thousands(price(polled.actions*100))),
	} {
		require.Contains(t, page, row)
	}
	const second = 730 * 3600
	perSecond := 100e6 / second
	for _, row := range []string{
		fmt.Sprintf("| 0.38; 1.5 | %.0f; %.0f |", perSecond, 4*perSecond),
		fmt.Sprintf("%.0f; %s |", perSecond*float64(told.transitions), thousands(int(perSecond*float64(polled.transitions)+0.5))),
		fmt.Sprintf("%.0f; %s |", perSecond*float64(told.actions), thousands(int(4*perSecond*float64(told.actions)+0.5))),
		fmt.Sprintf("%.0f; %.0f |", 2*perSecond, 8*perSecond),
	} {
		require.Contains(t, page, row)
	}
}
