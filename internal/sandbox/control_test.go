package sandbox

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
		b := start(t, quick)
		require.Equal(t, 201, b.post("/_sandbox/scenarios", tc.rule).status)
		got := b.suspend("ref", iccid)
		assert.Equal(t, map[bool]int{true: 400, false: 200}[tc.meets], got.status, tc.rule)
		assert.Equal(t, 200, b.get("/dish/subscription?iccid="+iccid).status, "a rule without an operation spares reads")
		if tc.meets {
			assert.Equal(t, []string{"refuse-400"}, b.Ledger(Filter{})[0].Scenarios)
		}
	}
}

func TestRulesAreRefusedWhenTheyCouldNotMatter(t *testing.T) {
	b := start(t, quick)
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
		got := b.post("/_sandbox/scenarios", rule)
		assert.Equal(t, 400, got.status, rule)
		assert.NotEmpty(t, got.field("error"), rule)
	}
	assert.Empty(t, b.ActiveScenarios())
}

func TestRulesEndAfterTheirTimesAndCanBeCleared(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Carrier: "dish", Operation: "transaction", Scenario: "unavailable-503", Times: 2})
	b.set(Rule{Carrier: "dish", Scenario: "down", Operation: "status"})
	b.set(Rule{Scenario: "expired-token", Carrier: "stn"})
	b.suspend("ref", iccid)
	assert.Equal(t, 503, b.get("/dish/transaction/status/ref").status)
	assert.Equal(t, "1", b.get("/_sandbox/scenarios").number("active", 0, "met"))
	assert.Equal(t, 503, b.get("/dish/transaction/status/ref").status)
	assert.Equal(t, 404, b.get("/dish/transaction/status/ref").status, "the third request meets no rule")
	assert.Len(t, b.ActiveScenarios(), 2)

	assert.Equal(t, 401, b.setServices("r", stnID, `{}`).status)
	assert.Equal(t, 200, b.setServices("r", stnID, `{}`).status, "an expired token is refused once")

	assert.Equal(t, "0", b.call("DELETE", "/_sandbox/scenarios?carrier=masmovil", "").number("removed"))
	assert.Equal(t, "1", b.call("DELETE", "/_sandbox/scenarios?scenario=down", "").number("removed"))
	assert.Equal(t, 400, b.call("DELETE", "/_sandbox/scenarios?id=x", "").status)
	assert.Equal(t, 200, b.suspend("ref", iccid).status)
	b.set(Rule{Scenario: "down"})
	assert.Equal(t, "1", b.call("DELETE", "/_sandbox/scenarios", "").number("removed"))
	assert.Empty(t, b.ActiveScenarios())
}

func TestRulesAndLinesCombine(t *testing.T) {
	b := start(t, quick)
	// The line is forgetful, and the answer is lost besides: the only way to see what a careless client does.
	b.set(Rule{Carrier: "dish", Operation: "status", Scenario: "reset-after-recording", Times: 1})
	require.Error(t, b.suspend("ref", "89010000000000000068").err)
	assert.Equal(t, 404, b.get("/dish/transaction/status/ref").status)
	require.Equal(t, 200, b.suspend("ref", "89010000000000000068").status)
	entries := b.Ledger(Filter{Carrier: carriers.DISH, Reference: "ref"})
	require.Len(t, entries, 2)
	assert.Equal(t, []string{"forgetful", "reset-after-recording"}, entries[0].Scenarios)
	assert.True(t, entries[1].Recorded)
	assert.Equal(t, 1, entries[1].DuplicateOf)
}

func TestRulesReachLookups(t *testing.T) {
	tests := []struct {
		rule  Rule
		check func(*testing.T, answer)
	}{
		{Rule{Operation: "transaction", Scenario: "forgetful"}, func(t *testing.T, a answer) { assert.Equal(t, 404, a.status) }},
		{Rule{Operation: "transaction", Line: iccid, Scenario: "html-page"}, func(t *testing.T, a answer) { assert.Contains(t, a.raw, "<html>") }},
		{Rule{Operation: "transaction", Reference: "ref", Scenario: "half-body"}, func(t *testing.T, a answer) { assert.Error(t, a.err) }},
		{Rule{Operation: "transaction", Scenario: "error-inside-200"}, func(t *testing.T, a answer) { assert.Equal(t, "BAD_REQUEST", a.field("code")) }},
		{Rule{Operation: "transaction", Scenario: "throttled-429-retry-after", Delay: carriers.Duration(2500 * time.Millisecond)}, func(t *testing.T, a answer) {
			assert.Equal(t, "3", a.header.Get("Retry-After"), "whole seconds, never too early")
		}},
		{Rule{Operation: "transaction", Scenario: "timeout-before-recording", Delay: carriers.Duration(time.Millisecond)}, func(t *testing.T, a answer) {
			assert.Error(t, a.err, "a hold that is over ends in a reset")
		}},
	}
	for _, tc := range tests {
		b := start(t, quick)
		b.suspend("ref", iccid)
		b.set(tc.rule)
		tc.check(t, b.get("/dish/transaction/status/ref"))
	}

	b := start(t, quick)
	id := b.setServices("ref", stnID, `{}`).field("id")
	b.set(Rule{Carrier: "stn", Operation: "query-activation", Line: stnID, Scenario: "forgetful"})
	assert.Nil(t, b.activation(id))
}

func TestDelayOfARuleReplacesTheUsualTime(t *testing.T) {
	cfg := quick
	cfg.DecideAfter = time.Hour
	b := start(t, cfg)
	b.set(Rule{Scenario: "delayed-error", Delay: carriers.Duration(time.Millisecond)})
	b.suspend("ref", iccid)
	b.eventually(func() bool { return b.transaction("ref") == "Failed" })
}

func TestAcknowledgementsCanBeSlow(t *testing.T) {
	cfg := quick
	cfg.AcknowledgeAfter = 80 * time.Millisecond
	b := start(t, cfg)
	sent := time.Now()
	b.suspend("ref", iccid)
	assert.GreaterOrEqual(t, time.Since(sent), cfg.AcknowledgeAfter)
}

func TestAWholeCarrierCanBeDownOrRefuse(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Carrier: "dish", Scenario: "down"})
	assert.Equal(t, 503, b.suspend("ref", iccid).status)
	assert.Equal(t, 503, b.get("/dish/subscription?iccid="+iccid).status)
	assert.Equal(t, 503, b.post("/dish/oauth/token", "").status)
	assert.Equal(t, 200, b.setServices("r", stnID, `{}`).status, "the others go on")

	b.ClearScenarios(Rule{})
	b.set(Rule{Carrier: "dish", Scenario: "refusing"})
	require.ErrorIs(t, b.suspend("ref", iccid).err, io.EOF)
	require.Error(t, b.get("/dish/subscription?iccid="+iccid).err)
	b.ClearScenarios(Rule{})
	assert.Equal(t, 200, b.suspend("ref", iccid).status)
	assert.Equal(t, []string{"503", "closed", "200"}, answered(b.Ledger(Filter{Carrier: "dish"})))
}

func answered(entries []Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Answered)
	}
	return all
}

func TestStalledAnswersAreReleased(t *testing.T) {
	b := start(t, quick)
	done := make(chan answer, 1)
	send := b.sender(carriers.DISH, codeOf(t, "stall-after-recording"))
	go func() { done <- send(t.Context()) }()
	b.eventually(func() bool { e := b.Ledger(Filter{}); return len(e) == 1 && e[0].Answered == "held" })
	assert.True(t, b.Ledger(Filter{})[0].Recorded)
	b.eventually(func() bool { return b.transaction("ref") == "Success" }, "the carrier goes on")
	assert.Equal(t, "1", b.post("/_sandbox/release", "").number("released"))
	got := <-done
	assert.Equal(t, 200, got.status)
	assert.Equal(t, "Success", got.field("status"))
	assert.Equal(t, "0", b.post("/_sandbox/release", "").number("released"))
	assert.Equal(t, []string{"200"}, answered(b.Ledger(Filter{})))
}

func TestCloseEndsHeldAnswersAndPendingDecisions(t *testing.T) {
	cfg := quick
	cfg.DecideAfter = time.Hour
	b := start(t, cfg)
	b.suspend("pending", iccid)
	done := make(chan answer, 2)
	for _, name := range []string{"stall-after-recording", "timeout-after-recording"} {
		send := b.sender(carriers.STN, codeOf(t, name))
		go func() { done <- send(t.Context()) }()
	}
	b.eventually(func() bool {
		held := 0
		for _, e := range b.Ledger(Filter{}) {
			if e.Answered == "held" {
				held++
			}
		}
		return held == 2
	})
	b.Close()
	require.ErrorIs(t, (<-done).err, syscall.ECONNRESET)
	require.ErrorIs(t, (<-done).err, syscall.ECONNRESET)
}

func TestTheControlEndpointSaysWhatTheMethodsSay(t *testing.T) {
	b := start(t, quick)
	b.suspend("ref", iccid)
	b.setServices("other", stnID, `{}`)
	b.eventually(func() bool { return b.Ledger(Filter{Reference: "ref"})[0].InEffect })
	b.get("/dish/transaction/status/ref")
	b.get("/dish/transaction/status/ref")

	var entries []Entry
	require.NoError(t, json.Unmarshal([]byte(b.get("/_sandbox/ledger?carrier=dish&operation=status&reference=ref&line="+iccid).raw), &entries))
	require.Len(t, entries, 1)
	want := b.Ledger(Filter{Reference: "ref"})[0]
	assert.WithinDuration(t, want.ArrivedAt, entries[0].ArrivedAt, 0)
	assert.WithinDuration(t, want.InEffectAt, entries[0].InEffectAt, 0)
	entries[0].ArrivedAt, entries[0].InEffectAt = want.ArrivedAt, want.InEffectAt
	assert.Equal(t, want, entries[0])
	assert.Equal(t, "[]\n", b.get("/_sandbox/ledger?reference=nobody").raw)

	assert.Equal(t, Stats{"dish": {"status": 1, "transaction": 2}, "stn": {"set-services": 1}}, b.Stats())
	assert.Equal(t, "2", b.get("/_sandbox/stats").number("dish", "transaction"))
	assert.Equal(t, "[]\n", b.get("/_sandbox/callbacks").raw)
	assert.Equal(t, "slow", b.get("/_sandbox/scenarios").field("table", 0, "name"))
	assert.Equal(t, "ok", b.get("/_sandbox/health").field("status"))
	assert.Contains(t, b.get("/").raw, "POST /dish/subscription/activate")
	assert.Equal(t, http.StatusNotFound, b.get("/nowhere").status)
}

// number returns a field as text.
func (a answer) number(path ...any) string {
	n, _ := a.field(path...).(json.Number)
	return n.String()
}
