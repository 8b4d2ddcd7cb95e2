package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// The secrets of the receivers, as whoever runs the worker gives them to the receivers' developers.
const (
	oldSecret = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZCE="
	newSecret = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="
)

// endpoint is a receiver of webhooks. It verifies what comes with the library, and remembers what it has answered 2xx to.
type endpoint struct {
	*httptest.Server
	answer func(n int, e workflows.WebhookEvent) int

	mu       sync.Mutex
	attempts []workflows.WebhookEvent
	taken    []workflows.WebhookEvent
	faults   []string
}

// newEndpoint listens at an address of this machine. answer gives the status of the n-th request; nil always takes it.
func newEndpoint(t *testing.T, host, secret string, answer func(n int, e workflows.WebhookEvent) int) *endpoint {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", host+":0")
	require.NoError(t, err)
	r := &endpoint{answer: answer}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var e workflows.WebhookEvent
		switch {
		case err != nil:
			return
		case verifier.Verify(body, request.Header) != nil:
			r.note("a signature is wrong")
		case json.Unmarshal(body, &e) != nil || e.ID != request.Header.Get("webhook-id"):
			r.note("the body is not an event with the id of the header")
		}
		r.mu.Lock()
		r.attempts = append(r.attempts, e)
		n := len(r.attempts)
		r.mu.Unlock()
		status := http.StatusNoContent
		if r.answer != nil {
			status = r.answer(n, e)
		}
		if status/100 == 2 {
			r.mu.Lock()
			r.taken = append(r.taken, e)
			r.mu.Unlock()
		}
		w.WriteHeader(status)
	}))
	_ = r.Listener.Close()
	r.Listener = listener
	r.Start()
	t.Cleanup(r.Close)
	return r
}

func (r *endpoint) note(fault string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, fault)
}

// of are the events of an operation that were taken.
func (r *endpoint) of(workflowID string) (events []workflows.WebhookEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.taken {
		if e.Data.WorkflowID == workflowID {
			events = append(events, e)
		}
	}
	return events
}

// tried is how many requests about an operation have come.
func (r *endpoint) tried(workflowID string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.attempts {
		if e.Data.WorkflowID == workflowID {
			n++
		}
	}
	return n
}

func (r *endpoint) requireNoFaults(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Empty(t, r.faults)
}

// endpointFile writes the file of the endpoints. Each is a name, a URL and what else is in its entry.
func endpointFile(t *testing.T, endpoints ...[3]string) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("endpoints:\n")
	for _, e := range endpoints {
		fmt.Fprintf(&text, "- name: %s\n  url: %s\n", e[0], e[1])
		for _, line := range strings.Split(e[2], ";") {
			fmt.Fprintf(&text, "  %s\n", strings.TrimSpace(line))
		}
	}
	path := filepath.Join(t.TempDir(), "webhooks.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	return path
}

// webhookStack starts a stack whose worker sends webhooks to this machine.
func webhookStack(t *testing.T, file string, server ...string) (*stack.Stack, client.Client, []string) {
	t.Helper()
	s := ownStack(t)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	require.NoError(t, s.StartServer(server...))
	env := []string{"CARRIERFLOW_WEBHOOKS_FILE=" + file, "CARRIERFLOW_WEBHOOKS_ALLOW_HTTP=true", "CARRIERFLOW_WEBHOOKS_ALLOW_PRIVATE=127.0.0.1/32"}
	require.NoError(t, s.StartWorker(env...))
	c, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return s, c, env
}

// executionOf is a run as workflows name it.
func executionOf(run client.WorkflowRun) workflow.Execution {
	return workflow.Execution{ID: run.GetID(), RunID: run.GetRunID()}
}
