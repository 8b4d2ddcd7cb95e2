package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
)

const (
	// startEvery is the time between two starts.
	startEvery = 250 * time.Millisecond
	// held is how many requests the carriers record and do not answer around the time when the worker is killed. It is killed when
	// half of them are out at once. Both workers send some of them.
	held = 8
	// stall is the scenario of the sandbox in which a request is recorded and its answer held back.
	stall = "stall-after-recording"
)

// show is the run of a demonstration.
type show struct {
	*system
	operations []*operation
	underWay   atomic.Int64
	began      time.Time
	out        io.Writer

	waiting sync.WaitGroup
	mu      sync.Mutex
	err     error // of an operation that is waited for
}

// run starts the system, breaks it under load, and reports.
func run(ctx context.Context, o options, out io.Writer) (_ report, err error) {
	begun := time.Now()
	sys, err := newSystem(ctx, o)
	if err != nil {
		return report{}, err
	}
	defer func() { err = errors.Join(err, sys.stop()) }()
	ctx, cancel := context.WithTimeout(ctx, stack.Patience+time.Duration(o.operations)*startEvery)
	defer cancel()
	s := &show{system: sys, operations: newOperations(o.operations), began: time.Now(), out: out}
	r := report{operations: s.operations, workers: [2]string{identity(sys.workers[0]), identity(sys.workers[1])}}
	fmt.Fprintf(out, "PostgreSQL %s, and a Temporal server on it, are ready after %s; two workers, processes %d and %d.\n",
		sys.database.Version, time.Since(begun).Round(time.Second), sys.workers[0].Worker.PID(), sys.workers[1].Worker.PID())

	// A third runs before the worker is killed, a third before the database crashes, and a third after it.
	third := (o.operations - held) / 3
	err = s.start(ctx, s.operations[:third])
	if err == nil {
		err = s.killWorker(ctx, s.operations[third:third+held])
	}
	if err == nil {
		err = s.start(ctx, s.operations[third+held:2*third+held])
	}
	if err == nil {
		err = s.crashDatabase(ctx, s.operations[2*third+held:])
	}
	s.waiting.Wait()
	if err = errors.Join(err, s.err); err != nil {
		return r, err
	}
	if ctx.Err() == nil {
		s.say("the last operation has ended")
	} else {
		s.say("the time is over")
	}
	lines, err := sys.LedgerByLine()
	for _, op := range s.operations {
		op.at = lines[stack.LineAt(op.subject.Carrier(), op.line)]
	}
	r.took = time.Since(s.began)
	return r, err
}

// start starts operations at the pace of the run.
func (s *show) start(ctx context.Context, operations []*operation) error {
	pace := time.NewTicker(startEvery)
	defer pace.Stop()
	for _, op := range operations {
		if err := s.begin(ctx, op); err != nil {
			return err
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// begin starts one operation, and waits for its outcome in the background.
func (s *show) begin(ctx context.Context, op *operation) error {
	if err := op.start(ctx, s.system); err != nil {
		return err
	}
	s.underWay.Add(1)
	s.waiting.Go(func() {
		defer s.underWay.Add(-1)
		// One that has no outcome when the time is over is reported as lost.
		if err := op.await(ctx, s.system); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.err = errors.Join(s.err, err)
		}
	})
	return nil
}

// killWorker starts operations, and kills the first worker while the carriers have recorded their requests and not answered.
func (s *show) killWorker(ctx context.Context, operations []*operation) error {
	rules := make([]sandbox.Rule, len(operations))
	for i, op := range operations {
		rules[i] = sandbox.Rule{Carrier: op.subject.Carrier(), Line: op.line, Scenario: stall}
		if err := s.Direct(rules[i]); err != nil {
			return err
		}
	}
	var beginning errgroup.Group // at once, because the workers do not wait long for an answer
	for _, op := range operations {
		beginning.Go(func() error { return s.begin(ctx, op) })
	}
	if err := beginning.Wait(); err != nil {
		return err
	}
	var recorded, unanswered int
	err := stack.Until(ctx, "the carriers have requests that they have not answered", 10*time.Millisecond, func() (bool, error) {
		entries, err := s.Ledger("", "", "")
		recorded, unanswered = 0, 0
		for _, e := range entries {
			if e.Recorded && slices.ContainsFunc(operations, func(op *operation) bool { return op.subject.Carrier() == e.Carrier && op.line == e.Line }) {
				recorded++
				if e.Answered == "held" {
					unanswered++
				}
			}
		}
		return unanswered >= held/2 || recorded == held, err
	})
	if err != nil {
		return err
	}
	s.say("worker %d is killed (SIGKILL) with %d operations under way; of %d the carriers have the request and have not answered",
		s.workers[0].Worker.PID(), s.underWay.Load(), unanswered)
	s.workers[0].Worker.Kill()
	for _, rule := range rules {
		err = errors.Join(err, s.Undirect(rule))
	}
	return errors.Join(err, s.Release())
}

// crashDatabase crashes the database while operations are started.
func (s *show) crashDatabase(ctx context.Context, operations []*operation) error {
	s.say("PostgreSQL is crashed (pg_ctl restart --mode=immediate) with %d operations under way", s.underWay.Load())
	crashed := make(chan error, 1)
	go func() {
		begun := time.Now()
		err := s.database.Crash()
		if err == nil {
			s.say("PostgreSQL takes connections again, after %s", time.Since(begun).Round(100*time.Millisecond))
		}
		crashed <- err
	}()
	return errors.Join(s.start(ctx, operations), <-crashed)
}

// say prints what has happened, with the time since the first start.
func (s *show) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "%6.1fs  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}
