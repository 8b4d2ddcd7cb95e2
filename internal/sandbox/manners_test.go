package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestGatewaysAnswerReadsInTheirOwnWords(t *testing.T) {
	for _, tc := range []struct {
		scenario, contentType, words string
		status                       int
	}{
		{"gateway-404-text", "text/plain; charset=utf-8", "default backend - 404", 404},
		{"gateway-404-json", "application/json; charset=utf-8", `{"message":"no Route matched with those Values"}`, 404},
		{"gateway-404-html", "text/html", "<h1>404 Not Found</h1>", 404},
		{"gateway-403", "application/json", `{"message":"Forbidden"}`, 403},
		{"gateway-400", "text/html", "<h1>400 Bad Request</h1>", 400},
	} {
		t.Run(tc.scenario, func(t *testing.T) {
			b := start(t, sandboxtest.Quick())
			b.suspend("ref", iccid)
			b.setServices("ref", stnID, `{}`)
			b.Set(sandbox.Rule{Scenario: tc.scenario})
			for _, path := range []string{
				"/dish/transaction/status/ref", "/dish/transaction/status/nobody", "/dish/subscription?iccid=" + iccid,
				"/stn/api/QueryActivation?subscriptionId=" + stnID, "/stn/api/QuerySubscription?Id=" + stnID,
				masLine("7"), masLine("7") + "/devices", fraudRequests("7"),
			} {
				got := b.Get(path)
				assert.Equal(t, tc.status, got.Status, path)
				assert.Equal(t, tc.contentType, got.Header.Get("Content-Type"), path)
				assert.Contains(t, got.Raw, tc.words, path)
			}
			assert.Equal(t, 200, b.suspend("other", "89010000000000000018").Status, "changes come through")
			assert.Equal(t, 400, b.Post("/dish/oauth/token", "").Status, "tokens too: this is the sandbox's own refusal")

			b.Set(sandbox.Rule{Operation: "status", Reference: "third", Scenario: tc.scenario})
			assert.Equal(t, tc.status, b.suspend("third", iccid).Status, "unless a rule names them")
			refused := b.Ledger(sandbox.Filter{Reference: "third"})[0]
			assert.False(t, refused.Recorded)
			assert.Equal(t, fmt.Sprint(tc.status, " of a gateway"), refused.Answered)
		})
	}
}

func TestLateRecordsAreUnknownUntilTheirTime(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	lookUps := map[string]func() (known bool){}
	enter := func(line string) {
		b.suspend("ref-"+line, "890100000000000000"+line)
		b.setServices("ref-"+line, "Sub"+line, `{"voiceMail":false}`)
		id := b.Post(masLine("7"+line)+"/devices", `{"sell":{},"client":{},"device":{},"subscription_offer_segment":"A"}`).Field("subscription_terminal_id")
		b.Set(sandbox.Rule{Carrier: "masmovil", Line: "8" + line, Scenario: "review-deny", Times: 1})
		b.replaceSIM("8"+line, newCard)
		lookUps = map[string]func() bool{
			"transaction": func() bool { return b.Get("/dish/transaction/status/ref-"+line).Status == 200 },
			"activations": func() bool {
				return b.Get("/stn/api/QueryActivation?subscriptionId=Sub"+line).Field("results", 0) != nil
			},
			"devices": func() bool {
				return slices.ContainsFunc(b.Get(masLine("7"+line)+"/devices").Field("devices").([]any), func(d any) bool {
					return d.(map[string]any)["subscription_terminal_id"] == id
				})
			},
			"fraud requests": func() bool { return b.risk("8"+line) != nil },
		}
	}
	b.Set(sandbox.Rule{Scenario: "late-visibility", Delay: carriers.Duration(time.Hour)})
	enter("11")
	for name, known := range lookUps {
		assert.False(t, known(), name)
	}
	missing := b.Get("/dish/transaction/status/ref-11")
	assert.Equal(t, "NOT_FOUND", missing.Field("code"), "the carrier's own answer, not a gateway's")
	for _, e := range b.Ledger(sandbox.Filter{}) {
		assert.True(t, e.Recorded)
	}

	b.ClearScenarios(sandbox.Rule{})
	b.Set(sandbox.Rule{Scenario: "late-visibility", Delay: carriers.Duration(100 * time.Millisecond)})
	enter("12")
	for name, known := range lookUps {
		b.Eventually(known, name)
	}
}

func TestLateRecordsAreKnownToNobodyByTheirIDEither(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Scenario: "late-visibility"}) // two seconds by default
	id := b.setServices("ref", stnID, `{}`).Field("id")
	assert.Nil(t, b.activation(id))
	b.Eventually(func() bool { return b.activation(id) == "DONE" })
}

func TestAGatewaysRepetitionIsOneRequestOfOurs(t *testing.T) {
	for _, carrier := range []carriers.Carrier{"dish", "stn", "masmovil"} {
		t.Run(string(carrier), func(t *testing.T) {
			b := start(t, sandboxtest.Quick())
			b.Set(sandbox.Rule{Scenario: "duplicate-400"})
			send := b.sender(carrier, 0)
			for range 2 {
				got := send(t.Context())
				assert.Equal(t, 400, got.Status)
				assert.Contains(t, got.Raw, "DUPLICATE_TRANSACTION")
			}
			entries := b.Ledger(sandbox.Filter{})
			require.Len(t, entries, 2)
			assert.Equal(t, []bool{true, false}, []bool{entries[0].Recorded, entries[1].Recorded})
			assert.Equal(t, []int{0, 1}, []int{entries[0].DuplicateOf, entries[1].DuplicateOf}, "what the client repeats shows")
		})
	}
}

func TestARefusedChangeIsNoDuplicate(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.suspend("s", iccid)
	b.Eventually(func() bool { return b.transaction("s") == "Success" })
	gpsi := fmt.Sprint(b.Get("/dish/subscription?iccid="+iccid).Field("subscriptions", 0, "resources", 0, "gpsi"))
	b.Set(sandbox.Rule{Scenario: "duplicate-400"})
	assert.Equal(t, 404, b.Post("/dish/subscription/billCycle", `{"gpsi":"`+gpsi+`","billCycleFrequency":"MONTHLY","billCycleStartDay":3}`).Status)
}

// noticesIn reads a body of any form.
func noticesIn(t *testing.T, body string) (form string, notices []notice) {
	t.Helper()
	raw := json.RawMessage(strings.TrimPrefix(body, "\ufeff"))
	var envelope struct{ Data json.RawMessage }
	if json.Unmarshal(raw, &envelope) == nil && envelope.Data != nil {
		form, raw = "data ", envelope.Data
	}
	if raw[0] == '[' {
		require.NoError(t, json.Unmarshal(raw, &notices))
		return form + "list", notices
	}
	var one notice
	require.NoError(t, json.Unmarshal(raw, &one))
	return form + "one", []notice{one}
}

func TestCallbacksTravelTogether(t *testing.T) {
	box := sandboxtest.Receive(t, nil)
	cfg := sandboxtest.Quick()
	cfg.Callback.URL, cfg.Callback.Secret = box.URL, secret
	b := start(t, cfg)
	b.Set(sandbox.Rule{Scenario: "batched-callback", Delay: carriers.Duration(time.Second)})
	b.suspend("one", iccid)
	b.suspend("two", "89010000000000000018")
	b.Eventually(func() bool { return len(box.Bodies()) == 1 })
	form, notices := noticesIn(t, box.Bodies()[0])
	assert.Contains(t, []string{"list", "data list"}, form)
	var about []string
	for _, n := range notices {
		about = append(about, n.PartnerTransactionID)
	}
	assert.ElementsMatch(t, []string{"one", "two"}, about)
	webhook, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	assert.NoError(t, webhook.Verify([]byte(box.Bodies()[0]), box.Request(0).Header))
	for _, n := range notices {
		b.Eventually(func() bool { d := b.Callbacks(n.PartnerTransactionID); return len(d) == 1 && d[0].Delivered })
		assert.Equal(t, n.EventID, b.Callbacks(n.PartnerTransactionID)[0].EventID)
	}
}

func TestOneCallbackTakesEveryForm(t *testing.T) {
	box := sandboxtest.Receive(t, nil)
	cfg := sandboxtest.Quick()
	cfg.Callback.URL = box.URL
	b := start(t, cfg)
	b.Set(sandbox.Rule{Scenario: "batched-callback", Delay: carriers.Duration(time.Millisecond)})
	forms := map[string]bool{}
	for i := 0; len(forms) < 4; i++ {
		require.Less(t, i, 100, "%v", forms)
		b.suspend(fmt.Sprint("ref-", i), fmt.Sprintf("89010000000000%04d00", i))
		b.Eventually(func() bool { return len(box.Bodies()) == i+1 })
		form, notices := noticesIn(t, box.Bodies()[i])
		assert.Len(t, notices, 1)
		forms[form] = true
	}
}

func TestEarlyCallbacksDoNotWaitForOthers(t *testing.T) {
	box := sandboxtest.Receive(t, nil)
	cfg := sandboxtest.Quick()
	cfg.Callback.URL = box.URL
	b := start(t, cfg)
	b.Set(sandbox.Rule{Scenario: "batched-callback", Delay: carriers.Duration(time.Hour)})
	b.suspend("ref", "89010000000000000053")
	assert.Len(t, box.Bodies(), 1)
}

func TestTheLedgerSaysWhatWasDecidedAndSinceWhenItIsInEffect(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	for _, tc := range []struct {
		send     func()
		decided  string
		inEffect bool
	}{
		{func() { b.suspend("done", iccid) }, "done", true},
		{func() { b.suspend("failed", "89010000000000000059") }, "failed", false},
		{func() { b.suspend("contradicted", "89010000000000000058") }, "failed", false},
		{func() { b.suspend("never shown", "89010000000000000061") }, "done", false},
		{func() { b.suspend("late", "89010000000000000062") }, "done", true},
		{func() { b.suspend("wrong state", iccid) }, "failed", false},
		{func() { b.suspend("undecided", "89010000000000000063") }, "", false},
		{func() { b.suspend("refused", "89010000000000000070") }, "", false},
		{func() { b.setServices("error", stnID, `{"dataRoamingLimitation":"Limit 12.5"}`) }, "failed", false},
		{func() { b.setServices("set", stnID, `{"voiceMail":false}`) }, "done", true},
		{func() { b.replaceSIM("7", newCard) }, "done", true},
		{func() { b.replaceSIM("765", newCard) }, "failed", false},
		{func() { b.replaceSIM("764", newCard) }, "done", true},
	} {
		before := len(b.Ledger(sandbox.Filter{}))
		tc.send()
		got := func() sandbox.Entry { return b.Ledger(sandbox.Filter{})[before] }
		b.Eventually(func() bool { e := got(); return e.Decided == tc.decided && e.InEffect == tc.inEffect }, "%+v", got())
		assert.Equal(t, tc.inEffect, !got().InEffectAt.IsZero())
	}
	assert.Contains(t, b.Get("/_sandbox/ledger?reference=done").Raw, `"decided":"done","inEffect":true,"inEffectAt":"`)
}

// other is a sandbox of other manners.
func other(seed uint64) sandbox.Config {
	cfg := sandboxtest.Quick()
	cfg.Manners, cfg.MannersSeed, cfg.VisibleWithin = sandbox.OtherManners, seed, 100*time.Millisecond
	return cfg
}

// reads asks for many lines, each some times over, and returns all that came back.
func (b *bench) reads() (answers []string) {
	for i := range 30 {
		for _, path := range []string{
			fmt.Sprintf("/dish/transaction/status/nobody-%d", i), fmt.Sprintf("/dish/subscription?gpsi=1555010%04d", i),
			fmt.Sprintf("/stn/api/QuerySubscription?Id=Sub%dx", i), masLine(fmt.Sprint("700", i)) + "/devices",
		} {
			for range 6 {
				got := b.Get(path)
				answers = append(answers, fmt.Sprintln(path, got.Status, got.Header.Get("Content-Type"), strings.Contains(got.Raw, "null"), strings.Contains(got.Raw, `"subscriptions":{`)))
			}
		}
	}
	return answers
}

func TestOtherMannersAreTheSameForTheSameSeed(t *testing.T) {
	first := start(t, other(7)).reads()
	assert.Equal(t, first, start(t, other(7)).reads())
	assert.NotEqual(t, first, start(t, other(8)).reads())
}

func TestOtherMannersEnd(t *testing.T) {
	b := start(t, other(3))
	unfit, most, gateways, reads := 0, 0, 0, 0
	for i := range 20 {
		unfit = 0
		for range 30 {
			reads++
			got := b.Get(fmt.Sprintf("/dish/transaction/status/nobody-%d", i))
			require.Equal(t, 404, got.Status)
			if strings.Contains(got.Raw, "NOT_FOUND") {
				unfit = 0
				continue
			}
			gateways++
			unfit++
			most = max(most, unfit)
		}
	}
	assert.Equal(t, sandbox.MostUnfit, most)
	assert.InDelta(t, sandbox.GatewayShare, float64(gateways)/float64(reads), 0.1)
}

func TestOtherMannersRecordWhatTheyAcknowledge(t *testing.T) {
	b := start(t, other(5))
	statuses := map[int]int{}
	for i := range 60 {
		ref, card := fmt.Sprint("ref-", i), fmt.Sprintf("89010000000000%04d00", i)
		statuses[b.suspend(ref, card).Status]++
		entries := b.Ledger(sandbox.Filter{Reference: ref})
		require.Len(t, entries, 1)
		require.True(t, entries[0].Recorded, "no gateway stands before a change")
		assert.Contains(t, entries[0].Scenarios, "late-visibility")
		if i%2 == 0 {
			b.suspend(ref, card)
		}
	}
	assert.Positive(t, statuses[200])
	assert.Positive(t, statuses[400], "a gateway's own repetition")
	recorded, refused := 0, 0
	for _, e := range b.Ledger(sandbox.Filter{}) {
		switch {
		case e.DuplicateOf == 0:
		case e.Recorded:
			recorded++
		default:
			refused++
		}
	}
	assert.Positive(t, recorded, "some implementations take a repetition")
	assert.Positive(t, refused, "some do not")
	// Late is late, not never: all are visible when the time is over.
	until := time.Now().Add(other(5).VisibleWithin)
	for i := range 60 {
		b.Eventually(func() bool { return b.Get(fmt.Sprint("/dish/transaction/status/ref-", i)).Status == 200 })
	}
	b.Eventually(func() bool { return time.Now().After(until) })
}

func TestOtherMannersOfOneLine(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Line: iccid, Scenario: "other-manners"})
	b.suspend("ref", iccid)
	b.suspend("plain", "89010000000000000018")
	assert.Contains(t, b.Ledger(sandbox.Filter{Reference: "ref"})[0].Scenarios, "late-visibility")
	assert.Empty(t, b.Ledger(sandbox.Filter{Reference: "plain"})[0].Scenarios)
	gateway := func(path string) (n int) {
		for range 60 {
			if got := b.Get(path); got.Field("subscriptions") == nil && !strings.Contains(got.Raw, "subscriptions") {
				n++
			}
		}
		return n
	}
	assert.Positive(t, gateway("/dish/subscription?iccid="+iccid))
	assert.Zero(t, gateway("/dish/subscription?iccid=89010000000000000018"))
}

// Manners come on top of what a line plays, whichever was switched on first.
func TestOtherMannersLeaveALineItsScenario(t *testing.T) {
	for _, tc := range []struct {
		cfg  sandbox.Config
		rule sandbox.Rule
	}{{other(1), sandbox.Rule{Reference: "nobody", Scenario: "slow"}}, {sandboxtest.Quick(), sandbox.Rule{Scenario: "other-manners"}}} {
		b := start(t, tc.cfg)
		b.Set(tc.rule)
		for i := range 20 {
			ref := fmt.Sprint("ref-", i)
			assert.Equal(t, 400, b.suspend(ref, fmt.Sprintf("89010000000000%04d70", i)).Status)
			assert.False(t, b.Ledger(sandbox.Filter{Reference: ref})[0].Recorded)
			assert.Equal(t, 500, b.suspend(ref, fmt.Sprintf("89010000000000%04d81", i)).Status)
		}
	}
}

func TestSomeLinesOfSTNCannotBeReadByID(t *testing.T) {
	b := start(t, other(1))
	shut := 0
	for i := range 100 {
		line := fmt.Sprintf("Shut%dx", i)
		refusals := 0
		for range sandbox.MostUnfit + 2 {
			if status := b.Get("/stn/api/QuerySubscription?Id=" + line).Status; status == 403 || status == 400 {
				refusals++
			}
		}
		assert.Contains(t, []int{0, sandbox.MostUnfit + 2}, refusals, "for ever or never")
		shut += min(refusals, 1)
	}
	assert.InDelta(t, 100*sandbox.ClosedShare, shut, 6)
	assert.Positive(t, shut)
}

func TestTokensHaveNoManners(t *testing.T) {
	cfg := other(1)
	cfg.RequireTokens = true
	b := start(t, cfg)
	for range 20 {
		got := b.Call("POST", "/dish/oauth/token", "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded")
		assert.Equal(t, 200, got.Status)
		assert.Equal(t, "3600", got.Number("expires_in"))
		assert.Equal(t, sandbox.JSONType, got.Header.Get("Content-Type"))
	}
}
