package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const iccid = "89010000000000000017"

func TestDISHActivationIsAcknowledgedThenDecidedThenInEffectThenTold(t *testing.T) {
	box := receive(t, nil)
	cfg := unhurried()
	cfg.Callback.URL = box.url
	b := start(t, cfg)

	assert.Equal(t, 404, b.call("GET", "/dish/transaction/status/act-1", "").status)
	assert.JSONEq(t, `{"status":"Success"}`, b.activate("act-1", iccid).raw)
	assert.Equal(t, "InProgress", b.transaction("act-1"))
	assert.Equal(t, 404, b.get("/dish/subscription?iccid="+iccid).status, "the line exists only when the activation is in effect")
	assert.Equal(t, 404, b.get("/dish/subscription?subscriberId=SUB-000042").status)

	b.eventually(func() bool { return b.transaction("act-1") == "Success" })
	line := b.get("/dish/subscription?iccid=" + iccid)
	assert.Equal(t, "Active", line.field("subscriptions", 0, "subscriptionStatus"))
	assert.Equal(t, "SUB-000042", line.field("subscriberId"))
	assert.Equal(t, iccid, line.field("subscriptions", 0, "resources", 0, "iccid"))
	gpsi, _ := line.field("subscriptions", 0, "resources", 0, "gpsi").(string)
	assert.Regexp(t, `^[0-9]{11,15}$`, gpsi, "DISH assigns a number when none is given")

	b.eventually(func() bool { return len(box.words()) == 1 })
	assert.Equal(t, []string{"Success"}, box.words())
	assert.Equal(t, "act-1", box.notices[0].PartnerTransactionID)
	assert.NotEmpty(t, box.notices[0].EventID)
	assert.False(t, box.notices[0].EventTime.IsZero())

	entries := b.Ledger(Filter{Reference: "act-1"})
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
			b := start(t, quick)
			want := b.get("/dish/subscription?" + tc.query)
			require.Equal(t, 200, want.status, want.raw)
			name, value, _ := strings.Cut(tc.query, "=")
			ids := map[string]any{
				"iccid": want.field("subscriptions", 0, "resources", 0, "iccid"),
				"gpsi":  want.field("subscriptions", 0, "resources", 0, "gpsi"), "subscriberId": want.field("subscriberId"),
			}
			assert.Equal(t, value, ids[name])
			for parameter, id := range ids {
				assert.Equal(t, want.raw, b.get(fmt.Sprintf("/dish/subscription?%s=%s", parameter, id)).raw, parameter)
			}
		})
	}
}

func TestDISHActivationKeepsTheGivenIdentifiers(t *testing.T) {
	b := start(t, unhurried())
	b.get("/dish/subscription?gpsi=15550000017") // makes up a line whose card would be the one activated below
	body := `{"partnerTransactionId":"act-2","subscriberId":"S","wholesalePlanId":"P","location":{},"gpsi":"15550100123",
		"iccid":"89010000005550000017","pei":"350000000000017","eid":"89010000000000000000000000000017","billCycleStartDay":15,
		"bucketRefId":["B"],"billCycleFrequency":"MONTHLY","gpsiReservationId":"R","eSIMDeliveryMethod":"QR","products":[{}]}`
	require.Equal(t, 200, b.post("/dish/subscription/activate", body).status)
	b.get("/dish/subscription?gpsi=15550000017")
	assert.Equal(t, 404, b.get("/dish/subscription?iccid=89010000005550000017").status, "a guess must not stand in for the activation")
	b.eventually(func() bool { return b.transaction("act-2") == "Success" })
	got := b.get("/dish/subscription?gpsi=15550100123")
	assert.Equal(t, "89010000005550000017", got.field("subscriptions", 0, "resources", 0, "iccid"))
	assert.Equal(t, "350000000000017", got.field("subscriptions", 0, "resources", 0, "pei"))
	assert.Equal(t, "15", fmt.Sprint(got.field("subscriptions", 0, "billCycleStartDay")))
	assert.Equal(t, "P", got.field("subscriptions", 0, "wholesalePlanId"))
}

func TestDISHRefusesWhatItsPagesForbid(t *testing.T) {
	b := start(t, quick)
	good := `{"partnerTransactionId":"t","subscriberId":"s","wholesalePlanId":"p","location":{},"iccid":"89010000000000000017"}`
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	add := func(field string) string { return with("{", "{"+field+",") }
	long := strings.Repeat("x", 37)
	const activate, status, cycle = "/dish/subscription/activate", "/dish/subscription/status", "/dish/subscription/billCycle"
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
		{cycle, `{"billCycleFrequency":"MONTHLY","billCycleStartDay":1}`, "gpsi"},
		{cycle, `{"gpsi":"15550100123","billCycleStartDay":1}`, "billCycleFrequency"},
		{cycle, `{"gpsi":"15550100123","billCycleFrequency":"MONTHLY"}`, "billCycleStartDay"},
		{cycle, `{"gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":31}`, "billCycleStartDay"},
	}
	for _, tc := range tests {
		t.Run(tc.says+" "+tc.body, func(t *testing.T) {
			got := b.post(tc.path, tc.body)
			assert.Equal(t, 400, got.status)
			assert.Equal(t, "BAD_REQUEST", got.field("code"))
			assert.Contains(t, got.field("message"), tc.says)
		})
	}
	assert.Equal(t, 400, b.get("/dish/subscription").status)
	assert.Equal(t, 400, b.get("/dish/subscription?gpsi=2812368903").status)
	assert.Equal(t, 400, b.get("/dish/transaction/status/"+long).status)
	assert.Equal(t, 400, b.call("POST", activate, good, "wholesaleCustomerId", "1234567890123").status)
	for _, e := range b.Ledger(Filter{}) {
		assert.False(t, e.Recorded)
	}
	assert.Equal(t, 200, b.post(activate, good).status)
}

func TestDISHStatusUpdatesFollowTheDocumentedTransitions(t *testing.T) {
	cfg := quick
	cfg.DISHReactivateQueryable = true
	b := start(t, cfg)
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
		got := b.post("/dish/subscription/status", fmt.Sprintf(`{"partnerTransactionId":%q,"gpsi":15550100123,"action":%q}`, id, step.action))
		require.Equal(t, 200, got.status, got.raw)
		b.eventually(func() bool { return b.transaction(id) == step.transaction }, "%s: %s", id, step.action)
		if step.transaction == "Failed" {
			assert.Equal(t, "INVALID_STATE", b.get("/dish/transaction/status/"+id).field("code"))
		}
		assert.Equal(t, step.line, b.get("/dish/subscription?gpsi=15550100123").field("subscriptions", 0, "subscriptionStatus"))
	}
}

func TestDISHReactivateCannotBeQueriedByDefault(t *testing.T) {
	b := start(t, quick)
	b.post("/dish/subscription/status", `{"partnerTransactionId":"re","iccid":"89010000000000000017","action":"Reactivate"}`)
	assert.Equal(t, 404, b.get("/dish/transaction/status/re").status)
	require.Len(t, b.Ledger(Filter{Reference: "re"}), 1)
}

func TestDISHBillCycleIsInEffectWhenAnswered(t *testing.T) {
	b := start(t, quick)
	body := `{"gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":27}`
	assert.JSONEq(t, `{"status":"Success"}`, b.post("/dish/subscription/billCycle", body).raw)
	day := func() string {
		return fmt.Sprint(b.get("/dish/subscription?gpsi=15550100123").field("subscriptions", 0, "billCycleStartDay"))
	}
	assert.Equal(t, "27", day())

	b.post("/dish/subscription/status", `{"partnerTransactionId":"x","gpsi":"15550100123","action":"Suspend"}`)
	b.eventually(func() bool { return b.transaction("x") == "Success" })
	assert.Equal(t, http.StatusNotFound, b.post("/dish/subscription/billCycle", strings.Replace(body, "27", "3", 1)).status)
	assert.Equal(t, "27", day())
}

func TestDISHDuplicatesAreRecordedUnlessRefused(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		cfg := quick
		cfg.DISHRefusesDuplicates = refuses
		b := start(t, cfg)
		require.Equal(t, 200, b.suspend("twice", iccid).status)
		second := b.suspend("twice", iccid)
		entries := b.Ledger(Filter{Reference: "twice"})
		require.Len(t, entries, 2)
		assert.Equal(t, 0, entries[0].DuplicateOf)
		assert.Equal(t, 1, entries[1].DuplicateOf)
		assert.Equal(t, !refuses, entries[1].Recorded)
		assert.Equal(t, map[bool]int{false: 200, true: 409}[refuses], second.status)
	}
}

func TestDISHTransactionIDsTravelEscaped(t *testing.T) {
	b := start(t, unhurried())
	b.suspend("a/b c", iccid)
	assert.Equal(t, "InProgress", b.transaction("a%2Fb%20c"))
}
