package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// system is the system under test: Temporal on a database file, the carriers, and a worker that reaches both of them
// through proxies. Each is a process of its own. The load and the judgement do not use the proxies.
type system struct {
	*stack.Stack
	client                 client.Client
	toCarriers, toTemporal *toxiproxy.Proxy
	faultLog               *faultLog
	manners                string           // see sandbox.Config
	naive                  bool             // see denyRecorded
	killed                 []*stack.Process // killed workers, for their output
}

// The settings of the sandbox carriers. ownDelay follows from them.
const (
	decideAfter     = time.Second
	reviewFor       = 1500 * time.Millisecond
	lateEffectAfter = 2 * time.Second
	retryAfter      = time.Second
	// visibleWithin is how late carriers of other manners may show what they have recorded. lookupDelay must be longer than
	// this and the network latency: an earlier look-up may not find what is there.
	visibleWithin = time.Second
)

// newSystem starts everything; its files are kept in dir. A naive system is the control; see denyRecorded.
func newSystem(o options, dir string) (_ *system, err error) {
	sys := &system{Stack: stack.New(o.binaries), faultLog: newFaultLog(), manners: o.manners, naive: o.naive}
	defer func() {
		if err != nil {
			err = errors.Join(err, sys.stop())
		}
	}()
	if err := sys.StartServer("--no-sandbox", "--db="+filepath.Join(dir, "temporal.db")); err != nil {
		return nil, err
	}
	err = sys.StartSandbox(
		"SANDBOX_DECIDE_AFTER="+decideAfter.String(), "SANDBOX_REVIEW_FOR="+reviewFor.String(),
		"SANDBOX_LATE_EFFECT_AFTER="+lateEffectAfter.String(), "SANDBOX_RETRY_AFTER="+retryAfter.String(),
		"SANDBOX_CALLBACK_RETRY_UP_TO=2s", "SANDBOX_CALLBACK_TIMEOUT=3s",
		"SANDBOX_MANNERS="+o.manners, fmt.Sprintf("SANDBOX_MANNERS_SEED=%d", o.seed), "SANDBOX_VISIBLE_WITHIN="+visibleWithin.String(),
	)
	if err != nil {
		return nil, err
	}
	carriers, err := url.Parse(sys.Carriers)
	if err != nil {
		return nil, err
	}
	if sys.toCarriers, err = newProxy("the carriers", carriers.Host); err != nil {
		return nil, err
	}
	if sys.toTemporal, err = newProxy("Temporal", sys.Temporal); err != nil {
		return nil, err
	}
	if err := sys.startWorker(); err != nil {
		return nil, err
	}
	sys.client, err = client.Dial(client.Options{HostPort: sys.Temporal, Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err == nil && o.naive {
		err = sys.denyRecorded()
	}
	return sys, err
}

// startWorker starts a worker that uses the proxies' addresses.
func (sys *system) startWorker() error {
	if sys.Worker != nil {
		sys.killed = append(sys.killed, sys.Worker)
	}
	defer sys.faultLog.addSpan(&sys.faultLog.starts, time.Now())
	through := "http://" + sys.toCarriers.Listen
	env := append(sys.CarriersEnv(through), "TEMPORAL_ADDRESS="+sys.toTemporal.Listen, "STN_SWEEP=true", "STN_SWEEP_EVERY=2s")
	after := outageAfter
	if sys.naive {
		after = math.MaxInt32 // never
	}
	for _, c := range served {
		carrier := strings.ToUpper(string(c))
		env = append(env, fmt.Sprintf("%s_OUTAGE_AFTER=%d", carrier, after), fmt.Sprintf("%s_PROBE_EVERY=%s", carrier, probeEvery))
	}
	return sys.StartWorker(env...)
}

// forgetful is the scenario of the sandbox in which a look-up denies what was recorded.
const forgetful = "forgetful"

// denyRecorded makes the carriers' look-ups deny recorded requests. The product then behaves like one that never looks up:
// the control that shows that this harness can fail. The worker of a naive system does not detect outages either.
func (sys *system) denyRecorded() error {
	for _, c := range played {
		for _, o := range c.Operations {
			if o.Kind != sandbox.KindLookUp {
				continue
			}
			if err := sys.Direct(sandbox.Rule{Carrier: c.Name, Operation: o.Name, Scenario: forgetful}); err != nil {
				return err
			}
		}
	}
	return nil
}

// stop ends everything. Whether a worker stops cleanly is not tested here.
func (sys *system) stop() error {
	if sys.client != nil {
		sys.client.Close()
	}
	for _, p := range []*stack.Process{sys.Worker, sys.Server, sys.Sandbox} {
		if p != nil {
			p.Kill()
		}
	}
	for _, p := range []*toxiproxy.Proxy{sys.toCarriers, sys.toTemporal} {
		if p != nil {
			p.Stop()
		}
	}
	return nil
}

// within bounds the time of a call to Temporal, which may be down.
func within(ctx context.Context, d time.Duration, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return call(ctx)
}
