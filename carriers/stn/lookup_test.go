package stn

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// ledger answers QueryActivation from a list, newest first.
type ledger struct {
	records    []map[string]any
	cap        int  // the server's own limit for take
	ignoreSkip bool // the same page for ever
	queries    []url.Values
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	l.queries = append(l.queries, q)
	take, _ := strconv.Atoi(q.Get("take"))
	skip, _ := strconv.Atoi(q.Get("skip"))
	if l.ignoreSkip {
		skip = 0
	}
	if l.cap > 0 {
		take = min(take, l.cap)
	}
	page := l.records[min(skip, len(l.records)):]
	page = page[:min(take, len(page))]
	// The total is wrong on purpose: sTN says not to trust it.
	_ = json.NewEncoder(w).Encode(map[string]any{"offset": skip, "total": 0, "results": append([]map[string]any{}, page...), "meta": map[string]any{}})
}

func record(id string, changes ...any) map[string]any {
	r := map[string]any{
		"id": id, "status": "BUSY", "activationType": "SETSERVICES", "referenceNumber": "other", "subscriptionId": "p4Rz",
		"phoneNumber": "06-12345678", "info": map[string]any{"services": map[string]any{"voiceMail": true}},
	}
	for i := 0; i < len(changes); i += 2 {
		r[changes[i].(string)] = changes[i+1]
	}
	return r
}

func others(n int) (list []map[string]any) {
	for i := range n {
		list = append(list, record(fmt.Sprintf("X%d", i)))
	}
	return list
}

func TestFindSetServices(t *testing.T) {
	byID := SetServices{SubscriptionID: "p4Rz", Services: map[string]any{"voiceMail": true, "unheardOf": true}}
	byNumber := SetServices{PhoneNumber: "0031612345678", Services: byID.Services}
	ours := record("A1", "referenceNumber", "WF-1")
	for name, tc := range map[string]struct {
		ledger  ledger
		request SetServices
		found   string
		class   carriers.Class
		queries int
	}{
		"on the first page":              {ledger{records: []map[string]any{ours}}, byID, "A1", "", 1},
		"by number":                      {ledger{records: []map[string]any{ours}}, byNumber, "A1", "", 1},
		"nothing at all":                 {ledger{}, byID, "", "", 1},
		"a short page is no end":         {ledger{records: append(others(7), ours), cap: 3}, byID, "A1", "", 3},
		"the last full page is no end":   {ledger{records: append(others(200), ours)}, byID, "A1", "", 3},
		"read to the empty page":         {ledger{records: others(7), cap: 3}, byID, "", "", 4},
		"skip ignored, on the first":     {ledger{records: append(others(2), ours), ignoreSkip: true}, byID, "A1", "", 1},
		"skip ignored, not there":        {ledger{records: others(3), ignoreSkip: true}, byID, "", carriers.Uncertain, 2},
		"an endless list":                {ledger{records: others(3000)}, byID, "", carriers.Uncertain, mostPages},
		"another subscription":           {ledger{records: []map[string]any{record("A1", "referenceNumber", "WF-1", "subscriptionId", "q5")}}, byID, "", "", 2},
		"another number":                 {ledger{records: []map[string]any{record("A1", "referenceNumber", "WF-1", "phoneNumber", "06-99999999")}}, byNumber, "", "", 2},
		"a masked number tells nothing":  {ledger{records: []map[string]any{record("A1", "referenceNumber", "WF-1", "phoneNumber", "06-######678")}}, byNumber, "A1", "", 1},
		"a record without its line":      {ledger{records: []map[string]any{record("A1", "referenceNumber", "WF-1", "subscriptionId", nil)}}, byID, "A1", "", 1},
		"another kind of change":         {ledger{records: []map[string]any{record("A1", "referenceNumber", "WF-1", "activationType", "SUSPEND")}}, byID, "", "", 2},
		"part of the reference":          {ledger{records: []map[string]any{record("A1", "referenceNumber", "WF-12")}}, byID, "", "", 2},
		"no reference, as an empty text": {ledger{records: []map[string]any{record("A1", "referenceNumber", "")}}, byID, "", "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, tc.ledger.ServeHTTP)
			ack, found, err := client.FindSetServices(t.Context(), "WF-1", tc.request, time.Now())
			assert.Len(t, tc.ledger.queries, tc.queries)
			assert.Equal(t, tc.found != "", found)
			if tc.class != "" {
				require.Error(t, err)
				assert.Equal(t, tc.class, carriers.ClassOf(err))
				return
			}
			require.NoError(t, err)
			if found {
				assert.Equal(t, tc.found, ack.TransactionID)
				assert.True(t, ack.Found)
				assert.Zero(t, ack.HTTPStatus)
				assert.Equal(t, carriers.Outcome{State: carriers.Pending, Status: "BUSY"}, ack.Outcome)
				assert.Equal(t, []string{"voiceMail"}, ack.Applied)
				assert.Equal(t, []string{"unheardOf"}, ack.Ignored)
			}
		})
	}
}

func TestFindSetServicesAsksForTheLinesChanges(t *testing.T) {
	// Half past midnight in Amsterdam is still the day before in UTC; one more day covers whatever zone sTN means.
	since := time.Date(2026, 3, 1, 0, 30, 0, 0, time.FixedZone("CET", 3600))
	for name, tc := range map[string]struct {
		request SetServices
		since   time.Time
		want    url.Values
	}{
		"by id": {
			SetServices{SubscriptionID: "p4Rz", PhoneNumber: "0612345678"},
			since,
			url.Values{"subscriptionId": {"p4Rz"}, "createdAtFrom": {"2026-02-27"}},
		},
		"by number": {
			SetServices{PhoneNumber: "06-12345678"},
			since,
			url.Values{"phoneNumber": {"0612345678"}, "createdAtFrom": {"2026-02-27"}},
		},
		"start unknown": {SetServices{SubscriptionID: "p4Rz"}, time.Time{}, url.Values{"subscriptionId": {"p4Rz"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var server ledger
			_, _, err := serve(t, server.ServeHTTP).FindSetServices(t.Context(), "WF-1", tc.request, tc.since)
			require.NoError(t, err)
			for key, value := range map[string]string{"activationType": "SETSERVICES", "orderByDesc": "createdAt", "take": "100", "skip": "0"} {
				tc.want.Set(key, value)
			}
			assert.Equal(t, []url.Values{tc.want}, server.queries)
		})
	}
}

func TestFindSetServicesComparesTheShortenedReference(t *testing.T) {
	server := ledger{records: []map[string]any{record("A1", "referenceNumber", carriers.ShortReference(longReference, MaxReference))}}
	_, found, err := serve(t, server.ServeHTTP).FindSetServices(t.Context(), longReference, SetServices{SubscriptionID: "p4Rz"}, time.Now())
	require.NoError(t, err)
	assert.True(t, found)
}

func TestFindSetServicesPassesRefusalsOn(t *testing.T) {
	_, found, err := serve(t, answer(http.StatusTooManyRequests, "")).FindSetServices(t.Context(), "WF-1", SetServices{SubscriptionID: "p4Rz"}, time.Now())
	assert.Equal(t, carriers.Throttled, carriers.ClassOf(err))
	assert.False(t, found)
}

func TestLine(t *testing.T) {
	line := `{"id":"p4Rz","state":"ACTIVE","phoneNumber":"06-12345678","simCardNumber":8931000000000000001,"pin":"0000","puk":"00000000",
		"activationDate":"2026-02-01","services":{"voiceMail":true,"dataRoamingLimitation":"Limit 50","limit":8931000000000000001}}`
	other := `{"id":"q5","state":"TERMINATED","phoneNumber":"06-12345678"}`
	masked := `{"id":"p4Rz","state":"ACTIVE","phoneNumber":"06-#####678"}`
	for name, tc := range map[string]struct {
		request    SetServices
		activation Activation
		query      string // the parameter asked by
		body       string
		found      bool
		class      carriers.Class
	}{
		"by the activation's number":           {SetServices{SubscriptionID: "p4Rz"}, Activation{PhoneNumber: "06-12345678"}, "phoneNumber=0612345678", `{"total":0,"results":[` + line + `]}`, true, ""},
		"by the request's number":              {SetServices{PhoneNumber: "+31 6 12345678"}, Activation{PhoneNumber: "06-#####678"}, "phoneNumber=0612345678", `[` + line + `]`, true, ""},
		"by id when the number is masked":      {SetServices{SubscriptionID: "p4Rz"}, Activation{PhoneNumber: "06-#####678"}, "Id=p4Rz", `[` + masked + `]`, true, ""},
		"the number passed to another":         {SetServices{SubscriptionID: "p4Rz"}, Activation{PhoneNumber: "06-12345678"}, "phoneNumber=0612345678", `[` + other + `]`, false, ""},
		"the id decides between two":           {SetServices{PhoneNumber: "0612345678"}, Activation{SubscriptionID: "p4Rz"}, "phoneNumber=0612345678", `[` + other + `,` + line + `]`, true, ""},
		"two with the number, no id":           {SetServices{PhoneNumber: "0612345678"}, Activation{}, "phoneNumber=0612345678", `[` + other + `,` + line + `]`, false, carriers.Uncertain},
		"the filter is ignored, not among all": {SetServices{SubscriptionID: "zz"}, Activation{}, "Id=zz", `[` + other + `,` + line + `]`, false, ""},
		"a masked answer to a number":          {SetServices{PhoneNumber: "0612345678"}, Activation{}, "phoneNumber=0612345678", `[` + masked + `]`, false, ""},
		"nothing":                              {SetServices{SubscriptionID: "p4Rz"}, Activation{}, "Id=p4Rz", `{"results":[]}`, false, ""},
		"an error inside":                      {SetServices{SubscriptionID: "p4Rz"}, Activation{}, "Id=p4Rz", `{"responseStatus":{"errorCode":"BadRequest"}}`, false, carriers.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "/stn/api/QuerySubscription", r.URL.Path)
				want, _ := url.ParseQuery(tc.query + "&fields=id,state,phoneNumber,simCardNumber,services")
				assert.Equal(t, want, r.URL.Query())
				answer(http.StatusOK, tc.body)(w, r)
			})
			got, found, err := client.Line(t.Context(), "WF-1", tc.request, tc.activation)
			assert.Equal(t, tc.found, found)
			if tc.class != "" {
				require.Error(t, err)
				assert.Equal(t, tc.class, carriers.ClassOf(err))
				return
			}
			require.NoError(t, err)
			if found {
				assert.Equal(t, "p4Rz", got.ID.String())
			}
			if found && got.Services != nil {
				assert.Equal(t, "8931000000000000001", got.SimCardNumber.String())
				assert.Equal(t, json.Number("8931000000000000001"), got.Services["limit"], "no number passes through a float64")
			}
		})
	}
}

func TestLineNeverAsksWithoutAFilter(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked for every subscription") })
	_, found, err := client.Line(t.Context(), "WF-1", SetServices{PhoneNumber: "06-#####678"}, Activation{})
	require.NoError(t, err)
	assert.False(t, found)
}
