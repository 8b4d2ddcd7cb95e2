package stn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// operation finds an operation by its type.
func operation(t testing.TB, name string) carriers.Operation {
	t.Helper()
	for _, o := range Adapter().Operations {
		if o.Info().Type == name {
			return o
		}
	}
	t.Fatalf("there is no operation %s", name)
	return nil
}

// bind prepares a request of a change.
func bind(t testing.TB, c *client, r carriers.Request) carriers.BoundChange {
	t.Helper()
	change, ok := operation(t, r.Operation()).(carriers.ChangeOperation)
	require.True(t, ok)
	bound, err := change.Bind(c, "WF-1", time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), inJSON(t, r))
	require.NoError(t, err)
	return bound
}

func inJSON(t testing.TB, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

// Every spelling of a line that a request takes has one key: that of the spelling on sTN's pages. The keys of plain
// spellings are part of the contract: callers in other languages make them, too.
func TestEverySpellingOfALineHasOneKey(t *testing.T) {
	for key, spellings := range map[string][]string{
		"369f77939c3aafa354fba94dbcf90b52": {"0612345678", "+31612345678", "0031612345678", "06-12345678", "+31(0)612345678", "31612345678"},
		"7e9e11dd5e61028b179274dac635f5ae": {"SUB-000017", "SUB-000017 "},
		"":                                 {"8931000000010000017", "8931 0000 0001 0000 017", "8931-0000-0001-0000-017 "},
	} {
		key := cmp.Or(key, Adapter().LineKey("secret", spellings[0]))
		for _, typed := range spellings {
			assert.Equal(t, spellings[0], lineForm(typed), "%q", typed)
			assert.Equal(t, key, Adapter().LineKey("secret", typed), "%q", typed)
		}
	}
	assert.NotEqual(t, lineForm("612345678"), lineForm("0612345678"), "it may have lost its zero, or not")
}

func TestEveryOperationSaysWhatItIs(t *testing.T) {
	assert.Equal(t, "STN_", Adapter().EnvPrefix())
	assert.False(t, Adapter().CallsBack())
	var types []string
	for _, o := range Adapter().Operations {
		info := o.Info()
		types = append(types, info.Type)
		t.Run(info.Type, func(t *testing.T) {
			assert.Equal(t, []any{carrier, info.Type}, []any{info.Carrier(), o.NewRequest().Operation()})
			for _, text := range []string{info.Title, info.Source, info.DecidedBy, info.Summary} {
				assert.NotEmpty(t, text)
			}
			require.NotEmpty(t, info.Examples)
			for _, example := range info.Examples {
				assert.NotEmpty(t, example.Title)
				request := inJSON(t, example.Request)
				assert.True(t, carriers.ValidReference(carriers.CommonOf(request).Reference), example.Title)
				described, err := o.Describe(request, time.Now())
				require.NoError(t, err)
				assert.Equal(t, info.Summary, described.Summary)
				assert.JSONEq(t, string(request), string(described.Request))
				if info.Kind == carriers.KindRead {
					continue
				}
				byRecord := info.Type != "stn.ChangePortIn" // which leaves no record, and is answered with its effect
				found := map[bool]carriers.FoundBy{true: carriers.FoundByRecord, false: carriers.FoundByEffect}[byRecord]
				assert.Equal(t, []any{byRecord, found}, []any{info.DecidedLater, info.FoundBy})
				assert.Equal(t, byRecord, bind(t, serve(t, answer(http.StatusOK, `[]`)), example.Request).CanAsk())
			}
		})
	}
	assert.Equal(t, []string{
		"stn.SetServices", "stn.Suspend", "stn.Resume", "stn.SwapSIM",
		"stn.Terminate", "stn.NewSubscription", "stn.MoveEnvironment", "stn.PortIn", "stn.PortOut",
		"stn.CancelTerminate", "stn.CancelNewSubscription", "stn.CancelPortOut", "stn.CancelPortIn", "stn.ChangePortIn", "stn.GetActivation", "stn.GetSubscription", "stn.GetSIM", "stn.ListUsage",
	}, types)
	assert.Equal(t, carriers.DefaultTimings(), operation(t, "stn.SetServices").Info().Timings)
	assert.False(t, bind(t, serve(t, answer(http.StatusOK, `[]`)), SetServices{SubscriptionID: "p4Rz"}).ReadsBefore())
}

func TestWhatNamesTheLine(t *testing.T) {
	both, number := Line{SubscriptionID: "S", PhoneNumber: "N"}, Line{PhoneNumber: "N"}
	for want, requests := range map[string][]carriers.Request{
		"S": {SetServices{SubscriptionID: "S", PhoneNumber: "N"}, Suspend{Line: both}, Resume{Line: both}, SwapSIM{Line: both}},
		"N": {SetServices{PhoneNumber: "N"}, Suspend{Line: number}, Resume{Line: number}, SwapSIM{Line: number}, GetSubscription{PhoneNumber: "N"}},
		"I": {GetSubscription{SIMCardNumber: "I"}, GetSIM{SIMCardNumber: "I"}},
		"C": {NewSubscription{SIMCardNumber: "C"}},
		"P": {PortIn{PhoneNumber: "P", SIMCardNumber: "C"}},
		"":  {GetActivation{ActivationID: "A1"}, NewSubscription{ESIM: ourESIM}},
	} {
		for _, r := range requests {
			described, err := operation(t, r.Operation()).Describe(inJSON(t, r), time.Now())
			require.NoError(t, err)
			assert.Equal(t, want, described.Line, r.Operation())
		}
	}
}

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
	const cannotTell = "cannot tell"
	for name, tc := range map[string]struct {
		ledger  ledger
		request SetServices
		found   string // the id, nothing when it is absent
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
		"no reference, as an empty text": {ledger{records: []map[string]any{record("A1", "referenceNumber", "", "createdAt", "2026-02-28T10:00:01Z")}}, byID, "", "", 2},
		"no reference, and no date":      {ledger{records: []map[string]any{record("A1", "referenceNumber", "")}}, byID, cannotTell, "", 2},
		"no reference, and since then":   {ledger{records: []map[string]any{record("A1", "referenceNumber", nil, "createdAt", "2026-03-04T10:00:01+01:00")}}, byID, cannotTell, "", 2},
		"the reference in another case":  {ledger{records: []map[string]any{record("A1", "referenceNumber", "wf-1")}}, byID, cannotTell, "", 2},
		"one that resembles it, then it": {ledger{records: []map[string]any{record("A0", "referenceNumber", "wf-1"), ours}}, byID, "A1", "", 1},
		"ours, but without an id":        {ledger{records: []map[string]any{record("", "referenceNumber", "WF-1")}}, byID, cannotTell, "", 2},
		"the number lost its zero":       {ledger{records: []map[string]any{record("A1", "referenceNumber", "WF-1", "phoneNumber", 612345678)}}, byNumber, "A1", "", 1},
		"the number in another spelling": {ledger{records: []map[string]any{record("A1", "referenceNumber", "WF-1", "phoneNumber", "+31 6 12345678")}}, byNumber, "A1", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, tc.ledger.ServeHTTP)
			finding, err := client.find(t.Context(), asked("WF-1", tc.request, time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)))
			assert.Len(t, tc.ledger.queries, tc.queries)
			if tc.class != "" {
				require.Error(t, err)
				assert.Equal(t, tc.class, carriers.ClassOf(err))
				assert.Zero(t, finding)
				return
			}
			require.NoError(t, err)
			switch ack := finding.Acknowledgement; tc.found {
			case "":
				assert.Equal(t, carriers.FoundNothing(), finding)
			case cannotTell:
				assert.Equal(t, carriers.CannotTell, finding.Presence)
				assert.Contains(t, finding.Why, "resembles it")
				assert.Zero(t, ack)
			default:
				assert.Equal(t, carriers.Present, finding.Presence)
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
			_, err := serve(t, server.ServeHTTP).find(t.Context(), asked("WF-1", tc.request, tc.since))
			require.NoError(t, err)
			for key, value := range map[string]string{"activationType": "SETSERVICES", "orderByDesc": "createdAt", "take": "100", "skip": "0"} {
				tc.want.Set(key, value)
			}
			assert.Equal(t, []url.Values{tc.want}, server.queries)
		})
	}
}

func TestFindSetServicesComparesTheShortenedReference(t *testing.T) {
	server := ledger{records: []map[string]any{record("A1", "referenceNumber", carriers.ShortReference(longReference, 15))}}
	finding, err := serve(t, server.ServeHTTP).find(t.Context(), asked(longReference, SetServices{SubscriptionID: "p4Rz"}, time.Now()))
	require.NoError(t, err)
	assert.Equal(t, carriers.Present, finding.Presence)
}

func TestFindSetServicesPassesRefusalsOn(t *testing.T) {
	for class, handle := range map[carriers.Class]http.HandlerFunc{
		carriers.Throttled: answer(http.StatusTooManyRequests, ""),
		carriers.Misrouted: answer(http.StatusNotFound, "default backend - 404"),
		carriers.Uncertain: answer(http.StatusOK, `{"results":null}`),
	} {
		finding, err := serve(t, handle).find(t.Context(), asked("WF-1", SetServices{SubscriptionID: "p4Rz"}, time.Now()))
		assert.Equal(t, class, carriers.ClassOf(err))
		assert.Zero(t, finding, "a look-up without an answer finds nothing out")
	}
}

func TestARecordIsOursNearlyOursOrAnothers(t *testing.T) {
	since := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	byID, byNumber := SetServices{SubscriptionID: "p4Rz"}, SetServices{PhoneNumber: "0612345678"}
	for _, row := range []struct {
		name      string
		reference string
		request   SetServices
		changes   []any
		want      identifiers.Match
	}{
		{"exact", "WF-1", byID, nil, identifiers.Equal},
		{"exact, as a number", "123456789012345", byID, []any{"referenceNumber", 123456789012345}, identifiers.Equal},
		{"exact, the type in another case", "WF-1", byID, []any{"activationType", "SetServices"}, identifiers.Equal},
		{"exact, without its line", "WF-1", byID, []any{"subscriptionId", nil}, identifiers.Equal},
		{"exact, the number in another spelling", "WF-1", byNumber, []any{"phoneNumber", "+31612345678"}, identifiers.Equal},
		{"exact, the number masked", "WF-1", byNumber, []any{"phoneNumber", "06-######678"}, identifiers.Equal},
		{"exact, the number without its zero", "WF-1", byNumber, []any{"phoneNumber", 612345678}, identifiers.Equal},
		{"exact, without an id", "WF-1", byID, []any{"id", nil}, identifiers.Near},
		{"leading zeros lost", "000123456789012", byID, []any{"referenceNumber", 123456789012}, identifiers.Near},
		{"another case", "WF-1", byID, []any{"referenceNumber", "wf-1"}, identifiers.Near},
		{"blanks inside", "WF-1", byID, []any{"referenceNumber", "WF -1"}, identifiers.Near},
		{"as a number with an exponent", "123450000000000", byID, []any{"referenceNumber", "1.2345e+14"}, identifiers.Near},
		{"without a reference, since then", "WF-1", byID, []any{"referenceNumber", nil, "createdAt", "2026-03-04T10:00:00+0100"}, identifiers.Near},
		{"without a reference, our clocks differ", "WF-1", byID, []any{"referenceNumber", nil, "createdAt", "2026-03-04T08:30:00Z"}, identifiers.Near},
		{"without a reference, without a date", "WF-1", byID, []any{"referenceNumber", ""}, identifiers.Near},
		{"without a reference, in no known zone", "WF-1", byID, []any{"referenceNumber", "", "createdAt", "2026-03-04T07:00:00"}, identifiers.Near},
		{"without a reference, older", "WF-1", byID, []any{"referenceNumber", nil, "createdAt", "2026-03-04T07:59:59Z"}, identifiers.Different},
		{"another reference", "WF-1", byID, []any{"referenceNumber", "WF-12"}, identifiers.Different},
		{"another line", "WF-1", byID, []any{"subscriptionId", "q5"}, identifiers.Different},
		{"another number", "WF-1", byNumber, []any{"phoneNumber", "06-99999999"}, identifiers.Different},
		{"without a reference, of another line", "WF-1", byID, []any{"referenceNumber", nil, "subscriptionId", "q5"}, identifiers.Different},
		{"another type", "WF-1", byID, []any{"activationType", "SUSPEND"}, identifiers.Different},
		{"without a type", "WF-1", byID, []any{"activationType", nil}, identifiers.Different},
	} {
		t.Run(row.name, func(t *testing.T) {
			written, err := json.Marshal(record("A1", append([]any{"referenceNumber", row.reference}, row.changes...)...))
			require.NoError(t, err)
			list, err := readList[Activation](append(append([]byte("["), written...), ']'))
			require.NoError(t, err)
			require.Len(t, list, 1)
			assert.Equal(t, row.want, asked(row.reference, row.request, since).match(list[0]))
		})
	}
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
		"an error inside":                      {SetServices{SubscriptionID: "p4Rz"}, Activation{}, "Id=p4Rz", `{"responseStatus":{"errorCode":"BadRequest"}}`, false, ""},
		"by number, an error inside":           {SetServices{PhoneNumber: "0612345678"}, Activation{}, "phoneNumber=0612345678", `{"responseStatus":{"errorCode":"BadRequest"}}`, false, carriers.Rejected},
		"an error inside that nobody knows":    {SetServices{SubscriptionID: "p4Rz"}, Activation{}, "Id=p4Rz", `{"responseStatus":{"errorCode":"Surprise"}}`, false, carriers.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "/stn/api/QuerySubscription", r.URL.Path)
				want, _ := url.ParseQuery(tc.query + "&fields=" + subscriptionFields)
				assert.Equal(t, want, r.URL.Query())
				answer(http.StatusOK, tc.body)(w, r)
			})
			got, presence, err := client.subscription(t.Context(), asked("WF-1", tc.request, time.Time{}), tc.activation)
			found := presence == carriers.Present
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
	_, shown, err := client.subscription(t.Context(), order{line: Line{PhoneNumber: "06-#####678"}}, Activation{})
	require.NoError(t, err)
	assert.Equal(t, carriers.CannotTell, shown)
}

// look asks for the outcome of a request at an sTN that answers by path: "200 {}".
func look(t *testing.T, answers map[string]string, in carriers.Inquiry) (got carriers.Outcome, asked []string, err error) {
	t.Helper()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		asked = append(asked, name)
		status, body, _ := strings.Cut(answers[name], " ")
		code, err := strconv.Atoi(status)
		if !assert.NoError(t, err, "no answer to %s", name) {
			code = http.StatusTeapot
		}
		answer(code, body)(w, r)
	})
	request := SetServices{SubscriptionID: "p4Rz", Services: map[string]any{"voiceMail": true, "dataRoamingLimitation": "Limit 50"}}
	got, err = bind(t, client, request).Look(t.Context(), in)
	return got, asked, err
}

func TestLookingAtAServiceChange(t *testing.T) {
	const pending, done, failed, unknown = carriers.Pending, carriers.Done, carriers.Failed, carriers.Unknown
	const none, shown, missing, incomparable = carriers.NotRead, carriers.Shown, carriers.Missing, carriers.Incomparable
	listed := func(status string) string {
		return `200 {"results":[{"id":"act-1","status":"` + status + `","activationType":"SETSERVICES","subscriptionId":"p4Rz"}]}`
	}
	line := func(services string) string {
		return `200 {"results":[{"id":"p4Rz","state":"ACTIVE","phoneNumber":"06-12345678","services":` + services + `}]}`
	}
	const both, one, nothing = `{"voiceMail":true,"dataRoamingLimitation":"Limit 50"}`, `{"voiceMail":true}`, `200 {"results":[]}`
	confirm := carriers.Inquiry{Confirm: true}
	for name, c := range map[string]struct {
		record, line string // no line when it is not read
		in           carriers.Inquiry
		ignored      []string
		state        carriers.State
		effect       carriers.Effect
	}{
		"done and shown":                {listed("DONE"), line(both), confirm, nil, done, shown},
		"done, another value":           {listed("DONE"), line(`{"voiceMail":false,"dataRoamingLimitation":"Limit 50"}`), confirm, nil, done, missing},
		"done, a service not reported":  {listed("DONE"), line(one), confirm, nil, done, incomparable},
		"done, the ignored left out":    {listed("DONE"), line(one), confirm, []string{"dataRoamingLimitation"}, done, shown},
		"done, the line not found":      {listed("DONE"), nothing, confirm, nil, done, incomparable},
		"done, the filter is refused":   {listed("DONE"), "400 {}", confirm, nil, done, incomparable},
		"done, and the read fails":      {listed("DONE"), "500 oops", confirm, nil, done, none},
		"done, not to be confirmed":     {listed("DONE"), "", carriers.Inquiry{}, nil, done, none},
		"error":                         {listed("ERROR"), "", confirm, nil, failed, none},
		"busy":                          {listed("BUSY"), "", confirm, nil, pending, none},
		"busy, one look":                {listed("BUSY"), line(both), carriers.Inquiry{Once: true}, nil, pending, shown},
		"an unknown word":               {listed("CANCELLING"), "", confirm, nil, unknown, none},
		"not visible yet":               {nothing, "", confirm, nil, pending, none},
		"another record":                {`200 {"results":[{"id":"act-9","status":"DONE"}]}`, "", confirm, nil, pending, none},
		"not visible yet, and one look": {nothing, "", carriers.Inquiry{Once: true}, nil, pending, none},
	} {
		t.Run(name, func(t *testing.T) {
			c.in.Acknowledgement = carriers.Acknowledgement{TransactionID: "act-1", Ignored: c.ignored}
			got, asked, err := look(t, map[string]string{"QueryActivation": c.record, "QuerySubscription": c.line}, c.in)
			require.NoError(t, err)
			assert.Equal(t, []any{c.state, c.effect}, []any{got.State, got.Effect})
			assert.Equal(t, c.line != "", len(asked) == 2, "the line is read when something depends on it")
			assert.Equal(t, strings.HasPrefix(c.line, "500"), got.NotReadable != "", got.NotReadable)
			if c.effect == shown && assert.NotNil(t, got.Line) {
				assert.Equal(t, []any{"p4Rz", "ACTIVE", "06-12345678", true}, []any{got.Line.SubscriptionID, got.Line.Status, got.Line.Number, got.Line.Services["voiceMail"]})
			}
		})
	}

	got, asked, err := look(t, nil, confirm)
	require.NoError(t, err)
	assert.Equal(t, carriers.Outcome{State: pending}, got)
	assert.Empty(t, asked, "without an id there is nothing to ask by")

	_, _, err = look(t, map[string]string{"QueryActivation": "500 oops"}, carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{TransactionID: "act-1"}})
	require.Error(t, err)
}
