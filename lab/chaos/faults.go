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

// sequence is a series of faults that happen one after the other; faults of different sequences overlap.
type sequence string

const (
	workerFaults   sequence = "worker"
	temporalFaults sequence = "Temporal"
	networkFaults  sequence = "network"
	callbackFaults sequence = "callback"
)

// outageFaults is the sequence of a carrier's outages.
func outageFaults(c carriers.Carrier) sequence { return sequence("carrier " + c) }

var sequences = func() []sequence {
	all := []sequence{workerFaults, temporalFaults, networkFaults, callbackFaults}
	for _, c := range served {
		all = append(all, outageFaults(c))
	}
	return all
}()

// fault is one planned fault.
type fault struct {
	sequence sequence
	name     string
	// at is when it begins, after the start of the run; a fault waits for the end of the one before it in its sequence.
	at, lasts time.Duration

	target       *operation   // of a worker kill: the operation whose request is then at the carrier, nil for any
	networkFault networkFault // of a network fault
	outage       sandbox.Rule // of a carrier's outage
}

// outages are the ways in which a whole carrier can fail.
var outages = []string{"down", "refusing"}

// faultLog records the faults that were injected.
type faultLog struct {
	mu      sync.Mutex
	count   map[string]int
	outages []outage
	// starts is when workers were started, disturbed when the network to the carriers was.
	starts, disturbed []span
}

func newFaultLog() *faultLog { return &faultLog{count: map[string]int{}} }

func (t *faultLog) add(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[name]++
}

func (t *faultLog) addOutage(o outage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outages = append(t.outages, o)
}

// addSpan records something that began at a time and has ended now.
func (t *faultLog) addSpan(spans *[]span, began time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*spans = append(*spans, span{began, time.Now()})
}

// injectAll injects all faults and returns when the last one has ended.
func (sys *system) injectAll(ctx context.Context, p plan, began time.Time) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, l := range sequences {
		running.Go(func() {
			for _, f := range p.faults {
				if f.sequence != l || !pause(ctx, time.Until(began.Add(f.at))) {
					continue
				}
				if err := sys.inject(ctx, f, p); err != nil {
					cancel(fmt.Errorf("%s: %w", f.name, err))
				}
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

// inject injects one fault, and undoes it.
func (sys *system) inject(ctx context.Context, f fault, p plan) error {
	sys.faultLog.add(f.name)
	switch f.sequence {
	case workerFaults:
		if f.target != nil {
			return sys.killWhileRecorded(ctx, *f.target)
		}
		return sys.killWorker(ctx, f.lasts/4)
	case temporalFaults:
		sys.Server.Kill()
		pause(ctx, f.lasts/2)
		return sys.RestartServer()
	case networkFaults:
		return sys.injectNetworkFault(ctx, f.networkFault, f.lasts)
	case callbackFaults:
		return sys.sendForeignCallback(ctx, p, f.at)
	default:
		return sys.injectOutage(ctx, f.outage, f.lasts)
	}
}

func (sys *system) killWorker(ctx context.Context, down time.Duration) error {
	sys.Worker.Kill()
	pause(ctx, down)
	return sys.startWorker()
}

// killWhileRecorded starts an operation and kills the worker while the carrier, which has recorded it, delays its answer.
func (sys *system) killWhileRecorded(ctx context.Context, op operation) error {
	stall := sandbox.Rule{Carrier: kinds[op.kind].Carrier(), Line: op.line, Scenario: "stall-after-recording"}
	if err := sys.Direct(stall); err != nil {
		return err
	}
	if err := sys.start(ctx, op); err != nil {
		return err
	}
	// Another fault may delay the request, or prevent it where it cannot be repeated. Then the worker is killed at another
	// moment, which the report shows.
	for until := time.Now().Add(15 * time.Second); time.Now().Before(until); {
		entries, err := sys.Ledger(string(stall.Carrier), "", op.line)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(entries, func(e sandbox.Entry) bool { return e.Recorded && e.Answered == "held" }) {
			sys.Worker.Kill()
			sys.faultLog.add("… and the carrier was holding the answer")
			break
		}
		if !pause(ctx, 10*time.Millisecond) {
			break
		}
	}
	sys.Worker.Kill()
	if err := errors.Join(sys.Undirect(stall), sys.Release()); err != nil {
		return err
	}
	return sys.startWorker()
}

// injectOutage makes a carrier fail for a while, and counts the requests that it gets in that time.
func (sys *system) injectOutage(ctx context.Context, r sandbox.Rule, lasts time.Duration) error {
	if err := sys.Direct(r); err != nil {
		return err
	}
	o, err := sys.countRequests(ctx, r.Carrier, lasts)
	if err == nil {
		sys.faultLog.addOutage(o)
	}
	return errors.Join(err, sys.Undirect(r))
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
