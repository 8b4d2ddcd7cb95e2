package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// roleProcess is a worker process with some of the roles.
type roleProcess struct {
	*stack.Process
	callbacks, health string
}

// startRole starts a worker process with a role and only the settings that the role needs.
func startRole(t *testing.T, s *stack.Stack, role string, env ...string) roleProcess {
	t.Helper()
	p := roleProcess{callbacks: stack.FreeAddress(), health: stack.FreeAddress()}
	var err error
	p.Process, err = stack.Launch(s.Binaries.Worker, slices.Concat(s.TemporalEnv(), env, []string{
		"CARRIERFLOW_ROLE=" + role, "CARRIERFLOW_CALLBACK_ADDRESS=" + p.callbacks, "CARRIERFLOW_HEALTH_ADDRESS=" + p.health,
	}))
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	require.NoError(t, p.Await(stack.Context(t), "http://"+p.health+"/readyz"))
	_, text := get(t, "http://"+p.health+"/readyz")
	require.Equal(t, "ready: "+role, strings.TrimSpace(text))
	return p
}

// roundRobin passes callbacks on to one replica after the other. When one cannot be reached, it takes the next, as every balancer does.
type roundRobin struct {
	next     atomic.Int64
	replicas []string
	taken    []atomic.Int64
}

// startRoundRobin listens where the sandbox sends its callbacks.
func startRoundRobin(t *testing.T, address string, replicas ...string) *roundRobin {
	t.Helper()
	b := &roundRobin{replicas: replicas, taken: make([]atomic.Int64, len(replicas))}
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: b}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return b
}

func (b *roundRobin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first := int(b.next.Add(1))
	for i := range b.replicas {
		at := (first + i) % len(b.replicas)
		probe, err := net.DialTimeout("tcp", b.replicas[at], time.Second)
		if err != nil {
			continue
		}
		_ = probe.Close()
		proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: b.replicas[at]})
		proxy.ModifyResponse = func(answer *http.Response) error {
			if answer.StatusCode/100 == 2 {
				b.taken[at].Add(1)
			}
			return nil
		}
		proxy.ServeHTTP(w, r)
		return
	}
	w.WriteHeader(http.StatusBadGateway)
}

// begun is an operation that was started at a stack of a test's own.
type begun struct {
	client.WorkflowRun
	carrier, line string
}

// beginSuspend starts an operation that a callback decides, because its first check comes after a minute.
func beginSuspend(t *testing.T, c client.Client) begun {
	t.Helper()
	ref, onLine := reference(t), iccid(0)
	return beginAt(t, c, "dish.UpdateSubscriptionStatus", onLine, fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, onLine, patient))
}

// beginSetServices starts an operation that its own checks decide.
func beginSetServices(t *testing.T, c client.Client) begun {
	t.Helper()
	ref, onLine := reference(t), line("SUB-", 6, 0)
	return beginAt(t, c, "stn.SetServices", onLine, fmt.Sprintf(`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":%s}`, ref, onLine, fast))
}

func beginAt(t *testing.T, c client.Client, operation, onLine, input string) begun {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), options(t, operation, input), operation, json.RawMessage(input))
	require.NoError(t, err)
	carrier, _, _ := strings.Cut(operation, ".")
	return begun{run, carrier, onLine}
}

// completed waits for the results, and finds each request once at its carrier.
func completed(t *testing.T, s *stack.Stack, all []begun) (results []workflows.Result) {
	t.Helper()
	for _, one := range all {
		var result workflows.Result
		require.NoError(t, one.Get(stack.Context(t), &result), one.GetID())
		entries, err := s.Ledger(one.carrier, "", one.line)
		require.NoError(t, err)
		require.Len(t, entries, 1, one.GetID())
		results = append(results, result)
	}
	return results
}

// The roles of a worker run in processes of their own, each with the settings that it needs and no others. Any replica takes any callback, and
// an operation at one carrier does not notice that nobody serves another.
func TestRolesFailApart(t *testing.T) {
	t.Parallel()
	const several = 6
	s := ownStack(t)
	require.NoError(t, s.StartServer("--sandbox-decide-after=300ms"))
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	const key = "CARRIERFLOW_LINE_KEY=secret"
	calling := func(carrier string) []string {
		var env []string
		for _, v := range s.CarriersEnv(s.Carriers) {
			if strings.HasPrefix(v, strings.ToUpper(carrier)+"_") && !strings.Contains(v, "_CALLBACK_") {
				env = append(env, v)
			}
		}
		return append(env, key, "CARRIERFLOW_CARRIERS="+carrier, "STN_SWEEP=false")
	}
	receiving := []string{"CARRIERFLOW_CARRIERS=dish", "DISH_CALLBACK_AUTH=standard-webhooks", "DISH_CALLBACK_WEBHOOK_SECRETS=" + s.WebhookSecret}

	startRole(t, s, "workflows", key)
	dish := startRole(t, s, "activities", calling("dish")...)
	startRole(t, s, "activities", calling("stn")...)
	first, second := startRole(t, s, "callbacks", receiving...), startRole(t, s, "callbacks", receiving...)
	balancer := startRoundRobin(t, s.Callbacks, first.callbacks, second.callbacks)
	c, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	suspended := func() []begun {
		var runs []begun
		for range several {
			runs = append(runs, beginSuspend(t, c))
		}
		return runs
	}
	tookThem := func() time.Duration {
		since := time.Now()
		var runs []begun
		for range several {
			runs = append(runs, beginSetServices(t, c))
		}
		completed(t, s, runs)
		return time.Since(since)
	}
	decidedByCallback := func(results []workflows.Result) {
		t.Helper()
		for _, result := range results {
			require.Equal(t, workflows.ByCallback, result.DecidedBy)
		}
	}

	runs := suspended()
	before := tookThem()
	decidedByCallback(completed(t, s, runs))
	require.Positive(t, balancer.taken[0].Load())
	require.Positive(t, balancer.taken[1].Load(), "either replica takes callbacks")

	first.Kill()
	taken := balancer.taken[1].Load()
	decidedByCallback(completed(t, s, suspended()))
	require.GreaterOrEqual(t, balancer.taken[1].Load(), taken+several, "the replica that is left takes all")

	require.NoError(t, dish.Stop(stack.Patience))
	waiting := suspended()
	during := tookThem()
	t.Logf("%d operations at the other carrier took %s, and %s while nobody served this one", several, before, during)
	for _, one := range waiting {
		d, err := c.DescribeWorkflowExecution(t.Context(), one.GetID(), "")
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, d.GetWorkflowExecutionInfo().GetStatus())
		entries, err := s.Ledger(one.carrier, "", one.line)
		require.NoError(t, err)
		require.Empty(t, entries, "nobody is there to send it")
	}
	startRole(t, s, "activities", calling("dish")...)
	decidedByCallback(completed(t, s, waiting))
}
