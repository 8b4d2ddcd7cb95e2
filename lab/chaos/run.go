package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// options say what to run.
type options struct {
	size
	manners string // sandbox.OwnManners or sandbox.OtherManners
	naive   bool
	// binaries are built programs; logs is where to keep what they printed and what is known of breaches, empty for nowhere.
	binaries stack.Binaries
	logs     string
}

// run starts the system, wrecks it under load, and judges.
func run(ctx context.Context, o options, progress io.Writer) (_ report, err error) {
	dir, err := os.MkdirTemp("", "carrierflow-chaos")
	if err != nil {
		return report{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w, err := newWorld(o, dir)
	if err != nil {
		return report{}, err
	}
	defer func() {
		if o.logs != "" {
			err = errors.Join(err, w.keepLogs(o.logs))
		}
		err = errors.Join(err, w.stop())
	}()

	p, began := newPlan(o.size), time.Now()
	fmt.Fprintf(progress, "%d operations and %d faults in %s, carriers of %s manners, seed %d\n", len(p.operations), len(p.faults), o.duration, o.manners, o.seed)
	if err := both(
		func() error { return w.load(ctx, p, began) },
		func() error { return w.wreck(ctx, p, began) },
	); err != nil {
		return report{}, err
	}
	for _, r := range blindfolds {
		if err := w.Undirect(r); err != nil {
			return report{}, err
		}
	}
	lastFault := time.Now()
	fmt.Fprintf(progress, "the last fault is over after %s; waiting for what is open\n", time.Since(began).Round(time.Second))
	// What is late is waited for as well: whether it ends at all is worth knowing.
	seen, err := w.await(ctx, p.operations, lastFault.Add(3*patience))
	if err != nil {
		return report{}, err
	}
	r := tabulate(seen, lastFault, time.Now())
	r.size, r.manners, r.faults, r.took = o.size, o.manners, w.tally.count, time.Since(began)
	r.restraints = restraints(w.tally.outages, w.tally.starts, w.tally.disturbed)
	if r.stats, err = w.Stats(); err != nil || o.logs == "" {
		return r, err
	}
	return r, w.keepEvidence(ctx, o.logs, r.breach)
}

// both runs two things at once.
func both(a, b func() error) error {
	var errs [2]error
	var running sync.WaitGroup
	running.Go(func() { errs[0] = a() })
	running.Go(func() { errs[1] = b() })
	running.Wait()
	return errors.Join(errs[:]...)
}
