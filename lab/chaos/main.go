// Command chaos proves the promise "no operation lost, none sent twice, none stuck unnoticed" under fire. It starts the
// real processes, breaks them and the network between them while operations of every kind are in flight, and judges by
// the carriers' own ledger and by how the workflows ended. It exits with 1 when the promise was broken.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/lab/stack"
)

type flags struct {
	Operations    int           `help:"How many changes to make." default:"1000"`
	WorkerKills   int           `help:"How often to kill -9 the worker." default:"50"`
	TemporalKills int           `help:"How often to kill -9 Temporal." default:"10"`
	Duration      time.Duration `help:"How long faults last; 0 is as long as so many need."`
	Seed          uint64        `help:"Makes the same plan again; 0 draws one, which is printed."`
	Short         bool          `help:"A run of about a minute with every kind of fault, whatever the other sizes say."`
	Manners       string        `help:"How the carriers behave: own, as their pages show it, or other, with gateways, late records and other spellings before every exchange." enum:"own,other" default:"own"`
	Naive         bool          `help:"The control: carriers deny what they have when asked before a request is sent again, and the worker notices no outage. Has to fail with doubled operations and hammered carriers."`
	Logs          string        `help:"Directory to keep what the processes printed, and history and ledger of every breach, in a folder for each kind of manners." type:"path" placeholder:"DIR"`
	Bin           string        `help:"Directory with built programs; without it they are built first." type:"existingdir" placeholder:"DIR"`
}

// Validate refuses a size that cannot be run.
func (f flags) Validate() error {
	if f.Operations < 1 || f.WorkerKills < 0 || f.TemporalKills < 0 || f.Duration < 0 {
		return fmt.Errorf("there must be at least one operation, and nothing can be negative")
	}
	return nil
}

// size fills in what the flags leave open.
func (f flags) size() size {
	s := size{operations: f.Operations, workerKills: f.WorkerKills, temporalKills: f.TemporalKills, duration: f.Duration, seed: f.Seed}
	if f.Short {
		s.operations, s.workerKills, s.temporalKills, s.duration = 60, 4, 1, 30*time.Second
	}
	if s.duration == 0 {
		s.duration = max(
			30*time.Second, time.Duration(s.operations)*250*time.Millisecond,
			time.Duration(s.workerKills)*5*time.Second, time.Duration(s.temporalKills)*20*time.Second,
		)
	}
	if s.seed == 0 {
		s.seed = rand.Uint64N(1_000_000-1) + 1
	}
	return s
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("chaos"), kong.Description("Break everything while operations are in flight, and judge by the carriers' ledger."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	kept, err := chaos(ctx, f)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(2)
	}
	if !kept {
		os.Exit(1)
	}
}

// chaos runs what the flags say and reports whether the promise was kept.
func chaos(ctx context.Context, f flags) (kept bool, err error) {
	binaries := stack.In(f.Bin)
	if f.Bin == "" {
		dir, err := os.MkdirTemp("", "carrierflow-bin")
		if err != nil {
			return false, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if binaries, err = stack.Build(dir); err != nil {
			return false, err
		}
	}
	logs := f.Logs
	if logs != "" {
		logs = filepath.Join(logs, f.Manners) // so that two runs do not write over each other
	}
	r, err := run(ctx, options{size: f.size(), manners: f.Manners, naive: f.Naive, binaries: binaries, logs: logs}, os.Stdout)
	if len(r.rows) > 0 { // also when something went wrong after the judgement
		r.print(os.Stdout)
	}
	return r.kept(), err
}
