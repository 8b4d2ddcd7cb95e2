package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// writePage writes docs/benchmarks.md and its plots from the figures.
func writePage(docs string, d *document) error {
	p := &page{figures: d, plots: filepath.Join(docs, "benchmarks")}
	if err := os.MkdirAll(p.plots, 0o755); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	for _, section := range []func() error{
		p.head, p.summary, p.why, p.cost, p.throughput, p.cpu, p.latency, p.queues, p.receiver, p.waiting, p.sweep, p.memory, p.recovery, p.runs,
	} {
		if err := section(); err != nil {
			return fmt.Errorf("writing the page: %w", err)
		}
	}
	return os.WriteFile(filepath.Join(docs, "benchmarks.md"), []byte(strings.TrimRight(p.text.String(), "\n")+"\n"), 0o644)
}

// page is the page as far as it is written.
type page struct {
	figures *document
	plots   string // directory
	text    strings.Builder
}

func (p *page) measure(name string) *measured { return p.figures.Measures[name] }

// write adds a paragraph, a title or a table.
func (p *page) write(format string, args ...any) { fmt.Fprintf(&p.text, format+"\n\n", args...) }

func (p *page) table(head []string, rows [][]string) {
	p.write("%s", strings.TrimRight(table(head, rows), "\n"))
}

// notes adds what a run has to say besides its figures.
func (p *page) notes(name string) {
	if m := p.measure(name); m != nil && len(m.Notes) > 0 {
		p.write("%s", strings.Join(m.Notes, " "))
	}
}

func (p *page) head() error {
	p.write("# What an operation costs")
	p.write(`For those who decide whether carrierflow is for them, and for those who change it. ` + "`make bench`" + ` measures and writes this page; do not
edit it. ` + "`make bench-check`" + ` compares with the budgets in ` + "`lab/bench/budgets.json`" + `; the exact ones are part of ` + "`make test`" + `.`)
	p.write("## How to read it")
	p.write(`Only ratios say something: an absolute figure is that of one machine on one day. A ratio compares a contestant with a baseline that ran in
the same run, in turns with it (A, B, A, B …). It is the median of the rounds, with the least and the most in parentheses. Absolute figures
are beside them for scale. The column "first version" has the same figure of the first version (commit 14c421b), where there is one; in that
version the changes of one line did not take turns.`)
	p.table([]string{"contestant", "what it is"}, [][]string{
		{"ours, confirmed", "the worker as it is built, everything on: the request is stored before it is sent, never sent twice, changes of one line take turns; done is believed when a read shows it"},
		{"ours, no confirm", "the same with `\"confirm\": false`: the callback is believed"},
		{"ours, no confirm, no line order", "the same with `CARRIERFLOW_NO_LINE_ORDER`: changes of one line do not take turns"},
		{"ours, polled", "at a carrier that does not call back, confirmed; a poll is one attempt of the check"},
		{"textbook", "the sample that everyone copies: an activity that submits, then a signal or a timer. After a crash in the activity the request is sent again, and a lost callback is noticed when the timer fires, three days later"},
		{"timer-poll", "an activity that submits, then a loop of a timer and an activity that asks"},
		{"bare, empty", "a workflow that waits for one signal, and one that returns at once: the limits of Temporal"},
		{"river", "a job queue on PostgreSQL ([River](https://riverqueue.com)): a job that submits; the callback makes a job that ends the operation, or a job asks and snoozes"},
		{"table", "a table in PostgreSQL with 32 pollers, `FOR UPDATE SKIP LOCKED`"},
	})
	p.write(`All make the same HTTP requests to the same sandbox, whose rate limits are out of the way unless something else is said. The worker of each is
a process of its own. Temporal is the embedded server of ` + "`make run`" + ` on a file of SQLite; it takes most of the machine, so a throughput
here is that of this small server, and says little about a real one. What an operation leaves at Temporal (events, transitions, actions) is the same
everywhere.`)
	return nil
}

// runs says when and where each measure was run.
func (p *page) runs() error {
	p.write("## The runs")
	var rows [][]string
	var machines []string
	for _, one := range measures {
		m := p.measure(one.name)
		if m == nil {
			continue
		}
		here := m.Machine
		here.Load = ""
		text := strings.TrimSuffix(here.String(), ", load ")
		if !slices.Contains(machines, text) {
			machines = append(machines, text)
		}
		rows = append(rows, []string{one.name, one.sentence, m.Date.Format("2006-01-02 15:04") + " UTC", m.Commit, fmt.Sprint(m.Rounds), m.Took, m.Machine.Load})
	}
	p.table([]string{"measure", "of what", "begun", "commit", "rounds", "took", "load before"}, rows)
	p.write("Machine: %s. Load is the average number of running processes in the minute before: anything above 0 came from something else on the machine.", strings.Join(machines, "; "))
	for _, one := range measures {
		if m := p.measure(one.name); m != nil && !m.Machine.Instructions {
			p.write("Instructions could not be counted there (`perf stat -e instructions:u` is not supported by this virtual machine), so CPU is in seconds from `/proc`.")
			break
		}
	}
	p.write("All raw figures are in [benchmarks.json](benchmarks.json). To run some of it again: `make bench ARGS=\"--measures=latency,waiting\"`; the others keep their figures.")
	return nil
}
