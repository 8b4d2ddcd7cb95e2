package sandbox

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plain reads what a person reads in an identifier: its digits, without a leading 00.
func plain(id string) string {
	return strings.TrimPrefix(strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, strings.TrimPrefix(id, "msisdn-")), "00")
}

func TestSpellingsMeanTheSame(t *testing.T) {
	same := func(a, b string) bool { return a == b }
	for _, tc := range []struct {
		name, text string
		spell      spelling
		same       func(was, is string) bool
		forms      int
	}{
		{"card of 19 digits", "8901000000000000017", otherCard, func(was, is string) bool { return is[:2] == "89" && strings.HasPrefix(plain(is), was) }, 5},
		{"card of 19 digits, one of them the check digit", "890100000000000001" + checkDigit("890100000000000001"), otherCard, func(was, is string) bool { return plain(is) == was }, 4},
		{"card of 20 digits", "89010000000000000017", otherCard, func(was, is string) bool { return plain(is) == was }, 2},
		{"card of 20 digits with its check digit", "8901000000000000017" + checkDigit("8901000000000000017"), otherCard, func(was, is string) bool { return strings.HasPrefix(was, plain(is)) && len(plain(is)) >= 19 }, 4},
		{"card that is none", "CARD-1", otherCard, same, 1},
		{"GPSI", "15550100123", otherGPSI, func(was, is string) bool { return plain(is) == was && is != was }, 3},
		{"number", "06-10000001", otherNumber, func(was, is string) bool { return plain(is) == plain(was) && is != was }, 3},
		{"reference", "wf-1", otherReference, func(was, is string) bool { return strings.EqualFold(was, strings.TrimSpace(is)) && is != was }, 3},
		{"reference of digits", "000123", otherReference, func(was, is string) bool { return was == strings.TrimSpace(is) && is != was }, 2},
		{"no reference", "", otherReference, same, 1},
		{"id", "abc12", padded, func(was, is string) bool { return was == strings.TrimSpace(is) && is != was }, 2},
		{"word", "Success", otherCase, func(was, is string) bool { return strings.EqualFold(was, is) && is != was }, 2},
		{"letter", "D", otherCase, func(_, is string) bool { return is == "d" }, 1},
		{"no word", "", otherCase, same, 1},
		{"moment", "2026-01-31T12:00:00.1230000+01:00", otherDate, func(_, is string) bool {
			return strings.HasPrefix(is, "2026-01-31") && is != "2026-01-31T12:00:00.1230000+01:00"
		}, 5},
		{"day", "2026-01-31", otherDate, same, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dice, forms := rand.New(rand.NewPCG(1, 2)), map[string]bool{}
			for range 200 {
				is := tc.spell(tc.text, dice)
				assert.True(t, tc.same(tc.text, is), is)
				forms[is] = true
			}
			assert.Len(t, forms, tc.forms, "%v", forms)
		})
	}
}

func TestDatesInOtherForms(t *testing.T) {
	dice, seen := rand.New(rand.NewPCG(1, 2)), map[string]bool{}
	for range 200 {
		seen[otherDate("2026-01-31T12:00:00+01:00", dice)] = true
	}
	assert.Equal(t, map[string]bool{
		"2026-01-31T12:00:00+0100": true, "2026-01-31T12:00:00": true, "2026-01-31 11:00:00 UTC": true,
		"2026-01-31T12:00:00.000000+01:00": true, "2026-01-31T12:00:00.0+01:00": true,
	}, seen)
}

func TestCheckDigits(t *testing.T) {
	for digits, want := range map[string]string{"7992739871": "3", "8914800000000000000": checkDigit("8914800000000000000"), "0": "0", "18": "2"} {
		assert.Equal(t, want, checkDigit(digits), digits)
	}
	assert.True(t, checked("79927398713"))
	assert.False(t, checked("79927398714"))
}

func TestAnswersSpelledOtherwise(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Scenario: "spelled-otherwise"})
	b.suspend("ref", iccid)
	b.eventually(func() bool { return strings.EqualFold(fmt.Sprint(b.transaction("ref")), "Success") })
	assert.NotEqual(t, "Success", b.transaction("ref"))

	line := b.get("/dish/subscription?iccid=" + iccid)
	assert.NotEqual(t, iccid, line.field("subscriptions", 0, "resources", 0, "iccid"))
	assert.NotRegexp(t, `^[0-9]+$`, line.field("subscriptions", 0, "resources", 0, "gpsi"))
	assert.NotEqual(t, "Suspended", line.field("subscriptions", 0, "subscriptionStatus"))
	assert.NotRegexp(t, `T.*\.[0-9]{3}Z$`, line.field("subscriptions", 0, "startDate"))
	assert.Equal(t, line.raw, b.get("/dish/subscription?iccid="+iccid).raw, "always alike for one line")

	got := b.setServices("wf-1", stnID, `{"accessType":"MOBILEPAY"}`)
	assert.Equal(t, "wf-1", strings.ToLower(strings.TrimSpace(fmt.Sprint(got.field("referenceNumber")))))
	assert.NotEqual(t, "wf-1", got.field("referenceNumber"))
	assert.Equal(t, "MOBILEPAY", got.field("info", "services", "accessType"), "what was asked for is not ours to spell")
	assert.NotEqual(t, "INIT", got.field("status"))
	id := strings.TrimSpace(fmt.Sprint(got.field("id")))
	assert.NotEqual(t, id, got.field("id"))
	assert.NotNil(t, b.activation(id))

	assert.Equal(t, 404, b.get("/dish/transaction/status/nobody").status)
	assert.Equal(t, "NOT_FOUND", b.get("/dish/transaction/status/nobody").field("code"), "an error's words stay")
}

func TestNumbersForText(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Scenario: "numbers-for-text"})
	got := b.post("/stn/api/SetServicesSubscription", `{"phoneNumber":"0612345600","services":{"voiceMail":false},"referenceNumber":"000123456789012"}`)
	assert.Equal(t, json.Number("123456789012"), got.field("referenceNumber"))
	assert.Equal(t, json.Number("612345600"), got.field("phoneNumber"))
	listed := b.get("/stn/api/QueryActivation?phoneNumber=0612345600")
	assert.Equal(t, json.Number("123456789012"), listed.field("results", 0, "referenceNumber"))
	assert.Equal(t, json.Number("89010000000000000017"), b.get("/dish/subscription?iccid="+iccid).field("subscriptions", 0, "resources", 0, "iccid"), "every digit is kept")

	forms := map[bool]bool{}
	for i := range 20 {
		id := fmt.Sprint(b.get(masLine(fmt.Sprint("70", i))+"/devices").field("devices", 0, "subscription_terminal_id"))
		number, fraction := strings.CutSuffix(id, ".0")
		assert.True(t, allDigits(number), id)
		forms[fraction] = true
	}
	assert.Len(t, forms, 2, "as text, and with a fraction of zero")
	assert.Equal(t, "CARD-1", asNumber("CARD-1"))
	assert.Equal(t, json.Number("0"), asNumber("000"))
}

func asNumber(id string) any {
	l := newLetter("stn", opQueryActivation, 200, fields{"referenceNumber": id})
	numbersForText(l, rand.New(rand.NewPCG(1, 2)))
	return l.body.(map[string]any)["referenceNumber"]
}

func TestNullLists(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Scenario: "null-list"})
	assert.Contains(t, b.get("/dish/subscription?iccid="+iccid).raw, `"subscriptions":null`)
	assert.Contains(t, b.get("/stn/api/QuerySubscription?Id="+stnID).raw, `"results":null`)
	assert.Contains(t, b.get("/stn/api/QueryActivation?subscriptionId="+stnID).raw, `"results":null`)
	forms := map[string]bool{}
	for i := range 20 {
		forms[strings.TrimSpace(b.get(masLine(fmt.Sprint("70", i))+"/devices").raw)] = true
	}
	assert.Equal(t, map[string]bool{`{}`: true, `{"devices":null}`: true}, forms)
	assert.Equal(t, 404, b.get("/dish/transaction/status/nobody").status)
}

func TestCodesOfZero(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Scenario: "code-zero"})
	dish, stn, mas := map[any]bool{}, map[string]bool{}, map[any]bool{}
	for i := range 40 {
		dish[b.suspend(fmt.Sprint("ref-", i), fmt.Sprintf("89010000000000%04d00", i)).field("code")] = true
		got := b.setServices(fmt.Sprint("ref-", i), fmt.Sprintf("Sub%dx", i), `{}`)
		assert.Equal(t, "INIT", got.field("status"))
		text, err := json.Marshal(got.field("responseStatus"))
		require.NoError(t, err)
		stn[string(text)] = true
		mas[b.replaceSIM(fmt.Sprintf("7%04d", 100*i), newCard).field("code")] = true
	}
	zeros := map[any]bool{json.Number("0"): true, "0": true, "200": true, nil: true}
	assert.Equal(t, zeros, dish)
	assert.Equal(t, zeros, mas)
	assert.True(t, stn["null"] && stn[`{"errorCode":"0","errors":[],"message":"OK"}`] && stn[`{"errorCode":null,"errors":[],"message":"OK"}`], "%v", stn)

	b.set(Rule{Scenario: "error-inside-200"})
	assert.Equal(t, "BAD_REQUEST", b.suspend("refused", iccid).field("code"), "an error inside a 200 stays one")
	assert.Equal(t, "BadRequest", b.setServices("refused", stnID, `{}`).field("responseStatus", "errorCode"))
	assert.Equal(t, "0001", b.replaceSIM("7", newCard).field("code"))
	b.ClearScenarios(Rule{Scenario: "error-inside-200"})

	b.suspend("failed", "89010000000000000059")
	b.eventually(func() bool { return b.get("/dish/transaction/status/failed").field("code") == "PROVISIONING_FAILED" }, "a code that says something stays")
	assert.Nil(t, b.get("/dish/subscription?iccid="+iccid).field("message"), "what reads a line has no place for one")
}

func TestOneForAList(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Scenario: "one-for-list"})
	assert.Equal(t, iccid, b.get("/dish/subscription?iccid="+iccid).field("subscriptions", "resources", "iccid"))
	b.setServices("one", stnID, `{}`)
	assert.Equal(t, "one", b.get("/stn/api/QueryActivation?subscriptionId="+stnID).field("results", "referenceNumber"))
	b.setServices("two", stnID, `{}`)
	assert.Len(t, b.get("/stn/api/QueryActivation?subscriptionId="+stnID).field("results"), 2)
	assert.NotNil(t, b.get(masLine("7")+"/devices").field("devices", "subscription_terminal_id"))
	b.set(Rule{Carrier: "masmovil", Scenario: "review-deny", Times: 1})
	b.replaceSIM("7", newCard)
	assert.NotNil(t, b.get(fraudRequests("7")).field("risk_decision"))
	assert.Empty(t, b.get("/stn/api/QueryActivation?subscriptionId=Nobody").field("results"))
}

func TestPacking(t *testing.T) {
	b := start(t, quick)
	b.set(Rule{Scenario: "packed-otherwise"})
	types, marks, zips := map[string]bool{}, 0, 0
	for i := range 120 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/dish/subscription?gpsi=1555010%04d", b.url, i), nil)
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
	for _, want := range []string{jsonType, `application/json; charset="UTF8"`, "application/problem+json", ""} {
		assert.True(t, types[want], "%q in %v", want, types)
	}
}

// The shapes an answer takes in a sandbox of other manners are those of the scenarios, several at a time.
func TestOtherMannersShapeAnswers(t *testing.T) {
	b := start(t, other(11))
	var spelled, packed, numbered int
	for i := range 60 {
		got := b.get(fmt.Sprintf("/dish/subscription?iccid=89010000000000%04d00", i))
		if got.header.Get("Content-Type") != jsonType && strings.Contains(got.raw, "subscriberId") {
			packed++
		}
		if strings.Contains(got.raw, `"subscriptionStatus":"a`) || strings.Contains(got.raw, `"subscriptionStatus":"AC`) {
			spelled++
		}
		if strings.Contains(got.raw, `"iccid":8901`) {
			numbered++
		}
	}
	assert.Positive(t, spelled)
	assert.Positive(t, packed)
	assert.Positive(t, numbered)
	assert.Less(t, spelled+numbered, 90, "not all of them")
}

func TestSpellingsLeaveTheirInputAlone(t *testing.T) {
	body := []fields{{"createdAt": time.Now(), "status": "DONE"}}
	l := newLetter("stn", opQueryActivation, 200, body)
	spelledOtherwise(l, rand.New(rand.NewPCG(1, 2)))
	assert.Equal(t, "DONE", body[0]["status"])
	assert.True(t, slices.Contains([]any{"done", "Done"}, l.body.([]any)[0].(map[string]any)["status"]))
}
