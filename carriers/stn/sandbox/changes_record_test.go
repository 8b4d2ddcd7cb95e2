package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

// info reads a field of the info of a record.
func (b *bench) info(id any, field string) any {
	b.t.Helper()
	return b.Get("/stn/api/QueryActivation?id="+fmt.Sprint(id)).Field("results", 0, "info", field)
}

// later is a wish date that no test waits for.
func later() string { return time.Now().AddDate(0, 0, 20).Format(time.RFC3339) }

func TestARecordIsOpenUntilItsDate(t *testing.T) {
	for page, body := range map[string]string{
		"TerminateSubscription":       `{"subscriptionId":"L1","wishDate":%q}`,
		"PortingOutSubscription":      `{"subscriptionId":"L1","wishDate":%q}`,
		"NewSubscription":             `{"simCardNumber":"8931990000000000017","wishDate":%q}`,
		"InPortSubscription":          `{"phoneNumber":"0698000017","donorCustomerNumber":"C","simCardNumber":"8931990000000000017","portingWishDate":%q}`,
		"MoveEnvironmentSubscription": `{"subscriptionId":"L1","newProviderEnvironment":"SP16002","wishDate":%q}`,
	} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			b := start(t, sandboxtest.Quick(), Config{})
			layout := map[bool]string{true: localTime, false: time.RFC3339}[page == "MoveEnvironmentSubscription"]
			soon := time.Now().Add(1500 * time.Millisecond).In(zone)
			got := b.Post("/stn/api/"+page, fmt.Sprintf(body, soon.Format(layout)))
			require.Equal(t, 200, got.Status, got.Raw)
			b.Eventually(func() bool { return b.activation(got.Field("id")) == "BUSY" })
			b.Eventually(func() bool { return b.activation(got.Field("id")) == "DONE" })
			assert.False(t, time.Now().Before(soon.Truncate(time.Second)))
		})
	}
}

// cancelledRequests are requests for a later date, and the requests that cancel them.
var cancelledRequests = []struct{ page, body, cancel, query, before, answered, porting string }{
	{"TerminateSubscription", `{"subscriptionId":"L1","wishDate":%q}`, "CancelTerminateSubscription", "Id=L1", "ACTIVE", "BUSY", ""},
	{"PortingOutSubscription", `{"subscriptionId":"L1","wishDate":%q}`, "CancelPortingOutSubscription", "Id=L1", "ACTIVE", "BUSY", ""},
	{"NewSubscription", `{"simCardNumber":"8931990000000000017","wishDate":%q}`, "CancelNewSubscription", "simCardNumber=8931990000000000017", "", "CANCELLING", ""},
	{
		"InPortSubscription", `{"phoneNumber":"0698000017","donorCustomerNumber":"C","simCardNumber":"8931990000000000017","portingWishDate":%q}`,
		"CancelInPortSubscription", "phoneNumber=0698000017", "", "BUSY", "CANCELLING",
	},
}

func TestARequestIsCancelledBeforeItsDate(t *testing.T) {
	for _, tc := range cancelledRequests {
		t.Run(tc.cancel, func(t *testing.T) {
			b := start(t, sandboxtest.Unhurried(), Config{})
			made := b.Post("/stn/api/"+tc.page, fmt.Sprintf(tc.body, later()))
			id := made.Field("id")
			b.Eventually(func() bool { return b.activation(id) == "BUSY" })
			cancel := fmt.Sprintf(`{"activationId":%q,"note":"n"}`, id)
			got := b.Post("/stn/api/"+tc.cancel, cancel)
			require.Equal(t, 200, got.Status, got.Raw)
			assert.Equal(t, []any{id, tc.answered, made.Field("activationType")}, []any{got.Field("id"), got.Field("status"), got.Field("activationType")}, "the record of the request")
			if tc.porting != "" {
				assert.Equal(t, tc.porting, got.Field("info", "portingStatus"))
			}
			again := b.Post("/stn/api/"+tc.cancel, cancel)
			assert.Equal(t, []any{400, "BadRequest"}, []any{again.Status, again.Field("responseStatus", "errorCode")})
			b.Eventually(func() bool { return b.activation(id) == wordCancelled })
			b.Eventually(func() bool {
				return b.Ledger(engine.Filter{Operation: b.Ledger(engine.Filter{})[1].Operation})[0].InEffect
			})
			assert.False(t, b.Ledger(engine.Filter{})[0].InEffect, "the request itself is not carried out")
			state, _ := b.Get("/stn/api/QuerySubscription?"+tc.query).Field("results", 0, "state").(string)
			assert.Equal(t, tc.before, state)
			if tc.page == "NewSubscription" {
				assert.Equal(t, "FREE", b.Get("/stn/api/QuerySimcard?simCardNumber=8931990000000000017").Field("results", 0, "status"))
			}
		})
	}
}

func TestARequestThatIsDueWhileItIsCancelledIsNotCarriedOut(t *testing.T) {
	cfg := sandboxtest.Quick()
	cfg.DecideAfter = time.Second
	b := start(t, cfg, Config{})
	b.Set(engine.Rule{Operation: "cancel-terminate", Scenario: "slow", Delay: 0})
	id := b.Post("/stn/api/TerminateSubscription", `{"subscriptionId":"L1"}`).Field("id")
	require.Equal(t, 200, b.Post("/stn/api/CancelTerminateSubscription", fmt.Sprintf(`{"activationId":%q}`, id)).Status)
	b.Eventually(func() bool { return b.Ledger(engine.Filter{Operation: "terminate"})[0].Decided == "failed" })
	assert.Equal(t, "ACTIVE", b.line("L1", "state"))
	assert.Contains(t, []any{"BUSY", "CANCELLING"}, b.activation(id))
}

func TestWhatCannotBeCancelled(t *testing.T) {
	b := start(t, sandboxtest.Unhurried(), Config{})
	done := b.Post("/stn/api/TerminateSubscription", `{"subscriptionId":"L1"}`).Field("id")
	b.Eventually(func() bool { return b.activation(done) == "DONE" })
	early := b.Post("/stn/api/InPortSubscription", fmt.Sprintf(
		`{"phoneNumber":"0698000017","donorCustomerNumber":"C","simCardNumber":"8931990000000000017","portingWishDate":%q}`, later())).Field("id")
	assert.Equal(t, "INIT", b.info(early, "portingStatus"))
	for body, code := range map[string]string{
		`{"activationId":"nobody"}`: "BadRequest", `{"activationId":"OUTPORT-000001"}`: "BadRequest", `{"id":"TERMINATE-000001"}`: "SerializationException",
		`no`: "SerializationException", `{"activationId":"TERMINATE-1x"}`: "BadRequest", `{"activationId":"SUSPEND-000001"}`: "BadRequest",
		fmt.Sprintf(`{"activationId":%q}`, done):                                              "BadRequest",
		fmt.Sprintf(`{"activationId":"TERMINATE-000001","note":%q}`, fmt.Sprintf("%165d", 1)): "MaximumLength",
	} {
		got := b.Post("/stn/api/CancelTerminateSubscription", body)
		assert.Equal(t, []any{400, code}, []any{got.Status, got.Field("responseStatus", "errorCode")}, body)
	}
	cancel := fmt.Sprintf(`{"activationId":%q}`, early)
	assert.Equal(t, 400, b.Post("/stn/api/CancelInPortSubscription", cancel).Status, "while its porting status is INIT")
	b.Eventually(func() bool { return b.info(early, "portingStatus") == wordAccepted })
	assert.Equal(t, 200, b.Post("/stn/api/CancelInPortSubscription", cancel).Status)
}

// The requests of made-up records were made yesterday, and are due in a month.
func TestMadeUpRecords(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	for id, kind := range map[string]string{"TERMINATE-000034": "TERMINATE", "OUTPORT-000036": "OUTPORT", "ACTIVATENEW-000035": "ACTIVATENEW", "INPORT-000037": "INPORT"} {
		got := b.Get("/stn/api/QueryActivation?id="+id).Field("results", 0)
		require.NotNil(t, got, id)
		assert.Equal(t, []any{id, "BUSY", kind}, []any{got.(map[string]any)["id"], got.(map[string]any)["status"], got.(map[string]any)["activationType"]})
	}
	assert.Empty(t, b.Get("/stn/api/QueryActivation?id=RESUME-000034").Field("results"))
	assert.Equal(t, "ACTIVE", b.line("SUB-000034", "state"))
	assert.Equal(t, wordAccepted, b.info("INPORT-000037", "portingStatus"))
	assert.Empty(t, b.Get("/stn/api/QuerySubscription?phoneNumber=0698000037").Field("results"), "not ported in yet")
}

// cancelTests say how a cancel of a termination ends, by the last digits of the record.
var cancelTests = []struct{ code, status, line string }{
	{"00", wordCancelled, "ACTIVE"},
	{"59", "ERROR", "ACTIVE"},
	{"61", wordCancelled, "TERMINATED"},
	{"57", wordCancelled, "ACTIVE"},
}

func TestScenariosOfACancel(t *testing.T) {
	for _, tc := range cancelTests {
		t.Run(tc.code, func(t *testing.T) {
			b := start(t, sandboxtest.Unhurried(), Config{})
			id := "TERMINATE-0001" + tc.code
			require.Equal(t, 200, b.Post("/stn/api/CancelTerminateSubscription", fmt.Sprintf(`{"activationId":%q}`, id)).Status)
			seen := map[any]bool{}
			b.Eventually(func() bool {
				word := b.activation(id)
				seen[word] = true
				return word == tc.status
			})
			assert.Equal(t, tc.code == "57", seen[wordUnknown])
			assert.Equal(t, tc.line, b.line("SUB-0001"+tc.code, "state"))
		})
	}
	t.Run("late effect", func(t *testing.T) {
		b := start(t, sandboxtest.Unhurried(), Config{})
		b.Post("/stn/api/CancelNewSubscription", `{"activationId":"ACTIVATENEW-000162"}`)
		b.Eventually(func() bool { return b.activation("ACTIVATENEW-000162") == wordCancelled })
		card := fmt.Sprint(b.info("ACTIVATENEW-000162", "simCardNumber"))
		assert.Equal(t, "ACTIVE", b.Get("/stn/api/QuerySubscription?simCardNumber="+card).Field("results", 0, "state"))
		b.Eventually(func() bool {
			return len(b.Get("/stn/api/QuerySubscription?simCardNumber="+card).Field("results").([]any)) == 0
		})
	})
	t.Run("late visibility", func(t *testing.T) {
		b := start(t, sandboxtest.Quick(), Config{})
		b.Set(engine.Rule{Line: "TERMINATE-000034", Scenario: "forgetful"})
		before := b.Get("/stn/api/QueryActivation?id=TERMINATE-000034").Raw
		b.ClearScenarios(engine.Rule{})
		b.Set(engine.Rule{Operation: "cancel-terminate", Scenario: "late-visibility"})
		asItWas := b.Get("/stn/api/QueryActivation?id=TERMINATE-000034").Field("results", 0, "modifiedAt")
		b.Post("/stn/api/CancelTerminateSubscription", `{"activationId":"TERMINATE-000034"}`)
		assert.Equal(t, asItWas, b.Get("/stn/api/QueryActivation?id=TERMINATE-000034").Field("results", 0, "modifiedAt"))
		assert.Contains(t, before, `"results":[]`, "the control")
	})
}

func TestAPortInIsChanged(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	got := b.Post("/stn/api/ChangeInPortSubscription", `{"activationId":"INPORT-000038","donorCustomerNumber":"C-2","portingWishDate":"2027-03-01T00:00:00+01:00"}`)
	require.Equal(t, 200, got.Status, got.Raw)
	assert.Equal(t, []any{"C-2", "2027-03-01T00:00:00+01:00"}, []any{got.Field("info", "donorCustomerNumber"), got.Field("info", "portingWishDate")})
	assert.Equal(t, []any{"C-2", "2027-03-01T00:00:00+01:00"}, []any{b.info("INPORT-000038", "donorCustomerNumber"), b.info("INPORT-000038", "portingWishDate")})
	for _, body := range []string{`{"donorCustomerNumber":"C-2"}`, `{"activationId":"TERMINATE-000038"}`, `{"activationId":"INPORT-000038","portingWishDate":"soon"}`} {
		assert.Equal(t, 400, b.Post("/stn/api/ChangeInPortSubscription", body).Status, body)
	}
}

func TestUsageOfALine(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	rows, _ := b.Get("/stn/api/QueryUsageSubscription?phoneNumber=06-10000024&orderByDesc=yearMonth").Field("results").([]any)
	require.Len(t, rows, monthsOfUsage)
	newest, _ := rows[0].(map[string]any)
	assert.Equal(t, []any{"06-10000024", time.Now().In(zone).Format("2006_01")}, []any{newest["phoneNumber"], newest["yearMonth"]})
	assert.Empty(t, b.Get("/stn/api/QueryUsageSubscription?phoneNumber=0698000024").Field("results"), "at another provider")
}
