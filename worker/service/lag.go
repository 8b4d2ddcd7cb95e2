package service

import (
	"context"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// The checks of a carrier come late when in every lagSlice of a time lagSlices as long one of them, or an activity that goes before
// them, has waited for its turn for longer than lateAfter. They are on time again when for as long none has. See docs/scaling.md.
const (
	lateAfter = 30 * time.Second
	lagSlice  = 10 * time.Second
	lagSlices = 6
)

// scheduleToStart is the SDK's metric of the time from when an attempt of an activity was due to when a worker got it.
const scheduleToStart = "temporal_activity_schedule_to_start_latency"

// lags watches how long the checks of the carriers wait for their turn, and says so when that is too long.
type lags struct {
	byQueue map[string]*lag
	log     *zap.Logger
}

// lag is how long the checks of one carrier wait for their turn.
type lag struct {
	carrier   carriers.Carrier
	perSecond float64
	record    func(time.Duration)

	mu sync.Mutex
	// longest is the longest wait in the current slice of time, seen whether there was any.
	longest time.Duration
	seen    bool
	// late tells that the last that was said is that the checks come late; against counts the slices in a row that
	// contradict what was said last, and silent those without an activity.
	late            bool
	against, silent int
}

func newLags(telemetry *telemetry, sets []limited, log *zap.Logger) *lags {
	l := &lags{byQueue: map[string]*lag{}, log: log}
	for _, set := range sets {
		carrier := metric.WithAttributes(attribute.String("carrier", string(set.Carrier())))
		l.byQueue[activities.TaskQueue(set.Carrier())] = &lag{
			carrier: set.Carrier(), perSecond: set.perSecond,
			record: func(waited time.Duration) { telemetry.lag.Record(context.Background(), waited.Seconds(), carrier) },
		}
	}
	return l
}

// observe takes note of how long one activity has waited. Only checks are in the metric, but whatever waits for long tells that
// checks do: when the others alone are more than the rate limit lets through, no check comes at all.
func (l *lag) observe(activity string, waited time.Duration) {
	if activities.IsCheck(activity) {
		l.record(max(waited, 0))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.longest, l.seen = max(l.longest, waited), true
}

// turn ends a slice of time. It returns the longest wait in it, and whether there is something new to say: the checks come
// late, or are on time again.
func (l *lag) turn() (longest time.Duration, late, news bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	longest, seen := l.longest, l.seen
	l.longest, l.seen = 0, false
	switch {
	case !seen: // this says nothing; after a while what was seen before is too old to go on with
		if l.silent++; l.silent >= lagSlices {
			l.against = 0
		}
		return longest, l.late, false
	case (longest > lateAfter) == l.late:
		l.against = 0
	default:
		l.against++
	}
	l.silent = 0
	if l.against < lagSlices {
		return longest, l.late, false
	}
	l.late, l.against = !l.late, 0
	return longest, l.late, true
}

// watch says when the checks of a carrier come late and when that is over, until ctx ends.
func (l *lags) watch(ctx context.Context) {
	slices := time.NewTicker(lagSlice)
	defer slices.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-slices.C:
		}
		for _, one := range l.byQueue {
			longest, late, news := one.turn()
			if news {
				l.say(one, longest, late)
			}
		}
	}
}

func (l *lags) say(one *lag, longest time.Duration, late bool) {
	name := one.carrier.Name()
	if !late {
		l.log.Info("the checks of "+name+" are on time again", zap.String("carrier", string(one.carrier)), zap.Duration("longest wait", longest))
		return
	}
	setting := strings.ToUpper(string(one.carrier)) + "_PER_SECOND"
	l.log.Warn("the checks of "+name+" come late: more are due than its rate limit lets through, or than this worker gets done",
		zap.String("carrier", string(one.carrier)), zap.Duration("longest wait", longest), zap.Float64("per second", one.perSecond),
		zap.String("to do", "raise "+setting+" if the carrier allows more, or let operations ask less often (timings.pollEvery); docs/scaling.md has the formula"))
}

// lagHandler is a metrics handler that tells the lags what the SDK measures of the carriers' activities.
type lagHandler struct {
	client.MetricsHandler
	lags *lags
	// queue and activity are the tags of these names.
	queue, activity string
}

// Unwrap returns the handler that gets the metrics.
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
	one := h.lags.byQueue[h.queue]
	if name != scheduleToStart || one == nil {
		return timer
	}
	return timerFunc(func(d time.Duration) {
		timer.Record(d)
		one.observe(h.activity, d)
	})
}

// timerFunc is a timer of one function.
type timerFunc func(time.Duration)

func (f timerFunc) Record(d time.Duration) { f(d) }
