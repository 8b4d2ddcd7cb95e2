package service

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// The checks of a carrier are late when in each of lagSlices consecutive slices of lagSlice one of them, or an activity
// with a higher priority, waited longer than lateAfter to be started. They are on time again when in as many slices none
// did. See docs/scaling.md.
const (
	lateAfter = 30 * time.Second
	lagSlice  = 10 * time.Second
	lagSlices = 6
)

// scheduleToStart is the SDK's metric of the time from when an attempt of an activity was due to when a worker started it.
const scheduleToStart = "temporal_activity_schedule_to_start_latency"

// lagMonitor measures how long the checks of the carriers wait to be started, and logs when that is too long.
type lagMonitor struct {
	byQueue map[string]*lag
	log     *zap.Logger
}

// lag is how long the checks of one carrier wait to be started.
type lag struct {
	adapter   carriers.Adapter
	perSecond float64
	record    func(time.Duration)

	mu sync.Mutex
	// longest is the longest wait in the current slice, seen whether there was any.
	longest time.Duration
	seen    bool
	// late tells that the last log line said that the checks are late. contrary counts the consecutive slices that contradict it,
	// and empty those without an activity.
	late            bool
	contrary, empty int
}

func newLagMonitor(telemetry *telemetry, served []connected, log *zap.Logger) *lagMonitor {
	l := &lagMonitor{byQueue: map[string]*lag{}, log: log}
	for _, c := range served {
		l.byQueue[activities.TaskQueue(c.Carrier)] = &lag{
			adapter: c.Adapter, perSecond: c.Limits.PerSecond,
			record: func(waited time.Duration) { telemetry.CheckLate(c.Carrier, waited) },
		}
	}
	return l
}

// observe records how long one activity waited. The metric contains checks only, but any long wait means that they are late: when
// other activities exceed the rate limit, no check is started at all.
func (l *lag) observe(activity string, waited time.Duration) {
	if activities.IsCheck(activity) {
		l.record(waited)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.longest, l.seen = max(l.longest, waited), true
}

// endSlice ends a slice. It returns the longest wait in it, and whether the checks have become late or on time since the
// last log line.
func (l *lag) endSlice() (longest time.Duration, late, changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	longest, seen := l.longest, l.seen
	l.longest, l.seen = 0, false
	switch {
	case !seen: // no information; after lagSlices of these the slices before are too old to count
		if l.empty++; l.empty >= lagSlices {
			l.contrary = 0
		}
		return longest, l.late, false
	case (longest > lateAfter) == l.late:
		l.contrary = 0
	default:
		l.contrary++
	}
	l.empty = 0
	if l.contrary < lagSlices {
		return longest, l.late, false
	}
	l.late, l.contrary = !l.late, 0
	return longest, l.late, true
}

// watch logs when the checks of a carrier become late and when they are on time again, until ctx ends.
func (l *lagMonitor) watch(ctx context.Context) {
	slices := time.NewTicker(lagSlice)
	defer slices.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-slices.C:
		}
		for _, one := range l.byQueue {
			longest, late, changed := one.endSlice()
			if changed {
				l.logChange(one, longest, late)
			}
		}
	}
}

func (l *lagMonitor) logChange(one *lag, longest time.Duration, late bool) {
	name := one.adapter.Name
	if !late {
		l.log.Info("the checks of "+name+" are on time again", zap.String("carrier", string(one.adapter.Carrier)), zap.Duration("longest wait", longest))
		return
	}
	setting := one.adapter.EnvPrefix() + "PER_SECOND"
	l.log.Warn("the checks of "+name+" come late: more are due than its rate limit lets through, or than this worker gets done",
		zap.String("carrier", string(one.adapter.Carrier)), zap.Duration("longest wait", longest), zap.Float64("per second", one.perSecond),
		zap.String("to do", "raise "+setting+" if the carrier allows more, or let operations ask less often (timings.pollEvery); docs/scaling.md has the formula"))
}

// lagHandler is a metrics handler that passes the start latency of the carriers' activities to the lag monitor.
type lagHandler struct {
	client.MetricsHandler
	lagMonitor *lagMonitor
	// queue and activity are the tags of these names.
	queue, activity string
}

// Unwrap returns the handler that receives the metrics.
func (h lagHandler) Unwrap() client.MetricsHandler { return h.MetricsHandler }

func (h lagHandler) WithTags(tags map[string]string) client.MetricsHandler {
	h.MetricsHandler = h.MetricsHandler.WithTags(tags)
	if queue, ok := tags["task_queue"]; ok {
		h.queue = queue
	}
	if activity, ok := tags["activity_type"]; ok {
		h.activity = activity
	}
	return h
}

func (h lagHandler) Timer(name string) client.MetricsTimer {
	timer := h.MetricsHandler.Timer(name)
	one := h.lagMonitor.byQueue[h.queue]
	if name != scheduleToStart || one == nil {
		return timer
	}
	return timerFunc(func(d time.Duration) {
		timer.Record(d)
		one.observe(h.activity, d)
	})
}

// timerFunc is a function as a timer.
type timerFunc func(time.Duration)

func (f timerFunc) Record(d time.Duration) { f(d) }
