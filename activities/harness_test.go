package activities

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// routes are a carrier's answers by method and path, given in turn; the last one is given for ever. An answer is its
// status, optionally a Retry-After in seconds, and its body: "200 {}", "429/120 {}". Reset drops the connection.
type routes map[string][]string

const reset = "reset"

// harness runs one activity against a carrier that answers by routes, and keeps what happened in which order:
// the requests that arrived, and the intents that were stored.
type harness struct {
	t      *testing.T
	env    *testsuite.TestActivityEnvironment
	routes routes

	mu      sync.Mutex
	events  []string
	queries []string
	bodies  []string
	intents []Intent
	// notStored is the error of storing an intent, by the number of the attempt to store one.
	notStored func(n int) error
	// memory is what a check remembered last.
	memory *Progress
	// options are of the activities, connections those to the carriers.
	options     Options
	connections map[carriers.Carrier]carriers.Connection
}

func newHarness(t *testing.T, answers routes) *harness { return newHarnessWith(t, answers, Options{}) }

// newHarnessWith also has something from the rest of the worker.
func newHarnessWith(t *testing.T, answers routes, options Options) *harness {
	t.Helper()
	h := &harness{t: t, routes: answers, options: options}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return h.at(server.URL)
}

// newHarnessAt is a harness with the carrier somewhere else.
func newHarnessAt(t *testing.T, url string) *harness { return (&harness{t: t}).at(url) }

func (h *harness) at(url string) *harness {
	h.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	h.env, h.notStored = suite.NewTestActivityEnvironment(), func(int) error { return nil }
	h.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		h.memory = &Progress{}
		require.NoError(h.t, details.Get(h.memory))
	})
	h.connect(url)

	stored := record
	record = func(_ context.Context, i Intent) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.intents = append(h.intents, i)
		if err := h.notStored(len(h.intents)); err != nil {
			return err
		}
		if i.MaybeSent() {
			h.events = append(h.events, "intent")
		} else {
			h.events = append(h.events, "intent taken back")
		}
		return nil
	}
	h.t.Cleanup(func() { record = stored })
	return h
}

// connect registers the activities of all carriers. Their settings are the defaults, beside what has none.
func (h *harness) connect(url string) {
	h.connections = map[carriers.Carrier]carriers.Connection{}
	for name, arguments := range map[carriers.Carrier][]string{
		"dish": nil, "stn": {"--api-key=k"}, "masmovil": {"--fraud-requests-url=" + url + "/fraud"},
	} {
		adapter, known := registry.Carrier(name)
		require.True(h.t, known)
		settings := adapter.NewSettings()
		parser, err := kong.New(settings)
		require.NoError(h.t, err)
		_, err = parser.Parse(append(arguments, "--base-url="+url))
		require.NoError(h.t, err)
		require.NoError(h.t, settings.Check())
		connection, err := settings.Connect(nil, nil)
		require.NoError(h.t, err)
		h.t.Cleanup(connection.Close)
		Register(h.env, adapter, connection, h.options)
		h.connections[name] = connection
	}
}

// confirm registers the local activities of DISH.
func (h *harness) confirm(d Direct) {
	adapter, _ := registry.Carrier("dish")
	RegisterConfirm(h.env, adapter, h.connections["dish"], d)
}

// ServeHTTP answers as the routes say.
func (h *harness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	route := r.Method + " " + r.URL.Path
	body, _ := io.ReadAll(r.Body)
	h.events, h.queries, h.bodies = append(h.events, route), append(h.queries, r.URL.RawQuery), append(h.bodies, string(body))
	answers := h.routes[route]
	if len(answers) == 0 {
		http.Error(w, "<html>no such route</html>", http.StatusTeapot)
		return
	}
	if len(answers) > 1 {
		h.routes[route] = answers[1:]
	}
	if answers[0] == reset {
		panic(http.ErrAbortHandler)
	}
	head, text, _ := strings.Cut(answers[0], " ")
	status, after, wait := strings.Cut(head, "/")
	if wait {
		w.Header().Set("Retry-After", after)
	}
	code, err := strconv.Atoi(status)
	require.NoError(h.t, err)
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text)
}

// submit runs a submit; after is what an earlier attempt stored, if there was one.
func submit(h *harness, operation string, in SubmitInput, after *Intent) (ack carriers.Acknowledgement, err error) {
	if after != nil {
		h.env.SetHeartbeatDetails(*after)
	}
	return run[carriers.Acknowledgement](h, SubmitName(operation), in)
}

// check runs a check; after is what an earlier attempt remembered, if there was one.
func check(h *harness, operation string, in CheckInput, after *Progress) (CheckResult, error) {
	if after != nil {
		h.env.SetHeartbeatDetails(*after)
	}
	return run[CheckResult](h, CheckName(operation), in)
}

func run[T any](h *harness, name string, in any) (answer T, err error) {
	value, err := h.env.ExecuteActivity(name, in)
	h.mu.Lock() // a request on a dropped connection is recorded after the client's call has ended
	defer h.mu.Unlock()
	if err == nil {
		require.NoError(h.t, value.Get(&answer))
	}
	return answer, err
}

// failure is an activity's error with its parts.
type failure struct {
	Problem
	kind  string
	final bool
	next  time.Duration
	text  string
}

func failureIn(t *testing.T, err error) failure {
	t.Helper()
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	require.True(t, ok, "%v", err)
	f := failure{kind: application.Type(), final: application.NonRetryable(), next: application.NextRetryDelay(), text: application.Error()}
	require.NoError(t, application.Details(&f.Problem))
	require.Equal(t, f.kind == Pending || f.kind == Found || f.kind == Recovered || f.kind == LineBusy, application.Category() == temporal.ApplicationErrorCategoryBenign, "only waiting is benign")
	for _, personal := range []string{"89010000000000000017", "15550100123", "612000111", "8934030000000000025", "p4Rz", "S-1"} {
		require.NotContains(t, f.text, personal)
	}
	return f
}

// reading runs a read.
func reading(h *harness, request carriers.Request) (map[string]any, error) {
	return run[map[string]any](h, ReadName(request.Operation()), ReadInput{Reference: "r-1", Request: raw(request)})
}

// raw is a request as the workflow hands it on.
func raw(request carriers.Request) json.RawMessage {
	text, err := json.Marshal(request)
	if err != nil {
		panic(err) // it holds an object that is no JSON
	}
	return text
}

// The changes of these tests.
const (
	dishActivate   = "dish.ActivateSubscription"
	dishStatus     = "dish.UpdateSubscriptionStatus"
	dishBillCycle  = "dish.UpdateBillCycle"
	stnServices    = "stn.SetServices"
	masMovilSIM    = "masmovil.ReplaceSIM"
	masMovilDevice = "masmovil.AddDevice"
)

// Durations of these tests.
const (
	lookupDelay = carriers.Duration(15 * time.Second)
	every       = carriers.Duration(30 * time.Second)
	within      = carriers.Duration(2 * time.Minute)
)

var started = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// sent is the intent of a request that may have been sent so long ago.
func sent(ago time.Duration) *Intent {
	var i Intent
	i.Sending(time.Now().Add(-ago))
	return &i
}

// sentAndSought is the intent of a request that may have been sent long ago, and that one counting look-up has not found:
// one more proves that it is absent.
func sentAndSought() *Intent {
	i := sent(time.Hour)
	i.AbsentSince = time.Now().Add(-time.Minute)
	return i
}

// maybeSent reports whether a problem tells that something may have been sent.
func (f failure) maybeSent() bool { return f.Intent != nil && f.Intent.MaybeSent() }

// changing is the input of a submit.
func changing(request carriers.Request) SubmitInput {
	return SubmitInput{Reference: "r-1", Request: raw(request), StartedAt: started, LookupDelay: lookupDelay}
}

// asking is the input of a check of a request that was acknowledged with a transaction id.
func asking(request carriers.Request, ack carriers.Acknowledgement) CheckInput {
	return CheckInput{
		Reference: "r-1", Request: raw(request), Acknowledgement: ack, StartedAt: started, Pace: Pace{Every: every}, Confirm: true, ConfirmWithin: within,
	}
}

// sendingBy makes the activities of a change that is sent by a function, at a carrier that only that function knows.
func sendingBy(t *testing.T, send func(context.Context) (carriers.Acknowledgement, error)) change {
	t.Helper()
	o := carriers.NewChange(carriers.Change[noCarrier, dish.UpdateSubscriptionStatus]{
		Send: func(_ noCarrier, ctx context.Context, _ carriers.Submission[dish.UpdateSubscriptionStatus]) (carriers.Acknowledgement, error) {
			return send(ctx)
		},
		Find: func(noCarrier, context.Context, carriers.Submission[dish.UpdateSubscriptionStatus], *carriers.Line) (carriers.Finding, error) {
			t.Error("it was looked up")
			return carriers.Finding{}, nil
		},
		Look: func(noCarrier, context.Context, carriers.Submission[dish.UpdateSubscriptionStatus], carriers.Inquiry) (carriers.Outcome, error) {
			t.Error("it was asked about")
			return carriers.Outcome{}, nil
		},
	})
	return change{adapter: carriers.Adapter{Carrier: "dish", Name: "DISH"}, operation: o, name: dishStatus, connection: noCarrier{}}
}

// noCarrier is a connection that reaches no carrier; an exchange may take ten seconds.
type noCarrier struct{}

func (noCarrier) ExchangeTimeout() time.Duration { return 10 * time.Second }
func (noCarrier) Slots() int                     { return 1 }
func (noCarrier) Close()                         {}
