package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// fraudRequests is the look-up of a line's fraud requests.
func fraudRequests(line string) string {
	return "/masmovil/subscriptions/v1/orgs/yoigo/fraud_requests?subscription_id=" + line
}

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
			b := start(t, quick)
			b.suspend("ref", iccid)
			b.setServices("ref", stnID, `{}`)
			b.set(Rule{Scenario: tc.scenario})
			for _, path := range []string{
				"/dish/transaction/status/ref", "/dish/transaction/status/nobody", "/dish/subscription?iccid=" + iccid,
				"/stn/api/QueryActivation?subscriptionId=" + stnID, "/stn/api/QuerySubscription?Id=" + stnID,
				masLine("7"), masLine("7") + "/devices", fraudRequests("7"),
			} {
				got := b.get(path)
				assert.Equal(t, tc.status, got.status, path)
				assert.Equal(t, tc.contentType, got.header.Get("Content-Type"), path)
				assert.Contains(t, got.raw, tc.words, path)
			}
			assert.Equal(t, 200, b.suspend("other", "89010000000000000018").status, "changes come through")
			assert.Equal(t, 400, b.post("/dish/oauth/token", "").status, "tokens too: this is the sandbox's own refusal")

			b.set(Rule{Operation: "status", Reference: "third", Scenario: tc.scenario})
			assert.Equal(t, tc.status, b.suspend("third", iccid).status, "unless a rule names them")
			refused := b.Ledger(Filter{Reference: "third"})[0]
			assert.False(t, refused.Recorded)
			assert.Equal(t, fmt.Sprint(tc.status, " of a gateway"), refused.Answered)
		})
	}
}

func TestLateRecordsAreUnknownUntilTheirTime(t *testing.T) {
	b := start(t, quick)
	lookUps := map[string]func() (known bool){}
	enter := func(line string) {
		b.suspend("ref-"+line, "890100000000000000"+line)
		b.setServices("ref-"+line, "Sub"+line, `{"voiceMail":false}`)
		id := b.post(masLine("7"+line)+"/devices", `{"sell":{},"client":{},"device":{},"subscription_offer_segment":"A"}`).field("subscription_terminal_id")
		b.set(Rule{Carrier: "masmovil", Line: "8" + line, Scenario: "review-deny", Times: 1})
		b.replaceSIM("8"+line, newCard)
		lookUps = map[string]func() bool{
			"transaction": func() bool { return b.get("/dish/transaction/status/ref-"+line).status == 200 },
			"activations": func() bool {
				return b.get("/stn/api/QueryActivation?subscriptionId=Sub"+line).field("results", 0) != nil
			},
			"devices": func() bool {
				return slices.ContainsFunc(b.get(masLine("7"+line)+"/devices").field("devices").([]any), func(d any) bool {
					return d.(map[string]any)["subscription_terminal_id"] == id
				})
			},
			"fraud requests": func() bool { return b.risk("8"+line) != nil },
		}
	}
	b.set(Rule{Scenario: "late-visibility", Delay: carriers.Duration(time.Hour)})
	enter("11")
	for name, known := range lookUps {
		assert.False(t, known(), name)
	}
	missing := b.get("/dish/transaction/status/ref-11")
	assert.Equal(t, "NOT_FOUND", missing.field("code"), "the carrier's own answer, not a gateway's")
	for _, e := range b.Ledger(Filter{}) {
		assert.True(t, e.Recorded)
	}

	b.ClearScenarios(Rule{})
	b.set(Rule{Scenario: "late-visibility", Delay: carriers.Duration(100 * time.Millisecond)})
	enter("12")
	for name, known := range lookUps {
		b.eventually(known, name)
	}
}

func TestLateRecordsAreKnownToNobodyByTheirIDEither(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Scenario: "late-visibility"}) // two seconds by default
	id := b.setServices("ref", stnID, `{}`).field("id")
	assert.Nil(t, b.activation(id))
	b.eventually(func() bool { return b.activation(id) == "DONE" })
}

func TestAGatewaysRepetitionIsOneRequestOfOurs(t *testing.T) {
	for _, carrier := range []carriers.Carrier{carriers.DISH, carriers.STN, carriers.MasMovil} {
		t.Run(string(carrier), func(t *testing.T) {
			b := start(t, quick)
			b.set(Rule{Scenario: "duplicate-400"})
			send := b.sender(carrier, 0)
			for range 2 {
				got := send(t.Context())
				assert.Equal(t, 400, got.status)
				assert.Contains(t, got.raw, "DUPLICATE_TRANSACTION")
			}
			entries := b.Ledger(Filter{})
			require.Len(t, entries, 2)
			assert.Equal(t, []bool{true, false}, []bool{entries[0].Recorded, entries[1].Recorded})
			assert.Equal(t, []int{0, 1}, []int{entries[0].DuplicateOf, entries[1].DuplicateOf}, "what the client repeats shows")
		})
	}
}

func TestARefusedChangeIsNoDuplicate(t *testing.T) {
	b := start(t, quick)
	b.suspend("s", iccid)
	b.eventually(func() bool { return b.transaction("s") == "Success" })
	gpsi := fmt.Sprint(b.get("/dish/subscription?iccid="+iccid).field("subscriptions", 0, "resources", 0, "gpsi"))
	b.set(Rule{Scenario: "duplicate-400"})
	assert.Equal(t, 404, b.post("/dish/subscription/billCycle", `{"gpsi":"`+gpsi+`","billCycleFrequency":"MONTHLY","billCycleStartDay":3}`).status)
}

// bodies receives callbacks of any form.
type bodies struct {
	mu       sync.Mutex
	url      string
	texts    []string
	requests []*http.Request
}

func receiveBodies(t *testing.T) *bodies {
	t.Helper()
	box := &bodies{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		box.mu.Lock()
		defer box.mu.Unlock()
		box.texts, box.requests = append(box.texts, string(raw)), append(box.requests, r)
	}))
	t.Cleanup(server.Close)
	box.url = server.URL
	return box
}

func (b *bodies) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.texts)
}

// noticesIn reads a body of any form.
func noticesIn(t *testing.T, body string) (form string, notices []dishNotice) {
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
	var one dishNotice
	require.NoError(t, json.Unmarshal(raw, &one))
	return form + "one", []dishNotice{one}
}

func TestCallbacksTravelTogether(t *testing.T) {
	box := receiveBodies(t)
	cfg := quick
	cfg.Callback.URL, cfg.Callback.Secret = box.url, secret
	b := start(t, cfg)
	b.set(Rule{Scenario: "batched-callback", Delay: carriers.Duration(time.Second)})
	b.suspend("one", iccid)
	b.suspend("two", "89010000000000000018")
	b.eventually(func() bool { return len(box.all()) == 1 })
	form, notices := noticesIn(t, box.all()[0])
	assert.Contains(t, []string{"list", "data list"}, form)
	var about []string
	for _, n := range notices {
		about = append(about, n.PartnerTransactionID)
	}
	assert.ElementsMatch(t, []string{"one", "two"}, about)
	webhook, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	assert.NoError(t, webhook.Verify([]byte(box.all()[0]), box.requests[0].Header))
	for _, n := range notices {
		b.eventually(func() bool { d := b.Callbacks(n.PartnerTransactionID); return len(d) == 1 && d[0].Delivered })
		assert.Equal(t, n.EventID, b.Callbacks(n.PartnerTransactionID)[0].EventID)
	}
}

func TestOneCallbackTakesEveryForm(t *testing.T) {
	box := receiveBodies(t)
	cfg := quick
	cfg.Callback.URL = box.url
	b := start(t, cfg)
	b.set(Rule{Scenario: "batched-callback", Delay: carriers.Duration(time.Millisecond)})
	forms := map[string]bool{}
	for i := 0; len(forms) < 4; i++ {
		require.Less(t, i, 100, "%v", forms)
		b.suspend(fmt.Sprint("ref-", i), fmt.Sprintf("89010000000000%04d00", i))
		b.eventually(func() bool { return len(box.all()) == i+1 })
		form, notices := noticesIn(t, box.all()[i])
		assert.Len(t, notices, 1)
		forms[form] = true
	}
}

func TestEarlyCallbacksDoNotWaitForOthers(t *testing.T) {
	box := receiveBodies(t)
	cfg := quick
	cfg.Callback.URL = box.url
	b := start(t, cfg)
	b.set(Rule{Scenario: "batched-callback", Delay: carriers.Duration(time.Hour)})
	b.suspend("ref", "89010000000000000053")
	assert.Len(t, box.all(), 1)
}

func TestTheLedgerSaysWhatWasDecidedAndSinceWhenItIsInEffect(t *testing.T) {
	b := start(t, quick)
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
		before := len(b.Ledger(Filter{}))
		tc.send()
		got := func() Entry { return b.Ledger(Filter{})[before] }
		b.eventually(func() bool { e := got(); return e.Decided == tc.decided && e.InEffect == tc.inEffect }, "%+v", got())
		assert.Equal(t, tc.inEffect, !got().InEffectAt.IsZero())
	}
	assert.Contains(t, b.get("/_sandbox/ledger?reference=done").raw, `"decided":"done","inEffect":true,"inEffectAt":"`)
}

// other is a sandbox of other manners.
func other(seed uint64) Config {
	cfg := quick
	cfg.Manners, cfg.MannersSeed, cfg.VisibleWithin = OtherManners, seed, 100*time.Millisecond
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
				got := b.get(path)
				answers = append(answers, fmt.Sprintln(path, got.status, got.header.Get("Content-Type"), strings.Contains(got.raw, "null"), strings.Contains(got.raw, `"subscriptions":{`)))
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
			got := b.get(fmt.Sprintf("/dish/transaction/status/nobody-%d", i))
			require.Equal(t, 404, got.status)
			if strings.Contains(got.raw, "NOT_FOUND") {
				unfit = 0
				continue
			}
			gateways++
			unfit++
			most = max(most, unfit)
		}
	}
	assert.Equal(t, mostUnfit, most)
	assert.InDelta(t, gatewayShare, float64(gateways)/float64(reads), 0.1)
}

func TestOtherMannersRecordWhatTheyAcknowledge(t *testing.T) {
	b := start(t, other(5))
	statuses := map[int]int{}
	for i := range 60 {
		ref, card := fmt.Sprint("ref-", i), fmt.Sprintf("89010000000000%04d00", i)
		statuses[b.suspend(ref, card).status]++
		entries := b.Ledger(Filter{Reference: ref})
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
	for _, e := range b.Ledger(Filter{}) {
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
	until := time.Now().Add(b.cfg.VisibleWithin)
	for i := range 60 {
		b.eventually(func() bool { return b.get(fmt.Sprint("/dish/transaction/status/ref-", i)).status == 200 })
	}
	b.eventually(func() bool { return time.Now().After(until) })
}

func TestOtherMannersOfOneLine(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Line: iccid, Scenario: "other-manners"})
	b.suspend("ref", iccid)
	b.suspend("plain", "89010000000000000018")
	assert.Contains(t, b.Ledger(Filter{Reference: "ref"})[0].Scenarios, "late-visibility")
	assert.Empty(t, b.Ledger(Filter{Reference: "plain"})[0].Scenarios)
	gateway := func(path string) (n int) {
		for range 60 {
			if got := b.get(path); got.field("subscriptions") == nil && !strings.Contains(got.raw, "subscriptions") {
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
		cfg  Config
		rule Rule
	}{{other(1), Rule{Reference: "nobody", Scenario: "slow"}}, {quick, Rule{Scenario: "other-manners"}}} {
		b := start(t, tc.cfg)
		b.set(tc.rule)
		for i := range 20 {
			ref := fmt.Sprint("ref-", i)
			assert.Equal(t, 400, b.suspend(ref, fmt.Sprintf("89010000000000%04d70", i)).status)
			assert.False(t, b.Ledger(Filter{Reference: ref})[0].Recorded)
			assert.Equal(t, 500, b.suspend(ref, fmt.Sprintf("89010000000000%04d81", i)).status)
		}
	}
}

func TestSomeLinesOfSTNCannotBeReadByID(t *testing.T) {
	b := start(t, other(1))
	shut := 0
	for i := range 100 {
		line := fmt.Sprintf("Shut%dx", i)
		refusals := 0
		for range mostUnfit + 2 {
			if status := b.get("/stn/api/QuerySubscription?Id=" + line).status; status == 403 || status == 400 {
				refusals++
			}
		}
		assert.Contains(t, []int{0, mostUnfit + 2}, refusals, "for ever or never")
		shut += min(refusals, 1)
	}
	assert.InDelta(t, 100*shutShare, shut, 6)
	assert.Positive(t, shut)
}

func TestTokensHaveNoManners(t *testing.T) {
	cfg := other(1)
	cfg.RequireTokens = true
	b := start(t, cfg)
	for range 20 {
		got := b.call("POST", "/dish/oauth/token", "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded")
		assert.Equal(t, 200, got.status)
		assert.Equal(t, "3600", got.number("expires_in"))
		assert.Equal(t, jsonType, got.header.Get("Content-Type"))
	}
}
