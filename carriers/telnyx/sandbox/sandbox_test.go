package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cardID is a made-up SIM card in a condition; its last two digits choose the scenario.
func cardID(condition string, lastTwo int) string {
	return fmt.Sprintf("5a2d9c10-%s-4000-8000-0000000001%02d", condition, lastTwo)
}

// The conditions that most tests use; see conditions.
const (
	disabled = "0000"
	enabled  = "0001"
)

// bench is a sandbox of Telnyx, with the requests that most tests send.
type bench struct {
	*sandboxtest.Bench
	t *testing.T
}

func start(t *testing.T, shared engine.Config, cfg Config) *bench {
	t.Helper()
	return &bench{sandboxtest.Start(t, shared, New(cfg)), t}
}

// request asks for an action, as the vendor's client does: without a body and without a content type.
func (b *bench) request(kind, card string) sandboxtest.Answer {
	b.t.Helper()
	return b.Call(http.MethodPost, "/telnyx/v2/sim_cards/"+card+"/actions/"+kind, "")
}

// accepted asks for an action that is accepted, and returns its id.
func (b *bench) accepted(kind, card string) string {
	b.t.Helper()
	got := b.request(kind, card)
	require.Equal(b.t, 202, got.Status, got.Raw)
	return fmt.Sprint(got.Field("data", "id"))
}

func (b *bench) read(id string) sandboxtest.Answer {
	b.t.Helper()
	return b.Get("/telnyx/v2/sim_card_actions/" + id)
}

func (b *bench) status(id string) any {
	b.t.Helper()
	return b.read(id).Field("data", "status", "value")
}

func (b *bench) card(id string) sandboxtest.Answer {
	b.t.Helper()
	return b.Get("/telnyx/v2/sim_cards/" + id)
}

func (b *bench) cardStatus(id string) any {
	b.t.Helper()
	return b.card(id).Field("data", "status", "value")
}

func TestTelnyxActionsRunAndThenTheCardHasItsStatus(t *testing.T) {
	for _, tc := range []struct{ kind, condition, before, during, after string }{
		{"enable", disabled, "disabled", "enabling", "enabled"},
		{"enable", "0002", "standby", "enabling", "enabled"},
		{"disable", enabled, "enabled", "disabling", "disabled"},
		{"set_standby", enabled, "enabled", "setting_standby", "standby"},
	} {
		t.Run(tc.kind+" "+tc.before, func(t *testing.T) {
			b := start(t, sandboxtest.Unhurried(), Config{})
			card := cardID(tc.condition, 0)
			assert.Equal(t, tc.before, b.cardStatus(card))

			got := b.request(tc.kind, strings.ToUpper(card))
			require.Equal(t, 202, got.Status, got.Raw)
			id := fmt.Sprint(got.Field("data", "id"))
			assert.Regexp(t, idForm, id, "Telnyx makes it up")
			assert.Equal(t, map[string]any{"value": "in-progress", "reason": nil}, got.Field("data", "status"))
			assert.Equal(t, []any{"sim_card_action", card, tc.kind, map[string]any{}}, []any{
				got.Field("data", "record_type"), got.Field("data", "sim_card_id"), got.Field("data", "action_type"), got.Field("data", "settings"),
			})
			assert.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`, got.Field("data", "created_at"))

			while := b.card(card)
			assert.Equal(t, []any{tc.during, true}, []any{while.Field("data", "status", "value"), while.Field("data", "actions_in_progress")})
			assert.NotEmpty(t, while.Field("data", "status", "reason"), "the reason of a SIM card's status is filled when all is well")
			b.Eventually(func() bool { return b.status(id) == "completed" })
			then := b.card(card)
			assert.Equal(t, []any{tc.after, false}, []any{then.Field("data", "status", "value"), then.Field("data", "actions_in_progress")})
			assert.Nil(t, b.read(id).Field("data", "status", "reason"))
		})
	}
}

// The samples of the pages show a reason on completed actions.
func TestTelnyxACompletedActionMayHaveAReason(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	id := b.accepted("enable", cardID(disabled, 1))
	assert.Nil(t, b.read(id).Field("data", "status", "reason"), "not while it runs")
	b.Eventually(func() bool { return b.status(id) == "completed" })
	assert.Equal(t, sampleReason, b.read(id).Field("data", "status", "reason"))
}

func TestTelnyxAnActionThatFailsSaysWhy(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	card := cardID(disabled, 59)
	id := b.accepted("enable", card)
	b.Eventually(func() bool { return b.status(id) == "failed" })
	assert.Equal(t, engine.FailedByScenario.Reason, b.read(id).Field("data", "status", "reason"))
	assert.Equal(t, "disabled", b.cardStatus(card))
}

// Invented: what interrupts an action is not documented.
func TestTelnyxANewerActionInterruptsTheRunningOne(t *testing.T) {
	b := start(t, sandboxtest.Unhurried(), Config{})
	card := cardID(enabled, 0)
	older, newer := b.accepted("set_standby", card), b.accepted("disable", card)
	got := b.read(older)
	assert.Equal(t, []any{"interrupted", interrupted}, []any{got.Field("data", "status", "value"), got.Field("data", "status", "reason")})
	assert.Equal(t, "in-progress", b.status(newer))
	assert.Equal(t, "disabling", b.cardStatus(card))
	b.Eventually(func() bool { return b.status(newer) == "completed" })
	b.Eventually(func() bool { return b.Ledger(engine.Filter{Operation: "set-standby"})[0].Decided == "failed" })
	assert.Equal(t, []any{"interrupted", "disabled"}, []any{b.status(older), b.cardStatus(card)}, "and it has no effect")
	finished := b.accepted("enable", card)
	b.Eventually(func() bool { return b.status(finished) == "completed" })
	assert.Equal(t, "completed", b.status(newer), "what is decided is not interrupted")

	sum := func(filter string) string {
		return b.Get("/telnyx/v2/sim_card_actions?filter[sim_card_id]="+card+filter).Number("meta", "total_results")
	}
	assert.Equal(t, []string{"3", "0", "2", "0"}, []string{sum(""), sum("&filter[status]=in-progress"), sum("&filter[status]=completed"), sum("&filter[status]=failed")},
		"no filter of the status finds the interrupted one")
}

// Documented: the card has to be in a group. Invented: which cards are in none.
func TestTelnyxACardWithoutAGroupCannotBeEnabled(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	card := cardID("0100", 0)
	assert.Nil(t, b.card(card).Field("data", "sim_card_group_id"))
	for _, kind := range []string{"enable", "set_standby"} {
		got := b.request(kind, card)
		assert.Equal(t, []any{422, "70007", "/sim_card_group_id"}, []any{got.Status, got.Field("errors", 0, "code"), got.Field("errors", 0, "source", "pointer")})
		assert.NotEmpty(t, got.Field("errors", 0, "title"))
	}
	b.accepted("disable", card)
	assert.False(t, b.Ledger(engine.Filter{Operation: "enable"})[0].Recorded)
}

func TestTelnyxAnImposedStatusStays(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	for digit, status := range map[string]string{"4": "data_limit_exceeded", "5": "unauthorized_imei", "6": "blocked", "7": "abolished"} {
		card := cardID("000"+digit, 0)
		assert.Equal(t, status, b.cardStatus(card))
		id := b.accepted("enable", card)
		b.Eventually(func() bool { return b.status(id) == "failed" })
		assert.Contains(t, b.read(id).Field("data", "status", "reason"), status)
		assert.Equal(t, status, b.cardStatus(card))
	}
}

// Documented: Telnyx enables a card on standby once it consumed data, with an action of its own.
func TestTelnyxACardOnStandbyIsWokenByItsData(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	card := cardID("0011", 0)
	id := b.accepted("set_standby", card)
	b.Eventually(func() bool { return b.status(id) == "completed" })
	assert.Equal(t, "enabled", b.cardStatus(card))
	woken := b.Get("/telnyx/v2/sim_card_actions?filter[sim_card_id]=" + card + "&filter[action_type]=enable_standby_sim_card")
	assert.Equal(t, []any{"completed", "enable_standby_sim_card"}, []any{woken.Field("data", 0, "status", "value"), woken.Field("data", 0, "action_type")})
	assert.Equal(t, "completed", b.status(fmt.Sprint(woken.Field("data", 0, "id"))))
	assert.Len(t, b.Ledger(engine.Filter{}), 1, "nobody asked for it")
}

func TestTelnyxARegisteringCardSettles(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	card := cardID("1003", 0)
	first := b.card(card)
	assert.Equal(t, []any{"registering", true}, []any{first.Field("data", "status", "value"), first.Field("data", "actions_in_progress")})
	then := b.card(card)
	assert.Equal(t, []any{"enabled", false}, []any{then.Field("data", "status", "value"), then.Field("data", "actions_in_progress")})
}

func TestTelnyxRefusesWithItsDocumentedBody(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	card, none := cardID(disabled, 0), cardID("9999", 0)
	enable := "/telnyx/v2/sim_cards/" + card + "/actions/enable"
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		code, parameter          string
	}{
		{"no UUID", "POST", "/telnyx/v2/sim_cards/7/actions/enable", "", 422, "10006", ""},
		{"no UUID, read", "GET", "/telnyx/v2/sim_cards/7", "", 422, "10006", ""},
		{"no JSON", "POST", enable, "enable", 400, "10023", ""},
		{"no object", "POST", enable, `["x"]`, 400, "10023", ""},
		{"no such card", "POST", "/telnyx/v2/sim_cards/" + none + "/actions/enable", "", 404, "10005", ""},
		{"no such card, read", "GET", "/telnyx/v2/sim_cards/" + none, "", 404, "10005", ""},
		{"no such action", "GET", "/telnyx/v2/sim_card_actions/" + card, "", 404, "10005", ""},
		{"no such action, no UUID", "GET", "/telnyx/v2/sim_card_actions/7", "", 422, "10006", ""},
		{"a physical card", "GET", "/telnyx/v2/sim_cards/" + card + "/activation_code", "", 422, "10015", ""},
		{"filter of a status", "GET", "/telnyx/v2/sim_card_actions?filter[status]=interrupted", "", 400, "10015", "filter[status]"},
		{"filter of a type", "GET", "/telnyx/v2/sim_card_actions?filter[action_type]=rename", "", 400, "10015", "filter[action_type]"},
		{"filter of a card", "GET", "/telnyx/v2/sim_card_actions?filter[sim_card_id]=7", "", 400, "10015", "filter[sim_card_id]"},
		{"page 0", "GET", "/telnyx/v2/sim_card_actions?page[number]=0", "", 400, "10015", "page[number]"},
		{"page of 251", "GET", "/telnyx/v2/sim_card_actions?page[size]=251", "", 400, "10015", "page[size]"},
		{"page of many", "GET", "/telnyx/v2/sim_cards?page[size]=many", "", 400, "10015", "page[size]"},
		{"filter of a card's status", "GET", "/telnyx/v2/sim_cards?filter[status]=enabled,gone", "", 400, "10015", "filter[status]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := b.Call(tc.method, tc.path, tc.body)
			assert.Equal(t, []any{tc.status, tc.code}, []any{got.Status, got.Field("errors", 0, "code")}, got.Raw)
			assert.NotEmpty(t, got.Field("errors", 0, "title"))
			if tc.parameter != "" {
				assert.Equal(t, tc.parameter, got.Field("errors", 0, "source", "parameter"))
			}
		})
	}
	assert.Equal(t, 202, b.Post(enable, `{}`).Status, "an empty object is as good as no body")
}

func TestTelnyxWantsItsKey(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{APIKey: "secret"})
	for key, status := range map[string]int{"": 401, "Bearer wrong": 401, "secret": 401, "Bearer secret": 200} {
		got := b.Call("GET", "/telnyx/v2/sim_cards", "", "Authorization", key)
		assert.Equal(t, status, got.Status, key)
	}
	got := b.request("enable", cardID(disabled, 0))
	assert.Equal(t, []any{401, "10009"}, []any{got.Status, got.Field("errors", 0, "code")})
	assert.False(t, b.Ledger(engine.Filter{})[0].Recorded)
	assert.Equal(t, map[string]string{"TELNYX_BASE_URL": "http://x/telnyx/v2", "TELNYX_API_KEY": "secret"}, New(Config{APIKey: "secret"}).WorkerEnv("http://x"))
	assert.Equal(t, "sandbox", New(Config{}).WorkerEnv("")["TELNYX_API_KEY"], "a worker insists on a key")
}

func TestTelnyxListsActionsByPage(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	card, other := cardID(disabled, 0), cardID(disabled, 2)
	var ids []string
	for range 3 {
		id := b.accepted("enable", card)
		ids = append([]string{id}, ids...)
		b.Eventually(func() bool { return b.status(id) == "completed" })
	}
	b.accepted("disable", other)
	for _, tc := range []struct {
		query      string
		ids        []string
		pages, all string
	}{
		{"filter[sim_card_id]=" + card, ids, "1", "3"},
		{"filter%5Bsim_card_id%5D=" + strings.ToUpper(card) + "&page%5Bsize%5D=2", ids[:2], "2", "3"},
		{"filter[sim_card_id]=" + card + "&page[size]=2&page[number]=2", ids[2:], "2", "3"},
		{"filter[sim_card_id]=" + card + "&page[number]=9", nil, "1", "3"},
		{"filter[action_type]=enable", ids, "1", "3"},
		{"filter[sim_card_id]=" + card + "&filter[action_type]=disable", nil, "0", "0"},
		{"filter[bulk_sim_card_action_id]=" + card, nil, "0", "0"},
	} {
		got := b.Get("/telnyx/v2/sim_card_actions?" + tc.query)
		require.Equal(t, 200, got.Status, got.Raw)
		rows, isList := got.Field("data").([]any)
		require.True(t, isList)
		var found []string
		for _, row := range rows {
			found = append(found, row.(map[string]any)["id"].(string))
		}
		assert.Equal(t, tc.ids, found, tc.query)
		assert.Equal(t, []string{tc.pages, tc.all}, []string{got.Number("meta", "total_pages"), got.Number("meta", "total_results")}, tc.query)
	}
	whole := b.Get("/telnyx/v2/sim_card_actions")
	assert.Equal(t, []string{"1", "20", "4"}, []string{whole.Number("meta", "page_number"), whole.Number("meta", "page_size"), whole.Number("meta", "total_results")})
}

func TestTelnyxListsCards(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	physical, esim, alone := cardID(disabled, 1), cardID("1001", 1), cardID("0104", 1)
	b.card(cardID("9999", 0))
	views := map[string]sandboxtest.Answer{}
	for _, id := range []string{physical, esim, alone} {
		views[id] = b.card(id)
	}
	iccid := fmt.Sprint(views[physical].Field("data", "iccid"))
	assert.Regexp(t, `^893[0-9]{15}01$`, iccid, "20 digits, and the last two of the card's id")
	for _, tc := range []struct {
		query string
		ids   []string
	}{
		{"", []string{physical, esim, alone}},
		{"filter[iccid]=" + iccid, []string{physical}},
		{"filter[iccid]=89311", []string{physical, esim, alone}},
		{"filter[msisdn]=%2B" + strings.TrimPrefix(fmt.Sprint(views[esim].Field("data", "msisdn")), "+"), []string{esim}},
		{"filter[status]=disabled,data_limit_exceeded", []string{physical, alone}},
		{"filter[status][]=disabled&filter[status][]=enabled", []string{physical, esim}},
		{"filter[tags]=" + cardTag, []string{physical, esim, alone}},
		{"filter[tags]=" + cardTag + ",another", nil},
		{"filter[sim_card_group_id]=" + groupID, []string{physical, esim}},
		{"page[size]=2&page[number]=2", []string{alone}},
	} {
		var found []string
		rows, _ := b.Get("/telnyx/v2/sim_cards?" + tc.query).Field("data").([]any)
		for _, row := range rows {
			found = append(found, row.(map[string]any)["id"].(string))
		}
		assert.Equal(t, tc.ids, found, tc.query)
	}
	_, shorter := b.Get("/telnyx/v2/sim_cards").Field("data", 0).(map[string]any)["live_data_session"]
	assert.False(t, shorter, "the list is shorter than the read of one card")
	assert.Equal(t, "connected", views[esim].Field("data", "live_data_session"))
	assert.NotContains(t, views[physical].Raw, "pin", "PIN and PUK are not served")
}

func TestTelnyxOnlyAnESIMHasAnActivationCode(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	esim := b.card(cardID("1000", 0))
	assert.Equal(t, []any{"esim", "released"}, []any{esim.Field("data", "type"), esim.Field("data", "esim_installation_status")})
	assert.Regexp(t, `^[0-9]{32}$`, esim.Field("data", "eid"))
	assert.Regexp(t, `^LPA:1\$`, b.Get("/telnyx/v2/sim_cards/"+cardID("1000", 0)+"/activation_code").Field("data", "activation_code"))
	assert.Equal(t, 404, b.Get("/telnyx/v2/sim_cards/"+cardID("9999", 0)+"/activation_code").Status)
}

func TestTelnyxMakesUpPlainCards(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	for _, id := range []string{cardID("0008", 0), cardID("2000", 0), "f47ac10b-58cc-4372-a567-0e02b2c3d479"} {
		got := b.card(id)
		assert.Equal(t, []any{id, "disabled", "physical", groupID}, []any{
			got.Field("data", "id"), got.Field("data", "status", "value"), got.Field("data", "type"), got.Field("data", "sim_card_group_id"),
		})
	}
}

// A request carries nothing of the caller's: the same card and the same body are the same operation.
func TestTelnyxTheLedgerKnowsARepeatedRequest(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	card := cardID(disabled, 75)
	b.accepted("enable", card)
	assert.Equal(t, 409, b.request("enable", strings.ToUpper(card)).Status)
	b.ClearScenarios(engine.Rule{})
	plain := cardID(disabled, 0)
	b.accepted("enable", plain)
	b.accepted("enable", plain)
	b.accepted("disable", plain)
	var duplicates []int
	var references []string
	for _, e := range b.Ledger(engine.Filter{Carrier: "telnyx", Line: plain}) {
		duplicates, references = append(duplicates, e.DuplicateOf), append(references, e.Reference)
	}
	assert.Equal(t, []int{0, 1, 0}, duplicates)
	assert.Equal(t, []string{"enable:" + plain + "#1", "enable:" + plain + "#2", "disable:" + plain + "#1"}, references)
	assert.Equal(t, card, b.Ledger(engine.Filter{})[1].Line, "one card, whatever the case of its UUID")
}

func TestTelnyxMeetsTheScenarios(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})

	forgotten := b.accepted("enable", cardID(disabled, 68))
	assert.Equal(t, 404, b.read(forgotten).Status)
	list := b.Get("/telnyx/v2/sim_card_actions?filter[sim_card_id]=" + cardID(disabled, 68))
	assert.Equal(t, []any{[]any{}, false}, []any{list.Field("data"), b.card(cardID(disabled, 68)).Field("data", "actions_in_progress")})

	assert.NotContains(t, b.request("enable", cardID(disabled, 69)).Field("data"), "status")

	parked := b.accepted("enable", cardID(disabled, 57))
	b.Eventually(func() bool { return b.status(parked) == wordUnknown })
	assert.Equal(t, true, b.card(cardID(disabled, 57)).Field("data", "actions_in_progress"))
	b.Eventually(func() bool { return b.status(parked) == "completed" })

	without := b.accepted("enable", cardID(disabled, 61))
	b.Eventually(func() bool { return b.status(without) == "completed" })
	assert.Equal(t, "disabled", b.cardStatus(cardID(disabled, 61)))

	late := b.accepted("enable", cardID(disabled, 62))
	b.Eventually(func() bool { return b.status(late) == "completed" })
	assert.Equal(t, "disabled", b.cardStatus(cardID(disabled, 62)))
	b.Eventually(func() bool { return b.cardStatus(cardID(disabled, 62)) == "enabled" })

	card := cardID(disabled, 85)
	require.Error(t, b.request("enable", card).Err)
	assert.Equal(t, "1", b.Get("/telnyx/v2/sim_card_actions?filter[sim_card_id]="+card).Number("meta", "total_results"))

	inside := b.request("enable", cardID(disabled, 88))
	assert.Equal(t, []any{200, "10015"}, []any{inside.Status, inside.Field("errors", 0, "code")})

	// A rule for a reference meets the look-ups of its action.
	b.Set(engine.Rule{Operation: "action", Reference: "enable:" + cardID(disabled, 61) + "#1", Scenario: "unavailable-503"})
	got := b.read(without)
	assert.Equal(t, []any{503, "10007"}, []any{got.Status, got.Field("errors", 0, "code")})
	assert.Equal(t, 200, b.read(late).Status)
}

func TestTelnyxInOtherManners(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	card := cardID(disabled, 0)
	id := b.accepted("enable", card)
	b.Eventually(func() bool { return b.status(id) == "completed" })
	list := "/telnyx/v2/sim_card_actions?filter[sim_card_id]=" + card
	b.Set(engine.Rule{Scenario: "null-list"})
	assert.Contains(t, b.Get(list).Raw, `"data":null`)
	b.ClearScenarios(engine.Rule{})
	b.Set(engine.Rule{Scenario: "one-for-list"})
	assert.Equal(t, id, b.Get(list).Field("data", "id"))
	b.ClearScenarios(engine.Rule{})
	b.Set(engine.Rule{Scenario: "code-zero"})
	assert.Contains(t, b.Get(list).Raw, `"errors":`)
	b.ClearScenarios(engine.Rule{})
	b.Set(engine.Rule{Scenario: "late-visibility", Delay: 1e9 * 60})
	late := b.accepted("disable", card)
	assert.Equal(t, 404, b.read(late).Status)
	assert.Equal(t, "1", b.Get(list).Number("meta", "total_results"))
}

func TestTelnyxTimesAreInUTCWithMilliseconds(t *testing.T) {
	at := time.Date(2026, 3, 4, 10, 12, 40, 271_900_000, time.FixedZone("CET", 3600))
	assert.Equal(t, "2026-03-04T09:12:40.271Z", timestamp(at))
}
