package metrics

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// mostLabels is the largest number of labels of a metric.
const mostLabels = 5

// values are the values of a metric's labels, in their order. As an array they are a key without an allocation.
type values [mostLabels]string

func valuesOf(of []string) (v values) {
	copy(v[:], of)
	return v
}

// kept are the options of one metric by the values of its labels. OpenTelemetry makes a set of attributes for each call otherwise.
type kept[O any] struct {
	labels []string
	wrap   func(metric.MeasurementOption) O

	mu  sync.RWMutex
	all map[values][]O
}

func (k *kept[O]) of(v values) []O {
	k.mu.RLock()
	options, found := k.all[v]
	k.mu.RUnlock()
	if found {
		return options
	}
	options = []O{k.wrap(metric.WithAttributeSet(setOf(k.labels, v)))}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[values][]O{}
	}
	k.all[v] = options
	return options
}

func setOf(labels []string, v values) attribute.Set {
	attributes := make([]attribute.KeyValue, len(labels))
	for i, label := range labels {
		attributes[i] = attribute.String(label, v[i])
	}
	return attribute.NewSet(attributes...)
}

// counter counts. The zero value of a series can be made with add(0, …), so that its first increase is seen as one.
type counter struct {
	made metric.Float64Counter
	kept kept[metric.AddOption]
}

func (c *counter) add(n float64, labels ...string) {
	c.made.Add(context.Background(), n, c.kept.of(valuesOf(labels))...)
}

// level goes up and down.
type level struct {
	made metric.Int64UpDownCounter
	kept kept[metric.AddOption]
}

func (l *level) add(n int64, labels ...string) {
	l.made.Add(context.Background(), n, l.kept.of(valuesOf(labels))...)
}

// histogram counts times.
type histogram struct {
	made metric.Float64Histogram
	kept kept[metric.RecordOption]
}

func (h *histogram) record(d time.Duration, labels ...string) {
	h.made.Record(context.Background(), d.Seconds(), h.kept.of(valuesOf(labels))...)
}

// maker makes the instruments, and keeps the first error.
type maker struct {
	meter metric.Meter
	err   error
}

func (m *maker) note(err error) {
	if err != nil && m.err == nil {
		m.err = fmt.Errorf("setting up metrics: %w", err)
	}
}

// The exporter appends _total to the names of counters, and the unit.
func instrumentName(of Metric) (name, unit string) {
	name = strings.TrimSuffix(of.Name, "_total")
	if shorter, is := strings.CutSuffix(name, "_seconds"); is {
		return shorter, "s"
	}
	return name, ""
}

func (m *maker) counter(of Metric) *counter {
	name, unit := instrumentName(of)
	made, err := m.meter.Float64Counter(name, metric.WithDescription(of.Help), metric.WithUnit(unit))
	m.note(err)
	return &counter{made, kept[metric.AddOption]{labels: of.Labels, wrap: func(o metric.MeasurementOption) metric.AddOption { return o }}}
}

func (m *maker) level(of Metric) *level {
	name, unit := instrumentName(of)
	made, err := m.meter.Int64UpDownCounter(name, metric.WithDescription(of.Help), metric.WithUnit(unit))
	m.note(err)
	return &level{made, kept[metric.AddOption]{labels: of.Labels, wrap: func(o metric.MeasurementOption) metric.AddOption { return o }}}
}

func (m *maker) histogram(of Metric) *histogram {
	name, unit := instrumentName(of)
	made, err := m.meter.Float64Histogram(name, metric.WithDescription(of.Help), metric.WithUnit(unit), metric.WithExplicitBucketBoundaries(of.buckets...))
	m.note(err)
	return &histogram{made, kept[metric.RecordOption]{labels: of.Labels, wrap: func(o metric.MeasurementOption) metric.RecordOption { return o }}}
}

// gauge is a metric that is read when somebody asks for the page.
func (m *maker) gauge(of Metric, read func(show func(value float64, labels ...string))) {
	name, unit := instrumentName(of)
	_, err := m.meter.Float64ObservableGauge(name, metric.WithDescription(of.Help), metric.WithUnit(unit),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			read(func(value float64, labels ...string) {
				o.Observe(value, metric.WithAttributeSet(setOf(of.Labels, valuesOf(labels))))
			})
			return nil
		}))
	m.note(err)
}
