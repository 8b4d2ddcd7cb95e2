package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// Stack is a Temporal server with sandbox carriers and a worker.
type Stack struct {
	Binaries
	// Addresses of the parts. Carriers is a URL.
	Temporal, Carriers, Callbacks, Health string
	// WebhookSecret is the key for signing and verifying the callbacks.
	WebhookSecret string
	// Keyset is what worker and starter encrypt payloads with; empty is not at all.
	Keyset string
	// WebUI is the address where StartServer serves the Temporal Web UI. New leaves it empty, and then there is none.
	WebUI string

	Server, Worker, Sandbox *Process
	serverArgs              []string
}

// New picks the addresses of a stack. It starts nothing.
func New(b Binaries) *Stack {
	return &Stack{
		Binaries: b, Temporal: FreeAddress(), Carriers: "http://" + FreeAddress(), Callbacks: FreeAddress(), Health: FreeAddress(),
		WebhookSecret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
	}
}

// Another is a stack with the same Temporal and the same carriers, for another worker. It starts nothing.
func (s *Stack) Another() *Stack {
	other := New(s.Binaries)
	other.Temporal, other.Carriers, other.WebhookSecret = s.Temporal, s.Carriers, s.WebhookSecret
	return other
}

// StartServer starts the Temporal server and the sandbox carriers in one process, without a worker.
func (s *Stack) StartServer(args ...string) error {
	carriers, err := url.Parse(s.Carriers)
	if err != nil {
		return err
	}
	ui := "--no-ui"
	if s.WebUI != "" {
		ui = "--ui-port=" + Port(s.WebUI)
	}
	s.serverArgs = append([]string{
		"--no-worker", ui, "--port=" + Port(s.Temporal), "--sandbox-port=" + carriers.Port(),
		"--callback-port=" + Port(s.Callbacks), "--sandbox-callback-secret=" + s.WebhookSecret,
	}, args...)
	return s.launchServer()
}

func (s *Stack) launchServer() (err error) {
	if s.Server, err = Launch(s.Devserver, nil, s.serverArgs...); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return s.Server.AwaitText(ctx, "Ready.")
}

// RestartServer starts the server again with the same arguments, after it has ended.
func (s *Stack) RestartServer() error { return s.launchServer() }

// StartSandbox starts the sandbox carriers in a process of their own, with extra settings such as SANDBOX_DECIDE_AFTER=1s.
// The server must then be started with --no-sandbox.
func (s *Stack) StartSandbox(env ...string) error {
	carriers, err := url.Parse(s.Carriers)
	if err != nil {
		return err
	}
	s.Sandbox, err = Launch(s.Binaries.Sandbox, append([]string{
		"SANDBOX_ADDRESS=" + carriers.Host, "SANDBOX_CALLBACK_URL=http://" + s.Callbacks + "/callbacks/{carrier}",
		"SANDBOX_CALLBACK_SECRET=" + s.WebhookSecret,
	}, env...))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return s.Sandbox.Await(ctx, s.Carriers+"/_sandbox/health")
}

// StartWorker starts a worker process and waits until it is ready.
func (s *Stack) StartWorker(env ...string) error {
	var err error
	s.Worker, err = Launch(s.Binaries.Worker, append(s.WorkerEnv(), env...))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return s.Worker.Await(ctx, "http://"+s.Health+"/readyz")
}

// TemporalEnv is the environment with which a program finds this stack's Temporal.
func (s *Stack) TemporalEnv() []string {
	return []string{"TEMPORAL_ADDRESS=" + s.Temporal, "TEMPORAL_NAMESPACE=default", encryption.KeysVariable + "=" + s.Keyset}
}

// StarterEnv is the environment of a starter that a test runs: it waits longer than one at a terminal.
func (s *Stack) StarterEnv() []string {
	return append(s.TemporalEnv(), "CARRIERFLOW_PATIENCE="+Patience.String())
}

// WorkerEnv is the environment of this stack's worker.
func (s *Stack) WorkerEnv() []string {
	env := append(s.TemporalEnv(), s.CarriersEnv(s.Carriers)...)
	for _, a := range registry.Carriers() {
		env = append(env, a.EnvPrefix()+"PER_SECOND=1000", a.EnvPrefix()+"TIMEOUT=2s")
		if a.Sweep != nil { // most tests and recordings are about the requests of one operation, to which a sweep would add
			env = append(env, a.EnvPrefix()+"SWEEP=false")
		}
	}
	return append(env, "CARRIERFLOW_LINE_KEY=secret",
		"CARRIERFLOW_CALLBACK_ADDRESS="+s.Callbacks, "CARRIERFLOW_HEALTH_ADDRESS="+s.Health)
}

// CarriersEnv is the environment with which a worker uses the sandbox carriers at a URL.
func (s *Stack) CarriersEnv(url string) (env []string) {
	for name, value := range (sandboxes.Settings{}).WorkerEnv(url, s.WebhookSecret) {
		env = append(env, name+"="+value)
	}
	return env
}

// Stop stops the worker, then the server, then the sandbox if it has its own process, each cleanly.
func (s *Stack) Stop() error {
	var err error
	for _, p := range []*Process{s.Worker, s.Server, s.Sandbox} {
		if p != nil {
			err = errors.Join(err, p.Stop(Patience))
		}
	}
	return err
}

// Ledger is every request for a change that reached the sandbox, filtered by carrier, reference and line where not empty.
func (s *Stack) Ledger(carrier, reference, line string) ([]sandbox.Entry, error) {
	query := url.Values{}
	for name, value := range map[string]string{"carrier": carrier, "reference": reference, "line": line} {
		if value != "" {
			query.Set(name, value)
		}
	}
	var entries []sandbox.Entry
	return entries, s.control(http.MethodGet, "/_sandbox/ledger?"+query.Encode(), nil, &entries)
}

// Direct adds a rule to the sandbox.
func (s *Stack) Direct(r sandbox.Rule) error {
	return s.control(http.MethodPost, "/_sandbox/scenarios", r, nil)
}

// Undirect removes the sandbox's rules that match r; an empty one removes all.
func (s *Stack) Undirect(r sandbox.Rule) error {
	query := url.Values{}
	for name, value := range map[string]string{
		"carrier": string(r.Carrier), "operation": r.Operation, "reference": r.Reference, "line": r.Line, "scenario": r.Scenario,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return s.control(http.MethodDelete, "/_sandbox/scenarios?"+query.Encode(), nil, nil)
}

// Release sends the answers that the sandbox holds back in the scenario stall-after-recording.
func (s *Stack) Release() error { return s.control(http.MethodPost, "/_sandbox/release", nil, nil) }

// Decide makes the sandbox decide a change that it never decides by itself (the scenario "never-decided").
func (s *Stack) Decide(carrier, reference string) error {
	query := url.Values{"carrier": {carrier}, "reference": {reference}}
	return s.control(http.MethodPost, "/_sandbox/decide?"+query.Encode(), nil, nil)
}

// Stats is the number of requests that the sandbox has received, changes and reads alike.
func (s *Stack) Stats() (sandbox.Stats, error) {
	var stats sandbox.Stats
	return stats, s.control(http.MethodGet, "/_sandbox/stats", nil, &stats)
}

func (s *Stack) control(method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, s.Carriers+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the sandbox answers %s: %s", response.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
