package sandbox

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

// line reads a field of a line.
func (b *bench) line(id, field string) any {
	b.t.Helper()
	return b.Get("/stn/api/QuerySubscription?Id="+id).Field("results", 0, field)
}

func TestEveryChangeIsRecordedThenInEffect(t *testing.T) {
	for _, tc := range []struct{ page, body, kind, end, field, line string }{
		{"SuspendSubscription", `{"subscriptionId":"L1","referenceNumber":"r"}`, "SUSPEND", "DONE", "state", "SUSPENDED"},
		{"SuspendSubscription", `{"subscriptionId":"SUSPENDED-1"}`, "SUSPEND", "ERROR", "state", "SUSPENDED"},
		{"ResumeSubscription", `{"subscriptionId":"SUSPENDED-1"}`, "RESUME", "DONE", "state", "ACTIVE"},
		{"ResumeSubscription", `{"subscriptionId":"L1"}`, "RESUME", "ERROR", "state", "ACTIVE"},
		{"SimSwapSubscription", `{"subscriptionId":"L1","newSimCardNumber":"8931990000000000017"}`, "SIMSWAP", "DONE", "simCardNumber", "8931990000000000017"},
		{"SimSwapSubscription", `{"subscriptionId":"L1","eSim":true,"email":"a@b.example","confirmationCode":"1","newSimCardNumber":"8931990000000000017"}`, "SIMSWAP", "DONE", "isEsim", "true"},
	} {
		t.Run(tc.page+" "+tc.body, func(t *testing.T) {
			b := start(t, sandboxtest.Quick(), Config{})
			id := map[bool]string{true: "L1", false: "SUSPENDED-1"}[tc.body[19:21] == "L1"]
			got := b.Post("/stn/api/"+tc.page, tc.body)
			require.Equal(t, 200, got.Status, got.Raw)
			assert.Equal(t, []any{"INIT", tc.kind, id}, []any{got.Field("status"), got.Field("activationType"), got.Field("subscriptionId")})
			b.Eventually(func() bool { return b.activation(got.Field("id")) == tc.end })
			if tc.line == "true" {
				assert.Equal(t, true, b.line(id, tc.field))
				assert.NotEqual(t, "8931990000000000017", b.line(id, "simCardNumber"), "the card is ignored")
				return
			}
			assert.Equal(t, tc.line, b.line(id, tc.field))
		})
	}
}

func TestChangesAreRefused(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	for _, tc := range []struct{ page, body, code string }{
		{"SuspendSubscription", `{}`, "BadRequest"},
		{"SuspendSubscription", `no`, "SerializationException"},
		{"ResumeSubscription", `{"subscriptionId":"L1","referenceNumber":"1234567890123456"}`, "MaximumLength"},
		{"SimSwapSubscription", `{"subscriptionId":"L1"}`, "BadRequest"},
		{"SimSwapSubscription", `{"subscriptionId":"L1","eSim":true,"confirmationCode":"1"}`, "BadRequest"},
		{"SimSwapSubscription", `{"subscriptionId":"L1","eSim":true,"email":"a@b.example","confirmationCode":"12345678901"}`, "MaximumLength"},
	} {
		got := b.Post("/stn/api/"+tc.page, tc.body)
		assert.Equal(t, []any{400, tc.code}, []any{got.Status, got.Field("responseStatus", "errorCode")}, tc.body)
	}
}

func TestSIMCards(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	got := b.Get("/stn/api/QuerySimcard?simCardNumber=8931990000000000017&fields=id,status")
	assert.Equal(t, map[string]any{"id": "card-8931990000000000017", "status": "FREE"}, got.Field("results", 0))
	assert.Empty(t, b.Get("/stn/api/QuerySubscription?simCardNumber=8931990000000000017").Field("results"), "a free card has no line")
	card := b.Get("/stn/api/QuerySimcard?simCardNumber=8931000000010000017").Field("results", 0)
	assert.Equal(t, "ACTIVATED", card.(map[string]any)["status"])
	assert.NotEmpty(t, card.(map[string]any)["phoneNumber"])
}

func TestLinesBeginAndEnd(t *testing.T) {
	for _, tc := range []struct{ page, body, kind, query, field, want string }{
		{"TerminateSubscription", `{"subscriptionId":"L1"}`, "TERMINATE", "Id=L1", "state", "TERMINATED"},
		{"PortingOutSubscription", `{"subscriptionId":"L1","wishDate":"2026-03-01T00:00:00+01:00"}`, "OUTPORT", "Id=L1", "state", "PORTEDOUT"},
		{"MoveEnvironmentSubscription", `{"subscriptionId":"L1","newProviderEnvironment":"SP16002"}`, "MOVEENVIRONMENT", "Id=L1", "providerEnvironment", "SP16002"},
		{"NewSubscription", `{"simCardNumber":"8931990000000000017"}`, "ACTIVATENEW", "simCardNumber=8931990000000000017", "state", "ACTIVE"},
		{"InPortSubscription", `{"phoneNumber":"0698000017","donorCustomerNumber":"C","simCardNumber":"8931990000000000017"}`, "INPORT", "phoneNumber=0698000017", "state", "ACTIVE"},
	} {
		t.Run(tc.page, func(t *testing.T) {
			b := start(t, sandboxtest.Quick(), Config{})
			got := b.Post("/stn/api/"+tc.page, tc.body)
			require.Equal(t, 200, got.Status, got.Raw)
			assert.Equal(t, []any{"INIT", tc.kind}, []any{got.Field("status"), got.Field("activationType")})
			assert.NotEmpty(t, got.Field("subscriptionId"))
			b.Eventually(func() bool { return b.activation(got.Field("id")) == "DONE" })
			assert.Equal(t, tc.want, b.Get("/stn/api/QuerySubscription?"+tc.query).Field("results", 0, tc.field))
		})
	}
	b := start(t, sandboxtest.Unhurried(), Config{})
	b.Post("/stn/api/NewSubscription", `{"simCardNumber":"8931990000000000017"}`)
	assert.Empty(t, b.Get("/stn/api/QuerySubscription?simCardNumber=8931990000000000017").Field("results"), "not open yet")
	assert.Empty(t, b.Get("/stn/api/QuerySubscription?phoneNumber=0698000017").Field("results"), "at another provider")
	for page, body := range map[string]string{
		"MoveEnvironmentSubscription": `{"subscriptionId":"L1","newProviderEnvironment":"SP1"}`, "NewSubscription": `{}`,
		"InPortSubscription": `{"phoneNumber":"0698000017","simCardNumber":"8931990000000000017"}`, "TerminateSubscription": `{"subscriptionId":"L1","wishDate":"soon"}`,
	} {
		assert.Equal(t, 400, b.Post("/stn/api/"+page, body).Status, page)
	}
}

func TestALineIsMovedOnceInTwoMonths(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	for _, end := range []string{"DONE", "ERROR"} {
		got := b.Post("/stn/api/MoveEnvironmentSubscription", `{"subscriptionId":"L1","newProviderEnvironment":"SP16002"}`)
		b.Eventually(func() bool { return b.activation(got.Field("id")) == end })
	}
}
