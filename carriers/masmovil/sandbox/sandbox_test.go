package sandbox

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const newCard = "8934030000000000999"

// bench is a sandbox of MásMóvil, with the requests that most tests send.
type bench struct {
	*sandboxtest.Bench
	t *testing.T
}

func start(t *testing.T, shared engine.Config, cfg Config) *bench {
	t.Helper()
	return &bench{sandboxtest.Start(t, shared, New(cfg)), t}
}

func masLine(id string) string { return "/masmovil/v2/orgs/yoigo/subscriptions/" + id }

func fraudRequests(line string) string {
	return "/masmovil/subscriptions/v1/orgs/yoigo/fraud_requests?subscription_id=" + line
}

func (b *bench) replaceSIM(id, card string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post(masLine(id)+"/sim_replacement", fmt.Sprintf(`{"dealer_id":"D-100","logistic":false,"new_icc":%q}`, card))
}

func (b *bench) card(id string) string {
	b.t.Helper()
	return fmt.Sprint(b.Get(masLine(id)).Field("iccid"))
}

func (b *bench) risk(id string) any {
	b.t.Helper()
	return b.Get(fraudRequests(id)).Field(0, "risk_decision")
}

func TestMasMovilOrdersAreDoneAt201(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	before := b.card("70011222")
	got := b.replaceSIM("70011222", newCard)
	assert.Equal(t, 201, got.Status)
	assert.NotEqual(t, newCard, before)
	assert.Equal(t, newCard, b.card("70011222"))
	assert.Equal(t, 404, b.Get("/masmovil/subscriptions/v1/orgs/yoigo/fraud_requests?subscription_id=70011222").Status)

	added := b.Post(masLine("70011222")+"/devices", `{"sell":{},"client":{},"device":{},"subscription_offer_segment":"A"}`)
	assert.Equal(t, 201, added.Status)
	devices := b.Get(masLine("70011222") + "/devices")
	assert.Equal(t, added.Field("subscription_terminal_id"), devices.Field("devices", 1, "subscription_terminal_id"))
	assert.Equal(t, "ACTIVO", devices.Field("devices", 1, "status", "value"))

	picked := b.Post(masLine("70011222")+"/sim_replacement", `{"dealer_id":"D","logistic":true}`)
	assert.Equal(t, 201, picked.Status)
	assert.NotEqual(t, newCard, b.card("70011222"), "logistics picks a card")
	entries := b.Ledger(engine.Filter{Carrier: "masmovil", Line: "70011222"})
	require.Len(t, entries, 3)
	assert.Empty(t, entries[0].Reference)
}

func TestMasMovilReviewsHoldTheChange(t *testing.T) {
	tests := []struct {
		line, at202, decision string
		effective             bool
	}{
		{"70011264", "R", "A", true},
		{"70011265", "R", "D", false},
		{"70011266", "R", "R", false},
		{"70011267", "D", "D", false},
	}
	for _, tc := range tests {
		b := start(t, sandboxtest.Unhurried(), Config{})
		got := b.replaceSIM(tc.line, newCard)
		assert.Equal(t, 202, got.Status)
		assert.Equal(t, tc.at202, got.Field("risk_decision"))
		if tc.at202 == "R" {
			assert.Equal(t, "R", b.risk(tc.line))
			assert.NotEqual(t, newCard, b.card(tc.line))
		}
		b.Eventually(func() bool { return b.risk(tc.line) == tc.decision })
		assert.Equal(t, tc.effective, b.card(tc.line) == newCard)
	}
}

func TestMasMovilReads(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	even, odd := b.Get(masLine("70011222")), b.Get(masLine("70011223"))
	assert.Contains(t, even.Raw, `"iccid":"8934030000`)
	assert.Contains(t, odd.Raw, `"iccid":8934030000`, "the sample shows a bare number")
	assert.Regexp(t, `"identification_nr":6[0-9]{8}[,}]`, even.Raw)
	assert.Equal(t, "INSTALADO", even.Field("subscription_status", "value"))
	assert.Nil(t, even.Field("origin"))

	query := url.QueryEscape(`{"include":["origin","historical_status"]}`)
	full := b.Get(masLine("70011222") + "?query=" + query)
	assert.Equal(t, "NUEVA", full.Field("origin", "value"))
	assert.Equal(t, "INSTALADO", full.Field("historical_status", 0, "subscription_status", "value"))

	recharges := b.Get(masLine("70011222") + "/recharges?start_date=2026-01-01&end_date=2026-01-31")
	assert.Equal(t, "2026-01-01", recharges.Field("period_date", "start_date"))
	assert.Len(t, recharges.Field("recharges"), 1)
	assert.Equal(t, 405, b.Call("DELETE", masLine("70011222"), "").Status)
	assert.NotEqual(t, b.card("70011222"), b.card("70011224"))
}

func TestMasMovilRefusesWithAnErrorMessage(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	sim, devices := masLine("7")+"/sim_replacement", masLine("7")+"/devices"
	tests := []struct{ method, path, body, ip string }{
		{"POST", sim, `{"logistic":true}`, ""},
		{"POST", sim, `{"dealer_id":"D"}`, ""},
		{"POST", sim, `{"dealer_id":"D","logistic":"yes"}`, ""},
		{"POST", sim, `{"dealer_id":"D","logistic":true,"new_icc":""}`, ""},
		{"POST", sim, `{"dealer_id":"D","logistic":true}`, "::1"},
		{"POST", masLine("seven") + "/sim_replacement", `{"dealer_id":"D","logistic":true}`, ""},
		{"POST", devices, `{"client":{},"device":{},"subscription_offer_segment":"A"}`, ""},
		{"POST", devices, `{"sell":{},"client":{},"device":{}}`, ""},
		{"POST", devices, `{"sell":{},"client":{},"device":{},"subscription_offer_segment":"A","delivery_info":1}`, ""},
		{"GET", masLine("7") + "?query=" + url.QueryEscape("{“include”:[]}"), "", ""},
		{"GET", masLine("7") + "/recharges?start_date=01/01/2026", "", ""},
		{"GET", masLine("x"), "", ""},
	}
	for _, tc := range tests {
		got := b.Call(tc.method, tc.path, tc.body, "x-ip-address", tc.ip)
		assert.Equal(t, 400, got.Status, tc)
		assert.Equal(t, "0001", got.Field("code"), "text, not a number")
		assert.Equal(t, "BAD_REQUEST", got.Field("status"))
	}
	assert.Equal(t, 201, b.Call("POST", sim, `{"dealer_id":"D","logistic":true}`, "x-ip-address", "192.0.2.1").Status)
	entries := b.Ledger(engine.Filter{})
	assert.Equal(t, "192.0.2.1", entries[len(entries)-1].IPAddress)
}

func TestMasMovilDuplicatesAreKnownByLineAndBody(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	b.replaceSIM("7", "1000000001")
	b.replaceSIM("7", "1000000002")
	b.replaceSIM("7", "1000000001")
	b.replaceSIM("8", "1000000001")
	var counts []string
	for _, e := range b.Ledger(engine.Filter{}) {
		counts = append(counts, fmt.Sprint(e.DuplicateOf))
	}
	assert.Equal(t, []string{"0", "0", "1", "0"}, counts)
}

func TestMasMovilAddsABonusWithEachRequest(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	path := masLine("70011222") + "/bonuses"
	first := b.Get(path).Field("items", 0, "id")
	got := b.Call("PUT", path, `{"bonusId":7001}`)
	assert.Equal(t, 201, got.Status)
	assert.Empty(t, got.Raw, "201 has no body")
	assert.Equal(t, 201, b.Call("PUT", path, `{"bonusId":7001,"scheduled_date":"2099-02-01"}`).Status)

	filtered := func(word string) sandboxtest.Answer {
		return b.Get(path + "?query=" + url.QueryEscape(`{"filter":["`+word+`"]}`))
	}
	all := filtered("actual")
	require.Len(t, all.Field("items"), 3)
	assert.Equal(t, first, all.Field("items", 0, "id"))
	assert.Equal(t, "2099-02-01T00:00:00Z", all.Field("items", 2, "start_date"))
	assert.Len(t, filtered("active").Field("items"), 2, "without those that begin later")
	assert.Empty(t, filtered("inactive").Field("items"))

	for _, body := range []string{`{}`, `{"bonusId":"x"}`, `{"bonusId":1,"scheduled_date":"soon"}`, `[]`} {
		assert.Equal(t, 400, b.Call("PUT", path, body).Status, body)
	}
	assert.Equal(t, 400, b.Get(path+"?query=none").Status)

	for line, want := range map[string]int{"70011261": 1, "70011264": 2, "70011265": 2, "70011268": 1} { // not-in-effect, reviews, forgetful
		assert.Equal(t, 201, b.Call("PUT", masLine(line)+"/bonuses", `{"bonusId":7001}`).Status)
		assert.Len(t, b.Get(masLine(line)+"/bonuses").Field("items"), want, line)
	}
}

func TestMasMovilBlocksAreListedWhileTheyAreSet(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	path := masLine("70011222") + "/blocks"
	assert.Equal(t, []any{}, b.Get(path).Field("items"))
	got := b.Call("PATCH", path+"/1", `{"active":true,"reason":"lost"}`)
	assert.Equal(t, 201, got.Status)
	assert.Empty(t, got.Raw)
	assert.Equal(t, 201, b.Call("PATCH", path+"/1", `{"active":true,"reason":"lost twice"}`).Status)
	require.Len(t, b.Get(path).Field("items"), 1)
	assert.Equal(t, "ROBO", b.Get(path).Field("items", 0, "value"))
	assert.Equal(t, "lost twice", b.Get(path).Field("items", 0, "description"))
	assert.Equal(t, 201, b.Call("PATCH", path+"/1", `{"active":false}`).Status)
	assert.Empty(t, b.Get(path).Field("items"))

	assert.Equal(t, 400, b.Call("PATCH", path+"/3", `{"active":true}`).Status, "1 and 2 only")
	assert.Equal(t, 400, b.Call("PATCH", path+"/1", `{}`).Status)
	assert.Equal(t, 400, b.Call("PATCH", path+"/1", `{"active":"yes"}`).Status)
}

func TestMasMovilChangesAProductNowOrLater(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	path := masLine("70011222") + "/products"
	first := b.Get(path).Field("product", "id")
	assert.Nil(t, b.Get(path).Field("product", "scheduled"))

	later := b.Call("PUT", path, `{"productId":202,"scheduled_date":"2099-02-01"}`)
	assert.Equal(t, 201, later.Status)
	assert.Empty(t, later.Raw, "201 has no body")
	assert.Equal(t, first, b.Get(path).Field("product", "id"))
	assert.Equal(t, "202", fmt.Sprint(b.Get(path).Field("product", "scheduled", "destination_product", "id")))
	assert.Equal(t, "2099-02-01T00:00:00Z", b.Get(path).Field("product", "scheduled", "scheduled_date"))

	assert.Equal(t, 201, b.Call("PUT", path, `{"productId":202}`).Status)
	assert.Equal(t, "202", fmt.Sprint(b.Get(path).Field("product", "id")))
	for _, body := range []string{`{}`, `{"productId":"x"}`, `{"productId":1,"scheduled_date":"soon"}`} {
		assert.Equal(t, 400, b.Call("PUT", path, body).Status, body)
	}

	held := start(t, sandboxtest.Unhurried(), Config{})
	got := held.Call("PUT", masLine("70011264")+"/products", `{"productId":202}`)
	assert.Equal(t, []any{202, "R"}, []any{got.Status, got.Field("risk_decision")})
	held.Eventually(func() bool {
		return fmt.Sprint(held.Get(masLine("70011264")+"/products").Field("product", "id")) == "202"
	})
}

func TestMasMovilBarringMasksChangeLater(t *testing.T) {
	b := start(t, sandboxtest.Unhurried(), Config{})
	line := "/masmovil/barrings/v2/orgs/yoigo/subscriptions/70011222"
	operate := func(body string) sandboxtest.Answer { return b.Post(line+"/barrings-masks/operations", body) }
	applied := func() any { return b.Get(line + "/barrings-masks").Field("appliedBarringsMaskCodes") }

	got := operate(`{"action":"APPLY","barringsMasksCodes":["A","B"],"reason":"DEBT"}`)
	assert.Equal(t, 202, got.Status)
	assert.NotEmpty(t, got.Field("externalId"))
	assert.Equal(t, []any{}, applied(), "the network is changed later")
	b.Eventually(func() bool { return len(applied().([]any)) == 2 })
	assert.Equal(t, 202, operate(`{"action":"REMOVE","barringsMasksCodes":["A"]}`).Status)
	b.Eventually(func() bool { return fmt.Sprint(applied()) == "[B]" })
	assert.Equal(t, 200, b.Get(line+"/services").Status)

	for _, body := range []string{
		`{}`, `{"action":"DROP","barringsMasksCodes":["A"]}`, `{"action":"APPLY","barringsMasksCodes":[]}`,
		`{"action":"APPLY","barringsMasksCodes":["A","A"]}`, `{"action":"APPLY","barringsMasksCodes":["A"],"reason":"WHY"}`,
	} {
		refused := operate(body)
		assert.Equal(t, 400, refused.Status, body)
		assert.NotEmpty(t, refused.Field("tracingId"))
	}
}

func TestMasMovilChangesATariffByAChangeRequest(t *testing.T) {
	b := start(t, sandboxtest.Unhurried(), Config{})
	line := "/masmovil/subscriptions/v2/orgs/yoigo/subscriptions/7b1e4c20-0000-4000-8000-000000000001"
	first := b.Get(line).Field(tariffField)
	got := b.Post(line+"/change_requests/tariff", `{"specific_data":{"catalogue_bundled_commercial_product_id":"BIG"}}`)
	assert.Equal(t, 201, got.Status)
	assert.Equal(t, "REQUESTED", got.Field("status"))
	assert.Equal(t, first, b.Get(line).Field(tariffField))
	listed := b.Get(line + "/change_requests?offset=0&limit=10")
	assert.Equal(t, got.Field("id"), listed.Field(0, "id"))
	assert.Equal(t, "[]\n", b.Get(line+"/change_requests?offset=1").Raw)
	b.Eventually(func() bool { return b.Get(line+"/change_requests").Field(0, "status") == "PROCESSED" })
	assert.Equal(t, "BIG", b.Get(line).Field(tariffField))

	assert.Equal(t, 400, b.Post(line+"/change_requests/tariff", `{}`).Status)
	assert.Equal(t, 400, b.Get(line+"/change_requests?offset=x").Status)
	assert.Equal(t, 400, b.Get(line+"/change_requests?limit=-1").Status)
}
