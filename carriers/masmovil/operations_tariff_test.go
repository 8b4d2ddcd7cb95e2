package masmovil

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	tariffUUID = "7b1e4c20-0000-4000-8000-000000000001"
	tariffLine = "/masmovil/subscriptions/v2/orgs/yoigo/subscriptions/" + tariffUUID
)

var bigger = ChangeTariff{
	Reference: "ref-1", OrgID: "yoigo", SubscriptionUUID: tariffUUID, ProductID: "BIG", PromotionIDs: []string{"P"},
	Reason: "SUBSCRIBER_REQUESTED",
}

// asTariff is one change request of the list.
func asTariff(id, status, product, further string) string {
	return fmt.Sprintf(`{"id":%q,"type":"TARIFF","status":%q,"specific_data":{"catalogue_bundled_commercial_product_id":%q}%s}`, id, status, product, further)
}

// tariffs is a change of tariff, made with a MásMóvil that has a list of change requests and a line.
func tariffs(t *testing.T, request ChangeTariff, list, line string, change ...func(*Config)) carriers.BoundChange {
	t.Helper()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch offset := r.URL.Query().Get("offset"); {
		case r.URL.Path == tariffLine && line != "":
			answer(http.StatusOK, line)(w, r)
		case r.URL.Path != tariffLine+"/change_requests" || list == "":
			answer(http.StatusInternalServerError, "")(w, r)
		case offset == "0":
			assert.Equal(t, "100", r.URL.Query().Get("limit"))
			answer(http.StatusOK, list)(w, r)
		default:
			answer(http.StatusOK, "[]")(w, r)
		}
	}, append(change, func(c *Config) { c.TariffField = "product" })...)
	b, err := operation[carriers.ChangeOperation](t, request).Bind(client, "ref-1", time.Now(), inJSON(t, request))
	require.NoError(t, err)
	return b
}

func TestATariffIsSentAsDocumented(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   carriers.Outcome
		class  carriers.Class
	}{
		"201":                   {201, asTariff("c-1", "REQUESTED", "BIG", ""), carriers.Outcome{State: carriers.Pending, Status: "REQUESTED"}, ""},
		"200, done at once":     {200, asTariff("c-1", "processed", "BIG", ""), carriers.Outcome{State: carriers.Done, Status: "processed"}, ""},
		"202 without a status":  {202, `{"id":"c-1"}`, carriers.Outcome{State: carriers.Pending}, ""},
		"a status nobody knows": {201, asTariff("c-1", "CANCELLED", "BIG", ""), carriers.Outcome{State: carriers.Unknown, Status: "CANCELLED"}, ""},
		"no id":                 {201, `{"status":"REQUESTED"}`, carriers.Outcome{}, carriers.Uncertain},
		"no body":               {201, ``, carriers.Outcome{}, carriers.Uncertain},
		"204":                   {204, ``, carriers.Outcome{}, carriers.Uncertain},
		"400":                   {400, `{}`, carriers.Outcome{}, carriers.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				assert.Equal(t, "POST "+tariffLine+"/change_requests/tariff", r.Method+" "+r.RequestURI)
				assert.JSONEq(t, `{"specific_data":{"catalogue_bundled_commercial_product_id":"BIG","catalogue_promotion_ids":["P"]},"reason":"SUBSCRIBER_REQUESTED"}`, string(body))
				answer(c.status, c.body)(w, r)
			})
			ack, err := client.changeTariff(t.Context(), asked(bigger))
			if c.class != "" {
				require.Error(t, err)
				assert.Equal(t, c.class, carriers.ClassOf(err), "%v", err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []any{"c-1", c.want, c.status}, []any{ack.TransactionID, ack.Outcome, ack.HTTPStatus})
		})
	}

	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") }, func(c *Config) { c.SubscriptionsURL = "" })
	_, err := client.changeTariff(t.Context(), asked(bigger))
	require.ErrorContains(t, err, "nothing was sent: the worker has no address of the Subscriptions API v2, set MASMOVIL_SUBSCRIPTIONS_URL")
	assert.Equal(t, carriers.Rejected, carriers.ClassOf(err))
}

// The list is read to its first empty page. One that never ends, or whose pages repeat, is not the whole list.
func TestTheListOfChangeRequestsIsReadToItsEnd(t *testing.T) {
	item := func(n int) string { return asTariff(fmt.Sprintf("c-%d", n), "PROCESSED", "BIG", "") }
	for name, c := range map[string]struct {
		page  func(offset string) string
		ids   int
		whole bool
	}{
		"nothing": {func(string) string { return `[]` }, 0, true},
		"two pages": {func(o string) string {
			return map[string]string{"0": "[" + item(1) + "," + item(2) + "]", "2": "[" + item(3) + "]", "3": "[]"}[o]
		}, 3, true},
		"in a field": {func(o string) string {
			return map[string]string{"0": `{"items":[` + item(1) + `]}`, "1": `{"items":[]}`}[o]
		}, 1, true},
		"a single one":         {func(o string) string { return map[string]string{"0": item(1), "1": "[]"}[o] }, 1, true},
		"pages that repeat":    {func(string) string { return "[" + item(1) + "]" }, 1, false},
		"one without an id":    {func(string) string { return `[{"type":"TARIFF"}]` }, 0, false},
		"pages without an end": {func(o string) string { return "[" + asTariff("c-"+o, "PROCESSED", "BIG", "") + "]" }, 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) { answer(200, c.page(r.URL.Query().Get("offset")))(w, r) })
			all, whole, err := client.changeRequests(t.Context(), asked(bigger))
			require.NoError(t, err)
			assert.Len(t, all, c.ids)
			assert.Equal(t, c.whole, whole)
		})
	}
	for _, body := range []string{`{}`, `null`, `{"total":0}`, `<html>`, `[7]`} {
		_, _, err := serve(t, answer(200, body)).changeRequests(t.Context(), asked(bigger))
		require.Error(t, err, body)
	}
}

func TestTheChangeRequestsBefore(t *testing.T) {
	for list, want := range map[string]*carriers.Line{
		`[]`: {SubscriptionID: tariffUUID, Requests: []string{}},
		"[" + asTariff("c-1", "PROCESSED", "BIG", "") + `,{"id":"c-2","type":"SIM"}]`: {SubscriptionID: tariffUUID, Requests: []string{"c-1", "c-2"}},
		`[{"type":"TARIFF"}]`: {SubscriptionID: tariffUUID},
		`{}`:                  nil,
	} {
		before, err := tariffs(t, bigger, list, "").Before(t.Context())
		assert.Equal(t, want, before, list)
		assert.Equal(t, want == nil, err != nil, list)
	}
}

func TestFindingAChangeOfTariff(t *testing.T) {
	old := asTariff("c-1", "PROCESSED", "BIG", "")
	before := &carriers.Line{Requests: []string{"c-1"}}
	onFirst := bigger
	onFirst.DateScheduled = "2027-02-01T00:00:00Z"
	for name, c := range map[string]struct {
		request ChangeTariff
		before  *carriers.Line
		list    string
		want    carriers.Presence
	}{
		"one more":                        {bigger, before, old + "," + asTariff("c-2", "REQUESTED", "BIG", ""), carriers.Present},
		"the first one":                   {bigger, &carriers.Line{Requests: []string{}}, asTariff("c-2", "REQUESTED", "BIG", ""), carriers.Present},
		"of no type":                      {bigger, before, `{"id":"c-2","specific_data":{"catalogue_bundled_commercial_product_id":"BIG"}}`, carriers.Present},
		"at the time":                     {onFirst, before, old + "," + asTariff("c-2", "REQUESTED", "BIG", `,"date_scheduled":"2027-02-01T01:00:00+01:00"`), carriers.Present},
		"at a time that is not told":      {onFirst, before, old + "," + asTariff("c-2", "REQUESTED", "BIG", ""), carriers.Present},
		"at another time":                 {onFirst, before, old + "," + asTariff("c-2", "REQUESTED", "BIG", `,"date_scheduled":"2027-03-01T00:00:00Z"`), carriers.CannotTell},
		"as before":                       {bigger, before, old, carriers.Absent},
		"one more, for another tariff":    {bigger, before, old + "," + asTariff("c-2", "REQUESTED", "SMALL", ""), carriers.Absent},
		"one more, of another type":       {bigger, before, old + `,{"id":"c-2","type":"SIM"}`, carriers.Absent},
		"one more, for what is not told":  {bigger, before, old + `,{"id":"c-2","type":"TARIFF"}`, carriers.CannotTell},
		"one more, for what resembles it": {bigger, before, old + "," + asTariff("c-2", "REQUESTED", "big", ""), carriers.CannotTell},
		"one more, its id resembles one":  {bigger, before, old + "," + asTariff("C-1", "REQUESTED", "BIG", ""), carriers.CannotTell},
		"two more":                        {bigger, before, old + "," + asTariff("c-2", "REQUESTED", "BIG", "") + "," + asTariff("c-3", "REQUESTED", "BIG", ""), carriers.CannotTell},
		"the list is not whole":           {bigger, before, old + `,{"type":"TARIFF"}`, carriers.CannotTell},
		"no list before":                  {bigger, &carriers.Line{}, old, carriers.CannotTell},
		"not read before":                 {bigger, nil, old, carriers.CannotTell},
	} {
		t.Run(name, func(t *testing.T) {
			finding, err := tariffs(t, c.request, "["+c.list+"]", "").Find(t.Context(), c.before)
			require.NoError(t, err)
			assert.Equal(t, c.want, finding.Presence)
			assert.Equal(t, c.want == carriers.CannotTell, finding.Why != "")
			if c.want == carriers.Present {
				assert.Equal(t, "c-2", finding.Acknowledgement.TransactionID)
				assert.Equal(t, carriers.Pending, finding.Acknowledgement.Outcome.State)
			}
		})
	}
	_, err := tariffs(t, bigger, "", "").Find(t.Context(), before)
	require.Error(t, err)
}

func TestLookingAtAChangeOfTariff(t *testing.T) {
	const has, hasNot = `{"product":"BIG"}`, `{"product":"SMALL"}`
	failing := func(c *Config) { c.Tariff.Failed = []string{"REFUSED"} }
	for name, c := range map[string]struct {
		id, status, line string
		state            carriers.State
		effect           carriers.Effect
	}{
		"requested":                  {"c-2", "REQUESTED", has, carriers.Pending, carriers.NotRead},
		"done and shown":             {"c-2", "Processed", has, carriers.Done, carriers.Shown},
		"done, not shown":            {"c-2", "PROCESSED", hasNot, carriers.Done, carriers.Missing},
		"done, the field is missing": {"c-2", "PROCESSED", `{}`, carriers.Done, carriers.Incomparable},
		"done, near":                 {"c-2", "PROCESSED", `{"product":"big"}`, carriers.Done, carriers.Incomparable},
		"done, and the read fails":   {"c-2", "PROCESSED", "", carriers.Done, carriers.NotRead},
		"failed":                     {"c-2", "REFUSED", has, carriers.Failed, carriers.NotRead},
		"a word nobody knows":        {"c-2", "CANCELLED", has, carriers.Unknown, carriers.NotRead},
		"no word":                    {"c-2", "", has, carriers.Pending, carriers.NotRead},
		"not in the list":            {"c-9", "PROCESSED", has, carriers.Pending, carriers.NotRead},
		"never acknowledged":         {"", "PROCESSED", has, carriers.Pending, carriers.NotRead},
	} {
		t.Run(name, func(t *testing.T) {
			b := tariffs(t, bigger, "["+asTariff("c-2", c.status, "BIG", "")+"]", c.line, failing)
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{TransactionID: c.id}, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{c.state, c.effect}, []any{got.State, got.Effect})
			assert.Equal(t, c.state == carriers.Failed, got.Reason != "")
		})
	}

	client := serve(t, answer(200, "["+asTariff("c-2", "PROCESSED", "BIG", "")+"]"))
	effect, _, err := client.tariffEffect(t.Context(), asked(bigger))
	require.NoError(t, err)
	assert.Equal(t, carriers.Incomparable, effect, "no setting names the field, so nothing can be compared")
	_, err = tariffs(t, bigger, "", has).Look(t.Context(), carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{TransactionID: "c-2"}, Taken: true})
	require.Error(t, err)
}
