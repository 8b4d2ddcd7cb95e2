package service

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/workflows"
)

const (
	stnServed  = "--stn-base-url=http://127.0.0.1:1 --stn-api-key=k"
	dishServed = "--dish-base-url=http://127.0.0.1:1"
	keyed      = "--line-key=secret"
)

// A role asks only for what it needs.
func TestARoleAsksOnlyForWhatItNeeds(t *testing.T) {
	for _, tc := range []struct {
		args   string
		faults []string // each is in one fault, in their order; none means that it can run
	}{
		{"--role=workflows " + keyed, nil},
		{"--role=workflows", []string{"CARRIERFLOW_LINE_KEY"}},
		{"--role=workflows --no-line-order=stn,dish,masmovil,telnyx", nil},
		{"--role=workflows --workflow-cache=0 " + keyed, []string{"CARRIERFLOW_WORKFLOW_CACHE"}},
		{"--role=workflows --dish-base-url=nonsense --stn-per-second=0 --callback-address=0.0.0.0:1 " + keyed, nil},
		{"--role=activities " + stnServed + " " + keyed, nil},
		{"--role=activities --callback-address=0.0.0.0:1 --workflow-cache=0 " + dishServed + " " + keyed, nil},
		{"--role=activities", []string{"no carrier is configured", "CARRIERFLOW_LINE_KEY"}},
		{"--role=activities --stn-base-url=http://127.0.0.1:1 " + keyed, []string{"STN_API_KEY"}},
		{"--role=activities --carriers=stn " + dishServed + " " + keyed, []string{"STN_BASE_URL"}},
		{"--role=activities --carriers=dish --stn-base-url=nonsense " + dishServed + " " + keyed, nil},
		{"--role=callbacks --carriers=dish", nil},
		{"--role=callbacks --dish-callback-auth=bearer --dish-callback-tokens=t --callback-address=0.0.0.0:1", nil},
		{"--role=callbacks --carriers=dish --callback-address=0.0.0.0:1", []string{"DISH_CALLBACK_AUTH"}},
		{"--role=callbacks --carriers=dish --dish-done-words= --dish-port-in-eligible-words=", []string{"DISH_DONE_WORDS"}},
		{"--role=callbacks --carriers=stn", []string{"CARRIERFLOW_CARRIERS"}},
		{"--role=callbacks", []string{"CARRIERFLOW_CARRIERS"}},
		{"--role=activities,callbacks " + stnServed + " " + keyed, nil},
		{"--role=all --carriers=stn --dish-callback-auth=bearer " + dishServed + " " + stnServed + " " + keyed, nil},
		{"--role=cook --carriers=nosuch", []string{`there is no role "cook"; the roles are all, workflows,activities,callbacks`, `there is no carrier "nosuch"`}},
		{"", []string{"no carrier is configured", "CARRIERFLOW_LINE_KEY"}},
	} {
		faults := parsed(t, strings.Fields(tc.args)...).Faults()
		require.Len(t, faults, len(tc.faults), "%s: %v", tc.args, faults)
		for i, part := range tc.faults {
			require.ErrorContains(t, faults[i], part, tc.args)
		}
	}
}

// Who serves which carrier, by role.
func TestWhatAProcessServes(t *testing.T) {
	for _, tc := range []struct {
		args               string
		served, received   string
		direct, everything bool
	}{
		{"", "dish,stn", "dish", true, true},
		{"--carriers=stn", "stn", "", false, true},
		{"--role=workflows", "", "", false, false},
		{"--role=activities", "dish,stn", "", false, false},
		{"--role=activities --carriers=dish", "dish", "", false, false},
		{"--role=workflows,activities --carriers=dish", "dish", "", true, false},
		{"--role=callbacks", "", "dish", false, false},
	} {
		cfg := parsed(t, strings.Fields(tc.args+" --no-stn-sweep "+dishServed+" "+stnServed+" "+keyed)...)
		require.NoError(t, cfg.Check())
		telemetry, err := newTelemetry()
		require.NoError(t, err)
		connected, err := connectCarriers(cfg, telemetry, zap.NewNop())
		require.NoError(t, err)
		var served, received []string
		direct := false
		for _, c := range connected.carriers {
			served = append(served, string(c.Carrier))
			direct = direct || c.direct != nil
		}
		for c := range connected.callbacks {
			received = append(received, string(c))
		}
		connected.close()
		telemetry.close()
		require.Equal(t, tc.served, strings.Join(served, ","), tc.args)
		require.Equal(t, tc.received, strings.Join(received, ","), tc.args)
		require.Equal(t, tc.direct, direct, "%s: only who runs workflows leaves a share for direct reads", tc.args)
		require.Equal(t, tc.everything, cfg.identity("") == "", "%s: who does not do all says so at Temporal", tc.args)
	}
}

func TestWhoOnlyCallsCarriersIsKnownByItsIdentity(t *testing.T) {
	for args, want := range map[string]bool{
		"--role=activities": true, "--role=callbacks,activities": true, "--role=activities,workflows": false, "--role=workflows": false, "--role=callbacks": false, "--role=all": false,
	} {
		cfg := parsed(t, args)
		require.Equal(t, want, onlyActivities(cfg.identity("")), args)
		require.Equal(t, want, onlyActivities(cfg.identity("worker-7@host@")), args)
	}
	require.Equal(t, "worker-7@host@activities", parsed(t, "--role=activities").identity("worker-7@host@"))
	require.False(t, onlyActivities("17@activities-host@"), "the name of a host says nothing")
}

// Each role asks Temporal only for its own tasks, and opens only the addresses that it needs.
func TestARoleDoesOnlyItsPart(t *testing.T) {
	for role, tc := range map[string]struct {
		queues    []string
		callbacks bool
	}{
		"workflows":  {[]string{"carrierflow"}, false},
		"activities": {[]string{"carrierflow-dish", "carrierflow-stn"}, false},
		"callbacks":  {nil, true},
	} {
		server := &temporalServer{attributes: nil}
		if role != "callbacks" {
			server.attributes = workflows.SearchAttributes()
		}
		logs, stop := running(t, serveTemporal(t, server), "--role="+role, "--register-search-attributes=false")
		ready := awaitLog(t, logs, "worker is ready")
		require.Equal(t, role, ready["roles"])
		require.Equal(t, tc.callbacks, ready["callbacks"] != "", role)
		require.Equal(t, "ready: "+role+"\n", get(t, "http://"+ready["health"].(string)+"/readyz"))
		for _, queue := range tc.queues {
			require.Eventually(t, func() bool { _, polled := server.polled.Load(queue); return polled }, patience, 5*time.Millisecond, queue)
		}
		require.NoError(t, stop())
		server.polled.Range(func(queue, by any) bool {
			require.Contains(t, tc.queues, queue, role)
			require.True(t, strings.HasSuffix(by.(string), "@"+role), "it says at Temporal what it is: %s", by)
			return true
		})
		if role == "activities" { // sTN is swept
			limit, _ := server.limits.Load("carrierflow-dish")
			require.Equal(t, 20.0, limit, "without workflows the queue has the whole limit")
			limit, _ = server.limits.Load("carrierflow-stn")
			require.Equal(t, 18.0, limit, "but for the sweep")
		}
	}
}

// The level of the log can be seen, and set while the worker runs, at the address for whoever operates it.
func TestTheLevelOfTheLogCanBeSetAtRunTime(t *testing.T) {
	level := zap.NewAtomicLevel()
	h := newHealth("all", nil).routes(http.NotFoundHandler(), level)
	ask := func(method, body string) (int, string) { return asked(h, method, "/log/level", body) }
	status, text := ask(http.MethodGet, "")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"level":"info"}`, text)
	status, _ = ask(http.MethodPut, `{"level":"debug"}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, zap.DebugLevel, level.Level())
	status, _ = ask(http.MethodPut, `{"level":"loud"}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, zap.DebugLevel, level.Level())
	status, _ = asked(newHealth("all", nil).routes(http.NotFoundHandler(), nil), http.MethodGet, "/log/level", "")
	require.Equal(t, http.StatusNotFound, status, "a program that gives no level has none to set")
}

func asked(h http.Handler, method, path, body string) (int, string) {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer.Code, answer.Body.String()
}
