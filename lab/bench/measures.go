package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// bench is a run: the programs, and how much is measured.
type bench struct {
	programs programs
	dir      string
	rounds   int
	sizes    sizes
	out      io.Writer
	// save keeps what the present measure has measured so far.
	save func() error
}

// measure is something that can be measured.
type measure struct {
	name, sentence string
	run            func(context.Context, *bench, *measured) error
	// onlyWhenNamed: its figures are those of another measure, taken in less time.
	onlyWhenNamed bool
	// bySize: what was measured earlier with more in flight is kept.
	bySize bool
}

// measures are all of them, in the order in which they are run.
var measures = []measure{
	{name: "cost", sentence: "what one operation leaves at Temporal", run: measureCost},
	{name: "throughput", sentence: "operations a second, and what each takes of the worker", run: measureThroughput},
	{name: "cpu", sentence: "what each operation takes of the worker, with 50 in flight", run: measureCPU, onlyWhenNamed: true},
	{name: "latency", sentence: "from start to carrier, and from callback to end, at half load", run: measureLatency},
	{name: "queues", sentence: "the same operation outside Temporal", run: measureQueues},
	{name: "receiver", sentence: "callbacks that are stored a second", run: measureReceiver},
	{name: "memory", sentence: "what operations that wait take of the worker", run: measureMemory, bySize: true},
	{name: "recovery", sentence: "how long after kill -9 a waiting operation goes on", run: measureRecovery},
	{name: "startup", sentence: "how long until the programs are ready", run: measureStartup},
	{name: "waiting", sentence: "a fresh operation while many wait at the default rate limits", run: measureWaiting},
	{name: "sweep", sentence: "many that wait at a carrier that has to be asked", run: measureSweep, bySize: true},
}

func measureNames() (names []string) {
	for _, m := range measures {
		names = append(names, m.name)
	}
	return names
}

// inTurns runs one round of every contestant, then the next round, so that all of them meet the same machine. Every second round goes
// the other way round.
func (b *bench) inTurns(ctx context.Context, contestants []*contestant, one func(context.Context, *contestant) error) error {
	for n := range b.rounds {
		order := slices.Clone(contestants)
		if n%2 == 1 {
			slices.Reverse(order)
		}
		for _, c := range order {
			if err := one(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// print shows the figures of several rounds as a table; a single one has been shown when it was measured.
func (m *measured) print(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, f := range m.Figures {
		if s := spreadOf(f.Values); len(f.Values) > 1 {
			_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\t%s %s\t(%s–%s)\n", f.Case, f.Metric, f.Contestant, number(s.Median), f.Unit, number(s.Least), number(s.Most))
		}
	}
	_ = table.Flush() // to a terminal
	for _, note := range m.Notes {
		_, _ = fmt.Fprintln(out, "  "+note)
	}
	_, _ = fmt.Fprintf(out, "  took %s\n", m.Took)
}
