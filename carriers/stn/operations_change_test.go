package stn

import (
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// ourLine is the line of most requests here.
var ourLine = Line{SubscriptionID: "p4Rz"}

// ourESIM is what a request for an eSIM holds.
var ourESIM = ESIM{ESIM: true, Email: "jan@example.org", ConfirmationCode: "70421"}

const ourCard = "8931440400000000016"

const aDate = "2026-05-01T00:00:00+02:00"

// changes are requests for the changes that only the shared form sends: their page, the type of their record, and the fields that
// they send beside line and reference.
var changes = []struct {
	name           string
	request        carriers.Request
	page, typeName string
	fields         map[string]any
	newLine        bool
}{
	{"suspend", Suspend{Line: ourLine}, "SuspendSubscription", "SUSPEND", nil, false},
	{"resume", Resume{Line: ourLine}, "ResumeSubscription", "RESUME", nil, false},
	{"swap for a card", SwapSIM{Line: ourLine, NewSIMCardNumber: "8931 4404 0000 0000 016"}, "SimSwapSubscription", "SIMSWAP", map[string]any{"newSimCardNumber": ourCard}, false},
	{"swap for an eSIM", SwapSIM{Line: ourLine, ESIM: ourESIM}, "SimSwapSubscription", "SIMSWAP", map[string]any{"eSim": true, "email": "jan@example.org", "confirmationCode": "70421"}, false},
	{"terminate now", Terminate{Line: ourLine, Immediately: true}, "TerminateSubscription", "TERMINATE", nil, false},
	{"terminate later", Terminate{Line: ourLine, WishDate: aDate}, "TerminateSubscription", "TERMINATE", map[string]any{"wishDate": aDate}, false},
	{"port out", PortOut{Line: ourLine}, "PortingOutSubscription", "OUTPORT", nil, false},
	{"port out later", PortOut{Line: ourLine, WishDate: aDate}, "PortingOutSubscription", "OUTPORT", map[string]any{"wishDate": aDate}, false},
	{"move", MoveEnvironment{Line: ourLine, NewProviderEnvironment: "SP16002", WishDate: "2026-05-01T00:00:00"}, "MoveEnvironmentSubscription", "SOMETHING", map[string]any{"newProviderEnvironment": "SP16002", "wishDate": "2026-05-01T00:00:00"}, false},
	{
		"open on a card",
		NewSubscription{SIMCardNumber: ourCard, WishDate: aDate, Contract: Contract{AccessType: "MOBILEPAY", Services: map[string]any{"voiceMail": true}}},
		"NewSubscription", "ACTIVATENEW",
		map[string]any{"simCardNumber": ourCard, "wishDate": aDate, "accessType": "MOBILEPAY", "services": map[string]any{"voiceMail": true}},
		true,
	},
	{"open on an eSIM", NewSubscription{ESIM: ourESIM}, "NewSubscription", "ACTIVATENEW", map[string]any{"eSim": true, "email": "jan@example.org", "confirmationCode": "70421"}, true},
	{
		"port in",
		PortIn{PhoneNumber: "+31612345678", DonorCustomerNumber: "C-1", PortingWishDate: aDate, SIMCardNumber: ourCard},
		"InPortSubscription", "INPORT",
		map[string]any{"phoneNumber": "0612345678", "donorCustomerNumber": "C-1", "portingWishDate": aDate, "simCardNumber": ourCard},
		true,
	},
}

func TestEveryChangeSendsTheDocumentedRequest(t *testing.T) {
	for _, tc := range changes {
		t.Run(tc.name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "POST /stn/api/"+tc.page, r.Method+" "+r.URL.Path)
				want := map[string]any{"referenceNumber": "WF-1"}
				if !tc.newLine {
					want["subscriptionId"] = "p4Rz"
				}
				for name, value := range tc.fields {
					want[name] = value
				}
				var body map[string]any
				assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
				assert.Equal(t, want, body)
				answer(http.StatusOK, `{"id":"A1","status":"INIT","activationType":"`+tc.typeName+`","info":{}}`)(w, r)
			})
			ack, err := bind(t, client, tc.request).Send(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []any{"A1", carriers.Outcome{State: carriers.Pending, Status: "INIT"}}, []any{ack.TransactionID, ack.Outcome})
			assert.Empty(t, append(ack.Applied, ack.Ignored...))

			_, err = bind(t, serve(t, answer(http.StatusOK, `{"id":"A1","status":"INIT","activationType":"SETSERVICES"}`)), tc.request).Send(t.Context())
			assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err), "the answer to another request")
		})
	}
}

func TestEveryChangeIsFoundByItsTypeAndReference(t *testing.T) {
	for _, tc := range changes {
		for want, rows := range map[carriers.Presence][]map[string]any{
			carriers.Present:    {record("A0", "activationType", tc.typeName), record("A1", "activationType", tc.typeName, "referenceNumber", "WF-1")},
			carriers.Absent:     {record("A1", "referenceNumber", "WF-1"), record("A2", "activationType", tc.typeName)},
			carriers.CannotTell: {record("A1", "activationType", tc.typeName, "referenceNumber", "")},
		} {
			t.Run(tc.name+" is "+string(want), func(t *testing.T) {
				server := ledger{records: rows}
				finding, err := bind(t, serve(t, server.ServeHTTP), tc.request).Find(t.Context(), nil)
				require.NoError(t, err)
				assert.Equal(t, want, finding.Presence)
				assert.Equal(t, tc.page != "MoveEnvironmentSubscription", server.queries[0].Has("activationType"), "no page names its type")
				assert.Equal(t, !tc.newLine, server.queries[0].Has("subscriptionId"), "a new line has none")
				assert.False(t, server.queries[0].Has("phoneNumber"))
				assert.Equal(t, "2026-03-03", server.queries[0].Get("createdAtFrom"))
				if want == carriers.Present {
					assert.Equal(t, "A1", finding.Acknowledgement.TransactionID)
				}
			})
		}
	}
}

// stn answers by the last part of the path. What has no answer is not to be asked for.
type stn struct {
	t       *testing.T
	answers map[string]string
}

func (f stn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := f.answers[path.Base(r.URL.Path)]
	assert.True(f.t, ok, "%s is not to be asked for", r.URL.Path)
	if refused, is := strings.CutPrefix(body, "400 "); is {
		answer(http.StatusBadRequest, refused)(w, r)
		return
	}
	answer(http.StatusOK, body)(w, r)
}

// shows is the answer of QuerySubscription about our line.
func shows(t *testing.T, changes ...any) string {
	t.Helper()
	line := map[string]any{"id": "p4Rz", "state": "ACTIVE", "phoneNumber": "06-12345678", "simCardNumber": "8931440400000000024", "isEsim": false}
	for i := 0; i < len(changes); i += 2 {
		line[changes[i].(string)] = changes[i+1]
	}
	return `{"results":[` + string(inJSON(t, line)) + `]}`
}

func TestWhatIsNotSent(t *testing.T) {
	swap := SwapSIM{Line: ourLine, NewSIMCardNumber: ourCard}
	for name, tc := range map[string]struct {
		request carriers.Request
		line    string
		refused string // nothing when it is sent
	}{
		"suspend an active line":                {Suspend{Line: ourLine}, shows(t), ""},
		"suspend a suspended line":              {Suspend{Line: ourLine}, shows(t, "state", "suspended"), `shows the state "suspended" already`},
		"suspend in a state nobody knows":       {Suspend{Line: ourLine}, shows(t, "state", "FROZEN"), ""},
		"resume a suspended line":               {Resume{Line: ourLine}, shows(t, "state", "SUSPENDED"), ""},
		"resume an active line":                 {Resume{Line: ourLine}, shows(t), `shows the state "ACTIVE" already`},
		"swap for another card":                 {swap, shows(t), ""},
		"swap for the same card":                {swap, shows(t, "simCardNumber", ourCard), "has this SIM card already"},
		"swap, and the card cannot be compared": {swap, shows(t, "simCardNumber", "8931##########"), ""},
		"swap for an eSIM":                      {SwapSIM{Line: ourLine, ESIM: ourESIM}, shows(t, "isEsim", true), ""},
		"terminate an active line":              {Terminate{Line: ourLine, Immediately: true}, shows(t), ""},
		"terminate a line that has ended":       {Terminate{Line: ourLine, Immediately: true}, shows(t, "state", "TERMINATED"), "already"},
		"port out a line that has gone":         {PortOut{Line: ourLine}, shows(t, "state", "PORTEDOUT"), "already"},
		"the line is not shown":                 {Suspend{Line: ourLine}, `[]`, ""},
		"the read is refused":                   {Suspend{Line: ourLine}, "400 {}", ""},
		"the read by number is refused":         {Suspend{Line: Line{PhoneNumber: "0612345678"}}, "400 {}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bound := bind(t, serve(t, stn{t, map[string]string{"QuerySubscription": tc.line}}.ServeHTTP), tc.request)
			require.True(t, bound.ReadsBefore())
			before, err := bound.Before(t.Context())
			require.NoError(t, err)
			why := bound.Precheck(before)
			if tc.refused == "" {
				assert.Empty(t, why)
				return
			}
			assert.Contains(t, why, tc.refused)
			assert.NotContains(t, why, ourCard)
		})
	}
	_, err := bind(t, serve(t, answer(http.StatusInternalServerError, "oops")), Suspend{Line: ourLine}).Before(t.Context())
	require.Error(t, err, "a read that only failed is made again before anything is sent")
	_, err = bind(t, serve(t, answer(http.StatusUnauthorized, "")), Suspend{Line: ourLine}).Before(t.Context())
	require.Error(t, err)
}

func TestTheEffectOfAChange(t *testing.T) {
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	suspend, resume := Suspend{Line: ourLine}, Resume{Line: ourLine}
	card, eSIM := SwapSIM{Line: ourLine, NewSIMCardNumber: ourCard}, SwapSIM{Line: ourLine, ESIM: ourESIM}
	before, listed := &carriers.Line{ICCID: "8931440400000000024"}, &carriers.Line{SubscriptionID: "p4Rz"}
	terminate, move := Terminate{Line: Line{PhoneNumber: "0612345678"}, Immediately: true}, MoveEnvironment{Line: ourLine, NewProviderEnvironment: "SP16002"}
	open := NewSubscription{SIMCardNumber: ourCard, Contract: Contract{Services: map[string]any{"voiceMail": true}}}
	portIn := PortIn{PhoneNumber: "0612345678", DonorCustomerNumber: "C-1", SIMCardNumber: ourCard}
	for name, tc := range map[string]struct {
		request carriers.Request
		line    string
		before  *carriers.Line
		want    carriers.Effect
	}{
		"suspended":                       {suspend, shows(t, "state", "SUSPENDED"), nil, shown},
		"suspended, in another case":      {suspend, shows(t, "state", "Suspended "), nil, shown},
		"not suspended":                   {suspend, shows(t), nil, missing},
		"suspended by another word":       {suspend, shows(t, "state", "BLOCKED"), nil, incomparable},
		"resumed":                         {resume, shows(t), nil, shown},
		"not resumed":                     {resume, shows(t, "state", "SUSPENDED"), nil, missing},
		"resumed by another word":         {resume, shows(t, "state", "OPEN"), nil, missing},
		"no state":                        {resume, shows(t, "state", ""), nil, incomparable},
		"the line is not shown":           {suspend, `[]`, nil, incomparable},
		"the new card":                    {card, shows(t, "simCardNumber", ourCard), before, shown},
		"the new card, spelled otherwise": {card, shows(t, "simCardNumber", "8931 4404 0000 0000 016F"), before, shown},
		"the old card":                    {card, shows(t), before, missing},
		"a masked card":                   {card, shows(t, "simCardNumber", "###"), before, incomparable},
		"a new eSIM":                      {eSIM, shows(t, "isEsim", true, "simCardNumber", ourCard), before, shown},
		"a new eSIM, as text":             {eSIM, shows(t, "isEsim", "True", "simCardNumber", ourCard), before, shown},
		"the eSIM it had":                 {eSIM, shows(t, "isEsim", true), before, missing},
		"another card, no eSIM":           {eSIM, shows(t, "simCardNumber", ourCard), before, missing},
		"nothing said about an eSIM":      {eSIM, shows(t, "isEsim", nil, "simCardNumber", ourCard), before, incomparable},
		"an eSIM, not read before":        {eSIM, shows(t, "isEsim", true, "simCardNumber", ourCard), nil, incomparable},
		"terminated":                      {terminate, shows(t, "state", "Terminated"), listed, shown},
		"terminated, another word":        {terminate, shows(t, "state", "ENDED"), listed, incomparable},
		"not terminated":                  {terminate, shows(t), listed, missing},
		"not terminated, suspended":       {terminate, shows(t, "state", "SUSPENDED"), listed, missing},
		"terminated, and gone":            {terminate, `[]`, listed, shown},
		"gone, and not seen before":       {terminate, `[]`, nil, incomparable},
		"gone, the filter is ignored":     {terminate, shows(t, "id", "q5"), listed, incomparable},
		"gone, asked by id":               {Terminate{Line: ourLine, Immediately: true}, `[]`, listed, incomparable},
		"ported out, and gone":            {PortOut{Line: Line{PhoneNumber: "0612345678"}}, `[]`, listed, shown},
		"not ported out":                  {PortOut{Line: Line{PhoneNumber: "0612345678"}}, shows(t), listed, missing},
		"moved":                           {move, shows(t, "providerEnvironment", "sp16002"), nil, shown},
		"not moved":                       {move, shows(t, "providerEnvironment", "SP16001"), nil, missing},
		"moved to what nobody knows":      {move, shows(t, "providerEnvironment", "SP9"), nil, incomparable},
		"opened":                          {open, shows(t, "simCardNumber", ourCard, "services", map[string]any{"voiceMail": true}), nil, shown},
		"opened on another card":          {open, shows(t, "services", map[string]any{"voiceMail": true}), nil, incomparable},
		"opened without a service":        {open, shows(t, "simCardNumber", ourCard, "services", map[string]any{}), nil, incomparable},
		"opened with another value":       {open, shows(t, "simCardNumber", ourCard, "services", map[string]any{"voiceMail": false}), nil, missing},
		"opened, not active":              {open, shows(t, "simCardNumber", ourCard, "state", "PENDING"), nil, missing},
		"not opened":                      {open, `[]`, nil, missing},
		"an eSIM opened, not to be found": {NewSubscription{ESIM: ourESIM}, `[]`, nil, incomparable},
		"ported in":                       {portIn, shows(t), nil, shown},
		"not ported in":                   {portIn, `[]`, nil, missing},
		"ported in, not active":           {portIn, shows(t, "state", "SUSPENDED"), nil, missing},
		"an eSIM with a masked number":    {eSIM, shows(t, "isEsim", true, "simCardNumber", "###"), before, incomparable},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, stn{t, map[string]string{
				"QueryActivation": `[{"id":"A1","status":"DONE","activationType":"?"}]`, "QuerySubscription": tc.line,
			}}.ServeHTTP)
			got, err := bind(t, client, tc.request).Look(t.Context(), carriers.Inquiry{
				Acknowledgement: carriers.Acknowledgement{TransactionID: "A1", Before: tc.before}, Confirm: true,
			})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, tc.want}, []any{got.State, got.Effect})
		})
	}
}

// What a sweep has read in the list is confirmed by one request where the line shows the change, and by the record as well where it does
// not.
func TestAChangeThatASweepHasRead(t *testing.T) {
	told := carriers.Outcome{State: carriers.Done, Status: "DONE", Line: &carriers.Line{SubscriptionID: "p4Rz", Number: "06-12345678"}}
	for _, tc := range []struct {
		line string
		want carriers.Effect
		asks []string
	}{
		{shows(t, "state", "SUSPENDED"), carriers.Shown, []string{"QuerySubscription"}},
		{shows(t), carriers.Missing, []string{"QuerySubscription", "QueryActivation", "QuerySubscription"}},
	} {
		var asked []string
		answers := stn{t, map[string]string{
			"QueryActivation": `[{"id":"A1","status":"DONE","activationType":"?","phoneNumber":"06-12345678"}]`, "QuerySubscription": tc.line,
		}}
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, path.Base(r.URL.Path))
			if path.Base(r.URL.Path) == "QuerySubscription" {
				assert.Equal(t, "0612345678", r.URL.Query().Get("phoneNumber"))
			}
			answers.ServeHTTP(w, r)
		})
		got, err := bind(t, client, Suspend{Line: ourLine}).Look(t.Context(), carriers.Inquiry{
			Acknowledgement: carriers.Acknowledgement{TransactionID: "A1"}, Told: told, Confirm: true,
		})
		require.NoError(t, err)
		assert.Equal(t, []any{carriers.Done, tc.want, tc.asks}, []any{got.State, got.Effect, asked})
	}
}

func TestErrorsOfAChangeNameNothingPersonal(t *testing.T) {
	told := "p4RzExample 06-12345678 jan@example.org c0de " + ourCard
	client := serve(t, answer(http.StatusBadRequest, `{"responseStatus":{"errorCode":"BadRequest","message":"`+told+`"}}`))
	line := Line{SubscriptionID: "p4RzExample", PhoneNumber: "0612345678"}
	for _, r := range []carriers.Request{
		Suspend{Line: line},
		SwapSIM{Line: line, NewSIMCardNumber: ourCard},
		SwapSIM{Line: line, ESIM: ESIM{ESIM: true, Email: "jan@example.org", ConfirmationCode: "c0de"}},
		NewSubscription{SIMCardNumber: ourCard, Contract: Contract{STNCustomerID: "p4RzExample"}},
		PortIn{PhoneNumber: "0612345678", DonorCustomerNumber: "p4RzExample", SIMCardNumber: ourCard},
		PortIn{PhoneNumber: "0612345678", DonorCustomerName: "p4RzExample", SIMCardNumber: ourCard},
		PortIn{PhoneNumber: "0612345678", Note: "p4RzExample", Contract: Contract{STNCustomerID: "none"}},
	} {
		_, err := bind(t, client, r).Send(t.Context())
		require.Error(t, err)
		_, lookedUp := bind(t, client, r).Find(t.Context(), nil)
		for _, text := range []string{err.Error(), lookedUp.Error()} {
			for _, value := range []string{"p4RzExample", "12345678", "jan@", ourCard} {
				assert.NotContains(t, text, value)
			}
			if swap, ok := r.(SwapSIM); ok && swap.ConfirmationCode != "" {
				assert.NotContains(t, text, "c0de")
			}
		}
	}
}

func TestReads(t *testing.T) {
	get := func(r carriers.Request, body string) (any, string, error) {
		var asked string
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = r.Method + " " + r.URL.RequestURI()
			answer(http.StatusOK, body)(w, r)
		})
		read, ok := operation(t, r.Operation()).(carriers.ReadOperation)
		require.True(t, ok)
		got, err := read.Get(t.Context(), client, "read-1", inJSON(t, r))
		return got, strings.ReplaceAll(asked, "%2C", ","), err
	}
	got, asked, err := get(GetActivation{ActivationID: "A1"}, `{"results":[{"id":"A1","status":"BUSY","activationType":"SIMSWAP",
		"info":{"eSim":true,"email":"jan@example.org","confirmationCode":"70421","wishDate":"2026-03-06T00:00:00+01:00"}}]}`)
	require.NoError(t, err)
	assert.Equal(t, "GET /stn/api/QueryActivation?id=A1", asked)
	records, ok := got.(Activations)
	require.True(t, ok)
	assert.Equal(t, []any{"BUSY", carriers.Text("2026-03-06T00:00:00+01:00")}, []any{records.Activations[0].Status, records.Activations[0].Info.WishDate})
	assert.NotContains(t, string(inJSON(t, got)), "70421", "no secret goes into a history")
	assert.NotContains(t, string(inJSON(t, got)), "jan@")

	got, asked, err = get(GetSubscription{PhoneNumber: "+31612345678"}, `[{"id":"p4Rz","state":"ACTIVE","phoneNumber":"06-12345678","isEsim":true,"pin":"1234","puk":"12345678"}]`)
	require.NoError(t, err)
	assert.Equal(t, "GET /stn/api/QuerySubscription?fields="+subscriptionFields+"&phoneNumber=0612345678", asked)
	assert.JSONEq(t, `{"subscriptions":[{"id":"p4Rz","state":"ACTIVE","phoneNumber":"06-12345678","isEsim":true}]}`, string(inJSON(t, got)), "without PIN and PUK")

	got, asked, err = get(GetSubscription{SIMCardNumber: "8931 4404 0000 0000 016"}, `[]`)
	require.NoError(t, err)
	assert.Equal(t, "GET /stn/api/QuerySubscription?fields="+subscriptionFields+"&simCardNumber="+ourCard, asked)
	assert.JSONEq(t, `{"subscriptions":[]}`, string(inJSON(t, got)))

	got, asked, err = get(GetSIM{SIMCardNumber: ourCard}, `[{"id":"S1","simCardNumber":`+ourCard+`,"status":"FREE","pin":"1234","puk":"12345678"}]`)
	require.NoError(t, err)
	assert.Equal(t, "GET /stn/api/QuerySimcard?fields="+simFields+"&simCardNumber="+ourCard, asked)
	assert.JSONEq(t, `{"sims":[{"id":"S1","simCardNumber":"`+ourCard+`","status":"FREE"}]}`, string(inJSON(t, got)))

	for _, r := range []carriers.Request{GetActivation{ActivationID: "A1"}, GetSubscription{PhoneNumber: "0612345678"}, GetSubscription{SIMCardNumber: ourCard}, GetSIM{SIMCardNumber: ourCard}} {
		_, _, err = get(r, `[{"id":"X","phoneNumber":"0699999999","simCardNumber":"8931440400000000024"}]`)
		require.ErrorContains(t, err, "about others", "an ignored filter is not an answer")
	}
}

// A new line has nothing to search by but its type and day, so its card or its number tells it from others.
func TestANewLineIsToldByItsCardOrNumber(t *testing.T) {
	open, portIn := NewSubscription{SIMCardNumber: ourCard}, PortIn{PhoneNumber: "0612345678", SIMCardNumber: ourCard}
	info := func(name, value string) map[string]any { return map[string]any{name: value} }
	for name, tc := range map[string]struct {
		request   carriers.Request
		kind      string
		reference any
		info      map[string]any
		want      carriers.Presence
	}{
		"our card and reference":              {open, "ACTIVATENEW", "WF-1", info("simCardNumber", ourCard), carriers.Present},
		"our reference, no card":              {open, "ACTIVATENEW", "WF-1", info("eSim", "x"), carriers.Present},
		"our reference, another card":         {open, "ACTIVATENEW", "WF-1", info("simCardNumber", "8931440400000000024"), carriers.CannotTell},
		"another type":                        {open, "INPORT", "WF-1", info("simCardNumber", "8931440400000000024"), carriers.Absent},
		"another reference and card":          {open, "ACTIVATENEW", "WF-2", info("simCardNumber", "8931440400000000024"), carriers.Absent},
		"our card, no reference":              {open, "ACTIVATENEW", "", info("simCardNumber", ourCard), carriers.CannotTell},
		"another card, no reference":          {open, "ACTIVATENEW", "", info("simCardNumber", "8931440400000000024"), carriers.Absent},
		"an eSIM with our reference":          {NewSubscription{ESIM: ourESIM}, "ACTIVATENEW", "WF-1", info("simCardNumber", ourCard), carriers.Present},
		"an eSIM without a reference":         {NewSubscription{ESIM: ourESIM}, "ACTIVATENEW", "", info("simCardNumber", ourCard), carriers.CannotTell},
		"our number and reference":            {portIn, "INPORT", "WF-1", info("isdn", "06-12345678"), carriers.Present},
		"our reference, another number":       {portIn, "INPORT", "WF-1", info("isdn", "06-99999999"), carriers.CannotTell},
		"our number, no reference":            {portIn, "INPORT", nil, info("isdn", "06-12345678"), carriers.CannotTell},
		"another number, no reference":        {portIn, "INPORT", nil, info("isdn", "06-99999999"), carriers.Absent},
		"our number masked, and no reference": {portIn, "INPORT", nil, info("isdn", "06-#####678"), carriers.CannotTell},
	} {
		t.Run(name, func(t *testing.T) {
			row := record("A1", "activationType", tc.kind, "referenceNumber", tc.reference, "info", tc.info, "subscriptionId", nil, "phoneNumber", nil)
			server := ledger{records: []map[string]any{row}}
			finding, err := bind(t, serve(t, server.ServeHTTP), tc.request).Find(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, tc.want, finding.Presence)
		})
	}
}

// The record of a move has a type that no page names: any that no other change makes.
func TestAMoveIsNoneOfTheOtherTypes(t *testing.T) {
	move := MoveEnvironment{Line: ourLine, NewProviderEnvironment: "SP16002"}
	for _, known := range knownTypes {
		server := ledger{records: []map[string]any{record("A1", "activationType", known, "referenceNumber", "WF-1")}}
		finding, err := bind(t, serve(t, server.ServeHTTP), move).Find(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, carriers.Absent, finding.Presence, known)
	}
}

// A new line is asked for by what a page documents: its number when the record tells one, else its card, else its id.
func TestWhatANewLineIsAskedBy(t *testing.T) {
	for want, tc := range map[string]struct {
		request carriers.Request
		record  string
	}{
		"phoneNumber=0612345678":   {NewSubscription{SIMCardNumber: ourCard}, `"phoneNumber":"06-12345678","subscriptionId":"p4Rz"`},
		"simCardNumber=" + ourCard: {NewSubscription{SIMCardNumber: ourCard}, `"subscriptionId":"p4Rz"`},
		"Id=p4Rz":                  {NewSubscription{ESIM: ourESIM}, `"subscriptionId":"p4Rz"`},
		"phoneNumber=0687654321":   {PortIn{PhoneNumber: "+31687654321", SIMCardNumber: ourCard}, `"subscriptionId":"p4Rz"`},
	} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if path.Base(r.URL.Path) == "QueryActivation" {
				answer(http.StatusOK, `[{"id":"A1","status":"DONE","activationType":"?",`+tc.record+`}]`)(w, r)
				return
			}
			assert.Contains(t, r.URL.RawQuery, want)
			answer(http.StatusOK, shows(t, "simCardNumber", ourCard))(w, r)
		})
		got, err := bind(t, client, tc.request).Look(t.Context(), carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{TransactionID: "A1"}, Confirm: true})
		require.NoError(t, err)
		assert.Equal(t, carriers.Shown, got.Effect, want)
	}
}

// The record tells the number, so the line is asked for by it, and its card is compared.
func TestALineThatWasOpenedOnAnotherCard(t *testing.T) {
	client := serve(t, stn{t, map[string]string{
		"QueryActivation": `[{"id":"A1","status":"DONE","activationType":"ACTIVATENEW","phoneNumber":"06-12345678"}]`, "QuerySubscription": shows(t),
	}}.ServeHTTP)
	got, err := bind(t, client, NewSubscription{SIMCardNumber: ourCard}).Look(t.Context(), carriers.Inquiry{
		Acknowledgement: carriers.Acknowledgement{TransactionID: "A1"}, Confirm: true,
	})
	require.NoError(t, err)
	assert.Equal(t, carriers.Missing, got.Effect)
}

// A request for a later time is not late before it.
func TestWhenAChangeIsDue(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.FixedZone("", 7200))
	for _, tc := range []struct {
		request carriers.Request
		want    time.Time
	}{
		{Terminate{Immediately: true}, time.Time{}},
		{Terminate{WishDate: aDate}, at},
		{PortOut{WishDate: aDate}, at},
		{PortIn{PortingWishDate: aDate}, at},
		{NewSubscription{WishDate: aDate}, at},
		{MoveEnvironment{WishDate: "2026-05-01T00:00:00"}, time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)},
		{Suspend{}, time.Time{}},
	} {
		described, err := operation(t, tc.request.Operation()).Describe(inJSON(t, tc.request), time.Now())
		require.NoError(t, err)
		assert.True(t, tc.want.Equal(described.NotBefore), "%s: %s", tc.request.Operation(), described.NotBefore)
	}
}
