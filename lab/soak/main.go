// Command soak runs operations for minutes and then checks whether the worker leaks: goroutines and heap must return to the
// level after a warm-up. It exits with 1 when they do not, or when an operation failed.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/carrierflow/carrierflow/lab/stack"
)

type flags struct {
	For        time.Duration `help:"How long operations are started." default:"3m"`
	Rate       float64       `help:"Operations started per second." default:"10"`
	WarmUp     time.Duration `help:"How long operations are started before the first measurement." default:"20s"`
	Idle       time.Duration `help:"How long the worker may take to return to the level after the warm-up." default:"2m"`
	Goroutines int           `help:"How many additional goroutines are allowed." default:"10"`
	HeapMiB    float64       `name:"heap-mib" help:"How much additional heap is allowed, in MiB." default:"8"`
}

// Validate refuses invalid flags.
func (f flags) Validate() error {
	if f.For <= 0 || f.Rate <= 0 || f.WarmUp <= 0 || f.Idle <= 0 || f.Goroutines < 0 || f.HeapMiB < 0 {
		return errors.New("times and rate must be above 0, allowances not negative")
	}
	return nil
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("soak"), kong.Description("Run operations for minutes and check whether the worker leaks."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, f); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags) (err error) {
	dir, err := os.MkdirTemp("", "carrierflow-soak")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binaries, err := stack.Build(dir)
	if err != nil {
		return err
	}
	s := stack.New(binaries)
	defer func() { err = errors.Join(err, s.Stop()) }()
	if err := s.StartServer("--sandbox-decide-after=500ms"); err != nil {
		return err
	}
	// Garbage is collected early, so that the heap contains little else than what is in use.
	if err := s.StartWorker("GOGC=20", "CARRIERFLOW_LOG_LEVEL=error"); err != nil {
		return err
	}
	temporal, err := client.Dial(client.Options{HostPort: s.Temporal, Logger: sdklog.NewStructuredLogger(quiet())})
	if err != nil {
		return err
	}
	defer temporal.Close()

	l := &load{temporal: temporal, rate: f.Rate}
	if err := l.run(ctx, f.WarmUp); err != nil {
		return err
	}
	gauge := gauge{url: "http://" + s.Health + "/metrics"}
	before, err := gauge.idle(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("after a warm-up of %d operations: %s\n", l.ended, before)
	warm := l.ended
	if err := l.run(ctx, f.For); err != nil {
		return err
	}
	after, err := gauge.returned(ctx, before.plus(f.Goroutines, f.HeapMiB), f.Idle)
	fmt.Printf("after %d more at %g a second:     %s\n", l.ended-warm, f.Rate, after)
	return err
}
