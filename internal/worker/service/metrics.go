package service

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"go.temporal.io/sdk/client"
)

const (
	// mostTags is how many tags at once are looked up among those that are kept; the SDK gives at most four.
	mostTags = 8
	// mostKept bounds what is kept for one handler (ours). Tags contain names of workflow types, which whoever starts a
	// workflow chooses; the metrics themselves are bounded by the OpenTelemetry SDK, at 2,000 for one name.
	mostKept = 1000
)

// keptMetrics is a metrics handler that keeps what another handler makes. The SDK asks for handlers and instruments anew for
// every call and every task, always with the same few tags, and OpenTelemetry makes a new set of attributes each time.
type keptMetrics struct {
	made     client.MetricsHandler
	tagged   kept[client.MetricsHandler]
	counters kept[client.MetricsCounter]
	gauges   kept[client.MetricsGauge]
	timers   kept[client.MetricsTimer]
}

// keepMetrics keeps what a handler makes.
func keepMetrics(handler client.MetricsHandler) *keptMetrics { return &keptMetrics{made: handler} }

// Unwrap returns the handler that makes the metrics.
func (h *keptMetrics) Unwrap() client.MetricsHandler { return h.made }

func (h *keptMetrics) WithTags(tags map[string]string) client.MetricsHandler {
	if len(tags) > mostTags {
		return keepMetrics(h.made.WithTags(tags))
	}
	var room [256]byte
	key := appendTags(room[:0], tags)
	if handler, found := h.tagged.all()[string(key)]; found {
		return handler
	}
	return h.tagged.keep(string(key), func() client.MetricsHandler { return keepMetrics(h.made.WithTags(tags)) })
}

// appendTags appends what is the same for equal tags only: names and values in the order of the names, each after its length.
func appendTags(key []byte, tags map[string]string) []byte {
	var room [mostTags]string
	names := room[:0]
	for name := range tags {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, text := range []string{name, tags[name]} {
			key = append(binary.AppendUvarint(key, uint64(len(text))), text...)
		}
	}
	return key
}

func (h *keptMetrics) Counter(name string) client.MetricsCounter {
	if counter, found := h.counters.all()[name]; found {
		return counter
	}
	return h.counters.keep(name, func() client.MetricsCounter { return h.made.Counter(name) })
}

func (h *keptMetrics) Gauge(name string) client.MetricsGauge {
	if gauge, found := h.gauges.all()[name]; found {
		return gauge
	}
	return h.gauges.keep(name, func() client.MetricsGauge { return h.made.Gauge(name) })
}

func (h *keptMetrics) Timer(name string) client.MetricsTimer {
	if timer, found := h.timers.all()[name]; found {
		return timer
	}
	return h.timers.keep(name, func() client.MetricsTimer { return h.made.Timer(name) })
}

// kept are things by their names. They are read without a lock; to add one replaces the map, which is rare.
type kept[T any] struct {
	now    atomic.Pointer[map[string]T]
	adding sync.Mutex
}

// all is what is kept, not to be changed.
func (k *kept[T]) all() map[string]T {
	if now := k.now.Load(); now != nil {
		return *now
	}
	return nil
}

// keep makes one and keeps it, unless it is there by now, or there are too many.
func (k *kept[T]) keep(name string, made func() T) T {
	k.adding.Lock()
	defer k.adding.Unlock()
	all := k.all()
	if one, found := all[name]; found {
		return one
	}
	one := made()
	if len(all) >= mostKept {
		return one
	}
	more := maps.Clone(all)
	if more == nil {
		more = map[string]T{}
	}
	more[name] = one
	k.now.Store(&more)
	return one
}
