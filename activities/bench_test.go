package activities

import (
	"context"
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
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
)

// routes are a carrier's answers by method and path, given in turn; the last one is given for ever. An answer is its
// status, optionally a Retry-After in seconds, and its body: "200 {}", "429/120 {}". Reset drops the connection.
type routes map[string][]string

const reset = "reset"

// bench runs one activity against a carrier that answers by routes, and keeps a ledger of what happened in which order:
// the requests that arrived, and the intents that were stored.
type bench struct {
	t      *testing.T
	sets   []Set
	env    *testsuite.TestActivityEnvironment
	routes routes

	mu      sync.Mutex
	ledger  []string
	queries []string
	bodies  []string
	intents []Intent
	// notStored is the error of storing an intent, by the number of the attempt to store one.
	notStored func(n int) error
	// memory is what a check remembered last.
	memory *Progress
}

func newBench(t *testing.T, answers routes) *bench {
	t.Helper()
	b := &bench{t: t, routes: answers}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	return b.at(server.URL)
}

// newBenchAt is a bench with the carrier somewhere else.
func newBenchAt(t *testing.T, url string) *bench { return (&bench{t: t}).at(url) }

func (b *bench) at(url string) *bench {
	b.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	b.env, b.notStored = suite.NewTestActivityEnvironment(), func(int) error { return nil }
	b.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		b.memory = &Progress{}
		require.NoError(b.t, details.Get(b.memory))
	})
	b.register(url)

	stored := record
	record = func(_ context.Context, i Intent) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.intents = append(b.intents, i)
		if err := b.notStored(len(b.intents)); err != nil {
			return err
		}
		if i.MaybeSent() {
			b.ledger = append(b.ledger, "intent")
		} else {
			b.ledger = append(b.ledger, "intent taken back")
		}
		return nil
	}
	b.t.Cleanup(func() { record = stored })
	return b
}

// register makes the activities of all carriers, with the configuration's own defaults.
func (b *bench) register(url string) {
	dishClient, err := dish.New(configured[dish.Config](b.t, "--base-url="+url), nil)
	require.NoError(b.t, err)
	stnClient, err := stn.New(configured[stn.Config](b.t, "--base-url="+url, "--api-key=k"), nil)
	require.NoError(b.t, err)
	masMovilClient, err := masmovil.New(configured[masmovil.Config](b.t, "--base-url="+url, "--fraud-requests-url="+url+"/fraud"), nil)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { dishClient.Close(); stnClient.Close(); masMovilClient.Close() })
	b.sets = []Set{Dish(dishClient), STN(stnClient), MasMovil(masMovilClient)}
	for _, set := range b.sets {
		set.Register(b.env)
	}
}

func configured[C any](t *testing.T, args ...string) C {
	t.Helper()
	var cli struct {
		Config C `embed:""`
	}
	parser, err := kong.New(&cli)
	require.NoError(t, err)
	_, err = parser.Parse(args)
	require.NoError(t, err)
	return cli.Config
}

// ServeHTTP answers as the routes say.
func (b *bench) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	route := r.Method + " " + r.URL.Path
	body, _ := io.ReadAll(r.Body)
	b.ledger, b.queries, b.bodies = append(b.ledger, route), append(b.queries, r.URL.RawQuery), append(b.bodies, string(body))
	answers := b.routes[route]
	if len(answers) == 0 {
		http.Error(w, "<html>no such route</html>", http.StatusTeapot)
		return
	}
	if len(answers) > 1 {
		b.routes[route] = answers[1:]
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
	require.NoError(b.t, err)
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text)
}

// submit runs a submit; after is what an earlier attempt wrote down, if there was one.
func submit[R any](b *bench, operation string, in SubmitInput[R], after *Intent) (ack carriers.Acknowledgement, err error) {
	if after != nil {
		b.env.SetHeartbeatDetails(*after)
	}
	return run[carriers.Acknowledgement](b, SubmitName(operation), in)
}

// check runs a check; after is what an earlier attempt remembered, if there was one.
func check[R any](b *bench, operation string, in CheckInput[R], after *Progress) (CheckResult, error) {
	if after != nil {
		b.env.SetHeartbeatDetails(*after)
	}
	return run[CheckResult](b, CheckName(operation), in)
}

func run[T any](b *bench, name string, in any) (answer T, err error) {
	value, err := b.env.ExecuteActivity(name, in)
	b.mu.Lock() // the ledger of a connection that was dropped is written without an answer to wait for
	defer b.mu.Unlock()
	if err == nil {
		require.NoError(b.t, value.Get(&answer))
	}
	return answer, err
}

// failure is an activity's error, taken apart.
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
	require.Equal(t, f.kind == Pending || f.kind == Found || f.kind == Recovered, application.Category() == temporal.ApplicationErrorCategoryBenign, "only waiting is benign")
	for _, personal := range []string{"89010000000000000017", "15550100123", "612000111", "8934030000000000025", "p4Rz", "S-1"} {
		require.NotContains(t, f.text, personal)
	}
	return f
}

// reading runs a read.
func reading[R any](b *bench, operation string, request R) (map[string]any, error) {
	return run[map[string]any](b, ReadName(operation), ReadInput[R]{Reference: "r-1", Request: request})
}

// Durations of these tests.
const (
	settle = carriers.Duration(15 * time.Second)
	every  = carriers.Duration(30 * time.Second)
	within = carriers.Duration(2 * time.Minute)
)

var started = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// sent is the intent of a request that may have been sent so long ago.
func sent(ago time.Duration) *Intent {
	var i Intent
	i.Sending(time.Now().Add(-ago))
	return &i
}

// sentAndSought is the intent of a request that may have been sent long ago, and that a look-up that counts has not found: one more
// proves that it is absent.
func sentAndSought() *Intent {
	i := sent(time.Hour)
	i.AbsentSince = time.Now().Add(-time.Minute)
	return i
}

// maybeSent reports whether a problem tells that something may have been sent.
func (f failure) maybeSent() bool { return f.Intent != nil && f.Intent.MaybeSent() }

// changing is the input of a submit.
func changing[R any](request R) SubmitInput[R] {
	return SubmitInput[R]{Reference: "r-1", Request: request, StartedAt: started, Settle: settle}
}

// asking is the input of a check of a request that was acknowledged with a transaction id.
func asking[R any](request R, ack carriers.Acknowledgement) CheckInput[R] {
	return CheckInput[R]{
		Reference: "r-1", Request: request, Acknowledgement: ack, StartedAt: started, Pace: Pace{Every: every}, Confirm: true, ConfirmWithin: within,
	}
}
