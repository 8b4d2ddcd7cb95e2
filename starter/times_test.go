package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

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
		got, err := past(text, now)
		assert.NoError(t, err, text)
		assert.True(t, want.Equal(got), "%s: %s", text, got)
	}
	for _, text := range []string{"", "d", "-7d", "-1h", "1w", "yesterday", "2026-11-31", "2026-11-23", "99999999d", "106752d"} {
		_, err := past(text, now)
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
		got, err := future(text, now)
		assert.NoError(t, err, text)
		assert.True(t, want.Equal(got), "%s: %s", text, got)
	}
	for _, text := range []string{"", "+", "2h", "+0s", "+-2h", "soon", "2026-11-22 13:00", "2020-01-01"} {
		_, err := future(text, now)
		assert.Error(t, err, text)
	}
	_, err = future("2026-11-22 12:59", now)
	assert.ErrorContains(t, err, `"2026-11-22 12:59" has passed; it is 2026-11-22 13:00 CET now`)
}
