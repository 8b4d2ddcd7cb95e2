package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// report is the outcome of a run.
type report struct {
	size    size
	manners string
	rows    []row
	breach  []breach
	faults  map[string]int
	stats   sandbox.Stats
	// outages are the requests to carriers during their outages.
	outages map[carriers.Carrier]outageTraffic
	took    time.Duration
	slowest time.Duration // after the last fault
	// excused operations were overdue with no operator told, but are no breach, because they had no worker for so long.
	excused int
}

// row is one kind of change.
type row struct {
	kind    string
	started int
	marks   [late + 1]int
	slowest time.Duration
}

// breach is an operation for which the promise was not kept.
type breach struct {
	observation
	mark mark
	why  string
}

// tabulate judges all operations.
func tabulate(seen []observation, lastFault, now time.Time) report {
	r := report{rows: make([]row, len(kinds))}
	for i, k := range kinds {
		r.rows[i].kind = k.Type
	}
	for _, o := range seen {
		m, why := judge(o, lastFault, now)
		row := &r.rows[o.kind]
		row.marks[m]++
		if o.found {
			row.started++
		}
		if o.closed {
			row.slowest = max(row.slowest, o.closedAt.Sub(o.startedAt))
			r.slowest = max(r.slowest, o.closedAt.Sub(lastFault))
		}
		if len(o.withoutWorker) > 0 && !m.breach() {
			r.excused++
		}
		if m.breach() {
			r.breach = append(r.breach, breach{o, m, why})
		}
	}
	return r
}

func (r report) count(m mark) int {
	sum := 0
	for _, row := range r.rows {
		sum += row.marks[m]
	}
	return sum
}

// overloaded are the carriers that received more requests during an outage than allowed.
func (r report) overloaded() []carriers.Carrier {
	var all []carriers.Carrier
	for _, c := range served {
		if r.outages[c].peak > allowed(c) {
			all = append(all, c)
		}
	}
	return all
}

// tooManyParked reports whether more than half of the operations were left to operators. A product that parks every
// operation breaks no other rule.
func (r report) tooManyParked() bool {
	all := 0
	for _, row := range r.rows {
		all += row.started
	}
	return 2*r.count(parked) > all
}

// kept reports whether the promise was kept.
func (r report) kept() bool {
	return len(r.breach) == 0 && len(r.overloaded()) == 0 && !r.tooManyParked()
}

// print writes the report for people.
func (r report) print(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "kind\tstarted\tcompleted\tfailed as expected\tparked\tlost\tdoubled\tuntrue\tunnoticed\tlate\tslowest\t")
	sum := row{kind: "all"}
	for _, row := range r.rows {
		row.print(table)
		sum.started += row.started
		sum.slowest = max(sum.slowest, row.slowest)
		for m, n := range row.marks {
			sum.marks[m] += n
		}
	}
	sum.print(table)
	_ = table.Flush()

	fmt.Fprintln(out, "\nfaults:")
	for _, name := range slices.Sorted(maps.Keys(r.faults)) {
		fmt.Fprintf(out, "  %4d  %s\n", r.faults[name], name)
	}
	fmt.Fprintln(out, "requests at the carriers:")
	for _, c := range served {
		changes, checks := split(c, r.stats[c])
		downtime := r.outages[c]
		fmt.Fprintf(out, "  %-8s  %d changes, %d checks; down for %s: %d requests; detected for %s of it: at most %d in one second, %d are allowed\n",
			c, changes, checks, downtime.down.Round(100*time.Millisecond), downtime.requests, downtime.judged.Round(100*time.Millisecond), downtime.peak, allowed(c))
	}
	if r.excused > 0 {
		fmt.Fprintf(out, "%d operations were overdue without an operator being told, because they had no worker for so long\n", r.excused)
	}
	fmt.Fprintf(out, "took %s; the last operation was final %s after the last fault; %s manners, seed %d\n",
		r.took.Round(time.Second), max(r.slowest, 0).Round(100*time.Millisecond), r.manners, r.size.seed)

	for _, c := range r.overloaded() {
		fmt.Fprintf(out, "BREACH overloaded: %s got %d requests in one second while it was down, %d are allowed\n", c, r.outages[c].peak, allowed(c))
	}
	if r.tooManyParked() {
		fmt.Fprintf(out, "BREACH parked: %d operations, more than half of all, were left to operators\n", r.count(parked))
	}
	for i, b := range r.breach {
		if i == 50 {
			fmt.Fprintf(out, "… and %d more\n", len(r.breach)-i)
			break
		}
		fmt.Fprintf(out, "BREACH %s: %s (line code %d): %s\n", markNames[b.mark], b.workflowID(), b.code, strings.TrimSpace(b.why+" "+b.message))
	}
}

var markNames = map[mark]string{lost: "lost", doubled: "doubled", untrue: "untrue", unnoticed: "unnoticed", late: "late"}

func (r row) print(out io.Writer) {
	fmt.Fprintf(out, "%s\t%d\t", r.kind, r.started)
	for _, n := range r.marks {
		fmt.Fprintf(out, "%d\t", n)
	}
	fmt.Fprintf(out, "%s\t\n", r.slowest.Round(100*time.Millisecond))
}

// split counts a carrier's changes and its reads, which here are all checks and look-ups.
func split(c carriers.Carrier, requests map[string]int) (changes, checks int) {
	operations := playing(c).Operations
	for name, n := range requests {
		if slices.ContainsFunc(operations, func(o sandbox.Operation) bool { return o.Name == name && o.Kind == sandbox.KindChange }) {
			changes += n
		} else {
			checks += n
		}
	}
	return changes, checks
}
