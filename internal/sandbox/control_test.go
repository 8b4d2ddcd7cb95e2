package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestRulesChooseByCarrierOperationReferenceAndLine(t *testing.T) {
	tests := []struct {
		rule  string
		meets bool
	}{
		{`{"scenario":"refuse-400"}`, true},
		{`{"carrier":"dish","scenario":"refuse-400"}`, true},
		{`{"carrier":"stn","scenario":"refuse-400"}`, false},
		{`{"operation":"status","scenario":"refuse-400"}`, true},
		{`{"operation":"activate","scenario":"refuse-400"}`, false},
		{`{"reference":"ref","scenario":"refuse-400"}`, true},
		{`{"reference":"other","scenario":"refuse-400"}`, false},
		{`{"line":"89010000000000000017","scenario":"refuse-400"}`, true},
		{`{"line":"89010000000000000018","scenario":"refuse-400"}`, false},
	}
	for _, tc := range tests {
		b := start(t, sandboxtest.Quick())
		require.Equal(t, 201, b.Post("/_sandbox/scenarios", tc.rule).Status)
		got := b.suspend("ref", iccid)
		assert.Equal(t, map[bool]int{true: 400, false: 200}[tc.meets], got.Status, tc.rule)
		assert.Equal(t, 200, b.Get("/dish/subscription?iccid="+iccid).Status, "a rule without an operation spares reads")
		if tc.meets {
			assert.Equal(t, []string{"refuse-400"}, b.Ledger(sandbox.Filter{})[0].Scenarios)
		}
	}
}

func TestRulesAreRefusedWhenTheyCouldNotMatter(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	for _, rule := range []string{
		`{"scenario":"nonsense"}`,
		`{"carrier":"vodafone","scenario":"down"}`,
		`{"carrier":"stn","operation":"activate","scenario":"down"}`,
		`{"carrier":"stn","scenario":"lost-callback"}`,
		`{"operation":"transaction","scenario":"delayed-error"}`,
		`{"operation":"query-subscription","scenario":"forgetful"}`,
		`{"operation":"query-subscription","scenario":"late-visibility"}`,
		`{"carrier":"stn","scenario":"batched-callback"}`,
		`{"scenario":"down","times":-1}`,
		`{"scenario":"down","delay":"soon"}`,
		`{"scenario":"down","refrence":"typo"}`,
		`down`,
	} {
		got := b.Post("/_sandbox/scenarios", rule)
		assert.Equal(t, 400, got.Status, rule)
		assert.NotEmpty(t, got.Field("error"), rule)
	}
	assert.Empty(t, b.ActiveScenarios())
}

func TestRulesEndAfterTheirTimesAndCanBeCleared(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Carrier: "dish", Operation: "transaction", Scenario: "unavailable-503", Times: 2})
	b.Set(sandbox.Rule{Carrier: "dish", Scenario: "down", Operation: "status"})
	b.Set(sandbox.Rule{Scenario: "expired-token", Carrier: "stn"})
	b.suspend("ref", iccid)
	assert.Equal(t, 503, b.Get("/dish/transaction/status/ref").Status)
	assert.Equal(t, "1", b.Get("/_sandbox/scenarios").Number("active", 0, "met"))
	assert.Equal(t, 503, b.Get("/dish/transaction/status/ref").Status)
	assert.Equal(t, 404, b.Get("/dish/transaction/status/ref").Status, "the third request meets no rule")
	assert.Len(t, b.ActiveScenarios(), 2)

	assert.Equal(t, 401, b.setServices("r", stnID, `{}`).Status)
	assert.Equal(t, 200, b.setServices("r", stnID, `{}`).Status, "an expired token is refused once")

	assert.Equal(t, "0", b.Call("DELETE", "/_sandbox/scenarios?carrier=masmovil", "").Number("removed"))
	assert.Equal(t, "1", b.Call("DELETE", "/_sandbox/scenarios?scenario=down", "").Number("removed"))
	assert.Equal(t, 400, b.Call("DELETE", "/_sandbox/scenarios?id=x", "").Status)
	assert.Equal(t, 200, b.suspend("ref", iccid).Status)
	b.Set(sandbox.Rule{Scenario: "down"})
	assert.Equal(t, "1", b.Call("DELETE", "/_sandbox/scenarios", "").Number("removed"))
	assert.Empty(t, b.ActiveScenarios())
}

func TestRulesAndLinesCombine(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	// The line is forgetful, and the answer is lost besides: the only way to see what a careless client does.
	b.Set(sandbox.Rule{Carrier: "dish", Operation: "status", Scenario: "reset-after-recording", Times: 1})
	require.Error(t, b.suspend("ref", "89010000000000000068").Err)
	assert.Equal(t, 404, b.Get("/dish/transaction/status/ref").Status)
	require.Equal(t, 200, b.suspend("ref", "89010000000000000068").Status)
	entries := b.Ledger(sandbox.Filter{Carrier: "dish", Reference: "ref"})
	require.Len(t, entries, 2)
	assert.Equal(t, []string{"forgetful", "reset-after-recording"}, entries[0].Scenarios)
	assert.True(t, entries[1].Recorded)
	assert.Equal(t, 1, entries[1].DuplicateOf)
}

func TestRulesReachLookups(t *testing.T) {
	tests := []struct {
		rule  sandbox.Rule
		check func(*testing.T, sandboxtest.Answer)
	}{
		{sandbox.Rule{Operation: "transaction", Scenario: "forgetful"}, func(t *testing.T, a sandboxtest.Answer) { assert.Equal(t, 404, a.Status) }},
		{sandbox.Rule{Operation: "transaction", Line: iccid, Scenario: "html-page"}, func(t *testing.T, a sandboxtest.Answer) { assert.Contains(t, a.Raw, "<html>") }},
		{sandbox.Rule{Operation: "transaction", Reference: "ref", Scenario: "half-body"}, func(t *testing.T, a sandboxtest.Answer) { assert.Error(t, a.Err) }},
		{sandbox.Rule{Operation: "transaction", Scenario: "error-inside-200"}, func(t *testing.T, a sandboxtest.Answer) { assert.Equal(t, "BAD_REQUEST", a.Field("code")) }},
		{sandbox.Rule{Operation: "transaction", Scenario: "throttled-429-retry-after", Delay: carriers.Duration(2500 * time.Millisecond)}, func(t *testing.T, a sandboxtest.Answer) {
			assert.Equal(t, "3", a.Header.Get("Retry-After"), "whole seconds, never too early")
		}},
		{sandbox.Rule{Operation: "transaction", Scenario: "timeout-before-recording", Delay: carriers.Duration(time.Millisecond)}, func(t *testing.T, a sandboxtest.Answer) {
			assert.Error(t, a.Err, "a hold that is over ends in a reset")
		}},
	}
	for _, tc := range tests {
		b := start(t, sandboxtest.Quick())
		b.suspend("ref", iccid)
		b.Set(tc.rule)
		tc.check(t, b.Get("/dish/transaction/status/ref"))
	}

	b := start(t, sandboxtest.Quick())
	id := b.setServices("ref", stnID, `{}`).Field("id")
	b.Set(sandbox.Rule{Carrier: "stn", Operation: "query-activation", Line: stnID, Scenario: "forgetful"})
	assert.Nil(t, b.activation(id))
}

func TestDelayOfARuleReplacesTheUsualTime(t *testing.T) {
	cfg := sandboxtest.Quick()
	cfg.DecideAfter = time.Hour
	b := start(t, cfg)
	b.Set(sandbox.Rule{Scenario: "delayed-error", Delay: carriers.Duration(time.Millisecond)})
	b.suspend("ref", iccid)
	b.Eventually(func() bool { return b.transaction("ref") == "Failed" })
}

func TestAcknowledgementsCanBeSlow(t *testing.T) {
	cfg := sandboxtest.Quick()
	cfg.AcknowledgeAfter = 80 * time.Millisecond
	b := start(t, cfg)
	sent := time.Now()
	b.suspend("ref", iccid)
	assert.GreaterOrEqual(t, time.Since(sent), cfg.AcknowledgeAfter)
}

func TestAWholeCarrierCanBeDownOrRefuse(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Carrier: "dish", Scenario: "down"})
	assert.Equal(t, 503, b.suspend("ref", iccid).Status)
	assert.Equal(t, 503, b.Get("/dish/subscription?iccid="+iccid).Status)
	assert.Equal(t, 503, b.Post("/dish/oauth/token", "").Status)
	assert.Equal(t, 200, b.setServices("r", stnID, `{}`).Status, "the others go on")

	b.ClearScenarios(sandbox.Rule{})
	b.Set(sandbox.Rule{Carrier: "dish", Scenario: "refusing"})
	require.ErrorIs(t, b.suspend("ref", iccid).Err, io.EOF)
	require.Error(t, b.Get("/dish/subscription?iccid="+iccid).Err)
	b.ClearScenarios(sandbox.Rule{})
	assert.Equal(t, 200, b.suspend("ref", iccid).Status)
	assert.Equal(t, []string{"503", "closed", "200"}, answered(b.Ledger(sandbox.Filter{Carrier: "dish"})))
}

func answered(entries []sandbox.Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Answered)
	}
	return all
}

func TestStalledAnswersAreReleased(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	done := make(chan sandboxtest.Answer, 1)
	send := b.sender("dish", codeOf(t, "stall-after-recording"))
	go func() { done <- send(t.Context()) }()
	b.Eventually(func() bool { e := b.Ledger(sandbox.Filter{}); return len(e) == 1 && e[0].Answered == "held" })
	assert.True(t, b.Ledger(sandbox.Filter{})[0].Recorded)
	b.Eventually(func() bool { return b.transaction("ref") == "Success" }, "the carrier goes on")
	assert.Equal(t, "1", b.Post("/_sandbox/release", "").Number("released"))
	got := <-done
	assert.Equal(t, 200, got.Status)
	assert.Equal(t, "Success", got.Field("status"))
	assert.Equal(t, "0", b.Post("/_sandbox/release", "").Number("released"))
	assert.Equal(t, []string{"200"}, answered(b.Ledger(sandbox.Filter{})))
}

func TestCloseEndsHeldAnswersAndPendingDecisions(t *testing.T) {
	cfg := sandboxtest.Quick()
	cfg.DecideAfter = time.Hour
	b := start(t, cfg)
	b.suspend("pending", iccid)
	done := make(chan sandboxtest.Answer, 2)
	for _, name := range []string{"stall-after-recording", "timeout-after-recording"} {
		send := b.sender("stn", codeOf(t, name))
		go func() { done <- send(t.Context()) }()
	}
	b.Eventually(func() bool {
		held := 0
		for _, e := range b.Ledger(sandbox.Filter{}) {
			if e.Answered == "held" {
				held++
			}
		}
		return held == 2
	})
	b.Close()
	require.ErrorIs(t, (<-done).Err, syscall.ECONNRESET)
	require.ErrorIs(t, (<-done).Err, syscall.ECONNRESET)
}

func TestTheControlEndpointSaysWhatTheMethodsSay(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.suspend("ref", iccid)
	b.setServices("other", stnID, `{}`)
	b.Eventually(func() bool { return b.Ledger(sandbox.Filter{Reference: "ref"})[0].InEffect })
	b.Get("/dish/transaction/status/ref")
	b.Get("/dish/transaction/status/ref")

	var entries []sandbox.Entry
	require.NoError(t, json.Unmarshal([]byte(b.Get("/_sandbox/ledger?carrier=dish&operation=status&reference=ref&line="+iccid).Raw), &entries))
	require.Len(t, entries, 1)
	want := b.Ledger(sandbox.Filter{Reference: "ref"})[0]
	assert.WithinDuration(t, want.ArrivedAt, entries[0].ArrivedAt, 0)
	assert.WithinDuration(t, want.InEffectAt, entries[0].InEffectAt, 0)
	entries[0].ArrivedAt, entries[0].InEffectAt = want.ArrivedAt, want.InEffectAt
	assert.Equal(t, want, entries[0])
	assert.Equal(t, "[]\n", b.Get("/_sandbox/ledger?reference=nobody").Raw)

	assert.Equal(t, sandbox.Stats{"dish": {"status": 1, "transaction": 2}, "stn": {"set-services": 1}}, b.Stats())
	assert.Equal(t, "2", b.Get("/_sandbox/stats").Number("dish", "transaction"))
	assert.Equal(t, "[]\n", b.Get("/_sandbox/callbacks").Raw)
	assert.Equal(t, "slow", b.Get("/_sandbox/scenarios").Field("table", 0, "name"))
	assert.Equal(t, "ok", b.Get("/_sandbox/health").Field("status"))
	assert.Contains(t, b.Get("/").Raw, "POST /dish/subscription/activate")
	assert.Equal(t, http.StatusNotFound, b.Get("/nowhere").Status)
}

// What is never decided by itself is decided when it is asked for, once, with everything that follows from a decision.
func TestDecidedWhenAskedFor(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	require.Equal(t, 200, b.suspend("waits", "89010000000000000163").Status)
	require.Equal(t, 200, b.suspend("waits-too", "89010000000000000263").Status)
	assert.Equal(t, "0", b.Post("/_sandbox/decide?carrier=stn&reference=waits", "").Number("decided"), "another carrier's")
	b.Eventually(func() bool { return b.transaction("waits") == "InProgress" })
	assert.Equal(t, "1", b.Post("/_sandbox/decide?carrier=dish&reference=waits", "").Number("decided"))
	assert.Equal(t, "Success", b.transaction("waits"))
	assert.NotEqual(t, "Success", b.transaction("waits-too"))
	assert.True(t, b.Ledger(sandbox.Filter{Reference: "waits"})[0].InEffect)
	assert.Equal(t, "0", b.Post("/_sandbox/decide?carrier=dish&reference=waits", "").Number("decided"), "decided already")
}
