package sandbox_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestAnswersSpelledOtherwise(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Scenario: "spelled-otherwise"})
	b.suspend("ref", iccid)
	b.Eventually(func() bool { return strings.EqualFold(fmt.Sprint(b.transaction("ref")), "Success") })
	assert.NotEqual(t, "Success", b.transaction("ref"))

	line := b.Get("/dish/subscription?iccid=" + iccid)
	assert.NotEqual(t, iccid, line.Field("subscriptions", 0, "resources", 0, "iccid"))
	assert.NotRegexp(t, `^[0-9]+$`, line.Field("subscriptions", 0, "resources", 0, "gpsi"))
	assert.NotEqual(t, "Suspended", line.Field("subscriptions", 0, "subscriptionStatus"))
	assert.NotRegexp(t, `T.*\.[0-9]{3}Z$`, line.Field("subscriptions", 0, "startDate"))
	assert.Equal(t, line.Raw, b.Get("/dish/subscription?iccid="+iccid).Raw, "always alike for one line")

	got := b.setServices("wf-1", stnID, `{"accessType":"MOBILEPAY"}`)
	assert.Equal(t, "wf-1", strings.ToLower(strings.TrimSpace(fmt.Sprint(got.Field("referenceNumber")))))
	assert.NotEqual(t, "wf-1", got.Field("referenceNumber"))
	assert.Equal(t, "MOBILEPAY", got.Field("info", "services", "accessType"), "what was asked for is not ours to spell")
	assert.NotEqual(t, "INIT", got.Field("status"))
	id := strings.TrimSpace(fmt.Sprint(got.Field("id")))
	assert.NotEqual(t, id, got.Field("id"))
	assert.NotNil(t, b.activation(id))

	assert.Equal(t, 404, b.Get("/dish/transaction/status/nobody").Status)
	assert.Equal(t, "NOT_FOUND", b.Get("/dish/transaction/status/nobody").Field("code"), "an error's words stay")
}

func TestNumbersForText(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Scenario: "numbers-for-text"})
	got := b.Post("/stn/api/SetServicesSubscription", `{"phoneNumber":"0612345600","services":{"voiceMail":false},"referenceNumber":"000123456789012"}`)
	assert.Equal(t, json.Number("123456789012"), got.Field("referenceNumber"))
	assert.Equal(t, json.Number("612345600"), got.Field("phoneNumber"))
	listed := b.Get("/stn/api/QueryActivation?phoneNumber=0612345600")
	assert.Equal(t, json.Number("123456789012"), listed.Field("results", 0, "referenceNumber"))
	assert.Equal(t, json.Number("89010000000000000017"), b.Get("/dish/subscription?iccid="+iccid).Field("subscriptions", 0, "resources", 0, "iccid"), "every digit is kept")

	forms := map[bool]bool{}
	for i := range 20 {
		id := fmt.Sprint(b.Get(masLine(fmt.Sprint("70", i))+"/devices").Field("devices", 0, "subscription_terminal_id"))
		number, fraction := strings.CutSuffix(id, ".0")
		assert.Regexp(t, `^[0-9]+$`, number)
		forms[fraction] = true
	}
	assert.Len(t, forms, 2, "as text, and with a fraction of zero")
}

func TestNullLists(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Scenario: "null-list"})
	assert.Contains(t, b.Get("/dish/subscription?iccid="+iccid).Raw, `"subscriptions":null`)
	assert.Contains(t, b.Get("/stn/api/QuerySubscription?Id="+stnID).Raw, `"results":null`)
	assert.Contains(t, b.Get("/stn/api/QueryActivation?subscriptionId="+stnID).Raw, `"results":null`)
	forms := map[string]bool{}
	for i := range 20 {
		forms[strings.TrimSpace(b.Get(masLine(fmt.Sprint("70", i))+"/devices").Raw)] = true
	}
	assert.Equal(t, map[string]bool{`{}`: true, `{"devices":null}`: true}, forms)
	assert.Equal(t, 404, b.Get("/dish/transaction/status/nobody").Status)
}

func TestCodesOfZero(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Scenario: "code-zero"})
	dish, stn, mas := map[any]bool{}, map[string]bool{}, map[any]bool{}
	for i := range 40 {
		dish[b.suspend(fmt.Sprint("ref-", i), fmt.Sprintf("89010000000000%04d00", i)).Field("code")] = true
		got := b.setServices(fmt.Sprint("ref-", i), fmt.Sprintf("Sub%dx", i), `{}`)
		assert.Equal(t, "INIT", got.Field("status"))
		text, err := json.Marshal(got.Field("responseStatus"))
		require.NoError(t, err)
		stn[string(text)] = true
		mas[b.replaceSIM(fmt.Sprintf("7%04d", 100*i), newCard).Field("code")] = true
	}
	zeros := map[any]bool{json.Number("0"): true, "0": true, "200": true, nil: true}
	assert.Equal(t, zeros, dish)
	assert.Equal(t, zeros, mas)
	assert.True(t, stn["null"] && stn[`{"errorCode":"0","errors":[],"message":"OK"}`] && stn[`{"errorCode":null,"errors":[],"message":"OK"}`], "%v", stn)

	b.Set(sandbox.Rule{Scenario: "error-inside-200"})
	assert.Equal(t, "BAD_REQUEST", b.suspend("refused", iccid).Field("code"), "an error inside a 200 stays one")
	assert.Equal(t, "BadRequest", b.setServices("refused", stnID, `{}`).Field("responseStatus", "errorCode"))
	assert.Equal(t, "0001", b.replaceSIM("7", newCard).Field("code"))
	b.ClearScenarios(sandbox.Rule{Scenario: "error-inside-200"})

	b.suspend("failed", "89010000000000000059")
	b.Eventually(func() bool { return b.Get("/dish/transaction/status/failed").Field("code") == "PROVISIONING_FAILED" }, "a code that says something stays")
	assert.Nil(t, b.Get("/dish/subscription?iccid="+iccid).Field("message"), "what reads a line has no place for one")
}

func TestOneForAList(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Scenario: "one-for-list"})
	assert.Equal(t, iccid, b.Get("/dish/subscription?iccid="+iccid).Field("subscriptions", "resources", "iccid"))
	b.setServices("one", stnID, `{}`)
	assert.Equal(t, "one", b.Get("/stn/api/QueryActivation?subscriptionId="+stnID).Field("results", "referenceNumber"))
	b.setServices("two", stnID, `{}`)
	assert.Len(t, b.Get("/stn/api/QueryActivation?subscriptionId="+stnID).Field("results"), 2)
	assert.NotNil(t, b.Get(masLine("7")+"/devices").Field("devices", "subscription_terminal_id"))
	b.Set(sandbox.Rule{Carrier: "masmovil", Scenario: "review-deny", Times: 1})
	b.replaceSIM("7", newCard)
	assert.NotNil(t, b.Get(fraudRequests("7")).Field("risk_decision"))
	assert.Empty(t, b.Get("/stn/api/QueryActivation?subscriptionId=Nobody").Field("results"))
}

func TestPacking(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.Set(sandbox.Rule{Scenario: "packed-otherwise"})
	types, marks, zips := map[string]bool{}, 0, 0
	for i := range 120 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/dish/subscription?gpsi=1555010%04d", b.URL, i), nil)
		require.NoError(t, err)
		if i%2 == 0 {
			request.Header.Set("Accept-Encoding", "gzip") // by ourselves: net/http takes it apart otherwise
		}
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}).Do(request)
		require.NoError(t, err)
		var body io.Reader = response.Body
		if response.Header.Get("Content-Encoding") == "gzip" {
			assert.Zero(t, i%2, "only who asks for it gets it")
			zips++
			body, err = gzip.NewReader(body)
			require.NoError(t, err)
		}
		raw, err := io.ReadAll(body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		text, marked := strings.CutPrefix(string(raw), "\ufeff")
		if marked {
			marks++
		}
		require.True(t, json.Valid([]byte(text)), text)
		types[response.Header.Get("Content-Type")] = true
	}
	assert.Positive(t, marks)
	assert.Positive(t, zips)
	for _, want := range []string{sandbox.JSONType, `application/json; charset="UTF8"`, "application/problem+json", ""} {
		assert.True(t, types[want], "%q in %v", want, types)
	}
}

// The shapes an answer takes in a sandbox of other manners are those of the scenarios, several at a time.
func TestOtherMannersShapeAnswers(t *testing.T) {
	b := start(t, other(11))
	var spelled, packed, numbered int
	for i := range 60 {
		got := b.Get(fmt.Sprintf("/dish/subscription?iccid=89010000000000%04d00", i))
		if got.Header.Get("Content-Type") != sandbox.JSONType && strings.Contains(got.Raw, "subscriberId") {
			packed++
		}
		if strings.Contains(got.Raw, `"subscriptionStatus":"a`) || strings.Contains(got.Raw, `"subscriptionStatus":"AC`) {
			spelled++
		}
		if strings.Contains(got.Raw, `"iccid":8901`) {
			numbered++
		}
	}
	assert.Positive(t, spelled)
	assert.Positive(t, packed)
	assert.Positive(t, numbered)
	assert.Less(t, spelled+numbered, 90, "not all of them")
}
