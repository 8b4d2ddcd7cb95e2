package metrics

import (
	"cmp"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/register"
)

// Metrics count what a worker does. It is the observer of its workflows, activities, sweeps and calls to carriers.
type Metrics struct {
	ended                         *counter
	acknowledged, decided         *histogram
	turns                         *level
	turnWait                      *histogram
	checks, paceWanted, paceGiven *counter
	lag                           *histogram
	lookUps, sentAgain            *counter
	requests, refused             *counter
	latency                       *histogram
	open                          *level
	callbacks                     *counter
	pages, told, failures         *counter

	// Counts are the figures of the operations.
	Counts Counts

	sweeps sweepTimes
	ready  func() bool
}

var (
	_ register.Observer        = (*Metrics)(nil)
	_ activities.Observer      = (*Metrics)(nil)
	_ activities.SweepObserver = (*Metrics)(nil)
)

// New makes the metrics.
func New(meter metric.Meter) (*Metrics, error) {
	m := &maker{meter: meter}
	made := &Metrics{
		ended: m.counter(operationsEnded), acknowledged: m.histogram(timeToAcknowledgement), decided: m.histogram(timeToOutcome),
		turns: m.level(turnsAwaited), turnWait: m.histogram(turnWait),
		checks: m.counter(checks), paceWanted: m.counter(paceWanted), paceGiven: m.counter(paceGiven), lag: m.histogram(checkLag),
		lookUps: m.counter(lookUps), sentAgain: m.counter(sentAgain),
		requests: m.counter(carrierRequests), refused: m.counter(credentialsRefused), latency: m.histogram(carrierLatency), open: m.level(carrierOpen),
		callbacks: m.counter(callbacks), pages: m.counter(sweepPages), told: m.counter(sweepTold), failures: m.counter(sweepFailures),
	}
	made.Counts.show(m)
	m.gauge(sweepLag, made.sweeps.show)
	m.gauge(workerReady, func(show func(float64, ...string)) {
		if made.ready == nil {
			return
		}
		value := 0.0
		if made.ready() {
			value = 1
		}
		show(value)
	})
	return made, m.err
}

// Begin makes the series of a carrier's operations, as 0: then the first increase of each is seen as one, and an alert can tell "none"
// from "no worker". results are those of a carrier that calls back. It is called before anything is counted.
func (m *Metrics) Begin(c carriers.Adapter, results []string) {
	carrier := string(c.Carrier)
	m.open.add(0, carrier)
	m.refused.add(0, carrier)
	m.turns.add(0, carrier)
	m.paceWanted.add(0, carrier)
	m.paceGiven.add(0, carrier)
	for _, result := range results {
		m.callbacks.add(0, carrier, result)
	}
	for _, o := range c.Operations {
		operation := o.Info().Type
		for _, f := range []workflows.FailureType{workflows.CarrierRejected, workflows.CarrierUnauthorized, workflows.DeadlineExceeded} {
			m.ended.add(0, carrier, operation, failed, string(f), none)
		}
		if o.Info().Kind == carriers.KindRead {
			m.ended.add(0, carrier, operation, completed, none, none)
			continue
		}
		for _, by := range []workflows.DecidedBy{workflows.ByCheck, workflows.ByCallback} {
			m.ended.add(0, carrier, operation, completed, none, string(by))
			m.ended.add(0, carrier, operation, failed, string(workflows.CarrierFailed), string(by))
		}
		m.checks.add(0, carrier, operation, activities.Pending)
		m.lookUps.add(0, carrier, operation, string(carriers.Absent))
		m.sentAgain.add(0, carrier, operation)
	}
}

// ReadyWhen says when the worker counts as ready. It is called once, before the metrics are read.
func (m *Metrics) ReadyWhen(ready func() bool) { m.ready = ready }

// Acknowledged implements [register.Observer].
func (m *Metrics) Acknowledged(operation string, after time.Duration) {
	m.acknowledged.record(after, carrierOf(operation), operation)
}

// Ended implements [register.Observer].
func (m *Metrics) Ended(end register.End) {
	outcome := completed
	switch end.Failure {
	case "":
	case workflows.Canceled:
		outcome = canceled
	default:
		outcome = failed
	}
	carrier, operation := carrierOf(end.Operation), cmp.Or(end.Operation, unknown)
	m.ended.add(1, carrier, operation, outcome, cmp.Or(string(end.Failure), none), cmp.Or(string(end.DecidedBy), none))
	if end.Failure == "" || end.DecidedBy != "" {
		m.decided.record(end.After, carrier, operation)
	}
}

// TurnAwaited implements [register.Observer].
func (m *Metrics) TurnAwaited(operation string, waits bool) {
	change := int64(-1)
	if waits {
		change = 1
	}
	m.turns.add(change, carrierOf(operation))
}

// TurnTaken implements [register.Observer].
func (m *Metrics) TurnTaken(operation string, after time.Duration) {
	m.turnWait.record(after, carrierOf(operation))
}

// Checked implements [activities.Observer].
func (m *Metrics) Checked(operation, result string) {
	m.checks.add(1, carrierOf(operation), operation, result)
}

// Paced implements [activities.Observer].
func (m *Metrics) Paced(c carriers.Carrier, wanted, given time.Duration) {
	m.paceWanted.add(wanted.Seconds(), string(c))
	m.paceGiven.add(given.Seconds(), string(c))
}

// CheckLate records how long a check waited to be started after it was due.
func (m *Metrics) CheckLate(c carriers.Carrier, waited time.Duration) {
	m.lag.record(max(waited, 0), string(c))
}

// LookedUp implements [activities.Observer].
func (m *Metrics) LookedUp(operation, finding string) {
	m.lookUps.add(1, carrierOf(operation), operation, finding)
}

// SentAgain implements [activities.Observer].
func (m *Metrics) SentAgain(operation string) { m.sentAgain.add(1, carrierOf(operation), operation) }

// Callback counts a callback, or a refused request, by its result.
func (m *Metrics) Callback(carrier, result string) { m.callbacks.add(1, carrier, result) }

// Carrier is the observer of the calls to a carrier.
func (m *Metrics) Carrier(c carriers.Carrier) *carriers.Observer {
	carrier := string(c)
	return &carriers.Observer{
		Outage: func(began bool) {
			change := int64(-1)
			if began {
				change = 1
			}
			m.open.add(change, carrier)
		},
		Exchanged: func(x carriers.Exchange) {
			status := statusOf(x)
			m.requests.add(1, carrier, x.Call, status)
			m.latency.record(x.Took, carrier, status)
		},
		Refused: func() { m.refused.add(1, carrier) },
	}
}

// sweepTimes are when the last complete pass of each sweep ended.
type sweepTimes struct {
	mu   sync.Mutex
	last map[carriers.Carrier]time.Time
}

// SweepBegins says that the worker sweeps a carrier. Until a pass is known, the lag counts from now.
func (m *Metrics) SweepBegins(c carriers.Carrier) {
	m.SweepCompleted(c, time.Now())
	m.pages.add(0, string(c))
	m.told.add(0, string(c))
	m.failures.add(0, string(c))
}

// SweepRead implements [activities.SweepObserver].
func (m *Metrics) SweepRead(c carriers.Carrier, told int, err error) {
	m.pages.add(1, string(c))
	m.told.add(float64(told), string(c))
	if err != nil {
		m.failures.add(1, string(c))
	}
}

// SweepCompleted implements [activities.SweepObserver].
func (m *Metrics) SweepCompleted(c carriers.Carrier, at time.Time) {
	s := &m.sweeps
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[carriers.Carrier]time.Time{}
	}
	if !at.IsZero() && at.After(s.last[c]) {
		s.last[c] = at
	}
}

func (s *sweepTimes) show(show func(float64, ...string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, at := range s.last {
		show(max(time.Since(at), 0).Seconds(), string(c))
	}
}
