package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/workflows"
)

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
		assert.Equal(t, test.want, runs.WebURL(test.base, test.address, "my space", "dish:r-1", "run-1"), test.address)
	}
}

func TestTableShowsEverythingWhole(t *testing.T) {
	longest := strings.Repeat("r", 36)
	views := []runs.View{
		{WorkflowID: "dish:r-1", Operation: activation, State: runs.Running, Started: noon.Add(-time.Minute), Attention: []string{"Overdue"}},
		{
			WorkflowID: "masmovil:" + longest, Operation: "masmovil.GetSubscriptionAndMuchMore", State: runs.Terminated,
			Started: noon.Add(-999 * time.Hour), Attention: []string{"OutcomeUnknown", "Unauthorized"},
		},
		{WorkflowID: "unmatched:dish:r-2", Operation: "UnmatchedCallback", State: runs.Completed, Started: noon},
	}
	var all bytes.Buffer
	terminal.Printer{Out: &all}.Table(rows(views, noon))
	for _, whole := range []string{"masmovil:" + longest + " ", "GetSubscriptionAndMuchMore ", "OutcomeUnknown,Unauthorized\n"} {
		assert.Contains(t, all.String(), whole)
	}

	var one bytes.Buffer
	terminal.Printer{Out: &one}.Table(rows(views[:1], noon))
	assert.Equal(t, "ID        STATUS   STARTED      AGE  OPERATION             ATTENTION\n"+
		"dish:r-1  running  11-22 11:59  1m   ActivateSubscription  Overdue\n", one.String())
}

// One attempt is announced once, and never as one that begins in no time.
func TestAnAttemptIsAnnouncedOnce(t *testing.T) {
	var out bytes.Buffer
	p := printer{Printer: terminal.Printer{Progress: &out, Zone: time.UTC}}
	line := p.NewLine()
	next := noon.Add(time.Second)
	v := runs.View{WorkflowID: "dish:r-1", State: "waiting", Status: &workflows.OperationStatus{
		CarrierStatus: "BUSY", Activity: &workflows.ActivityStatus{Name: "Check", Attempt: 4, Next: next},
	}}
	for _, after := range []time.Duration{800 * time.Millisecond, 900 * time.Millisecond, time.Second, 1200 * time.Millisecond} {
		call, at := p.nextCall(v, noon.Add(after))
		line.Show(p.stage(v, noon.Add(after)), call, at, noon.Add(after))
	}
	assert.Equal(t, "12:00:00  waiting     DISH says \"BUSY\"  attempt 4 at 12:00:01\n", out.String())
	assert.Equal(t, "2026-11-22 12:00:01 UTC", p.Ahead(next, next))
}

func TestColours(t *testing.T) {
	show := func(colours bool) string {
		var out bytes.Buffer
		printer{Printer: terminal.Printer{Out: &out, Colours: colours}}.head(report{View: runs.View{WorkflowID: "dish:r-1", State: runs.Failed}}, noon)
		return out.String()
	}
	assert.Equal(t, "failed  dish:r-1\n", show(false))
	assert.Equal(t, terminal.Red+terminal.Bold+"failed\x1b[0m  dish:r-1\n", show(true))
	file, err := os.Create(t.TempDir() + "/out")
	assert.NoError(t, err)
	defer file.Close()
	assert.False(t, terminal.New(file, file, false, true, time.UTC).Colours, "a file is no terminal")
}
