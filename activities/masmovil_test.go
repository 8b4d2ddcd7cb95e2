package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// What MásMóvil is asked for in these tests.
const (
	askSIM     = "GET /orgs/yoigo/subscriptions/70011223"
	askDevices = askSIM + "/devices"
	askRisk    = "GET /fraud/orgs/yoigo/fraud_requests"
	postSIM    = "POST /orgs/yoigo/subscriptions/70011223/sim_replacement"
	postDevice = "POST /orgs/yoigo/subscriptions/70011223/devices"

	oldICC  = "8934030000000000017"
	newICC  = "8934030000000000025"
	oldSIM  = `200 {"id":70011223,"iccid":` + oldICC + `,"identification_nr":612000111,"subscription_status":{"id":1,"value":"INSTALADO"}}`
	newSIM  = `200 {"id":70011223,"iccid":"` + newICC + `"}`
	noSIM   = `200 {"id":70011223,"iccid":null}`
	noRisk  = `404 {"code":"0001","status":"NOT_FOUND","message":"none"}`
	twoOld  = `200 {"devices":[{"subscription_terminal_id":1},{"subscription_terminal_id":2}]}`
	oneMore = `200 {"devices":[{"subscription_terminal_id":1},{"subscription_terminal_id":2},{"subscription_terminal_id":3}]}`
)

func text(s string) *string { return &s }

// sentBefore is the intent of a request that may have been sent long ago, with what was read before.
func sentBefore(before *carriers.Line) *Intent {
	i := sentAndSought()
	i.Before = before
	return i
}

func risk(id, letter string) string {
	return `{"id":` + id + `,"risk_decision":"` + letter + `","subscriptions":[{"subscription_id":70011223}]}`
}

var masMovilLine = masmovil.Line{OrgID: "yoigo", SubscriptionID: 70011223}

func swap(icc string) masmovil.ReplaceSIM {
	shop := false
	return masmovil.ReplaceSIM{Line: masMovilLine, DealerID: "D-1", Logistic: &shop, NewICC: icc}
}

var device = masmovil.AddDevice{
	Line: masMovilLine,
	Sell: carriers.Object(`{}`), Client: carriers.Object(`{}`), Device: carriers.Object(`{}`), SubscriptionOfferSegment: "RES",
}

// A request has no id at the carrier, so the line and its newest risk request are read before anything is sent.
func TestMasMovilReadsBeforeItSends(t *testing.T) {
	h := newHarness(t, routes{askSIM: {oldSIM}, askRisk: {`200 [` + risk("7", "A") + `,` + risk("12", "D") + `]`}, postSIM: {`202 {"risk_decision":"R"}`}})
	ack, err := submit(h, masMovilSIM, changing(swap(newICC)), nil)
	require.NoError(t, err)
	require.Equal(t, []string{askSIM, askRisk, "intent", postSIM}, h.events)
	want := &carriers.Line{SubscriptionID: "70011223", Number: "612000111", ICCID: oldICC, Status: "INSTALADO", Decision: text("12")}
	require.Equal(t, want, ack.Before)
	require.Equal(t, want, h.intents[0].Before, "stored with the intent")
	require.Equal(t, []any{true, carriers.Pending, 202}, []any{ack.Held, ack.Outcome.State, ack.HTTPStatus})

	h = newHarness(t, routes{askDevices: {twoOld}, askRisk: {noRisk}, postDevice: {`201 {"subscription_terminal_id":3}`}})
	ack, err = submit(h, masMovilDevice, changing(device), nil)
	require.NoError(t, err)
	require.Equal(t, []string{askDevices, askRisk, "intent", postDevice}, h.events)
	require.Equal(t, &carriers.Line{SubscriptionID: "70011223", Devices: []string{"1", "2"}, Decision: text("")}, ack.Before)
	require.Equal(t, []any{"3", carriers.Done, false}, []any{ack.TransactionID, ack.Outcome.State, ack.Held})
}

// A line that cannot be read is not changed.
func TestMasMovilDoesNotSendWithoutARead(t *testing.T) {
	for answer, kind := range map[string]string{"500 oops": Retrying, noRisk: Rejected, "404 {}": Retrying, "401 {}": Unauthorized} {
		h := newHarness(t, routes{askSIM: {answer}, postSIM: {"201 {}"}})
		_, err := submit(h, masMovilSIM, changing(swap(newICC)), nil)
		require.Equal(t, kind, failureIn(t, err).kind)
		require.Equal(t, []string{askSIM}, h.events)
		require.Empty(t, h.intents)
	}
}

// What was read before the first send is what later attempts compare with.
func TestMasMovilComparesWithTheFirstRead(t *testing.T) {
	before := &carriers.Line{ICCID: oldICC, Devices: []string{"1", "2"}}
	for name, c := range map[string]struct {
		icc, now string
		found    bool
	}{
		"the new card is on the line":        {newICC, newSIM, true},
		"the old card is on the line":        {newICC, oldSIM, false},
		"some other card, the new not known": {"", newSIM, true},
		"the same card, the new not known":   {"", oldSIM, false},
		"the read does not tell":             {"", noSIM, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askSIM: {c.now}, postSIM: {"201 {}"}})
			ack, err := submit(h, masMovilSIM, changing(swap(c.icc)), sentBefore(before))
			require.Equal(t, []string{askSIM}, h.events, "never sent again")
			if !c.found {
				f := failureIn(t, err)
				require.Equal(t, []any{OutcomeUnknown, before, true}, []any{f.kind, f.Intent.Before, f.maybeSent()})
				return
			}
			require.NoError(t, err)
			require.Equal(t, []any{true, carriers.Done, before}, []any{ack.Found, ack.Outcome.State, ack.Before})
		})
	}
	for name, c := range map[string]struct{ now, found string }{"one device more": {oneMore, "3"}, "as before": {twoOld, ""}} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askDevices: {c.now}, postDevice: {"201 {}"}})
			ack, err := submit(h, masMovilDevice, changing(device), sentBefore(before))
			require.Equal(t, []string{askDevices}, h.events)
			if c.found == "" {
				require.Equal(t, OutcomeUnknown, failureIn(t, err).kind)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.found, ack.TransactionID)
		})
	}
}

func TestMasMovilSIMCheck(t *testing.T) {
	held := func(before *carriers.Line) carriers.Acknowledgement {
		return carriers.Acknowledgement{Held: true, Before: before, Outcome: carriers.Outcome{State: carriers.Pending, Status: "R"}}
	}
	before := &carriers.Line{ICCID: oldICC, Decision: text("12")}
	done := carriers.Acknowledgement{Before: before, Outcome: carriers.Outcome{State: carriers.Done}}
	strange := carriers.Acknowledgement{Before: before, Outcome: carriers.Outcome{State: carriers.Unknown, Status: "X"}}
	for name, c := range map[string]struct {
		icc    string
		ack    carriers.Acknowledgement
		sim    string
		risk   string
		kind   string // "" when the check decides
		state  carriers.State
		effect carriers.Effect
	}{
		"held, then shown":                    {newICC, held(before), newSIM, "", "", carriers.Done, carriers.Shown},
		"held, then shown, new one not known": {"", held(before), newSIM, "", "", carriers.Done, carriers.Shown},
		"held, no decision yet":               {newICC, held(before), oldSIM, noRisk, Pending, "", ""},
		"held, under review":                  {newICC, held(before), oldSIM, `200 [` + risk("13", "R") + `]`, Pending, "", ""},
		"held, accepted, not shown yet":       {newICC, held(before), oldSIM, `200 [` + risk("13", "A") + `]`, Pending, "", ""},
		"held, denied":                        {newICC, held(before), oldSIM, `200 [` + risk("13", "D") + `]`, "", carriers.Failed, carriers.Missing},
		"held, an unknown letter":             {newICC, held(before), oldSIM, `200 [` + risk("13", "X") + `]`, UnknownStatus, "", ""},
		"an old denial":                       {newICC, held(before), oldSIM, `200 [` + risk("12", "D") + `]`, Pending, "", ""},
		"an old denial, of a longer ago":      {newICC, held(before), oldSIM, `200 [` + risk("9", "D") + `]`, Pending, "", ""},
		"a denial, but of what is not known":  {newICC, held(nil), oldSIM, `200 [` + risk("13", "D") + `]`, Pending, "", ""},
		"the first decision of the line":      {newICC, held(&carriers.Line{ICCID: oldICC, Decision: text("")}), oldSIM, `200 [` + risk("1", "D") + `]`, "", carriers.Failed, carriers.Missing},
		"a denial, decisions not read before": {newICC, held(&carriers.Line{ICCID: oldICC}), oldSIM, `200 [` + risk("1", "D") + `]`, Pending, "", ""},
		"done and shown":                      {newICC, done, newSIM, "", "", carriers.Done, carriers.Shown},
		"done, not shown":                     {newICC, done, oldSIM, "", "", carriers.Done, carriers.Missing},
		"done, the read does not tell":        {newICC, done, noSIM, "", "", carriers.Done, carriers.Incomparable},
		"an unknown answer":                   {newICC, strange, oldSIM, noRisk, UnknownStatus, "", ""},
		"an unknown answer, then review":      {newICC, strange, oldSIM, `200 [` + risk("13", "R") + `]`, Pending, "", ""},
		"decisions cannot be read":            {newICC, held(before), oldSIM, "500 oops", Pending, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askSIM: {c.sim}, askRisk: {c.risk}})
			in := asking(swap(c.icc), c.ack)
			seen, err := check(h, masMovilSIM, in, overdueEffect())
			require.Equal(t, c.risk != "", len(h.events) == 2, "decisions are asked for only while something is undecided")
			if c.kind != "" {
				require.Equal(t, c.kind, failureIn(t, err).kind)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []any{c.state, c.effect, c.state == carriers.Failed}, []any{seen.State, seen.Effect, seen.Denied})
		})
	}
}

func TestMasMovilDeviceCheck(t *testing.T) {
	before := &carriers.Line{Devices: []string{"1", "2"}}
	ack := func(id string, before *carriers.Line) carriers.Acknowledgement {
		return carriers.Acknowledgement{TransactionID: id, Before: before, Outcome: carriers.Outcome{State: carriers.Done}}
	}
	inactive := `200 {"devices":[{"subscription_terminal_id":3,"status":{"id":9,"value":"BAJA"}}]}`
	nameless := `200 {"devices":[{"terminal":3}]}`
	for name, c := range map[string]struct {
		ack    carriers.Acknowledgement
		now    string
		effect carriers.Effect
	}{
		"its id is listed":                  {ack("3", before), oneMore, carriers.Shown},
		"its id is not listed":              {ack("4", before), oneMore, carriers.Missing},
		"its id is listed, but not active":  {ack("3", before), inactive, carriers.Missing},
		"no id, one device more":            {ack("", before), oneMore, carriers.Shown},
		"no id, as before":                  {ack("", before), twoOld, carriers.Missing},
		"no id, and not read before":        {ack("", nil), oneMore, carriers.Incomparable},
		"the list is missing":               {ack("3", before), "200 {}", carriers.Incomparable},
		"the list is null, and no id":       {ack("", before), `200 {"devices":null}`, carriers.Incomparable},
		"no id, no list before":             {ack("", &carriers.Line{}), oneMore, carriers.Incomparable},
		"its id is written as a fraction":   {ack("3", before), `200 {"devices":[{"subscription_terminal_id":3.0}]}`, carriers.Shown},
		"the list has no ids":               {ack("3", before), nameless, carriers.Incomparable},
		"the list has no ids, nor had ours": {ack("", before), nameless, carriers.Incomparable},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askDevices: {c.now}})
			seen, err := check(h, masMovilDevice, asking(device, c.ack), overdueEffect())
			require.NoError(t, err)
			require.Equal(t, []any{carriers.Done, c.effect}, []any{seen.State, seen.Effect})
		})
	}
}

// A missing list is not an empty one: without a list from before the request, a list from after it shows nothing.
func TestMasMovilWithoutAListBefore(t *testing.T) {
	for _, missing := range []string{"200 {}", `200 {"devices":null}`} {
		h := newHarness(t, routes{askDevices: {missing, oneMore}, askRisk: {"500 oops"}, postDevice: {reset}})
		_, err := submit(h, masMovilDevice, changing(device), nil)
		f := failureIn(t, err)
		require.Equal(t, []string{askDevices, askRisk, "intent", postDevice, "intent"}, h.events, "sent nevertheless: these reads may fail")
		require.Equal(t, &carriers.Line{SubscriptionID: "70011223"}, f.Intent.Before)

		for _, now := range []string{oneMore, `200 {"devices":[{"subscription_terminal_id":1}]}`} {
			h = newHarness(t, routes{askDevices: {now}})
			_, err = submit(h, masMovilDevice, changing(device), f.Intent)
			require.Equal(t, OutcomeUnknown, failureIn(t, err).kind)
		}
	}
}

// If the card is on the line already, a request that was never received would look as if it had been carried out.
func TestMasMovilCardIsOnTheLineAlready(t *testing.T) {
	for _, icc := range []string{newICC, newICC + "F", "8934 0300 0000 0000 025"} {
		h := newHarness(t, routes{askSIM: {newSIM}, askRisk: {noRisk}, postSIM: {"201 {}"}})
		_, err := submit(h, masMovilSIM, changing(swap(icc)), nil)
		f := failureIn(t, err)
		require.Equal(t, []any{PrecheckFailed, true}, []any{f.kind, f.final}, f.text)
		require.NotContains(t, h.events, postSIM)
	}
}

func TestMasMovilReads(t *testing.T) {
	h := newHarness(t, routes{askSIM: {oldSIM}, askDevices: {twoOld}, askSIM + "/recharges": {`200 {"subscription_id":70011223,"recharges":[]}`}})
	answer, err := reading(h, masmovil.GetSubscription{Line: masMovilLine})
	require.NoError(t, err)
	require.Equal(t, oldICC, answer["iccid"], "digit by digit")
	answer, err = reading(h, masmovil.ListDevices{Line: masMovilLine})
	require.NoError(t, err)
	require.Len(t, answer["devices"], 2)
	answer, err = reading(h, masmovil.ListRecharges{Line: masMovilLine, StartDate: "2026-01-01"})
	require.NoError(t, err)
	require.Equal(t, "70011223", answer["subscription_id"])
	require.Equal(t, "start_date=2026-01-01", h.queries[2])
}

// One carrier's rate limit or outage slows no other.
func TestEachCarrierHasItsOwnQueue(t *testing.T) {
	for _, a := range registry.Carriers() {
		require.Equal(t, "carrierflow-"+string(a.Carrier), TaskQueue(a.Carrier))
	}
}
