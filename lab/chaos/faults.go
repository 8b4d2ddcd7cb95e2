package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// lane is a row of faults of which one happens at a time; faults of different lanes overlap.
type lane string

const (
	workerLane   lane = "worker"
	temporalLane lane = "Temporal"
	networkLane  lane = "network"
	callbackLane lane = "callback"
)

// outageLane is the lane of a carrier's outages.
func outageLane(c carriers.Carrier) lane { return lane("carrier " + c) }

var lanes = []lane{
	workerLane, temporalLane, networkLane, callbackLane,
	outageLane(carriers.DISH), outageLane(carriers.STN), outageLane(carriers.MasMovil),
}

// fault is one thing that goes wrong.
type fault struct {
	lane lane
	name string
	// at is when, after the start of the run; a fault whose predecessor takes longer comes later.
	at, lasts time.Duration

	strikes *operation   // of a worker kill: the operation that is under way then, nil for any
	toxic   toxic        // of a network fault
	outage  sandbox.Rule // of a carrier's outage
}

// outages are the ways a whole carrier can be gone.
var outages = []string{"down", "refusing"}

// tally is what was done to the system.
type tally struct {
	mu      sync.Mutex
	count   map[string]int
	outages []outage
	// starts is when a worker started, disturbed when the network to the carriers was.
	starts, disturbed []span
}

func newTally() *tally { return &tally{count: map[string]int{}} }

func (t *tally) add(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[name]++
}

func (t *tally) addOutage(o outage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outages = append(t.outages, o)
}

// over notes that something that began at a time is over now.
func (t *tally) over(spans *[]span, began time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*spans = append(*spans, span{began, time.Now()})
}

// wreck makes all faults happen and returns when the last one is over.
func (w *world) wreck(ctx context.Context, p plan, began time.Time) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, l := range lanes {
		running.Go(func() {
			for _, f := range p.faults {
				if f.lane != l || !pause(ctx, time.Until(began.Add(f.at))) {
					continue
				}
				if err := w.inflict(ctx, f, p); err != nil {
					cancel(fmt.Errorf("%s: %w", f.name, err))
				}
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

// inflict makes one fault happen, and undoes it.
func (w *world) inflict(ctx context.Context, f fault, p plan) error {
	w.tally.add(f.name)
	switch f.lane {
	case workerLane:
		if f.strikes != nil {
			return w.killWhileRecorded(ctx, *f.strikes)
		}
		return w.killWorker(ctx, f.lasts/4)
	case temporalLane:
		w.Server.Kill()
		pause(ctx, f.lasts/2)
		return w.RestartServer()
	case networkLane:
		return w.poison(ctx, f.toxic, f.lasts)
	case callbackLane:
		return w.misdirect(ctx, p, f.at)
	default:
		return w.takeDown(ctx, f.outage, f.lasts)
	}
}

func (w *world) killWorker(ctx context.Context, down time.Duration) error {
	w.Worker.Kill()
	pause(ctx, down)
	return w.startWorker()
}

// killWhileRecorded starts an operation and kills the worker while the carrier, having recorded it, holds its answer back.
func (w *world) killWhileRecorded(ctx context.Context, op operation) error {
	stall := sandbox.Rule{Carrier: kinds[op.kind].carrier, Line: op.line, Scenario: "stall-after-recording"}
	if err := w.Direct(stall); err != nil {
		return err
	}
	if err := w.start(ctx, op); err != nil {
		return err
	}
	// Another fault may keep the request from the carrier for a while, or for good where it cannot be repeated. Then the
	// kill comes at some other moment, and the report says so.
	for until := time.Now().Add(15 * time.Second); time.Now().Before(until); {
		entries, err := w.Ledger(string(stall.Carrier), "", op.line)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(entries, func(e sandbox.Entry) bool { return e.Recorded && e.Answered == "held" }) {
			w.Worker.Kill()
			w.tally.add("… and the carrier was holding the answer")
			break
		}
		if !pause(ctx, 10*time.Millisecond) {
			break
		}
	}
	w.Worker.Kill()
	if err := errors.Join(w.Undirect(stall), w.Release()); err != nil {
		return err
	}
	return w.startWorker()
}

// takeDown lets a carrier be gone for a while, and counts what it gets meanwhile.
func (w *world) takeDown(ctx context.Context, r sandbox.Rule, lasts time.Duration) error {
	if err := w.Direct(r); err != nil {
		return err
	}
	o, err := w.listen(ctx, r.Carrier, lasts)
	if err == nil {
		w.tally.addOutage(o)
	}
	return errors.Join(err, w.Undirect(r))
}

// pause returns after d, or false at once when ctx ends.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return ctx.Err() == nil
	}
}
