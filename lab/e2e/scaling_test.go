package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// waitingCount is how many operations wait, and waitingPoll how often each wants to be polled: fifteen times what the default rate
	// limit of 20 a second lets through.
	waitingCount = 300
	waitingPoll  = time.Second
	// pollWindow is the time in which polls are counted.
	pollWindow = 10 * time.Second
	// mostBefore is how many polls may reach the carrier while something more urgent waits, in the median of three tries: on a
	// busy machine Temporal may lose one on the way to the worker, which then waits for callTimeout.
	mostBefore = 40
)

// With far more waiting than the default rate limit has polls for, polls use half of it at most, and a new request, and the read that a
// callback asks for, do not wait until all have been polled. It is counted how many polls the carrier gets in the meantime.
func TestPollsDoNotStarveWhatIsUrgent(t *testing.T) {
	t.Parallel()
	s := ownStack(t)
	carrier := newObserver(t, s.Carriers)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	require.NoError(t, s.StartServer("--sandbox-decide-after=300ms"))
	startAtDefaultRate(t, s, "DISH_BASE_URL="+carrier.url+"/dish")
	temporal, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	begin := func(ref, sim string, pollEvery time.Duration) client.WorkflowRun {
		t.Helper()
		input := fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":{"pollEvery":%q,"overduePollEvery":%q,"overdueAfter":"1h"}}`,
			ref, sim, pollEvery, pollEvery)
		run, err := temporal.ExecuteWorkflow(t.Context(), options(t, "dish.UpdateSubscriptionStatus", input), "dish.UpdateSubscriptionStatus", json.RawMessage(input))
		require.NoError(t, err)
		return run
	}

	// Three that are decided, and of which only a callback will tell: their first poll is far away.
	var told []client.WorkflowRun
	for range 3 {
		told = append(told, begin(reference(t), iccid(51), time.Hour))
	}
	for range waitingCount {
		begin(reference(t), iccid(63), waitingPoll)
	}
	eventually(t, "all are submitted", func() bool { return carrier.submits() == len(told)+waitingCount })

	eventually(t, "polls use no more than half of the limit of 20 a second", func() bool {
		since := time.Now()
		time.Sleep(pollWindow) // it is the number in a span of time that is limited
		polls := carrier.pollsBetween(since, time.Now())
		return polls > 0 && float64(polls) <= 1.2*10*pollWindow.Seconds()
	})

	var before []int
	for range 3 {
		ref := reference(t)
		run := begin(ref, iccid(0), time.Hour)
		eventually(t, "the new request is submitted", func() bool { return carrier.submitted(ref) })
		before = append(before, carrier.pollsBetween(scheduled(t, temporal, run, activities.SubmitName("dish.UpdateSubscriptionStatus")), carrier.submit(ref)))
	}
	requireFew(t, before, "polls before a new request")

	before = nil
	for _, run := range told {
		_, ref, _ := strings.Cut(run.GetID(), ":")
		since := time.Now()
		status, _, text := postTo(t, s, fmt.Sprintf(`{"partnerTransactionId":%q,"status":"Success"}`, ref))
		require.Equal(t, http.StatusAccepted, status, text)
		require.Equal(t, workflows.ByCallback, succeed(t, run).DecidedBy)
		before = append(before, carrier.pollsBetween(since, carrier.poll(ref)))
	}
	requireFew(t, before, "polls before the read that confirms a callback")
}

func requireFew(t *testing.T, counted []int, what string) {
	t.Helper()
	t.Logf("%v %s", counted, what)
	slices.Sort(counted)
	require.LessOrEqual(t, counted[len(counted)/2], mostBefore, "%v %s", counted, what)
}

// startAtDefaultRate starts the stack's worker with the rate limits that are the default.
func startAtDefaultRate(t *testing.T, s *stack.Stack, env ...string) {
	t.Helper()
	env = append(slices.DeleteFunc(s.WorkerEnv(), func(v string) bool { return strings.Contains(v, "_PER_SECOND=") }), env...)
	worker, err := stack.Launch(s.Binaries.Worker, env)
	require.NoError(t, err)
	s.Worker = worker
	require.NoError(t, worker.Await(stack.Context(t), "http://"+s.Health+"/readyz"))
}

// scheduled is when the last activity of a type was put into its queue in a run.
func scheduled(t *testing.T, c client.Client, run client.WorkflowRun, activity string) (at time.Time) {
	t.Helper()
	for it := c.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		require.NoError(t, err)
		if event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == activity {
			at = event.GetEventTime().AsTime()
		}
	}
	require.False(t, at.IsZero(), activity)
	return at
}

// observer stands before the sandbox's DISH and writes down in which order submits and polls come.
type observer struct {
	url     string
	sandbox *httputil.ReverseProxy

	mu    sync.Mutex
	calls []call
}

// call is one submit, or one poll, of an operation.
type call struct {
	at        time.Time
	submit    bool
	reference string
}

func newObserver(t *testing.T, carriers string) *observer {
	t.Helper()
	o := &observer{sandbox: passingOn(t, carriers)}
	o.url = serving(t, o)
	return o
}

func (o *observer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := call{at: time.Now(), submit: r.Method != http.MethodGet}
	switch {
	case p.submit:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client is gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var request struct {
			PartnerTransactionID string `json:"partnerTransactionId"`
		}
		_ = json.Unmarshal(body, &request) // the sandbox says what is wrong with it
		p.reference = request.PartnerTransactionID
	case strings.Contains(r.URL.Path, "/transaction/"):
		p.reference = path.Base(r.URL.Path)
	}
	if p.reference != "" { // else it is a read of a line
		o.mu.Lock()
		o.calls = append(o.calls, p)
		o.mu.Unlock()
	}
	o.sandbox.ServeHTTP(w, r)
}

func (o *observer) all(matching func(call) bool) (found []call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.calls {
		if matching(p) {
			found = append(found, p)
		}
	}
	return found
}

// submits is how many operations have been submitted.
func (o *observer) submits() int {
	operations := map[string]bool{}
	for _, p := range o.all(func(p call) bool { return p.submit }) {
		operations[p.reference] = true
	}
	return len(operations)
}

func (o *observer) submitted(ref string) bool {
	return len(o.all(func(p call) bool { return p.submit && p.reference == ref })) > 0
}

// submit is when an operation was submitted first.
func (o *observer) submit(ref string) time.Time {
	return o.all(func(p call) bool { return p.submit && p.reference == ref })[0].at
}

// poll is when the carrier was last asked about an operation.
func (o *observer) poll(ref string) time.Time {
	polls := o.all(func(p call) bool { return !p.submit && p.reference == ref })
	return polls[len(polls)-1].at
}

// pollsBetween is how many polls came after a time and before another.
func (o *observer) pollsBetween(after, before time.Time) int {
	return len(o.all(func(p call) bool { return !p.submit && p.at.After(after) && p.at.Before(before) }))
}
