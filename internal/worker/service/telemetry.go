package service

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/tracing"
	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/internal/worker/callback"
	"github.com/carrierflow/carrierflow/internal/worker/metrics"
)

// telemetry is the worker's metrics in the format of Prometheus, those of the SDK and our own, and its traces.
type telemetry struct {
	*metrics.Metrics
	traces   *tracing.Tracing
	handler  client.MetricsHandler
	page     http.Handler
	provider *sdkmetric.MeterProvider
}

func newTelemetry() (*telemetry, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(buildInfo())
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("setting up metrics: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithView(sdkTimes))
	meter := provider.Meter("carrierflow")
	ours, err := metrics.New(meter)
	if err != nil {
		return nil, err
	}
	return &telemetry{
		Metrics:  ours,
		handler:  opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{Meter: meter, UseMonotonicCounters: true}),
		page:     promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		provider: provider,
	}, nil
}

// sdkTimes gives the SDK's times buckets for seconds. Its own, from 5 to 10,000, are for milliseconds.
var sdkTimes = sdkmetric.NewView(
	sdkmetric.Instrument{Name: "temporal_*", Kind: sdkmetric.InstrumentKindHistogram},
	sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30, 60, 300}}},
)

// buildInfo is a metric whose value is always 1 and whose labels name the build.
func buildInfo() prometheus.Collector {
	build, of := version.Get(), metrics.BuildInfo()
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: of.Name, Help: of.Help,
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "goversion": build.Go},
	}, func() float64 { return 1 })
}

// begin makes the series of a carrier that this worker serves.
func (t *telemetry) begin(a carriers.Adapter) {
	var results []string
	if a.CallsBack() {
		results = callback.Results()
	}
	t.Begin(a, results)
}

// countEvery is how often the figures of the operations are counted at Temporal. Each worker does, so that none depends on another.
const countEvery = 30 * time.Second

// countOperations keeps the figures of the operations up to date until ctx ends.
func (s *served) countOperations(ctx context.Context, t *telemetry, temporal metrics.CountClient, namespace string, log *zap.Logger) {
	isServed := func(c carriers.Carrier) bool {
		return slices.ContainsFunc(s.carriers, func(one connected) bool { return one.Carrier == c })
	}
	due := time.NewTicker(countEvery)
	defer due.Stop()
	for {
		within, stop := context.WithTimeout(ctx, countEvery)
		if err := t.Counts.Count(within, temporal, namespace, registry.Carriers(), isServed); err != nil {
			log.Debug("the figures of the operations are not up to date", zap.Error(err))
		}
		stop()
		select {
		case <-ctx.Done():
			return
		case <-due.C:
		}
	}
}

func (t *telemetry) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // nothing is pushed, so nothing can be lost
}
