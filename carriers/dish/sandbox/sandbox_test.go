package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const iccid = "89010000000000000017"

// bench is a sandbox of DISH, with the requests that most tests send.
type bench struct {
	*sandboxtest.Bench
	t *testing.T
}

func start(t *testing.T, shared engine.Config, cfg Config) *bench {
	t.Helper()
	return &bench{sandboxtest.Start(t, shared, New(cfg)), t}
}

func (b *bench) activate(id, iccid string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post("/dish/subscription/activate", fmt.Sprintf(
		`{"partnerTransactionId":%q,"subscriberId":"SUB-000042","wholesalePlanId":"PLAN-1","location":{},"iccid":%q}`, id, iccid))
}

func (b *bench) suspend(id, iccid string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post("/dish/subscription/status", fmt.Sprintf(`{"partnerTransactionId":%q,"iccid":%q,"action":"Suspend"}`, id, iccid))
}

func (b *bench) transaction(id string) any {
	b.t.Helper()
	return b.Get("/dish/transaction/status/" + id).Field("status")
}

func TestDISHActivationIsAcknowledgedThenDecidedThenInEffectThenTold(t *testing.T) {
	box := sandboxtest.Receive(t, nil)
	cfg := sandboxtest.Unhurried()
	cfg.Callback.URL = box.URL
	b := start(t, cfg, Config{})

	assert.Equal(t, 404, b.Call("GET", "/dish/transaction/status/act-1", "").Status)
	assert.JSONEq(t, `{"status":"Success"}`, b.activate("act-1", iccid).Raw)
	assert.Equal(t, "InProgress", b.transaction("act-1"))
	assert.Equal(t, 404, b.Get("/dish/subscription?iccid="+iccid).Status, "the line exists only when the activation is in effect")
	assert.Equal(t, 404, b.Get("/dish/subscription?subscriberId=SUB-000042").Status)

	b.Eventually(func() bool { return b.transaction("act-1") == "Success" })
	line := b.Get("/dish/subscription?iccid=" + iccid)
	assert.Equal(t, "Active", line.Field("subscriptions", 0, "subscriptionStatus"))
	assert.Equal(t, "SUB-000042", line.Field("subscriberId"))
	assert.Equal(t, iccid, line.Field("subscriptions", 0, "resources", 0, "iccid"))
	gpsi, _ := line.Field("subscriptions", 0, "resources", 0, "gpsi").(string)
	assert.Regexp(t, `^[0-9]{11,15}$`, gpsi, "DISH assigns a number when none is given")

	b.Eventually(func() bool { return len(box.Bodies()) == 1 })
	var notice noticeBody
	require.NoError(t, json.Unmarshal([]byte(box.Bodies()[0]), &notice))
	assert.Equal(t, "Success", notice.Status)
	assert.Equal(t, "act-1", notice.PartnerTransactionID)
	assert.NotEmpty(t, notice.EventID)
	assert.False(t, notice.EventTime.IsZero())

	entries := b.Ledger(engine.Filter{Reference: "act-1"})
	require.Len(t, entries, 1)
	assert.True(t, entries[0].Recorded)
	assert.Equal(t, "200", entries[0].Answered)
	assert.Equal(t, iccid, entries[0].Line)
}

func TestDISHIdentifiersOfOneLineAgree(t *testing.T) {
	tests := []struct{ name, query string }{
		{"by iccid", "iccid=89010000000000000017"},
		{"by gpsi", "gpsi=15550100123"},
		{"by subscriber", "subscriberId=SUB-000042"},
		{"by a subscriber without digits", "subscriberId=nobody"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, sandboxtest.Quick(), Config{})
			want := b.Get("/dish/subscription?" + tc.query)
			require.Equal(t, 200, want.Status, want.Raw)
			name, value, _ := strings.Cut(tc.query, "=")
			ids := map[string]any{
				"iccid": want.Field("subscriptions", 0, "resources", 0, "iccid"),
				"gpsi":  want.Field("subscriptions", 0, "resources", 0, "gpsi"), "subscriberId": want.Field("subscriberId"),
			}
			assert.Equal(t, value, ids[name])
			for parameter, id := range ids {
				assert.Equal(t, want.Raw, b.Get(fmt.Sprintf("/dish/subscription?%s=%s", parameter, id)).Raw, parameter)
			}
		})
	}
}

func TestDISHActivationKeepsTheGivenIdentifiers(t *testing.T) {
	b := start(t, sandboxtest.Unhurried(), Config{})
	b.Get("/dish/subscription?gpsi=15550000017") // makes up a line whose card would be the one activated below
	body := `{"partnerTransactionId":"act-2","subscriberId":"S","wholesalePlanId":"P","location":{},"gpsi":"15550100123",
		"iccid":"89010000005550000017","pei":"350000000000017","eid":"89010000000000000000000000000017","billCycleStartDay":15,
		"bucketRefId":["B"],"billCycleFrequency":"MONTHLY","gpsiReservationId":"R","eSIMDeliveryMethod":"QR","products":[{}]}`
	require.Equal(t, 200, b.Post("/dish/subscription/activate", body).Status)
	b.Get("/dish/subscription?gpsi=15550000017")
	assert.Equal(t, 404, b.Get("/dish/subscription?iccid=89010000005550000017").Status, "a guess must not stand in for the activation")
	b.Eventually(func() bool { return b.transaction("act-2") == "Success" })
	got := b.Get("/dish/subscription?gpsi=15550100123")
	assert.Equal(t, "89010000005550000017", got.Field("subscriptions", 0, "resources", 0, "iccid"))
	assert.Equal(t, "350000000000017", got.Field("subscriptions", 0, "resources", 0, "pei"))
	assert.Equal(t, "15", fmt.Sprint(got.Field("subscriptions", 0, "billCycleStartDay")))
	assert.Equal(t, "P", got.Field("subscriptions", 0, "wholesalePlanId"))
}

func TestDISHRefusesWhatItsPagesForbid(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	good := `{"partnerTransactionId":"t","subscriberId":"s","wholesalePlanId":"p","location":{},"iccid":"89010000000000000017"}`
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	add := func(field string) string { return with("{", "{"+field+",") }
	long := strings.Repeat("x", 37)
	const activate, status, cycle, number = "/dish/subscription/activate", "/dish/subscription/status", "/dish/subscription/billCycle", "/dish/change"
	change := `{"partnerTransactionId":"t","gpsi":"15550100123","newGpsi":"15560100123","gpsiReservationId":"R"}`
	tests := []struct{ path, body, says string }{
		{activate, `{`, "cannot be read"},
		{activate, with(`"t"`, `""`), "partnerTransactionId"},
		{activate, with(`"t"`, `"`+long+`"`), "partnerTransactionId"},
		{activate, with(`"partnerTransactionId":"t",`, ``), "partnerTransactionId is required"},
		{activate, with(`"s"`, `"_s"`), "subscriberId"},
		{activate, with(`"subscriberId":"s",`, ``), "subscriberId"},
		{activate, with(`"p"`, `"`+long+`"`), "wholesalePlanId"},
		{activate, with(`{},`, `[],`), "location"},
		{activate, with(`"location":{},`, ``), "location"},
		{activate, with(`89010000000000000017`, `8901`), "iccid"},
		{activate, with(`"89010000000000000017"`, `89010000000000000017`), "cannot be read"},
		{activate, add(`"gpsi":"1234567890"`), "gpsi"},
		{activate, add(`"gpsi":""`), "gpsi"},
		{activate, add(`"gpsiReservationId":""`), "gpsiReservationId"},
		{activate, add(`"pei":"1234567890123456789"`), "pei"},
		{activate, add(`"eid":"12"`), "eid"},
		{activate, add(`"eSIMDeliveryMethod":"SMS"`), "eSIMDeliveryMethod"},
		{activate, add(`"billCycleFrequency":"WEEKLY"`), "billCycleFrequency"},
		{activate, add(`"billCycleStartDay":29`), "billCycleStartDay"},
		{activate, add(`"billCycleStartDay":0`), "billCycleStartDay"},
		{activate, add(`"billCycleStartDay":1.5`), "billCycleStartDay"},
		{activate, add(`"bucketRefId":[""]`), "bucketRefId"},
		{activate, add(`"products":[1]`), "products"},
		{status, `{"partnerTransactionId":"t","action":"Suspend"}`, "exactly one"},
		{status, `{"partnerTransactionId":"t","action":"Suspend","iccid":"89010000000000000017","gpsi":"15550100123"}`, "exactly one"},
		{status, `{"partnerTransactionId":"t","action":"Pause","iccid":"89010000000000000017"}`, "action"},
		{status, `{"partnerTransactionId":"t","iccid":"89010000000000000017"}`, "action is required"},
		{status, `{"action":"Suspend","iccid":"89010000000000000017"}`, "partnerTransactionId"},
		{number, strings.Replace(change, `"partnerTransactionId":"t",`, ``, 1), "partnerTransactionId"},
		{number, strings.Replace(change, `"15550100123"`, `"5550100123"`, 1), "gpsi"},
		{number, strings.Replace(change, `"newGpsi":"15560100123",`, ``, 1), "newGpsi is required"},
		{number, strings.Replace(change, `"R"`, `""`, 1), "gpsiReservationId"},
		{number, strings.Replace(change, `"R"`, `"`+long+`"`, 1), "gpsiReservationId"},
		{cycle, `{"billCycleFrequency":"MONTHLY","billCycleStartDay":1}`, "gpsi"},
		{cycle, `{"gpsi":"15550100123","billCycleStartDay":1}`, "billCycleFrequency"},
		{cycle, `{"gpsi":"15550100123","billCycleFrequency":"MONTHLY"}`, "billCycleStartDay"},
		{cycle, `{"gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":31}`, "billCycleStartDay"},
	}
	for _, tc := range tests {
		t.Run(tc.says+" "+tc.body, func(t *testing.T) {
			got := b.Post(tc.path, tc.body)
			assert.Equal(t, 400, got.Status)
			assert.Equal(t, "BAD_REQUEST", got.Field("code"))
			assert.Contains(t, got.Field("message"), tc.says)
		})
	}
	assert.Equal(t, 400, b.Get("/dish/subscription").Status)
	assert.Equal(t, 400, b.Get("/dish/subscription?gpsi=2812368903").Status)
	assert.Equal(t, 400, b.Get("/dish/transaction/status/"+long).Status)
	assert.Equal(t, 400, b.Call("POST", activate, good, "wholesaleCustomerId", "1234567890123").Status)
	for _, e := range b.Ledger(engine.Filter{}) {
		assert.False(t, e.Recorded)
	}
	assert.Equal(t, 200, b.Post(activate, good).Status)
}

func TestDISHStatusUpdatesFollowTheDocumentedTransitions(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{ReactivateQueryable: true})
	steps := []struct{ action, transaction, line string }{
		{"Resume", "Failed", "Active"},
		{"Reactivate", "Failed", "Active"},
		{"Suspend", "Success", "Suspended"},
		{"Suspend", "Failed", "Suspended"},
		{"Cease", "Failed", "Suspended"},
		{"Resume", "Success", "Active"},
		{"Cease", "Success", "Ceased"},
		{"Resume", "Failed", "Ceased"},
		{"Reactivate", "Success", "Active"},
	}
	for i, step := range steps {
		id := fmt.Sprint("step-", i)
		// The sample of the form by gpsi carries a bare number.
		got := b.Post("/dish/subscription/status", fmt.Sprintf(`{"partnerTransactionId":%q,"gpsi":15550100123,"action":%q}`, id, step.action))
		require.Equal(t, 200, got.Status, got.Raw)
		b.Eventually(func() bool { return b.transaction(id) == step.transaction }, "%s: %s", id, step.action)
		if step.transaction == "Failed" {
			assert.Equal(t, "INVALID_STATE", b.Get("/dish/transaction/status/"+id).Field("code"))
		}
		assert.Equal(t, step.line, b.Get("/dish/subscription?gpsi=15550100123").Field("subscriptions", 0, "subscriptionStatus"))
	}
}

func TestDISHReactivateCannotBeQueriedByDefault(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	b.Post("/dish/subscription/status", `{"partnerTransactionId":"re","iccid":"89010000000000000017","action":"Reactivate"}`)
	assert.Equal(t, 404, b.Get("/dish/transaction/status/re").Status)
	require.Len(t, b.Ledger(engine.Filter{Reference: "re"}), 1)
}

func TestDISHBillCycleIsInEffectWhenAnswered(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	body := `{"gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":27}`
	assert.JSONEq(t, `{"status":"Success"}`, b.Post("/dish/subscription/billCycle", body).Raw)
	day := func() string {
		return fmt.Sprint(b.Get("/dish/subscription?gpsi=15550100123").Field("subscriptions", 0, "billCycleStartDay"))
	}
	assert.Equal(t, "27", day())

	b.Post("/dish/subscription/status", `{"partnerTransactionId":"x","gpsi":"15550100123","action":"Suspend"}`)
	b.Eventually(func() bool { return b.transaction("x") == "Success" })
	assert.Equal(t, http.StatusNotFound, b.Post("/dish/subscription/billCycle", strings.Replace(body, "27", "3", 1)).Status)
	assert.Equal(t, "27", day())
}

func (b *bench) changeNumber(id, old, next string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post("/dish/change", fmt.Sprintf(`{"partnerTransactionId":%q,"gpsi":%q,"newGpsi":%q,"gpsiReservationId":"RSV-1"}`, id, old, next))
}

// numberOf is the number of a card; nil when there is none.
func (b *bench) numberOf(iccid any) any {
	b.t.Helper()
	return b.Get(fmt.Sprint("/dish/subscription?iccid=", iccid)).Field("subscriptions", 0, "resources", 0, "gpsi")
}

func TestDISHChangesANumber(t *testing.T) {
	const old, next = "15550100123", "15560100123"
	box := sandboxtest.Receive(t, nil)
	cfg := sandboxtest.Unhurried()
	cfg.Callback.URL = box.URL
	b := start(t, cfg, Config{})
	line := func(gpsi string) sandboxtest.Answer { return b.Get("/dish/subscription?gpsi=" + gpsi) }
	card := line(old).Field("subscriptions", 0, "resources", 0, "iccid")
	line(next) // makes up a line that must not stand in the way

	assert.JSONEq(t, `{"status":"Success"}`, b.changeNumber("chg-1", old, next).Raw)
	assert.Equal(t, "InProgress", b.transaction("chg-1"))
	assert.Equal(t, 404, line(next).Status, "the number names a line only when the change is in effect")
	assert.Equal(t, old, b.numberOf(card))
	b.Eventually(func() bool { return b.transaction("chg-1") == "Success" })
	assert.Equal(t, card, line(next).Field("subscriptions", 0, "resources", 0, "iccid"))
	assert.Equal(t, next, b.numberOf(card))
	assert.Equal(t, 404, line(old).Status, "the old number is given back")
	b.Eventually(func() bool { return len(box.Bodies()) == 1 })
	assert.Contains(t, box.Bodies()[0], `"partnerTransactionId":"chg-1","status":"Success"`)
	entries := b.Ledger(engine.Filter{Reference: "chg-1"})
	require.Len(t, entries, 1)
	assert.Equal(t, old, entries[0].Line, "the line is the one that had the old number")
	assert.True(t, entries[0].InEffect)

	fails := func(id, old, next, code string) {
		t.Helper()
		require.Equal(t, 200, b.changeNumber(id, old, next).Status)
		b.Eventually(func() bool { return b.transaction(id) == "Failed" })
		assert.Equal(t, code, b.Get("/dish/transaction/status/"+id).Field("code"))
	}
	fails("chg-2", old, "15560100124", "SUBSCRIPTION_NOT_FOUND")
	b.Post("/dish/subscription/status", `{"partnerTransactionId":"sus-1","gpsi":"15550100125","action":"Suspend"}`)
	b.Eventually(func() bool { return b.transaction("sus-1") == "Success" })
	fails("chg-3", "15550100125", "15560100125", "INVALID_STATE")
	fails("chg-4", "15550100126", next, "NUMBER_NOT_AVAILABLE")
	fails("chg-5", "15550100159", "15560100159", "PROVISIONING_FAILED")
	assert.Equal(t, next, b.numberOf(card), "and nothing has changed")

	require.Equal(t, 200, b.changeNumber("chg-6", next, old).Status)
	b.Eventually(func() bool { return b.transaction("chg-6") == "Success" })
	assert.Equal(t, old, b.numberOf(card), "a number that was given back can be had again")
}

func TestDISHChecksSIMs(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	check := func(iccid string) string { return b.Get("/dish/simCheck?iccid=" + iccid).Raw }
	const usable, invalid = `{"validationStatus":true}`, `{"validationStatus":false}`
	assert.JSONEq(t, usable, check(iccid))
	assert.JSONEq(t, usable, check(iccid), "a check makes up no line")
	b.activate("act-1", iccid)
	b.Eventually(func() bool { return b.transaction("act-1") == "Success" })
	assert.JSONEq(t, invalid, check(iccid), "it is on an active line")
	for i, action := range []string{"Suspend", "Resume", "Cease"} {
		assert.JSONEq(t, invalid, check(iccid), action)
		id := fmt.Sprint("update-", i)
		b.Post("/dish/subscription/status", fmt.Sprintf(`{"partnerTransactionId":%q,"iccid":%q,"action":%q}`, id, iccid, action))
		b.Eventually(func() bool { return b.transaction(id) == "Success" })
	}
	assert.JSONEq(t, usable, check(iccid), "its line has ceased")
	assert.Equal(t, 400, b.Get("/dish/simCheck?iccid=8901").Status)
	assert.Equal(t, 400, b.Get("/dish/simCheck").Status)
}

func TestDISHChecksDevices(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	for query, blocked := range map[string]bool{"pei=350000000000017": false, "pei=350000000000099": true, "tac=35000000": false} {
		got := b.Get("/dish/compatibility?" + query)
		assert.Equal(t, "PHONE", got.Field("equipmentType"), got.Raw)
		assert.Equal(t, blocked, got.Field("blockStatus", "blocked"))
	}
	for _, query := range []string{"", "pei=35", "tac=35", "pei=350000000000017&tac=35000000", "pei="} {
		assert.Equal(t, 400, b.Get("/dish/compatibility?"+query).Status, query)
	}
}

func TestDISHChecksPortIns(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	check := func() sandboxtest.Answer { return b.Post("/dish/portIn/eligibility", `{"gpsi":"15550100123"}`) }
	assert.Equal(t, "Accept", check().Field("eligibilityStatus"))
	assert.Equal(t, "Accept", check().Field("eligibilityStatus"), "a check makes up no line")
	b.Get("/dish/subscription?gpsi=15550100123") // this one does
	assert.Equal(t, "Reject", check().Field("eligibilityStatus"))
	assert.Equal(t, "8A", check().Field("reasonCode"))
	for _, body := range []string{``, `{}`, `{"gpsi":"1555"}`, `{"gpsi":15550100123}`} {
		assert.Equal(t, 400, b.Post("/dish/portIn/eligibility", body).Status, body)
	}
	assert.Empty(t, b.Ledger(engine.Filter{}), "a check is no change")
}

func TestDISHDuplicatesAreRecordedUnlessRefused(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		b := start(t, sandboxtest.Quick(), Config{RefusesDuplicates: refuses})
		require.Equal(t, 200, b.suspend("twice", iccid).Status)
		second := b.suspend("twice", iccid)
		entries := b.Ledger(engine.Filter{Reference: "twice"})
		require.Len(t, entries, 2)
		assert.Equal(t, 0, entries[0].DuplicateOf)
		assert.Equal(t, 1, entries[1].DuplicateOf)
		assert.Equal(t, !refuses, entries[1].Recorded)
		assert.Equal(t, map[bool]int{false: 200, true: 409}[refuses], second.Status)
	}
}

func TestDISHTransactionIDsTravelEscaped(t *testing.T) {
	b := start(t, sandboxtest.Unhurried(), Config{})
	b.suspend("a/b c", iccid)
	assert.Equal(t, "InProgress", b.transaction("a%2Fb%20c"))
}
