package workflows

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

var begins = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// pollsWithin is the number of polls of an operation that is decided this long after it was accepted.
func pollsWithin(t carriers.Timings, decided time.Duration) (polls int) {
	usual := activities.Pace{Every: t.PollEvery, Longest: t.OverduePollEvery, Since: begins}
	slow := activities.Pace{Every: t.OverduePollEvery}
	overdue := t.OverdueAfter.Std()
	for age := time.Duration(0); age < decided; polls++ {
		if age < overdue {
			age = min(age+usual.At(begins.Add(age)), overdue) // an overdue operation is checked at once
		} else {
			age += slow.At(begins.Add(age))
		}
	}
	return polls
}

func timingsOf(t *testing.T, operation string) carriers.Timings {
	t.Helper()
	o, known := OperationOf(operation)
	require.True(t, known)
	return o.Info().Timings
}

// figure writes a rate with two digits, as the page has it.
func figure(perSecond float64) string {
	digits := max(0, 1-int(math.Floor(math.Log10(perSecond))))
	return fmt.Sprintf("%.*f", digits, perSecond)
}

// The figures in docs/scaling.md follow from the pace.
func TestTheFiguresOfScalingAreRight(t *testing.T) {
	page, err := os.ReadFile("../docs/scaling.md")
	require.NoError(t, err)
	for heading, timings := range map[string]carriers.Timings{"DISH, sTN": timingsOf(t, suspend), "MásMóvil": timingsOf(t, "masmovil.ReplaceSIM")} {
		want := fmt.Sprintf("| %s: decided after | polls of one | 100 waiting | 1,000 waiting | 10,000 waiting |\n| --- | --- | --- | --- | --- |\n", heading)
		for _, row := range []struct {
			words   string
			decided time.Duration
		}{
			{"5 minutes", 5 * time.Minute},
			{"30 minutes", 30 * time.Minute},
			{"6 hours", 6 * time.Hour},
			{"3 days", 72 * time.Hour},
		} {
			polls := pollsWithin(timings, row.decided)
			each := float64(polls) / row.decided.Seconds()
			want += fmt.Sprintf("| %s | %d | %s | %s | %s |\n", row.words, polls, figure(100*each), figure(1000*each), figure(10000*each))
		}
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/scaling.md does not have this table:\n%s", want)
		}
	}
	const limit = 20 / 2 // by default, the part that polls may use
	wanted := func(waiting int, decided time.Duration) float64 {
		return float64(waiting*pollsWithin(timingsOf(t, suspend), decided)) / decided.Seconds()
	}
	require.Contains(t, string(page), "300 operations at DISH that take five minutes each are polled\nas often as they ask for; 1,000 are polled every 100 seconds. 3,400 that take six hours each are polled as often as they ask for.")
	require.LessOrEqual(t, wanted(300, 5*time.Minute), float64(limit))
	require.Greater(t, wanted(1000, 5*time.Minute), float64(limit))
	require.LessOrEqual(t, wanted(3400, 6*time.Hour), float64(limit))
}
