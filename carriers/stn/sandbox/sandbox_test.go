package sandbox

import (
	"fmt"
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

const stnID = "p4RzExampleSub9"

// bench is a sandbox of sTN, with the requests that most tests send.
type bench struct {
	*sandboxtest.Bench
	t *testing.T
}

func start(t *testing.T, shared engine.Config, cfg Config) *bench {
	t.Helper()
	return &bench{sandboxtest.Start(t, shared, New(cfg)), t}
}

func (b *bench) setServices(reference, id, services string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post("/stn/api/SetServicesSubscription", fmt.Sprintf(`{"subscriptionId":%q,"services":%s,"referenceNumber":%q}`, id, services, reference))
}

func (b *bench) activation(id any) any {
	b.t.Helper()
	return b.Get(fmt.Sprint("/stn/api/QueryActivation?id=", id)).Field("results", 0, "status")
}

func (b *bench) service(id, name string) any {
	b.t.Helper()
	return b.Get("/stn/api/QuerySubscription?Id="+id).Field("results", 0, "services", name)
}

func TestSTNServicesAreRecordedThenBusyThenInEffect(t *testing.T) {
	b := start(t, sandboxtest.Unhurried(), Config{})
	assert.Equal(t, false, b.service(stnID, "internationalDialing"))

	got := b.setServices("WF-1", stnID, `{"internationalDialing":true,"dataRoamingLimitation":"Limit 100"}`)
	require.Equal(t, 200, got.Status, got.Raw)
	assert.Equal(t, "INIT", got.Field("status"))
	assert.Equal(t, "SETSERVICES", got.Field("activationType"))
	assert.Equal(t, "WF-1", got.Field("referenceNumber"))
	assert.Equal(t, stnID, got.Field("subscriptionId"))
	assert.Regexp(t, `^06-[0-9]{8}$`, got.Field("phoneNumber"))
	assert.Regexp(t, `\.[0-9]{7}\+01:00$`, got.Field("createdAt"))
	assert.Equal(t, map[string]any{"internationalDialing": true, "dataRoamingLimitation": "Limit 100"}, got.Field("info", "services"))

	id := got.Field("id")
	b.Eventually(func() bool { return b.activation(id) == "BUSY" })
	assert.Equal(t, false, b.service(stnID, "internationalDialing"), "in effect only when DONE")
	b.Eventually(func() bool { return b.activation(id) == "DONE" })
	assert.Equal(t, true, b.service(stnID, "internationalDialing"))
	assert.Equal(t, "Limit 100", b.service(stnID, "dataRoamingLimitation"))
	assert.Equal(t, true, b.service(stnID, "voiceMail"), "what is not mentioned stays")
}

func TestSTNServicesAreDroppedOrFailTogether(t *testing.T) {
	tests := []struct {
		name, services string
		accepted       map[string]any
		end            string
	}{
		{"unknown key", `{"newOptionNotDefined":true,"voiceRoaming":true}`, map[string]any{"voiceRoaming": true}, "DONE"},
		{"only unknown keys", `{"dataPlan":"20GB"}`, map[string]any{}, "DONE"},
		{"unknown value", `{"dataRoamingLimitation":"Limit 12.5","voiceRoaming":true}`, map[string]any{"dataRoamingLimitation": "Limit 12.5", "voiceRoaming": true}, "ERROR"},
		{"a flag that is no boolean", `{"voiceRoaming":"yes"}`, map[string]any{"voiceRoaming": "yes"}, "ERROR"},
		{"a text that is null", `{"dataRoamingLimitation":null}`, map[string]any{"dataRoamingLimitation": nil}, "ERROR"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, sandboxtest.Quick(), Config{})
			got := b.setServices("r", stnID, tc.services)
			assert.Equal(t, "INIT", got.Field("status"))
			assert.Equal(t, tc.accepted, got.Field("info", "services"))
			b.Eventually(func() bool { return b.activation(got.Field("id")) == tc.end })
			applied := tc.end == "DONE" && tc.accepted["voiceRoaming"] == true
			assert.Equal(t, applied, b.service(stnID, "voiceRoaming"))
			assert.Equal(t, "Limit 50", b.service(stnID, "dataRoamingLimitation"))
		})
	}
}

func TestSTNAccessTypeReadsBackInOtherWords(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	got := b.setServices("r", stnID, `{"accessType":"MOBILEPAY"}`)
	assert.Equal(t, "MOBILEPAY", got.Field("info", "services", "accessType"))
	b.Eventually(func() bool { return b.service(stnID, "accessType") == "Mobile Pay" })
}

func TestSTNRefusesWithItsDocumentedBody(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	const path = "/stn/api/SetServicesSubscription"
	tests := []struct{ name, body, code string }{
		{"reference of 16", `{"subscriptionId":"s","services":{},"referenceNumber":"1234567890123456"}`, "MaximumLength"},
		{"no line", `{"services":{"voiceMail":true}}`, "BadRequest"},
		{"international number", `{"phoneNumber":"+31610000001","services":{"voiceMail":true}}`, "BadRequest"},
		{"no services", `{"subscriptionId":"s"}`, "SerializationException"},
		{"no JSON", `services`, "SerializationException"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got := b.Post(path, tc.body)
			assert.Equal(t, 400, got.Status)
			assert.Equal(t, tc.code, got.Field("responseStatus", "errorCode"))
			assert.NotNil(t, got.Field("responseStatus", "errors"), "an empty list, not null")
		})
	}
	long := b.Post(path, tests[0].body)
	assert.Equal(t, "referenceNumber", long.Field("responseStatus", "errors", 0, "fieldName"))
	assert.Equal(t, map[string]any{
		"MinLength": "0", "MaxLength": "15", "TotalLength": "16", "PropertyName": "reference Number", "PropertyValue": "1234567890123456",
	}, long.Field("responseStatus", "errors", 0, "meta"))
	assert.Equal(t, 200, b.setServices("123456789012345", "s", `{}`).Status)
}

func TestSTNWantsItsKey(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{APIKey: "secret"})
	for key, status := range map[string]int{"": 401, "wrong": 401, "secret": 200} {
		got := b.Call("GET", "/stn/api/QueryActivation", "", "stn-api-key", key)
		assert.Equal(t, status, got.Status, key)
	}
	got := b.setServices("r", stnID, `{"voiceMail":false}`)
	assert.Equal(t, "Unauthorized", got.Field("responseStatus", "errorCode"))
	assert.False(t, b.Ledger(engine.Filter{})[0].Recorded)
}

func TestSTNQueries(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	first := b.setServices("one", stnID, `{"voiceMail":false}`)
	b.setServices("two", stnID, `{"voiceMail":true}`)
	other := b.setServices("three", "otherLine", `{"voiceMail":true}`)
	number, _ := other.Field("phoneNumber").(string)
	today := time.Now().In(zone).Format(time.DateOnly)

	tests := []struct{ query, references string }{
		{"", "one two three"},
		{"Id=" + fmt.Sprint(first.Field("id")), "one"},
		{"id=nobody", ""},
		{"subscriptionId=" + stnID + "&activationType=SETSERVICES&createdAtFrom=" + today, "one two"},
		{"subscriptionId=" + stnID + "&createdAtTo=2020-01-01", ""},
		{"subscriptionId=" + stnID + "&orderByDesc=createdAt", "two one"},
		{"activationType=SUSPEND", ""},
		{"phoneNumber=" + number, "three"},
		{"phoneNumber=" + strings.ReplaceAll(number, "-", ""), "three"},
		{"take=2", "one two"},
		{"take=2&skip=2", "three"},
		{"skip=9", ""},
		{"referenceNumber=two", "one two three"}, // not a documented filter: ignored
	}
	for _, tc := range tests {
		got := b.Get("/stn/api/QueryActivation?" + tc.query)
		results, _ := got.Field("results").([]any)
		var references []string
		for _, record := range results {
			references = append(references, record.(map[string]any)["referenceNumber"].(string))
		}
		assert.Equal(t, strings.Fields(tc.references), append([]string{}, references...), tc.query)
	}
	assert.Equal(t, 400, b.Get("/stn/api/QueryActivation?take=many").Status)

	totals := map[any]bool{}
	for range 4 {
		totals[fmt.Sprint(b.Get("/stn/api/QueryActivation").Field("total"))] = true
	}
	assert.Equal(t, map[any]bool{"0": true, "3": true}, totals, "the total is not reliable")

	line := b.Get("/stn/api/QuerySubscription?phoneNumber=" + number)
	assert.Equal(t, "otherLine", line.Field("results", 0, "id"))
	assert.Equal(t, "ACTIVE", line.Field("results", 0, "state"))
	sim := fmt.Sprint(line.Field("results", 0, "simCardNumber"))
	assert.Equal(t, "otherLine", b.Get("/stn/api/QuerySubscription?simCardNumber="+sim).Field("results", 0, "id"))
	narrow := b.Get("/stn/api/QuerySubscription?Id=otherLine&fields=id,State").Field("results", 0)
	assert.Equal(t, map[string]any{"id": "otherLine", "state": "ACTIVE"}, narrow)
}
