package times

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// noon is the time of every test.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestPast(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	assert.NoError(t, err)
	now := noon.In(madrid) // 13:00 there
	for text, want := range map[string]time.Time{
		"24h": noon.Add(-24 * time.Hour), "7d": noon.Add(-7 * 24 * time.Hour), "90s": noon.Add(-90 * time.Second), "0s": noon,
		"1d12h": noon.Add(-36 * time.Hour), "7.5d": noon.Add(-180 * time.Hour),
		"2026-11-01":                time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC), // midnight in Madrid
		"2026-11-22 12:30":          time.Date(2026, 11, 22, 11, 30, 0, 0, time.UTC),
		"2026-11-22 12:30:15":       time.Date(2026, 11, 22, 11, 30, 15, 0, time.UTC),
		"2026-11-22T09:00:00-03:00": noon,
	} {
		got, err := Past(text, now)
		assert.NoError(t, err, text)
		assert.True(t, want.Equal(got), "%s: %s", text, got)
	}
	for _, text := range []string{"", "d", "-7d", "-1h", "1w", "yesterday", "2026-11-31", "2026-11-23", "99999999d", "106752d"} {
		_, err := Past(text, now)
		assert.Error(t, err, text)
	}
}

func TestFuture(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	assert.NoError(t, err)
	now := noon.In(madrid)
	for text, want := range map[string]time.Time{
		"+2h": noon.Add(2 * time.Hour), "+7d": noon.Add(7 * 24 * time.Hour), "+1d12h": noon.Add(36 * time.Hour), "2026-12-01 09:00": time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC),
		"2026-12-01": time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), "2026-11-22T12:00:01Z": noon.Add(time.Second),
	} {
		got, err := Future(text, now)
		assert.NoError(t, err, text)
		assert.True(t, want.Equal(got), "%s: %s", text, got)
	}
	for _, text := range []string{"", "+", "2h", "+0s", "+-2h", "soon", "2026-11-22 13:00", "2020-01-01"} {
		_, err := Future(text, now)
		assert.Error(t, err, text)
	}
	_, err = Future("2026-11-22 12:59", now)
	assert.ErrorContains(t, err, `"2026-11-22 12:59" has passed; it is 2026-11-22 13:00 CET now`)
}

// A local time that the clocks skip is refused, and one that they show twice needs its offset.
func TestFutureWhenTheClocksChange(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	assert.NoError(t, err)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, madrid)
	for text, want := range map[string]string{
		// On 29 March 2026 the clocks go from 02:00 to 03:00.
		"2026-03-29 01:59":          "2026-03-29T00:59:00Z",
		"2026-03-29 02:00":          "does not exist",
		"2026-03-29 02:30":          `"2026-03-29 02:30" does not exist here, the clocks are put forward over it; give a time before or after that, or one with an offset, as 2026-03-29T02:30:00+01:00`,
		"2026-03-29 02:59:59":       "does not exist",
		"2026-03-29 03:00":          "2026-03-29T01:00:00Z",
		"2026-03-29T02:30:00+01:00": "2026-03-29T01:30:00Z",
		"2026-03-29":                "2026-03-28T23:00:00Z",
		// On 25 October 2026 they go from 03:00 back to 02:00.
		"2026-10-25 01:59":          "2026-10-24T23:59:00Z",
		"2026-10-25 02:00":          "comes twice",
		"2026-10-25 02:30":          `comes twice here, because the clocks are put back; give the offset: 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00`,
		"2026-10-25 02:59:59":       "comes twice",
		"2026-10-25 03:00":          "2026-10-25T02:00:00Z",
		"2026-10-25T02:30:00+02:00": "2026-10-25T00:30:00Z",
		"2026-10-25T02:30:00+01:00": "2026-10-25T01:30:00Z",
		"2026-10-25":                "2026-10-24T22:00:00Z",
	} {
		at, err := Future(text, now)
		if err != nil {
			assert.ErrorContains(t, err, want, text)
			continue
		}
		assert.Equal(t, want, at.UTC().Format(time.RFC3339), text)
	}
	// To look back, the nearest time is good enough.
	for _, text := range []string{"2026-03-29 02:30", "2026-10-25 02:30"} {
		_, err := Past(text, noon)
		assert.NoError(t, err, text)
		_, err = Past(text, noon.In(madrid))
		assert.NoError(t, err, text)
	}
}
