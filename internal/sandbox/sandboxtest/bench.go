// Package sandboxtest helps to test a carrier's sandbox: the sandbox behind real HTTP, a client for it, and a receiver for
// its callbacks.
package sandboxtest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// Quick are settings with delays short enough for a test and long enough to see what lies between.
func Quick() sandbox.Config {
	return sandbox.Config{
		DecideAfter: 40 * time.Millisecond, ReviewFor: 40 * time.Millisecond, LateEffectAfter: 200 * time.Millisecond,
		HoldFor: 10 * time.Second, RetryAfter: time.Second,
		Callback: sandbox.CallbackConfig{RetryFrom: 5 * time.Millisecond, RetryUpTo: 20 * time.Millisecond},
	}
}

// Unhurried are settings that leave time to see what lies between acknowledgement and decision, on a busy machine too.
func Unhurried() sandbox.Config {
	cfg := Quick()
	cfg.DecideAfter, cfg.ReviewFor, cfg.LateEffectAfter = 400*time.Millisecond, 400*time.Millisecond, 500*time.Millisecond
	return cfg
}

// Bench is a sandbox behind real HTTP and a client that keeps no connections.
type Bench struct {
	*sandbox.Sandbox
	URL    string
	Client *http.Client

	t *testing.T
}

// Start starts a sandbox that ends with the test.
func Start(t *testing.T, cfg sandbox.Config, plugged ...sandbox.Carrier) *Bench {
	t.Helper()
	s := sandbox.New(cfg, plugged...)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return &Bench{Sandbox: s, t: t, URL: server.URL, Client: &http.Client{
		Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
	}}
}

// Answer is what a client saw.
type Answer struct {
	Status int
	Header http.Header
	Raw    string
	Err    error // no answer, or not all of it
}

// Field returns a part of a JSON answer: Field("results", 0, "id").
func (a Answer) Field(path ...any) any {
	var node any
	decoder := json.NewDecoder(strings.NewReader(a.Raw))
	decoder.UseNumber()
	if decoder.Decode(&node) != nil {
		return nil
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := node.(map[string]any)
			node = object[step]
		case int:
			list, _ := node.([]any)
			if step >= len(list) {
				return nil
			}
			node = list[step]
		}
	}
	return node
}

// Number returns a number of a JSON answer as text.
func (a Answer) Number(path ...any) string {
	n, _ := a.Field(path...).(json.Number)
	return n.String()
}

// Call sends a request. The headers are names and values in turn.
func (b *Bench) Call(method, path, body string, headers ...string) Answer {
	b.t.Helper()
	return b.CallContext(b.t.Context(), method, path, body, headers...)
}

// CallContext sends a request that ends with a context.
func (b *Bench) CallContext(ctx context.Context, method, path, body string, headers ...string) Answer {
	request, err := http.NewRequestWithContext(ctx, method, b.URL+path, strings.NewReader(body))
	if err != nil {
		return Answer{Err: err}
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.Client.Do(request)
	if err != nil {
		return Answer{Err: err}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, string(raw), err}
}

// Get sends a GET request.
func (b *Bench) Get(path string) Answer { b.t.Helper(); return b.Call(http.MethodGet, path, "") }

// Post sends a POST request with a JSON body.
func (b *Bench) Post(path, body string) Answer {
	b.t.Helper()
	return b.Call(http.MethodPost, path, body, "Content-Type", "application/json")
}

// Eventually waits until a condition holds, and fails the test when it never does.
func (b *Bench) Eventually(condition func() bool, what ...any) {
	b.t.Helper()
	require.Eventually(b.t, condition, 5*time.Second, 5*time.Millisecond, what...)
}

// Set adds a rule.
func (b *Bench) Set(rule sandbox.Rule) {
	b.t.Helper()
	_, err := b.SetScenario(rule)
	require.NoError(b.t, err)
}
