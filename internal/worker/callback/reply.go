package callback

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Result is how a request ended. It is the status in the answer, and what is counted.
type Result string

// The ways a request can end.
const (
	// Stored: Temporal has the callback as a signal to its operation, from this request or an earlier one (202).
	Stored Result = "stored"
	// Late: its operation has ended without this final status or with another one; Temporal keeps the callback for an
	// operator (202).
	Late Result = "late"
	// Finished: its operation has ended, and the callback is not final or repeats how it ended (200).
	Finished Result = "finished"
	// Unmatched: no operation has the reference; Temporal keeps the callback for an operator (202).
	Unmatched Result = "unmatched"
	// Unavailable: Temporal did not store it; the carrier is asked to send it again (503).
	Unavailable Result = "unavailable"

	// Unauthorized: the request is not authenticated (401). It is counted with the reason appended; see [Refusal].
	Unauthorized Result = "unauthorized"
	// Malformed: the body is not a callback (400).
	Malformed Result = "malformed"
	// Incomplete: the body did not arrive completely (400), or not in time (408).
	Incomplete Result = "incomplete"
	// TooLarge: the body has more than 64 KiB (413).
	TooLarge Result = "too_large"
	// WrongMethod: not a POST (405).
	WrongMethod Result = "wrong_method"
	// WrongType: not JSON (415).
	WrongType Result = "wrong_type"
	// NoSuchPath: not the path of a carrier whose callbacks are accepted (404).
	NoSuchPath Result = "no_such_path"
)

// Results are all results as they are counted: Unauthorized with each reason.
func Results() (counted []string) {
	for _, result := range []Result{Stored, Late, Finished, Unmatched, Unavailable, Malformed, Incomplete, TooLarge, WrongMethod, WrongType} {
		counted = append(counted, string(result))
	}
	for _, why := range []Refusal{Missing, Mismatch, Expired, Early} {
		counted = append(counted, reply{result: Unauthorized, why: why}.refusal())
	}
	return counted
}

// reply is how one request ended, for the carrier, the counter and the log.
type reply struct {
	result  Result
	status  int
	message string // for the carrier: it repeats nothing that was sent, and does not say why authentication failed
	header  http.Header

	carrier   string         // empty for a path that is not a carrier's
	counts    map[Result]int // of the notices; empty for a request that was refused
	reference string         // of a single notice, as the carrier wrote it
	state     carriers.State // of a single notice
	why       error          // for the log
}

// counted are the results as the counter gets them.
func (a reply) counted() (results []string) {
	for result, n := range a.counts {
		results = append(results, slices.Repeat([]string{string(result)}, n)...)
	}
	if len(results) > 0 {
		return results
	}
	return []string{a.refusal()}
}

// refusal is the counted result of a refused request.
func (a reply) refusal() string {
	if a.result != Unauthorized {
		return string(a.result)
	}
	refusal, ok := errors.AsType[Refusal](a.why)
	if !ok {
		refusal = "other"
	}
	return string(a.result) + "_" + string(refusal)
}

// write answers the carrier.
func (a reply) write(w http.ResponseWriter, retryAfter time.Duration) {
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	if a.status == http.StatusServiceUnavailable {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(retryAfter.Seconds()))))
	}
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(struct { // on a closed connection, the carrier sends the callback again
		Status  Result `json:"status"`
		Message string `json:"message"`
	}{a.result, a.message})
}

// log writes one line about a request. For several notices it contains their number. An invalid reference may contain
// anything and is left out. An ordinary callback is a debug line: the metric counts it, and its operation shows it.
func (r *Receiver) log(a reply) {
	log, level, message := r.options.Log, zap.WarnLevel, ""
	switch a.result {
	case Stored:
		level, message = zap.DebugLevel, "callback received"
	case Finished:
		level, message = zap.InfoLevel, "callback for an operation that has ended"
	case Late:
		message = "final callback for an operation that has ended; it is kept in a FollowUp workflow"
	case Unmatched:
		message = "callback for no known operation; it is kept in an UnmatchedCallback workflow"
	case Unavailable:
		level, message = zap.ErrorLevel, "callback not stored; the carrier was asked to send it again"
	default:
		log, message = r.refusals, "callback refused"
	}
	if line := log.Check(level, message); line != nil {
		line.Write(a.fields()...)
	}
}

// describe says in a span how a request ended.
func (a reply) describe(span trace.Span) {
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(attribute.String("carrier", a.carrier), attribute.String("result", string(a.result)), attribute.Int("http.response.status_code", a.status))
	if carriers.ValidReference(a.reference) {
		span.SetAttributes(attribute.String("temporalWorkflowID", workflows.WorkflowID(carriers.Carrier(a.carrier), a.reference)))
	}
	if a.status >= 400 {
		span.SetStatus(codes.Error, string(a.result))
	}
}

// fields are what a log line says about a request.
func (a reply) fields() []zap.Field {
	fields := []zap.Field{zap.String("carrier", a.carrier), zap.String("result", string(a.result))}
	if carriers.ValidReference(a.reference) {
		fields = append(fields, zap.String("WorkflowID", workflows.WorkflowID(carriers.Carrier(a.carrier), a.reference)), zap.String("reference", a.reference))
	}
	if a.state != "" {
		fields = append(fields, zap.String("state", string(a.state)))
	}
	if notices := len(a.counted()); notices > 1 {
		fields = append(fields, zap.Int("notices", notices), zap.Strings("results", resultTexts(a.counts)))
	}
	if a.why != nil {
		fields = append(fields, zap.Error(a.why))
	}
	return fields
}
