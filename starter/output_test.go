package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Hour: "0s", 400 * time.Millisecond: "0s", 25 * time.Second: "25s", time.Minute: "1m",
		185 * time.Second: "3m 5s", 2 * time.Hour: "2h", 2*time.Hour + 5*time.Minute + 9*time.Second: "2h 5m",
		76 * time.Hour: "3d 4h", 24*time.Hour + time.Second: "1d", time.Minute - time.Millisecond: "1m",
	} {
		assert.Equal(t, want, span(d), d)
	}
}

func TestReferences(t *testing.T) {
	earlier := newReference(noon)
	assert.Regexp(t, carriers.ReferencePattern, earlier)
	assert.Len(t, earlier, 15)
	assert.Equal(t, earlier, carriers.ShortReference(earlier, 15), "no carrier needs a shorter one")
	assert.NotEqual(t, earlier, newReference(noon))
	for _, later := range []time.Duration{time.Millisecond, time.Hour, 10 * 365 * 24 * time.Hour} {
		assert.Less(t, earlier, newReference(noon.Add(later)))
	}
}

func TestWebURL(t *testing.T) {
	const page = "/namespaces/my%20space/workflows/dish:r-1/run-1/history"
	for _, test := range []struct{ base, address, want string }{
		{"", "127.0.0.1:7233", "http://localhost:8233" + page},
		{"", "localhost:17233", "http://localhost:8233" + page},
		{"", "[::1]:7233", "http://localhost:8233" + page},
		{"", "prod.tmprl.cloud:7233", ""},
		{"", "10.0.0.1:7233", ""},
		{"https://ui.example/base/", "prod.tmprl.cloud:7233", "https://ui.example/base" + page},
	} {
		assert.Equal(t, test.want, webURL(test.base, test.address, "my space", "dish:r-1", "run-1"), test.address)
	}
}

func TestTableShowsEverythingWhole(t *testing.T) {
	longest := strings.Repeat("r", 36)
	views := []view{
		{WorkflowID: "dish:r-1", Operation: activation, State: running, Started: noon.Add(-time.Minute), Attention: []string{"Overdue"}},
		{
			WorkflowID: "masmovil:" + longest, Operation: "masmovil.GetSubscriptionAndMuchMore", State: terminated,
			Started: noon.Add(-999 * time.Hour), Attention: []string{"OutcomeUnknown", "Unauthorized"},
		},
		{WorkflowID: "unmatched:dish:r-2", Operation: "UnmatchedCallback", State: completed, Started: noon},
	}
	var all bytes.Buffer
	table(&all, rows(views, noon))
	for _, whole := range []string{"masmovil:" + longest + " ", "GetSubscriptionAndMuchMore ", "OutcomeUnknown,Unauthorized\n"} {
		assert.Contains(t, all.String(), whole)
	}

	var one bytes.Buffer
	table(&one, rows(views[:1], noon))
	assert.Equal(t, "ID        STATUS   STARTED      AGE  OPERATION             ATTENTION\n"+
		"dish:r-1  running  11-22 11:59  1m   ActivateSubscription  Overdue\n", one.String())
}

func TestProgress(t *testing.T) {
	steps := []struct{ stage, call string }{
		{"waiting   ", ""},
		{"waiting    pending", "  attempt 2 at 12:00:30 (in 30s)"},
		{"waiting    pending", "  attempt 2 at 12:00:30 (in 10s)"}, // nothing new
		{"waiting    pending", ""},                                 // it is being made
		{"waiting    pending", "  attempt 3 at 12:01:00 (in 30s)"},
		{"confirming", ""},
	}
	show := func(width int) string {
		var out bytes.Buffer
		line := progress{to: &out, width: width, printer: printer{zone: time.UTC}}
		for _, step := range steps {
			line.show(step.stage, step.call, noon)
		}
		line.end()
		line.end()
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

// One attempt is announced once, and never as one that begins in no time.
func TestAnAttemptIsAnnouncedOnce(t *testing.T) {
	var out bytes.Buffer
	p := printer{zone: time.UTC}
	line := progress{to: &out, printer: p}
	next := noon.Add(time.Second)
	v := view{State: waiting, Pending: []pending{{Activity: "Check", Attempt: 4, Word: "BUSY", Next: &next}}}
	for _, after := range []time.Duration{800 * time.Millisecond, 900 * time.Millisecond, time.Second, 1200 * time.Millisecond} {
		line.show(p.stage(v, noon.Add(after)), p.call(v, noon.Add(after)), noon.Add(after))
	}
	assert.Equal(t, "12:00:00  waiting     BUSY  attempt 4 at 12:00:01\n", out.String())
	assert.Equal(t, "2026-11-22 12:00:01 UTC", p.ahead(next, next))
}

func TestColours(t *testing.T) {
	show := func(p printer) string {
		var out bytes.Buffer
		p.out = &out
		p.heading(failed, "dish:r-1")
		return out.String()
	}
	assert.Equal(t, "failed  dish:r-1\n", show(printer{}))
	assert.Equal(t, red+bold+"failed"+reset+"  dish:r-1\n", show(printer{colours: true}))
	file, err := os.Create(t.TempDir() + "/out")
	assert.NoError(t, err)
	defer file.Close()
	assert.False(t, newPrinter(surroundings{env: variables{}, user: func() string { return "" }, stdout: file, now: time.Now}, false).colours, "a file is no terminal")
}
