package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const stnID = "p4RzExampleSub9"

func TestSTNServicesAreRecordedThenBusyThenInEffect(t *testing.T) {
	b := start(t, unhurried())
	assert.Equal(t, false, b.service(stnID, "internationalDialing"))

	got := b.setServices("WF-1", stnID, `{"internationalDialing":true,"dataRoamingLimitation":"Limit 100"}`)
	require.Equal(t, 200, got.status, got.raw)
	assert.Equal(t, "INIT", got.field("status"))
	assert.Equal(t, "SETSERVICES", got.field("activationType"))
	assert.Equal(t, "WF-1", got.field("referenceNumber"))
	assert.Equal(t, stnID, got.field("subscriptionId"))
	assert.Regexp(t, `^06-[0-9]{8}$`, got.field("phoneNumber"))
	assert.Regexp(t, `\.[0-9]{7}\+01:00$`, got.field("createdAt"))
	assert.Equal(t, map[string]any{"internationalDialing": true, "dataRoamingLimitation": "Limit 100"}, got.field("info", "services"))

	id := got.field("id")
	b.eventually(func() bool { return b.activation(id) == "BUSY" })
	assert.Equal(t, false, b.service(stnID, "internationalDialing"), "in effect only when DONE")
	b.eventually(func() bool { return b.activation(id) == "DONE" })
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
			b := start(t, quick)
			got := b.setServices("r", stnID, tc.services)
			assert.Equal(t, "INIT", got.field("status"))
			assert.Equal(t, tc.accepted, got.field("info", "services"))
			b.eventually(func() bool { return b.activation(got.field("id")) == tc.end })
			applied := tc.end == "DONE" && tc.accepted["voiceRoaming"] == true
			assert.Equal(t, applied, b.service(stnID, "voiceRoaming"))
			assert.Equal(t, "Limit 50", b.service(stnID, "dataRoamingLimitation"))
		})
	}
}

func TestSTNAccessTypeReadsBackInOtherWords(t *testing.T) {
	b := start(t, quick)
	got := b.setServices("r", stnID, `{"accessType":"MOBILEPAY"}`)
	assert.Equal(t, "MOBILEPAY", got.field("info", "services", "accessType"))
	b.eventually(func() bool { return b.service(stnID, "accessType") == "Mobile Pay" })
}

func TestSTNRefusesWithItsDocumentedBody(t *testing.T) {
	b := start(t, quick)
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
			got := b.post(path, tc.body)
			assert.Equal(t, 400, got.status)
			assert.Equal(t, tc.code, got.field("responseStatus", "errorCode"))
			assert.NotNil(t, got.field("responseStatus", "errors"), "an empty list, not null")
		})
	}
	long := b.post(path, tests[0].body)
	assert.Equal(t, "referenceNumber", long.field("responseStatus", "errors", 0, "fieldName"))
	assert.Equal(t, map[string]any{
		"MinLength": "0", "MaxLength": "15", "TotalLength": "16", "PropertyName": "reference Number", "PropertyValue": "1234567890123456",
	}, long.field("responseStatus", "errors", 0, "meta"))
	assert.Equal(t, 200, b.setServices("123456789012345", "s", `{}`).status)
}

func TestSTNWantsItsKey(t *testing.T) {
	cfg := quick
	cfg.STNAPIKey = "secret"
	b := start(t, cfg)
	for key, status := range map[string]int{"": 401, "wrong": 401, "secret": 200} {
		got := b.call("GET", "/stn/api/QueryActivation", "", "stn-api-key", key)
		assert.Equal(t, status, got.status, key)
	}
	got := b.setServices("r", stnID, `{"voiceMail":false}`)
	assert.Equal(t, "Unauthorized", got.field("responseStatus", "errorCode"))
	assert.False(t, b.Ledger(Filter{})[0].Recorded)
}

func TestSTNQueries(t *testing.T) {
	b := start(t, quick)
	first := b.setServices("one", stnID, `{"voiceMail":false}`)
	b.setServices("two", stnID, `{"voiceMail":true}`)
	other := b.setServices("three", "otherLine", `{"voiceMail":true}`)
	number, _ := other.field("phoneNumber").(string)
	today := time.Now().In(stnZone).Format(time.DateOnly)

	tests := []struct{ query, references string }{
		{"", "one two three"},
		{"Id=" + fmt.Sprint(first.field("id")), "one"},
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
		got := b.get("/stn/api/QueryActivation?" + tc.query)
		results, _ := got.field("results").([]any)
		var references []string
		for _, record := range results {
			references = append(references, record.(map[string]any)["referenceNumber"].(string))
		}
		assert.Equal(t, strings.Fields(tc.references), append([]string{}, references...), tc.query)
	}
	assert.Equal(t, 400, b.get("/stn/api/QueryActivation?take=many").status)

	totals := map[any]bool{}
	for range 4 {
		totals[fmt.Sprint(b.get("/stn/api/QueryActivation").field("total"))] = true
	}
	assert.Equal(t, map[any]bool{"0": true, "3": true}, totals, "the total is not reliable")

	line := b.get("/stn/api/QuerySubscription?phoneNumber=" + number)
	assert.Equal(t, "otherLine", line.field("results", 0, "id"))
	assert.Equal(t, "ACTIVE", line.field("results", 0, "state"))
	sim := fmt.Sprint(line.field("results", 0, "simCardNumber"))
	assert.Equal(t, "otherLine", b.get("/stn/api/QuerySubscription?simCardNumber="+sim).field("results", 0, "id"))
	narrow := b.get("/stn/api/QuerySubscription?Id=otherLine&fields=id,State").field("results", 0)
	assert.Equal(t, map[string]any{"id": "otherLine", "state": "ACTIVE"}, narrow)
}
