package masmovil

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// operation is the one that a request is of.
func operation[O carriers.Operation](t *testing.T, request carriers.Request) O {
	t.Helper()
	for _, o := range Adapter().Operations {
		if found, ok := o.(O); ok && o.Info().Type == request.Operation() {
			return found
		}
	}
	require.FailNow(t, "there is no such operation", request.Operation())
	panic("unreachable")
}

func inJSON(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

// unmarshal reads what another value is as JSON.
func unmarshal(t *testing.T, from, into any) error {
	t.Helper()
	return json.Unmarshal(inJSON(t, from), into)
}

// A subscription id is hashed as it is typed. The key is part of the contract: callers in other languages make it, too.
func TestTheKeyOfALineIsItsHash(t *testing.T) {
	for _, typed := range []string{"55001", "55001 "} {
		assert.Equal(t, "0cc86acbfa4c441a0624131f1e12896d", Adapter().LineKey("secret", typed))
	}
}

func TestEveryOperationSaysWhatItIs(t *testing.T) {
	assert.Equal(t, "MASMOVIL_", Adapter().EnvPrefix())
	assert.False(t, Adapter().CallsBack())
	days := carriers.Duration(14 * 24 * time.Hour)
	var types []string
	for _, o := range Adapter().Operations {
		info := o.Info()
		types = append(types, info.Type)
		t.Run(info.Type, func(t *testing.T) {
			assert.Equal(t, carrier, info.Carrier())
			for _, text := range []string{info.Title, info.Source, info.DecidedBy, info.Summary} {
				assert.NotEmpty(t, text)
			}
			assert.Equal(t, info.Type, o.NewRequest().Operation())
			assert.Equal(t, info.Kind == carriers.KindRead, o.Answer() != nil)
			assert.Equal(t, info.MayBeHeld, info.Timings.Deadline == days, "people may have to decide about a change that is held")
			assert.Equal(t, carriers.DefaultTimings().CallTimeout, info.Timings.CallTimeout)

			require.NotEmpty(t, info.Examples)
			for _, example := range info.Examples {
				assert.NotEmpty(t, example.Title)
				assert.Equal(t, info.Type, example.Request.Operation())
				request := inJSON(t, example.Request)
				assert.True(t, carriers.ValidReference(carriers.CommonOf(request).Reference), example.Title)
				described, err := o.Describe(request, time.Now())
				require.NoError(t, err)
				assert.NotEmpty(t, described.Line)
				assert.Equal(t, info.Summary, described.Summary)
				assert.JSONEq(t, string(request), string(described.Request))
			}
		})
	}
	assert.Equal(t, []string{
		"masmovil.GetSubscription", "masmovil.ListDevices", "masmovil.AddDevice", "masmovil.ReplaceSIM", "masmovil.AddBonus",
		"masmovil.SetBlock", "masmovil.ChangeProduct", "masmovil.OperateBarringMasks",
		"masmovil.ListServices", "masmovil.ChangeTariff", "masmovil.ListRecharges",
	}, types)
}

// Every request goes the whole way: described, bound, and made with a client.
func TestEveryOperationCanBeMade(t *testing.T) {
	for _, o := range Adapter().Operations {
		for _, example := range o.Info().Examples {
			described, err := o.Describe(inJSON(t, example.Request), time.Now())
			require.NoError(t, err)
			var sent string
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sent = string(body)
				assert.Contains(t, r.URL.Path, "/orgs/masmovil/subscriptions/"+described.Line)
				switch {
				case strings.HasSuffix(r.URL.Path, "/barrings-masks/operations"):
					answer(202, `{"externalId":"p-1"}`)(w, r)
					return
				case strings.HasSuffix(r.URL.Path, "/change_requests/tariff"):
					answer(201, `{"id":"c-1","status":"REQUESTED"}`)(w, r)
					return
				}
				answer(map[string]int{http.MethodGet: 200, http.MethodPost: 201, http.MethodPut: 201, http.MethodPatch: 201}[r.Method], `{}`)(w, r)
			})
			switch o := o.(type) {
			case carriers.ChangeOperation:
				bound, err := o.Bind(client, "ref-1", time.Now(), described.Request)
				require.NoError(t, err)
				assert.Equal(t, o.Info().FoundBy != carriers.FoundByEffect, bound.CanAsk(), "nothing but the effect can be read")
				assert.True(t, bound.ReadsBefore())
				ack, err := bound.Send(t.Context())
				require.NoError(t, err)
				assert.Equal(t, map[bool]carriers.State{false: carriers.Done, true: carriers.Pending}[o.Info().DecidedLater], ack.Outcome.State)
				for _, notSent := range []string{`"reference"`, `"confirm"`, `"timings"`, `"orgId"`, `"subscriptionId"`, `"ipAddress"`, `"blockId"`, `"subscriptionUuid"`} {
					assert.NotContains(t, sent, notSent)
				}
			case carriers.ReadOperation:
				read, err := o.Get(t.Context(), client, "ref-1", described.Request)
				require.NoError(t, err)
				assert.Equal(t, o.Answer(), reflect.TypeOf(read), "it returns what it says it returns")
			}
		}
	}
}

// routes are MásMóvil's answers by method and path: "200 {}".
type routes map[string]string

const (
	askSIM     = "GET " + linePath
	askDevices = askSIM + "/devices"
	askRisk    = "GET /masmovil/subscriptions/v1/orgs/yoigo/fraud_requests"

	oldICC  = "8934030000000000017"
	newICC  = "8934030000000000025"
	oldSIM  = `200 {"id":70011223,"iccid":` + oldICC + `,"identification_nr":612000111,"subscription_status":{"id":1,"value":"INSTALADO"}}`
	newSIM  = `200 {"id":70011223,"iccid":"` + newICC + `"}`
	noSIM   = `200 {"id":70011223,"iccid":null}`
	noRisk  = `404 {"code":"0001","status":"NOT_FOUND","message":"none"}`
	twoOld  = `200 {"devices":[{"subscription_terminal_id":1},{"subscription_terminal_id":2}]}`
	oneMore = `200 {"devices":[{"subscription_terminal_id":1},{"subscription_terminal_id":2},{"subscription_terminal_id":3}]}`
)

// decided is the list of risk decisions about the line, with one.
func decided(id, letter string) string {
	return `200 [{"id":` + id + `,"risk_decision":"` + letter + `","subscriptions":[{"subscription_id":70011223}]}]`
}

// bound is a change that is made with a MásMóvil that answers by routes, and the requests that arrived there.
func bound(t *testing.T, request carriers.Request, answers routes) (b carriers.BoundChange, ledger *[]string) {
	t.Helper()
	ledger = new([]string)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		route := r.Method + " " + r.URL.Path
		*ledger = append(*ledger, route)
		status, body, _ := strings.Cut(answers[route], " ")
		code, err := strconv.Atoi(status)
		if !assert.NoError(t, err, "no answer to %s", route) {
			code = http.StatusTeapot
		}
		answer(code, body)(w, r)
	})
	b, err := operation[carriers.ChangeOperation](t, request).Bind(client, "ref-1", time.Now(), inJSON(t, request))
	require.NoError(t, err)
	return b, ledger
}

func swap(icc string) ReplaceSIM {
	return ReplaceSIM{Reference: "ref-1", Line: line, DealerID: "D-1", Logistic: new(false), NewICC: icc}
}

var device = AddDevice{
	Reference: "ref-1", Line: line, SubscriptionOfferSegment: "RES",
	Sell: carriers.Object(`{}`), Client: carriers.Object(`{}`), Device: carriers.Object(`{}`),
}

// There is no handle for an order, so the line and its newest risk decision are read before anything is sent.
func TestTheLineBeforeAChange(t *testing.T) {
	for name, c := range map[string]struct {
		request  carriers.Request
		answers  routes
		want     *carriers.Line
		requests []string
	}{
		"its card": {
			swap(newICC),
			routes{askSIM: oldSIM, askRisk: decided("12", "D")},
			&carriers.Line{SubscriptionID: "70011223", Number: "612000111", ICCID: oldICC, Status: "INSTALADO", Decision: new("12")},
			[]string{askSIM, askRisk},
		},
		"its devices": {
			device,
			routes{askDevices: twoOld, askRisk: noRisk},
			&carriers.Line{SubscriptionID: "70011223", Devices: []string{"1", "2"}, Decision: new("")},
			[]string{askDevices, askRisk},
		},
		"a list that is missing, and decisions that cannot be read": {
			device, routes{askDevices: "200 {}", askRisk: "500 oops"}, &carriers.Line{SubscriptionID: "70011223"}, []string{askDevices, askRisk},
		},
		"it cannot be read": {swap(newICC), routes{askSIM: "500 oops"}, nil, []string{askSIM}},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, c.request, c.answers)
			before, err := b.Before(t.Context())
			assert.Equal(t, c.want == nil, err != nil)
			assert.Equal(t, c.want, before)
			assert.Equal(t, c.requests, *ledger)
		})
	}
}

// A card that is on the line already would make a request that was never taken look as if it had been.
func TestACardThatIsOnTheLineAlready(t *testing.T) {
	before := &carriers.Line{ICCID: newICC}
	for icc, already := range map[string]bool{newICC: true, newICC + "F": true, "8934 0300 0000 0000 025": true, oldICC: false, "": false} {
		b, _ := bound(t, swap(icc), nil)
		assert.Equal(t, already, b.Precheck(before) != "", icc)
	}
	b, _ := bound(t, device, nil)
	assert.Empty(t, b.Precheck(&carriers.Line{}))
}

// Only what has changed since the first read shows a request whose answer was lost.
func TestFindingAChange(t *testing.T) {
	before := &carriers.Line{ICCID: oldICC, Devices: []string{"1", "2"}}
	for name, c := range map[string]struct {
		request carriers.Request
		before  *carriers.Line
		answers routes
		found   bool
		id      string
	}{
		"the new card is on the line":        {swap(newICC), before, routes{askSIM: newSIM}, true, ""},
		"the old card is on the line":        {swap(newICC), before, routes{askSIM: oldSIM}, false, ""},
		"some other card, the new not known": {swap(""), before, routes{askSIM: newSIM}, true, ""},
		"the same card, the new not known":   {swap(""), before, routes{askSIM: oldSIM}, false, ""},
		"the read does not tell":             {swap(""), before, routes{askSIM: noSIM}, false, ""},
		"the card before is not known":       {swap(newICC), nil, routes{askSIM: newSIM}, false, ""},
		"one device more":                    {device, before, routes{askDevices: oneMore}, true, "3"},
		"the devices of before":              {device, before, routes{askDevices: twoOld}, false, ""},
		"no list before":                     {device, &carriers.Line{}, routes{askDevices: oneMore}, false, ""},
		"no list now":                        {device, before, routes{askDevices: "200 {}"}, false, ""},
		"two devices more":                   {device, &carriers.Line{Devices: []string{"1"}}, routes{askDevices: oneMore}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := bound(t, c.request, c.answers)
			finding, err := b.Find(t.Context(), c.before)
			require.NoError(t, err)
			if !c.found {
				assert.Equal(t, carriers.CannotTell, finding.Presence, "held, or never received: both look the same")
				assert.NotEmpty(t, finding.Why)
				return
			}
			assert.Equal(t, carriers.Present, finding.Presence)
			ack := finding.Acknowledgement
			assert.Equal(t, []any{c.id, carriers.Done, true}, []any{ack.TransactionID, ack.Outcome.State, ack.Found})
		})
	}
	for _, request := range []carriers.Request{swap(newICC), device} {
		b, _ := bound(t, request, routes{askSIM: "500 oops", askDevices: "500 oops"})
		_, err := b.Find(t.Context(), before)
		require.Error(t, err)
	}
}

func TestLookingAtASIMReplacement(t *testing.T) {
	const pending, done, failed, unknown = carriers.Pending, carriers.Done, carriers.Failed, carriers.Unknown
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	held := func(before *carriers.Line) carriers.Acknowledgement {
		return carriers.Acknowledgement{Held: true, Before: before, Outcome: carriers.Outcome{State: pending, Status: "R"}}
	}
	before := &carriers.Line{ICCID: oldICC, Decision: new("12")}
	carried := carriers.Acknowledgement{Before: before, Outcome: carriers.Outcome{State: done}}
	strange := carriers.Acknowledgement{Before: before, Outcome: carriers.Outcome{State: unknown, Status: "X"}}
	for name, c := range map[string]struct {
		icc    string
		ack    carriers.Acknowledgement
		sim    string
		risk   string // "" when decisions are not asked for
		state  carriers.State
		status string
		effect carriers.Effect
	}{
		"held, then shown":                    {newICC, held(before), newSIM, "", done, "R", shown},
		"held, then shown, new one not known": {"", held(before), newSIM, "", done, "R", shown},
		"held, no decision yet":               {newICC, held(before), oldSIM, noRisk, pending, "R", missing},
		"held, under review":                  {newICC, held(before), oldSIM, decided("13", "R"), pending, "R", missing},
		"held, accepted, not shown yet":       {newICC, held(before), oldSIM, decided("13", "A"), pending, "A", missing},
		"held, denied":                        {newICC, held(before), oldSIM, decided("13", "D"), failed, "D", missing},
		"held, an unknown letter":             {newICC, held(before), oldSIM, decided("13", "X"), unknown, "X", missing},
		"an old denial":                       {newICC, held(before), oldSIM, decided("12", "D"), pending, "R", missing},
		"an old denial, of a longer ago":      {newICC, held(before), oldSIM, decided("9", "D"), pending, "R", missing},
		"a denial, but of what is not known":  {newICC, held(nil), oldSIM, decided("13", "D"), pending, "R", missing},
		"the first decision of the line":      {newICC, held(&carriers.Line{ICCID: oldICC, Decision: new("")}), oldSIM, decided("1", "D"), failed, "D", missing},
		"a denial, decisions not read before": {newICC, held(&carriers.Line{ICCID: oldICC}), oldSIM, decided("1", "D"), pending, "R", missing},
		"done and shown":                      {newICC, carried, newSIM, "", done, "", shown},
		"done, not shown":                     {newICC, carried, oldSIM, "", done, "", missing},
		"done, the read does not tell":        {newICC, carried, noSIM, "", done, "", incomparable},
		"done, and the read fails":            {newICC, carried, "500 oops", "", done, "", carriers.NotRead},
		"done, and the read is refused":       {newICC, carried, "403 {}", "", done, "", incomparable},
		"an unknown answer":                   {newICC, strange, oldSIM, noRisk, unknown, "X", missing},
		"an unknown answer, then review":      {newICC, strange, oldSIM, decided("13", "R"), pending, "R", missing},
		"decisions cannot be read":            {newICC, held(before), oldSIM, "500 oops", pending, "R", missing},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, swap(c.icc), routes{askSIM: c.sim, askRisk: c.risk})
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: c.ack, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{c.state, c.status, c.effect}, []any{got.State, got.Status, got.Effect})
			assert.Equal(t, c.state == failed, got.Denied)
			assert.Equal(t, !strings.HasPrefix(c.sim, "200"), got.NotReadable != "", got.NotReadable)
			assert.Equal(t, c.risk != "", len(*ledger) == 2, "decisions are asked for only while something is undecided")
		})
	}

	b, _ := bound(t, swap(newICC), routes{askSIM: newSIM, askRisk: noRisk})
	got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: held(before)})
	require.NoError(t, err)
	assert.Equal(t, []any{pending, shown}, []any{got.State, got.Effect}, "an effect counts only for a request that was taken")

	for _, answer := range []string{"500 oops", "401 {}", "404 {}", "200 <html>"} {
		b, _ := bound(t, swap(newICC), routes{askSIM: answer})
		_, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: held(before), Taken: true})
		require.Error(t, err, answer)
	}
}

func TestLookingAtANewDevice(t *testing.T) {
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
		"the read fails":                    {ack("3", before), "500 oops", carriers.NotRead},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, device, routes{askDevices: c.now})
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: c.ack, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, c.effect}, []any{got.State, got.Effect})
			assert.Equal(t, []string{askDevices}, *ledger)
		})
	}
}
