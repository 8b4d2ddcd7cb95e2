package terminal

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Hour: "0s", 400 * time.Millisecond: "0s", 25 * time.Second: "25s", time.Minute: "1m",
		185 * time.Second: "3m 5s", 2 * time.Hour: "2h", 2*time.Hour + 5*time.Minute + 9*time.Second: "2h 5m",
		76 * time.Hour: "3d 4h", 24*time.Hour + time.Second: "1d", time.Minute - time.Millisecond: "1m",
	} {
		assert.Equal(t, want, Span(d), d)
	}
}

func TestWrapped(t *testing.T) {
	assert.Equal(t, []string{"one two", "three", "extraordinary", "é"}, Wrapped(" one two  three extraordinary é", 9))
	assert.Equal(t, []string{""}, Wrapped("", 9))
}

func TestLine(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	second, third := noon.Add(30*time.Second), noon.Add(time.Minute)
	show := func(width int) string {
		var out bytes.Buffer
		line := Printer{Progress: &out, Zone: time.UTC}.NewLine()
		line.width = width
		line.Show("waiting   ", "", time.Time{}, noon)
		line.Show("waiting    pending", "  attempt 2 at 12:00:30 (in 30s)", second, noon)
		line.Show("waiting    pending", "  attempt 2 at 12:00:30 (in 10s)", second, noon) // nothing new
		line.Show("waiting    pending", "", time.Time{}, noon)                            // it is being made
		line.Show("waiting    pending", "  attempt 3 at 12:01:00 (in 30s)", third, noon)
		line.Show("confirming", "", time.Time{}, noon)
		line.End()
		line.End()
		return out.String()
	}
	assert.Equal(t, "12:00:00  waiting\n"+
		"12:00:00  waiting    pending  attempt 2 at 12:00:30 (in 30s)\n"+
		"12:00:00  waiting    pending  attempt 3 at 12:01:00 (in 30s)\n"+
		"12:00:00  confirming\n", show(0))
	assert.Equal(t, "12:00:00  waiting\n"+
		"12:00:00  waiting    pending  attempt …"+again+"12:00:00  waiting    pending  attempt …\n"+
		"12:00:00  confirming\n", show(40))
}
