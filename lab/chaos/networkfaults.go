package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// networkFault is a fault of the network between the worker and Temporal or the carriers. Its text is a toxic for Toxiproxy's API.
type networkFault struct {
	name       string
	toTemporal bool
	text       string
}

// networkFaultKinds are all network faults. Requests to a carrier are delayed by less than the look-up delay, and what the
// carrier records late is visible before it ends: a request that arrives after a look-up would be sent twice by any client.
var networkFaultKinds = []networkFault{
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
	zerolog.SetGlobalLevel(zerolog.Disabled) // Toxiproxy also logs through a global logger
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, name, "127.0.0.1:0", upstream)
	if err := proxy.Start(); err != nil {
		return nil, fmt.Errorf("starting the proxy to %s: %w", name, err)
	}
	return proxy, nil
}

// injectNetworkFault disturbs the network for a while.
func (sys *system) injectNetworkFault(ctx context.Context, t networkFault, lasts time.Duration) error {
	proxy := sys.toTemporal
	if !t.toTemporal {
		proxy = sys.toCarriers
		defer sys.faultLog.addSpan(&sys.faultLog.disturbed, time.Now())
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
		return fmt.Errorf("the proxy did not remove %s", t.name)
	}
}
