// Package metrics are the worker's own metrics: which there are, and how they are counted. docs/metrics.md has the table of them,
// which is generated from the catalogue, and what they are for.
package metrics

// Kind is a kind of metric, as Prometheus names it.
type Kind string

// The kinds.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Metric describes one metric.
type Metric struct {
	// Name is the name at /metrics: of a histogram without _bucket, _sum and _count.
	Name string
	Kind Kind
	// Labels are its labels. All have few values: no reference, no line, no text of a carrier.
	Labels []string
	// Over is how the values of several workers are put together in a query: "sum", "max", "min".
	Over string
	Help string

	// buckets are the upper bounds of a histogram's buckets, in seconds.
	buckets []float64
}

// The bounds of the buckets, in seconds: of a call, of a wait in a queue, and of an operation, which can take weeks.
var (
	ofCall      = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
	ofWait      = []float64{0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600}
	ofOperation = []float64{0.5, 1, 5, 15, 30, 60, 300, 900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800, 1_209_600}
)

// The metrics. Their order is that of the table.
var (
	operationsEnded = Metric{
		Name: "carrierflow_operations_ended_total", Kind: Counter, Over: "sum", Labels: []string{"carrier", "operation", "outcome", "failure", "decided_by"},
		Help: "Runs of operations that have ended. outcome is completed, failed or canceled; failure is the failure type, decided_by callback, check, acknowledgement or operator; none where there is none. A run that is ended by force is not counted.",
	}
	timeToAcknowledgement = Metric{
		Name: "carrierflow_time_to_acknowledgement_seconds", Kind: Histogram, Over: "sum", Labels: []string{"carrier", "operation"}, buckets: ofOperation,
		Help: "Time from the start of a run to the carrier's acknowledgement, with the wait for the turn of the line.",
	}
	timeToOutcome = Metric{
		Name: "carrierflow_time_to_outcome_seconds", Kind: Histogram, Over: "sum", Labels: []string{"carrier", "operation"}, buckets: ofOperation,
		Help: "Time from the start of a run to its end, for runs that were decided.",
	}
	operationsOpen = Metric{
		Name: "carrierflow_operations_open", Kind: Gauge, Over: "max", Labels: []string{"carrier", "operation"},
		Help: "Operations in flight.",
	}
	operationsOverdue = Metric{
		Name: "carrierflow_operations_overdue", Kind: Gauge, Over: "max", Labels: []string{"carrier", "operation"},
		Help: "Operations in flight that are undecided, or not acknowledged, for longer than this kind of operation takes.",
	}
	operationsParked = Metric{
		Name: "carrierflow_operations_parked", Kind: Gauge, Over: "max", Labels: []string{"carrier", "operation"},
		Help: "Operations in flight of which it is not known whether the carrier has the request. An operator has to look.",
	}
	attention = Metric{
		Name: "carrierflow_attention", Kind: Gauge, Over: "max", Labels: []string{"carrier", "kind"},
		Help: "Runs on the operators' work list, by reason: operations, and follow-ups of those that have ended. A run with two reasons counts for both. Plans have the carrier plans.",
	}
	countsAge = Metric{
		Name: "carrierflow_counts_age_seconds", Kind: Gauge, Over: "min",
		Help: "Time since this worker has last counted at Temporal what the gauges of operations and attention say. It does so every 30 seconds; after 5 minutes without an answer these gauges are left out.",
	}
	turnsAwaited = Metric{
		Name: "carrierflow_turns_waiting", Kind: Gauge, Over: "sum", Labels: []string{"carrier"},
		Help: "Operations in this worker's memory that wait for the turn of their line. One that was dropped from memory is not counted.",
	}
	turnWait = Metric{
		Name: "carrierflow_turn_wait_seconds", Kind: Histogram, Over: "sum", Labels: []string{"carrier"}, buckets: ofOperation,
		Help: "How long operations have waited for the turn of their line, of those that had to wait and have got it.",
	}
	checks = Metric{
		Name: "carrierflow_checks_total", Kind: Counter, Over: "sum", Labels: []string{"carrier", "operation", "result"},
		Help: "Times that a carrier was asked about an operation. result is Decided, Pending, or another type of error of the activity.",
	}
	paceWanted = Metric{
		Name: "carrierflow_check_pace_wanted_seconds_total", Kind: Counter, Over: "sum", Labels: []string{"carrier"},
		Help: "Sum of the times between two checks that the operations' timings ask for.",
	}
	paceGiven = Metric{
		Name: "carrierflow_check_pace_given_seconds_total", Kind: Counter, Over: "sum", Labels: []string{"carrier"},
		Help: "Sum of the times between two checks that they get, because of the carrier's limit.",
	}
	checkLag = Metric{
		Name: "carrierflow_check_lag_seconds", Kind: Histogram, Over: "sum", Labels: []string{"carrier"}, buckets: ofWait,
		Help: "How long a check waited to be started after it was due.",
	}
	lookUps = Metric{
		Name: "carrierflow_lookups_total", Kind: Counter, Over: "sum", Labels: []string{"carrier", "operation", "finding"},
		Help: "Look-ups of requests that may have been sent, before they are sent again or a refusal is believed. finding is present, absent, cannot tell, or failed.",
	}
	sentAgain = Metric{
		Name: "carrierflow_sent_again_total", Kind: Counter, Over: "sum", Labels: []string{"carrier", "operation"},
		Help: "Requests that were sent again after look-ups had shown that the carrier does not have them.",
	}
	carrierRequests = Metric{
		Name: "carrierflow_carrier_requests_total", Kind: Counter, Over: "sum", Labels: []string{"carrier", "call", "status"},
		Help: "HTTP exchanges with a carrier, those with a token endpoint included. status is the HTTP status, no answer, or no connection.",
	}
	carrierLatency = Metric{
		Name: "carrierflow_carrier_latency_seconds", Kind: Histogram, Over: "sum", Labels: []string{"carrier", "status"}, buckets: ofCall,
		Help: "Time of an HTTP exchange with a carrier, from connecting to the last byte.",
	}
	credentialsRefused = Metric{
		Name: "carrierflow_credentials_refused_total", Kind: Counter, Over: "sum", Labels: []string{"carrier"},
		Help: "Calls that failed because the carrier, or its token endpoint, has refused our credentials.",
	}
	carrierOpen = Metric{
		Name: "carrierflow_carrier_open", Kind: Gauge, Over: "max", Labels: []string{"carrier"},
		Help: "APIs of a carrier that do not answer, so that this worker holds calls to them back (open circuit breakers).",
	}
	callbacks = Metric{
		Name: "carrierflow_callbacks_total", Kind: Counter, Over: "sum", Labels: []string{"carrier", "result"},
		Help: "Callbacks received. result is stored, late, finished, unmatched, unavailable, unauthorized_ and the reason, or another word for a request that was refused.",
	}
	sweepLag = Metric{
		Name: "carrierflow_sweep_lag_seconds", Kind: Gauge, Over: "min", Labels: []string{"carrier"},
		Help: "Time since the last complete pass of a sweep that this worker knows of; since its start, when it knows of none.",
	}
	sweepPages = Metric{
		Name: "carrierflow_sweep_pages_total", Kind: Counter, Over: "sum", Labels: []string{"carrier"},
		Help: "Pages that a sweep has asked for.",
	}
	sweepTold = Metric{
		Name: "carrierflow_sweep_told_total", Kind: Counter, Over: "sum", Labels: []string{"carrier"},
		Help: "Operations that a sweep has told what was decided.",
	}
	sweepFailures = Metric{
		Name: "carrierflow_sweep_failures_total", Kind: Counter, Over: "sum", Labels: []string{"carrier"},
		Help: "Pages that a sweep could not read or tell.",
	}
	workerReady = Metric{
		Name: "carrierflow_worker_ready", Kind: Gauge, Over: "min",
		Help: "1 when the worker has started its work, 0 while it waits for Temporal or stops.",
	}
	buildInfo = Metric{
		Name: "carrierflow_build_info", Kind: Gauge, Over: "max", Labels: []string{"version", "revision", "goversion"},
		Help: "The build of the worker, in the labels; the value is always 1.",
	}
)

// BuildInfo is the metric that names the build. It is constant, and made by the worker itself.
func BuildInfo() Metric { return buildInfo }

// Catalogue lists the metrics.
func Catalogue() []Metric {
	return []Metric{
		operationsEnded, timeToAcknowledgement, timeToOutcome, operationsOpen, operationsOverdue, operationsParked, attention, countsAge,
		turnsAwaited, turnWait, checks, paceWanted, paceGiven, checkLag, lookUps, sentAgain,
		carrierRequests, carrierLatency, credentialsRefused, carrierOpen, callbacks,
		sweepLag, sweepPages, sweepTold, sweepFailures, workerReady, buildInfo,
	}
}
