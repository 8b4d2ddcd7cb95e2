package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/stn"
)

// What sTN is asked for in these tests.
const (
	postServices  = "POST /api/SetServicesSubscription"
	askActivation = "GET /api/QueryActivation"
	askServices   = "GET /api/QuerySubscription"
	none          = `200 {"results":[]}`
)

var services = stn.SetServices{SubscriptionID: "p4Rz", Services: map[string]any{"voiceMail": true, "dataRoamingLimitation": "Limit 50"}}

// activationRecord is sTN's record of the request, with the services it took.
func activationRecord(status, services string) string {
	return `{"id":"act-1","status":"` + status + `","activationType":"SETSERVICES","referenceNumber":"r-1","subscriptionId":"p4Rz","info":{"services":` + services + `}}`
}

func listed(record string) string { return `200 {"results":[` + record + `]}` }

const (
	both = `{"voiceMail":true,"dataRoamingLimitation":"Limit 50"}`
	one  = `{"voiceMail":true}`
)

func TestSTNSubmit(t *testing.T) {
	h := newHarness(t, routes{postServices: {`200 ` + activationRecord("INIT", one)}})
	ack, err := submit(h, stnServices, changing(services), nil)
	require.NoError(t, err)
	require.Equal(t, []string{"intent", postServices}, h.events)
	require.JSONEq(t, `{"subscriptionId":"p4Rz","services":`+both+`,"referenceNumber":"r-1"}`, h.bodies[0])
	require.Equal(t, "act-1", ack.TransactionID)
	require.Equal(t, carriers.Outcome{State: carriers.Pending, Status: "INIT"}, ack.Outcome)
	require.Equal(t, []string{"voiceMail"}, ack.Applied)
	require.Equal(t, []string{"dataRoamingLimitation"}, ack.Ignored)
}

func TestSTNLooksUpByReference(t *testing.T) {
	h := newHarness(t, routes{askActivation: {listed(activationRecord("BUSY", one)), none}, postServices: {"500 oops"}})
	ack, err := submit(h, stnServices, changing(services), sentAndSought())
	require.NoError(t, err)
	require.Equal(t, []string{askActivation}, h.events)
	require.Equal(t, []any{true, "act-1", []string{"dataRoamingLimitation"}}, []any{ack.Found, ack.TransactionID, ack.Ignored})
	require.Contains(t, h.queries[0], "createdAtFrom=2026-03-03", "from the day before the operation began")

	h = newHarness(t, routes{askActivation: {none}, postServices: {`200 ` + activationRecord("INIT", both)}})
	_, err = submit(h, stnServices, changing(services), sentAndSought())
	require.NoError(t, err)
	require.Equal(t, []string{askActivation, "intent", postServices}, h.events)

	h = newHarness(t, routes{askActivation: {`200 {"total":0}`}, postServices: {`200 ` + activationRecord("INIT", both)}})
	_, err = submit(h, stnServices, changing(services), sentAndSought())
	require.Equal(t, Retrying, failureIn(t, err).kind, "a missing list does not show that sTN has nothing")
	require.NotContains(t, h.events, postServices)
}

// A record that resembles the request keeps it from being sent again; the request is found in every spelling of its line.
func TestSTNNearMatches(t *testing.T) {
	record := func(reference, line string) string {
		return listed(`{"id":"act-1","status":"BUSY","activationType":"SETSERVICES","createdAt":"2026-03-04T10:00:01+01:00","referenceNumber":` + reference + `,` + line + `,"info":{"services":` + both + `}}`)
	}
	byNumber := stn.SetServices{PhoneNumber: "0612345678", Services: services.Services}
	for name, c := range map[string]struct {
		request   stn.SetServices
		reference string
		record    string
		kind      string // "" when it is found
	}{
		"exact":                           {services, "000123456789012", record(`"000123456789012"`, `"subscriptionId":"p4Rz"`), ""},
		"a number that lost its zeros":    {services, "000123456789012", record(`123456789012`, `"subscriptionId":"p4Rz"`), OutcomeUnknown},
		"another case":                    {services, "wf-1", record(`"WF-1"`, `"subscriptionId":"p4Rz"`), OutcomeUnknown},
		"no reference":                    {services, "wf-1", record(`""`, `"subscriptionId":"p4Rz"`), OutcomeUnknown},
		"exact, the line lost its zero":   {byNumber, "wf-1", record(`"wf-1"`, `"phoneNumber":612345678`), ""},
		"exact, the line in another form": {byNumber, "wf-1", record(`"wf-1"`, `"phoneNumber":"+31 6 12345678"`), ""},
		"exact, the line is masked":       {byNumber, "wf-1", record(`"wf-1"`, `"phoneNumber":"06-12345###"`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askActivation: {c.record, none}, postServices: {"500 oops"}})
			in := changing(c.request)
			in.Reference = c.reference
			ack, err := submit(h, stnServices, in, sentAndSought())
			require.NotContains(t, h.events, postServices, "never sent again")
			if c.kind != "" {
				require.Equal(t, c.kind, failureIn(t, err).kind)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []any{true, "act-1"}, []any{ack.Found, ack.TransactionID})
		})
	}
}

// A read by the Id filter, which sTN's page does not list, may be refused: then the effect is incomparable at once.
func TestSTNRefusesTheReadById(t *testing.T) {
	h := newHarness(t, routes{askActivation: {listed(activationRecord("DONE", both))}, askServices: {"400 {}"}})
	seen, err := check(h, stnServices, asking(services, carriers.Acknowledgement{TransactionID: "act-1"}), nil)
	require.NoError(t, err)
	require.Equal(t, []any{carriers.Done, carriers.Incomparable}, []any{seen.State, seen.Effect})
}

func TestSTNCheck(t *testing.T) {
	subscription := func(services string) string {
		return `200 {"results":[{"id":"p4Rz","state":"ACTIVE","phoneNumber":"06-12345678","services":` + services + `}]}`
	}
	acknowledged := func(ignored ...string) carriers.Acknowledgement {
		return carriers.Acknowledgement{TransactionID: "act-1", Outcome: carriers.Outcome{State: carriers.Pending, Status: "INIT"}, Ignored: ignored}
	}
	for name, c := range map[string]struct {
		record, line string
		ack          carriers.Acknowledgement
		state        carriers.State // "" while it waits
		effect       carriers.Effect
		kind         string
	}{
		"done and shown":               {activationRecord("DONE", both), subscription(both), acknowledged(), carriers.Done, carriers.Shown, ""},
		"done, another value":          {activationRecord("DONE", both), subscription(`{"voiceMail":false,"dataRoamingLimitation":"Limit 50"}`), acknowledged(), carriers.Done, carriers.Missing, ""},
		"done, a service not reported": {activationRecord("DONE", both), subscription(one), acknowledged(), carriers.Done, carriers.Incomparable, ""},
		"done, the ignored left out":   {activationRecord("DONE", one), subscription(one), acknowledged("dataRoamingLimitation"), carriers.Done, carriers.Shown, ""},
		"done, the line not found":     {activationRecord("DONE", both), none, acknowledged(), carriers.Done, carriers.Incomparable, ""},
		"error":                        {activationRecord("ERROR", both), none, acknowledged(), carriers.Failed, "", ""},
		"busy":                         {activationRecord("BUSY", both), none, acknowledged(), "", "", Pending},
		"an unknown word":              {activationRecord("CANCELLING", both), none, acknowledged(), "", "", UnknownStatus},
		"not visible yet":              {"", none, acknowledged(), "", "", Pending},
		"another record":               {`{"id":"act-9","status":"DONE"}`, none, acknowledged(), "", "", Pending},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askActivation: {listed(c.record)}, askServices: {c.line}})
			seen, err := check(h, stnServices, asking(services, c.ack), overdueEffect())
			require.Equal(t, "id=act-1", h.queries[0])
			if c.kind != "" {
				require.Equal(t, c.kind, failureIn(t, err).kind)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []any{c.state, c.effect}, []any{seen.State, seen.Effect})
			if c.effect == carriers.Shown {
				require.Equal(t, "ACTIVE", seen.Line.Status)
				require.Equal(t, true, seen.Line.Services["voiceMail"])
			}
		})
	}
	t.Run("no confirmation wanted", func(t *testing.T) {
		h := newHarness(t, routes{askActivation: {listed(activationRecord("DONE", both))}})
		in := asking(services, acknowledged())
		in.Confirm = false
		seen, err := check(h, stnServices, in, nil)
		require.NoError(t, err)
		require.Equal(t, carriers.Done, seen.State)
		require.Equal(t, []string{askActivation}, h.events)
	})
}

// A request that was never acknowledged has no id to ask by: it is found by its reference, or not asked about at all.
func TestSTNCheckWithoutAnAcknowledgement(t *testing.T) {
	unsure := asking(services, carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Unknown}})
	unsure.Unsure = true

	h := newHarness(t, routes{askActivation: {none}})
	_, err := check(h, stnServices, unsure, nil)
	require.Equal(t, Pending, failureIn(t, err).kind)
	require.Equal(t, []string{askActivation}, h.events)
	require.Contains(t, h.queries[0], "createdAtFrom=2026-03-03")
	require.NotContains(t, h.queries[0], "id=&", "an empty id would match nothing, or everything")

	done := activationRecord("DONE", one)
	h = newHarness(t, routes{
		askActivation: {listed(done)},
		askServices:   {`200 {"results":[{"id":"p4Rz","state":"ACTIVE","services":` + one + `}]}`},
	})
	seen, err := check(h, stnServices, unsure, nil)
	require.NoError(t, err)
	require.Equal(t, []any{carriers.Done, carriers.Shown}, []any{seen.State, seen.Effect})
	require.Equal(t, []any{"act-1", []string{"dataRoamingLimitation"}}, []any{seen.Found.TransactionID, seen.Found.Ignored})
	require.Equal(t, "id=act-1", h.queries[1])
}
