// Command chaos tests the promise "no operation lost, none sent twice, none stuck unnoticed" under faults. It starts the
// real processes, injects faults into them and into the network between them while operations of every kind are running,
// and judges by the carriers' ledger and by how the workflows ended. It exits with 1 when the promise was broken.
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
	WorkerKills   int           `help:"How many times to kill -9 the worker." default:"50"`
	TemporalKills int           `help:"How many times to kill -9 Temporal." default:"10"`
	Duration      time.Duration `help:"How long faults are injected; 0 derives it from their number."`
	Seed          uint64        `help:"Seed of the plan; the same seed makes the same plan. 0 chooses one, which is printed."`
	Short         bool          `help:"A run of about a minute with every kind of fault; the other sizes are ignored."`
	Manners       string        `help:"How the carriers behave: own, as their pages document it, or other, with gateway errors, records that show late, and other spellings." enum:"own,other" default:"own"`
	Naive         bool          `help:"The control: look-ups at the carriers deny recorded requests, and the worker detects no outage. It must fail with doubled operations and overloaded carriers."`
	Logs          string        `help:"Directory for the output of the processes, and for history and ledger of every breach, in a folder for each kind of manners." type:"path" placeholder:"DIR"`
	Bin           string        `help:"Directory with built programs; without it they are built first." type:"existingdir" placeholder:"DIR"`
}

// Validate refuses invalid sizes.
func (f flags) Validate() error {
	if f.Operations < 1 || f.WorkerKills < 0 || f.TemporalKills < 0 || f.Duration < 0 {
		return fmt.Errorf("there must be at least one operation, and no number may be negative")
	}
	return nil
}

// size fills in the sizes that the flags leave open.
func (f flags) size() size {
	s := size{operations: f.Operations, workerKills: f.WorkerKills, temporalKills: f.TemporalKills, duration: f.Duration, seed: f.Seed}
	if f.Short {
		s.operations, s.workerKills, s.temporalKills, s.duration = shortRounds*len(kinds), 4, 1, 30*time.Second
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

// shortRounds is how many operations of each kind a short run has: enough for every code about callbacks.
const shortRounds = 5

func main() {
	var f flags
	kong.Parse(&f, kong.Name("chaos"), kong.Description("Inject faults while operations are running, and judge by the carriers' ledger."), kong.UsageOnError())
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

// chaos makes the run that the flags describe and reports whether the promise was kept.
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
		logs = filepath.Join(logs, f.Manners) // so that two runs do not overwrite each other's files
	}
	r, err := run(ctx, options{size: f.size(), manners: f.Manners, naive: f.Naive, binaries: binaries, logs: logs}, os.Stdout)
	if len(r.rows) > 0 { // also after an error that occurred after the judgement
		r.print(os.Stdout)
	}
	return r.kept(), err
}
