package service

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/version"
)

// telemetry is the worker's metrics in the format of Prometheus: those of the SDK, of callbacks, of outages and of checks.
type telemetry struct {
	handler   client.MetricsHandler
	page      http.Handler
	provider  *sdkmetric.MeterProvider
	callbacks metric.Int64Counter
	open      metric.Int64UpDownCounter
	lag       metric.Float64Histogram
}

func newTelemetry() (*telemetry, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(buildInfo())
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("setting up metrics: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
	meter := provider.Meter("carrierflow")
	callbacks, err := meter.Int64Counter("carrierflow_callbacks",
		metric.WithDescription("Callbacks received, by carrier and result."))
	if err != nil {
		return nil, fmt.Errorf("setting up metrics: %w", err)
	}
	open, err := meter.Int64UpDownCounter("carrierflow_carrier_open",
		metric.WithDescription("APIs of a carrier that do not answer, so that calls to them are held back (open circuit breakers)."))
	if err != nil {
		return nil, fmt.Errorf("setting up metrics: %w", err)
	}
	lag, err := meter.Float64Histogram("carrierflow_check_lag", metric.WithUnit("s"),
		metric.WithDescription("How long a check waited to be started after it was due, by carrier."),
		metric.WithExplicitBucketBoundaries(0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600))
	if err != nil {
		return nil, fmt.Errorf("setting up metrics: %w", err)
	}
	return &telemetry{
		handler:   opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{Meter: meter, UseMonotonicCounters: true}),
		page:      promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		provider:  provider,
		callbacks: callbacks,
		open:      open,
		lag:       lag,
	}, nil
}

// buildInfo is a metric whose value is always 1 and whose labels name the build.
func buildInfo() prometheus.Collector {
	build := version.Get()
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "carrierflow_build_info", Help: "The build of this worker, in the labels; the value is always 1.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "goversion": build.Go},
	}, func() float64 { return 1 })
}

// countCallback counts one callback by its result.
func (t *telemetry) countCallback(carrier, result string) {
	t.callbacks.Add(context.Background(), 1, metric.WithAttributes(attribute.String("carrier", carrier), attribute.String("result", result)))
}

// countOutages returns the function that a carrier's clients report outages to. The metric exists from the start, as 0, so
// that an alert can distinguish "no outage" from "no worker".
func (t *telemetry) countOutages(c carriers.Carrier) func(began bool) {
	carrier := metric.WithAttributes(attribute.String("carrier", string(c)))
	t.open.Add(context.Background(), 0, carrier)
	return func(began bool) {
		change := int64(-1)
		if began {
			change = 1
		}
		t.open.Add(context.Background(), change, carrier)
	}
}

func (t *telemetry) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // nothing is pushed, so nothing can be lost
}
