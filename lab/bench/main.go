// Command bench measures what an operation costs: ours against the simplest things that do the same, on one Temporal server and one
// sandbox, and against job queues outside Temporal. Every figure is to be read as a ratio to a baseline that was measured in the same
// run, in turns with it. It writes the figures (docs/benchmarks.json) and a page about them (docs/benchmarks.md).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type commandLine struct {
	Run    runCommand    `cmd:"" default:"withargs" help:"Measure, and write the figures and the page."`
	Worker workerCommand `cmd:"" hidden:"" help:"The worker of a contestant that is not ours."`
}

// runCommand says what to measure.
type runCommand struct {
	Measures []string `help:"What to measure: ${measures}. All when left out, but cpu, which throughput shows too." placeholder:"NAME,…"`
	Page     bool     `help:"Measure nothing: only write the page from the figures of earlier runs."`
	Check    bool     `help:"Measure only what has a budget (budgets.json), compare, and write nothing. It fails when something costs more."`

	Budgets string `help:"File of the budgets." type:"path" default:"lab/bench/budgets.json"`
	Renew   bool   `help:"With --check: write what was measured as the new budgets."`

	Rounds int    `help:"How many rounds each contestant has." default:"5"`
	Bin    string `help:"Directory with the built programs." type:"existingdir" default:"bin"`
	Docs   string `help:"Directory of the page." type:"existingdir" default:"docs"`

	sizes `embed:""`
}

// sizes are how much is measured.
type sizes struct {
	Polls         []int    `help:"After how many polls operations are decided, for their cost. A poll takes about a second; 1000 take a quarter of an hour." default:"1,10,100"`
	InFlight      []int    `help:"How many operations wait when memory is measured." default:"2000"`
	Waiting       int      `help:"How many operations wait at the default rate limits." default:"1200"`
	Fresh         int      `help:"How many fresh operations are then measured." default:"30"`
	SweepInFlight []int    `name:"sweep-in-flight" help:"How many operations wait at a carrier that has to be asked and allows 20 requests a second." default:"1000"`
	Sweep         []string `help:"With the sweep of the carrier's list or without it." enum:"off,on" default:"off,on"`
	SweepDecided  int      `help:"How many of them are decided." default:"300"`
	SweepRate     float64  `help:"How many are decided a second." default:"4"`
	SweepFill     float64  `help:"How many requests a second the carrier answers before and after that: to send all, and to end those that remain." default:"20"`
}

// Validate refuses what cannot be measured.
func (r runCommand) Validate() error {
	for _, name := range r.Measures {
		if !slices.Contains(measureNames(), name) {
			return fmt.Errorf("there is no measure %q; there are %s", name, strings.Join(measureNames(), ", "))
		}
	}
	if r.Rounds < 1 || r.Waiting < 1 || r.Fresh < 1 || r.SweepDecided < 1 || r.SweepRate <= 0 || r.SweepFill < carrierLimit {
		return fmt.Errorf("numbers must be above 0, and --sweep-fill at least %d", carrierLimit)
	}
	return nil
}

func main() {
	var c commandLine
	parsed := kong.Parse(&c, kong.Name("bench"), kong.Description("Measure what an operation costs."), kong.UsageOnError(),
		kong.Vars{"measures": strings.Join(measureNames(), ", ")})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE) // the last: nobody reads the table any more
	defer stop()
	var err error
	if strings.HasPrefix(parsed.Command(), "worker") {
		err = c.Worker.run(ctx)
	} else {
		err = c.Run.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (r runCommand) run(ctx context.Context) error {
	if r.Check {
		return r.check(ctx)
	}
	file := filepath.Join(r.Docs, "benchmarks.json")
	figures, err := readDocument(file)
	if err != nil {
		return err
	}
	if !r.Page {
		began := time.Now()
		if err := r.measure(ctx, func(one measure, m *measured) error {
			if one.bySize {
				m.keep(figures.Measures[one.name])
			}
			figures.Measures[one.name] = m
			return figures.write(file)
		}); err != nil {
			return err
		}
		fmt.Printf("measured in %s\n", time.Since(began).Round(time.Second))
	}
	return writePage(r.Docs, figures)
}

// measure runs the chosen measures and hands each to keep as soon as it is there.
func (r runCommand) measure(ctx context.Context, keep func(one measure, m *measured) error) (err error) {
	p, err := programsIn(r.Bin)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "carrierflow-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	here := thisMachine()
	fmt.Println(here)
	if !here.Instructions {
		fmt.Println("instructions cannot be counted here (perf stat -e instructions:u): CPU is in seconds")
	}
	at := commit(r.Docs)
	b := &bench{programs: p, dir: dir, rounds: r.Rounds, sizes: r.sizes, out: os.Stdout}
	for _, one := range measures {
		if named := slices.Contains(r.Measures, one.name); !named && (len(r.Measures) > 0 || one.onlyWhenNamed) {
			continue
		}
		began := time.Now()
		fmt.Printf("\n%s: %s\n", one.name, one.sentence)
		m := &measured{Date: began.UTC().Truncate(time.Second), Commit: at, Rounds: r.Rounds, Machine: thisMachine()}
		b.save = func() error {
			m.Took = time.Since(began).Round(time.Second).String()
			return keep(one, m)
		}
		if err := one.run(ctx, b, m); err != nil {
			return fmt.Errorf("measuring %s: %w", one.name, err)
		}
		m.Took = time.Since(began).Round(time.Second).String()
		m.print(os.Stdout)
		if err := keep(one, m); err != nil {
			return err
		}
	}
	return nil
}
