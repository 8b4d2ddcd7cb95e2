package e2e

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// Two builds that are not versioned share the work. When one is killed, the other goes on with what it has begun: none fails, and none is
// sent twice.
func TestAMixedFleetWithoutVersioning(t *testing.T) {
	t.Parallel()
	const count = 60
	f := newFleet(t, "--sandbox-decide-after=5s")
	a, b := f.launch("a"), f.launch("b")
	var runs []client.WorkflowRun
	var lines []string
	for i := range count {
		operation := []string{"dish.UpdateSubscriptionStatus", "stn.SetServices", "masmovil.ReplaceSIM"}[i%3]
		lines = append(lines, fresh(subject.Of(operation), subject.Ordinary))
		runs = append(runs, f.begin(operation, lines[i], fast))
	}
	eventually(t, "half of them are sent", func() bool {
		entries, err := f.s.Ledger("", "", "")
		return err == nil && len(entries) >= count/2
	})
	f.kill("a")
	did := map[string]int{}
	for i, run := range runs {
		f.succeeds(run, lines[i])
		_, processes := f.ranOn(run.GetID(), "")
		for _, process := range processes {
			did[process]++
		}
	}
	t.Logf("activities by process: %v", did)
	for _, worker := range []int{a.Worker.PID(), b.Worker.PID()} {
		require.NotZero(t, did[strconv.Itoa(worker)], "both have worked: %v", did)
	}
}

// Workers are stopped with SIGTERM while operations are sent and callbacks come in: first the only one, with a gap until the next one is
// there, then one of two. No operation fails, no call to a carrier is cut off, and no callback that was taken is lost.
func TestWorkersAreStoppedUnderLoad(t *testing.T) {
	t.Parallel()
	const each = 40
	f := newFleet(t, "--sandbox-decide-after=300ms")
	slow := &slowCarrier{sandbox: passingOn(t, f.s.Carriers)}
	f.s.Carriers, slow.direct = serving(t, slow), f.s.Carriers
	balanced := newBalancer(t, f)
	worker := func(name string) { balanced.add(f.launch(name).Callbacks) }

	var mu sync.Mutex
	runs := map[client.WorkflowRun]string{}
	var load sync.WaitGroup
	under := func(what func()) { // starts operations before, while and after something happens
		t.Helper()
		var begun atomic.Int64
		load.Go(func() {
			for i := range each {
				operation := []string{"dish.UpdateSubscriptionStatus", "stn.SetServices"}[i%2]
				onLine := fresh(subject.Of(operation), subject.Ordinary)
				run := f.begin(operation, onLine, map[bool]string{true: patient, false: fast}[i%2 == 0])
				mu.Lock()
				runs[run] = onLine
				mu.Unlock()
				begun.Add(1)
			}
		})
		eventually(t, "calls to carriers and callbacks are under way", func() bool {
			return begun.Load() > each/4 && slow.open.Load() > 0 && balanced.open.Load() > 0
		})
		what()
	}
	worker("first")
	under(func() { f.stop("first") }) // the sandbox has nobody to call back until the next one is there
	worker("second-one")
	worker("third")
	under(func() { f.stop("second-one") })
	load.Wait()

	f.s.Carriers = slow.direct // for the ledger
	told := 0
	for run, onLine := range runs {
		result := f.succeeds(run, onLine)
		carrier, ref, _ := workflows.ParseWorkflowID(run.GetID())
		if carrier != "dish" {
			continue
		}
		require.Equal(t, workflows.ByCallback, result.DecidedBy, "%s: the next check is a minute away", ref)
		if balanced.took(ref) {
			told++
			require.True(t, f.signalled(run), "%s: a callback was answered with 202, and is not in the history", ref)
		}
	}
	t.Logf("%d operations, %d calls to carriers, %d callbacks taken", len(runs), slow.calls.Load(), told)
	require.Equal(t, each, told)
	require.Zero(t, slow.cut.Load(), "calls to carriers that were cut off")
	require.Zero(t, balanced.cut.Load(), "callbacks that a worker had begun to read, and did not answer")
}

// signalled reports whether a callback is in the history of a run.
func (f *fleet) signalled(run client.WorkflowRun) bool {
	for _, event := range f.history(run.GetID(), "") {
		if event.GetWorkflowExecutionSignaledEventAttributes().GetSignalName() == workflows.CallbackSignal.Name {
			return true
		}
	}
	return false
}

// slowCarrier is a carrier that takes its time for each answer, so that calls are under way when a worker stops.
type slowCarrier struct {
	sandbox          http.Handler
	direct           string
	calls, open, cut atomic.Int64
}

func (s *slowCarrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	s.open.Add(1)
	defer s.open.Add(-1)
	select {
	case <-time.After(500 * time.Millisecond): // that it takes this long is what it is for
	case <-r.Context().Done():
		s.cut.Add(1)
		return
	}
	s.sandbox.ServeHTTP(w, r)
}

// balancer stands before the callback receivers of several workers. It takes the address that the sandbox calls back.
type balancer struct {
	mu       sync.Mutex
	workers  []string
	accepted map[string]bool
	// open are the callbacks that a worker reads, and cut those of them that it did not answer.
	open, cut atomic.Int64
	client    *http.Client
}

func newBalancer(t *testing.T, f *fleet) *balancer {
	t.Helper()
	b := &balancer{accepted: map[string]bool{}, client: &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, ExpectContinueTimeout: stack.Patience,
	}}}
	listener, err := net.Listen("tcp", f.s.Callbacks)
	require.NoError(t, err)
	server := &http.Server{Handler: b}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	f.ownAddresses = true
	return b
}

func (b *balancer) add(worker string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.workers = append([]string{worker}, b.workers...)
}

// took reports whether a worker has taken a callback for a reference.
func (b *balancer) took(ref string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accepted[ref]
}

// ServeHTTP tries one worker after the other. One that does not listen any more, or answers 503, is passed over. The body comes slowly, and only
// when the worker has begun to read it, so that callbacks are under way when a worker stops.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	b.mu.Lock()
	workers := b.workers
	b.mu.Unlock()
	for _, worker := range workers {
		var reading atomic.Bool
		ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got100Continue: func() {
			reading.Store(true)
			b.open.Add(1)
		}})
		request, err := http.NewRequestWithContext(ctx, r.Method, "http://"+worker+r.URL.Path, &slowBody{rest: body})
		if err != nil {
			continue
		}
		request.Header, request.ContentLength = r.Header.Clone(), int64(len(body))
		request.Header.Set("Expect", "100-continue")
		response, err := b.client.Do(request)
		if reading.Load() {
			b.open.Add(-1)
		}
		if err != nil {
			if reading.Load() && r.Context().Err() == nil {
				b.cut.Add(1)
			}
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusServiceUnavailable {
			continue
		}
		if response.StatusCode == http.StatusAccepted {
			b.mu.Lock()
			b.accepted[referenceIn(body)] = true
			b.mu.Unlock()
		}
		w.WriteHeader(response.StatusCode)
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
}

// slowBody is a body that takes its time.
type slowBody struct{ rest []byte }

func (s *slowBody) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	time.Sleep(300 * time.Millisecond) // that it takes this long is what it is for
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// referenceIn is the reference in a callback of DISH.
func referenceIn(body []byte) string {
	var notice struct {
		PartnerTransactionID string `json:"partnerTransactionId"`
	}
	_ = json.Unmarshal(body, &notice) // the worker says what is wrong with it
	return notice.PartnerTransactionID
}
