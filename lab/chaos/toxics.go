package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// toxic is a network fault between the worker and one of its two neighbours. Its text is what Toxiproxy's API takes.
type toxic struct {
	name       string
	toTemporal bool
	text       string
}

// toxics are all network faults. What travels towards a carrier is delayed by less than the time a request with a lost
// answer is left alone ("settle"), and by so much less that what is recorded late is visible by then: a request that arrives after it was looked up would be sent twice by anybody.
var toxics = []toxic{
	{name: "carriers: latency", text: `{"type":"latency","stream":"upstream","attributes":{"latency":300,"jitter":200}}`},
	{name: "carriers: no answer", text: `{"type":"timeout","stream":"downstream","attributes":{"timeout":5000}}`},
	{name: "carriers: reset before recording", text: `{"type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}`},
	{name: "carriers: reset after recording", text: `{"type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`},
	{name: "carriers: slow bytes", text: `{"type":"slicer","stream":"downstream","attributes":{"average_size":4,"size_variation":2,"delay":50000}}`},
	{name: "carriers: cut body", text: `{"type":"limit_data","stream":"downstream","attributes":{"bytes":150}}`},
	{name: "Temporal: latency", toTemporal: true, text: `{"type":"latency","stream":"upstream","attributes":{"latency":300,"jitter":200}}`},
	{name: "Temporal: no answer", toTemporal: true, text: `{"type":"timeout","stream":"downstream","attributes":{"timeout":5000}}`},
	{name: "Temporal: reset", toTemporal: true, text: `{"type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`},
	{name: "Temporal: slow bytes", toTemporal: true, text: `{"type":"bandwidth","stream":"downstream","attributes":{"rate":8}}`},
	{name: "Temporal: cut answer", toTemporal: true, text: `{"type":"limit_data","stream":"downstream","attributes":{"bytes":2000}}`},
}

// newProxy starts a proxy on a free port.
func newProxy(name, upstream string) (*toxiproxy.Proxy, error) {
	zerolog.SetGlobalLevel(zerolog.Disabled) // Toxiproxy logs through a global logger besides the one it is given
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, name, "127.0.0.1:0", upstream)
	if err := proxy.Start(); err != nil {
		return nil, fmt.Errorf("starting the proxy to %s: %w", name, err)
	}
	return proxy, nil
}

// poison disturbs the network for a while.
func (w *world) poison(ctx context.Context, t toxic, lasts time.Duration) error {
	proxy := w.toTemporal
	if !t.toTemporal {
		proxy = w.toCarriers
		defer w.tally.over(&w.tally.disturbed, time.Now())
	}
	added, err := proxy.Toxics.AddToxicJson(strings.NewReader(t.text))
	if err != nil {
		return err
	}
	pause(ctx, lasts)
	removed := make(chan error, 1)
	go func() { removed <- proxy.Toxics.RemoveToxic(context.WithoutCancel(ctx), added.Name) }()
	select {
	case err := <-removed:
		return err
	case <-time.After(20 * time.Second):
		return fmt.Errorf("the proxy does not let go of %s", t.name)
	}
}
