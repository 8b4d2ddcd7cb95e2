package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"path/filepath"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// world is the system under test: Temporal on a database file, the carriers, and a worker that reaches both of them
// through proxies. Each is a process of its own. The load and the judgement go around the proxies.
type world struct {
	*stack.Stack
	client                 client.Client
	toCarriers, toTemporal *toxiproxy.Proxy
	tally                  *tally
	manners                string           // see sandbox.Config
	naive                  bool             // see blind
	killed                 []*stack.Process // workers that are gone, for what they printed
}

// How the sandbox carriers behave. Every operation's own delay follows from these; see ownDelay.
const (
	decideAfter     = time.Second
	reviewFor       = 1500 * time.Millisecond
	lateEffectAfter = 2 * time.Second
	retryAfter      = time.Second
	// visibleWithin is how late carriers of other manners may show what they have recorded. The promise rests on settle
	// being longer than this and what the network adds: who looks sooner may find nothing of what is there.
	visibleWithin = time.Second
)

// newWorld starts everything; its files are kept in dir. A naive one is the control; see blind.
func newWorld(o options, dir string) (_ *world, err error) {
	w := &world{Stack: stack.New(o.binaries), tally: newTally(), manners: o.manners, naive: o.naive}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.stop())
		}
	}()
	if err := w.StartServer("--no-sandbox", "--db="+filepath.Join(dir, "temporal.db")); err != nil {
		return nil, err
	}
	err = w.StartSandbox(
		"SANDBOX_DECIDE_AFTER="+decideAfter.String(), "SANDBOX_REVIEW_FOR="+reviewFor.String(),
		"SANDBOX_LATE_EFFECT_AFTER="+lateEffectAfter.String(), "SANDBOX_RETRY_AFTER="+retryAfter.String(),
		"SANDBOX_CALLBACK_RETRY_UP_TO=2s", "SANDBOX_CALLBACK_TIMEOUT=3s",
		"SANDBOX_MANNERS="+o.manners, fmt.Sprintf("SANDBOX_MANNERS_SEED=%d", o.seed), "SANDBOX_VISIBLE_WITHIN="+visibleWithin.String(),
	)
	if err != nil {
		return nil, err
	}
	carriers, err := url.Parse(w.Carriers)
	if err != nil {
		return nil, err
	}
	if w.toCarriers, err = newProxy("the carriers", carriers.Host); err != nil {
		return nil, err
	}
	if w.toTemporal, err = newProxy("Temporal", w.Temporal); err != nil {
		return nil, err
	}
	if err := w.startWorker(); err != nil {
		return nil, err
	}
	w.client, err = client.Dial(client.Options{HostPort: w.Temporal, Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err == nil && o.naive {
		err = w.blind()
	}
	return w, err
}

// startWorker starts a worker that knows its neighbours by the proxies' addresses.
func (w *world) startWorker() error {
	if w.Worker != nil {
		w.killed = append(w.killed, w.Worker)
	}
	defer w.tally.over(&w.tally.starts, time.Now())
	through := "http://" + w.toCarriers.Listen
	env := []string{
		"TEMPORAL_ADDRESS=" + w.toTemporal.Listen,
		"DISH_BASE_URL=" + through + "/dish", "STN_BASE_URL=" + through + "/stn", "MASMOVIL_BASE_URL=" + through + "/masmovil/v2",
		"MASMOVIL_FRAUD_REQUESTS_URL=" + through + "/masmovil/subscriptions/v1",
	}
	after := outageAfter
	if w.naive {
		after = math.MaxInt32 // never
	}
	for _, carrier := range []string{"DISH", "STN", "MASMOVIL"} {
		env = append(env, fmt.Sprintf("%s_OUTAGE_AFTER=%d", carrier, after), fmt.Sprintf("%s_PROBE_EVERY=%s", carrier, probeEvery))
	}
	return w.StartWorker(env...)
}

// blind lets the carriers deny requests that they have recorded when they are asked before one is sent again. It makes
// the product as naive as one that never asks: the control that shows this harness can fail. A naive worker does not
// notice outages either.
func (w *world) blind() error {
	for _, r := range blindfolds {
		if err := w.Direct(r); err != nil {
			return err
		}
	}
	return nil
}

var blindfolds = []sandbox.Rule{
	{Carrier: carriers.DISH, Operation: "transaction", Scenario: "forgetful"},
	{Carrier: carriers.STN, Operation: "query-activation", Scenario: "forgetful"},
}

// stop ends everything. How cleanly a worker stops is not this harness's matter.
func (w *world) stop() error {
	if w.client != nil {
		w.client.Close()
	}
	for _, p := range []*stack.Process{w.Worker, w.Server, w.Sandbox} {
		if p != nil {
			p.Kill()
		}
	}
	for _, p := range []*toxiproxy.Proxy{w.toCarriers, w.toTemporal} {
		if p != nil {
			p.Stop()
		}
	}
	return nil
}

// within gives a call to Temporal, which may be dead at the moment, a bounded time.
func within(ctx context.Context, d time.Duration, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return call(ctx)
}
