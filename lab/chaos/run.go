package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/internal/sandbox"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// options say what to run.
type options struct {
	size
	manners string // sandbox.OwnManners or sandbox.OtherManners
	naive   bool
	// binaries are built programs. logs is the directory for their output and for the evidence of breaches; empty keeps nothing.
	binaries stack.Binaries
	logs     string
}

// run starts the system, injects faults under load, and judges.
func run(ctx context.Context, o options, progress io.Writer) (_ report, err error) {
	dir, err := os.MkdirTemp("", "carrierflow-chaos")
	if err != nil {
		return report{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sys, err := newSystem(o, dir)
	if err != nil {
		return report{}, err
	}
	defer func() {
		if o.logs != "" {
			err = errors.Join(err, sys.keepLogs(o.logs))
		}
		err = errors.Join(err, sys.stop())
	}()

	p, began := newPlan(o.size), time.Now()
	fmt.Fprintf(progress, "%d operations and %d faults in %s, carriers of %s manners, seed %d\n", len(p.operations), len(p.faults), o.duration, o.manners, o.seed)
	if err := both(
		func() error { return sys.load(ctx, p, began) },
		func() error { return sys.injectAll(ctx, p, began) },
	); err != nil {
		return report{}, err
	}
	if err := sys.Undirect(sandbox.Rule{Scenario: forgetful}); err != nil {
		return report{}, err
	}
	lastFault := time.Now()
	fmt.Fprintf(progress, "the last fault ended after %s; waiting for open operations\n", time.Since(began).Round(time.Second))
	// Wait longer than the tolerance, to learn whether late operations end at all.
	seen, err := sys.await(ctx, p.operations, lastFault.Add(3*tolerance))
	if err != nil {
		return report{}, err
	}
	r := tabulate(seen, lastFault, time.Now())
	r.size, r.manners, r.faults, r.took = o.size, o.manners, sys.faultLog.count, time.Since(began)
	r.outages = measureOutages(sys.faultLog.outages, sys.faultLog.starts, sys.faultLog.disturbed)
	if r.stats, err = sys.Stats(); err != nil || o.logs == "" {
		return r, err
	}
	return r, sys.keepEvidence(ctx, o.logs, r.breach)
}

// both runs two functions concurrently.
func both(a, b func() error) error {
	var errs [2]error
	var running sync.WaitGroup
	running.Go(func() { errs[0] = a() })
	running.Go(func() { errs[1] = b() })
	running.Wait()
	return errors.Join(errs[:]...)
}
