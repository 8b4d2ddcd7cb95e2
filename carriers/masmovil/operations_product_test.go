package masmovil

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	askProduct = "GET " + linePath + "/products"

	oldProduct = `200 {"id":9,"product":{"id":101,"value":"TARIFA","historic_date":"2026-01-01"}}`
	newTariff  = `200 {"id":9,"product":{"id":"202","value":"TARIFA","scheduled":null}}`
)

func onSchedule(id, day string) string {
	return `200 {"product":{"id":101,"scheduled":{"request_date":"2026-01-01","process_date":null,"scheduled_date":` + day + `,"destination_product":` + id + `}}}`
}

func tariff(day string) ChangeProduct {
	return ChangeProduct{Reference: "ref-1", Line: line, ProductID: 202, ScheduledDate: day}
}

func TestAProductIsSentAsConfigured(t *testing.T) {
	for name, c := range map[string]struct {
		request ChangeProduct
		change  func(*Config)
		sent    string
	}{
		"by default": {tariff(""), func(*Config) {}, "PUT " + linePath + `/products {"productId":202}`},
		"as told": {
			tariff("2027-02-01"), func(c *Config) { c.ProductChangeMethod, c.ProductChangePath = "POST", "/{orgId}/{subscriptionId}/p" },
			`POST /masmovil/v2/yoigo/70011223/p {"productId":202,"scheduled_date":"2027-02-01"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				assert.Equal(t, c.sent, r.Method+" "+r.RequestURI+" "+string(body))
				answer(http.StatusCreated, "")(w, r)
			}, c.change)
			ack, err := client.changeProduct(t.Context(), asked(c.request))
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, 201, false}, []any{ack.Outcome.State, ack.HTTPStatus, ack.Held})
		})
	}
}

// 201 is documented without a body, 202 with one whose fields are not; there the risk decision has the name it has elsewhere.
func TestTheAnswerToAChangeOfProduct(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		state  carriers.State
		held   bool
		class  carriers.Class
	}{
		"201":                         {201, ``, carriers.Done, false, ""},
		"201 with what is no JSON":    {201, `created`, "", false, carriers.Uncertain},
		"201 denied is not ruled out": {201, `{"risk_decision":"D"}`, carriers.Failed, false, ""},
		"202":                         {202, `{"whatever":1}`, carriers.Pending, true, ""},
		"202 without a body":          {202, ``, carriers.Pending, true, ""},
		"202 referred":                {202, `{"risk_decision":"R"}`, carriers.Pending, true, ""},
		"202 accepted is not done":    {202, `{"risk_decision":"A"}`, carriers.Pending, true, ""},
		"202 denied":                  {202, `{"risk_decision":"D"}`, carriers.Failed, false, ""},
		"202 as a page":               {202, `<html>`, "", false, carriers.Uncertain},
		"200 is not documented":       {200, ``, "", false, carriers.Uncertain},
		"405, another method":         {405, ``, "", false, carriers.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			ack, err := serve(t, answer(c.status, c.body)).changeProduct(t.Context(), asked(tariff("")))
			if c.class != "" {
				require.Error(t, err)
				assert.Equal(t, c.class, carriers.ClassOf(err), "%v", err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []any{c.state, c.held}, []any{ack.Outcome.State, ack.Held})
		})
	}
}

func TestTheProductBefore(t *testing.T) {
	for body, want := range map[string]map[string]any{
		oldProduct: {"product": "101"},
		newTariff:  {"product": "202"},
		onSchedule(`{"id":202,"value":"T"}`, `"2027-02-01"`): {"product": "101", "scheduled product": "202", "scheduled day": "2027-02-01"},
		onSchedule(`"202"`, `null`):                          {"product": "101", "scheduled product": "202", "scheduled day": ""},
		onSchedule(`[1]`, `null`):                            {"product": "101", "scheduled product": "", "scheduled day": ""},
		`200 {}`:                                             {},
	} {
		b, ledger := bound(t, tariff(""), routes{askProduct: body, askRisk: decided("12", "D")})
		before, err := b.Before(t.Context())
		require.NoError(t, err)
		assert.Equal(t, &carriers.Line{SubscriptionID: "70011223", Services: want, Decision: new("12")}, before, body)
		assert.Equal(t, []string{askProduct, askRisk}, *ledger)
	}
	b, _ := bound(t, tariff(""), routes{askProduct: "500 oops"})
	_, err := b.Before(t.Context())
	require.Error(t, err)
}

func TestAProductThatTheLineHasAlready(t *testing.T) {
	planned := map[string]any{"product": "101", "scheduled product": "202", "scheduled day": "2027-02-01"}
	for name, c := range map[string]struct {
		request ChangeProduct
		before  map[string]any
		already bool
	}{
		"it has":                                {tariff(""), map[string]any{"product": "202"}, true},
		"it has, and the change is for later":   {tariff("2027-02-01"), map[string]any{"product": "202"}, true},
		"it has another":                        {tariff(""), map[string]any{"product": "101"}, false},
		"on the schedule for the day":           {tariff("2027-02-01"), planned, true},
		"on the schedule for another day":       {tariff("2027-03-01"), planned, false},
		"on the schedule, but it is wanted now": {tariff(""), planned, false},
		"not known":                             {tariff(""), nil, false},
	} {
		b, _ := bound(t, c.request, nil)
		assert.Equal(t, c.already, b.Precheck(&carriers.Line{Services: c.before}) != "", name)
	}
}

// Held for review, or never received: both look the same, so an unchanged line proves nothing.
func TestFindingAChangeOfProduct(t *testing.T) {
	old := map[string]any{"product": "101"}
	planned := map[string]any{"product": "101", "scheduled product": "303", "scheduled day": "2027-01-01"}
	const later = "2027-02-01"
	const present, cannotTell = carriers.Present, carriers.CannotTell
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	for name, c := range map[string]struct {
		day    string
		before map[string]any
		now    string
		want   carriers.Presence
		state  carriers.State
		effect carriers.Effect
	}{
		"the line has it":                        {"", old, newTariff, present, carriers.Done, shown},
		"the line has the old one":               {"", old, oldProduct, cannotTell, "", missing},
		"on the schedule, wanted now":            {"", old, onSchedule(`{"id":202}`, `"2027-02-01"`), present, carriers.Pending, missing},
		"another one went off the schedule":      {"", planned, onSchedule(`{"id":202}`, `"2027-02-01"`), present, carriers.Pending, missing},
		"another one is on the schedule":         {"", old, onSchedule(`{"id":303}`, `"2027-02-01"`), cannotTell, "", missing},
		"later: on the schedule":                 {later, old, onSchedule(`{"id":202}`, `"2027-02-01"`), present, carriers.Done, shown},
		"later: on the schedule, another zone":   {later, old, onSchedule(`{"id":202}`, `"2027-01-31T23:00:00Z"`), present, carriers.Done, shown},
		"later: on the schedule, no day":         {later, old, onSchedule(`202`, `null`), present, carriers.Done, shown},
		"later: on the schedule for another day": {later, old, onSchedule(`{"id":202}`, `"2027-03-01"`), cannotTell, "", missing},
		"later: not on the schedule":             {later, old, oldProduct, cannotTell, "", missing},
		"later: another one on the schedule":     {later, old, onSchedule(`{"id":303}`, `"2027-02-01"`), cannotTell, "", missing},
		"later: the schedule cannot be read":     {later, old, onSchedule(`[]`, `"2027-02-01"`), cannotTell, "", incomparable},
		"later: the line has it already":         {later, old, newTariff, present, carriers.Done, shown},
		"no product now":                         {"", old, "200 {}", cannotTell, "", incomparable},
		"an id that resembles it":                {"", old, `200 {"product":{"id":"0202"}}`, cannotTell, "", incomparable},
		"not known before":                       {"", map[string]any{}, newTariff, cannotTell, "", shown},
	} {
		t.Run(name, func(t *testing.T) {
			before := new(carriers.Line)
			require.NoError(t, unmarshal(t, carriers.Line{Services: c.before}, before))
			b, _ := bound(t, tariff(c.day), routes{askProduct: c.now})
			finding, err := b.Find(t.Context(), before)
			require.NoError(t, err)
			assert.Equal(t, c.want, finding.Presence)
			assert.Equal(t, c.state, finding.Acknowledgement.Outcome.State)

			said := carriers.Acknowledgement{Before: before, Outcome: carriers.Outcome{State: carriers.Done}}
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: said, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, c.effect}, []any{got.State, got.Effect})
		})
	}
	b, _ := bound(t, tariff(""), routes{askProduct: newTariff})
	finding, err := b.Find(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, cannotTell, finding.Presence, "not read before")
}

func TestAHeldChangeOfProduct(t *testing.T) {
	held := carriers.Acknowledgement{
		Held: true, Outcome: carriers.Outcome{State: carriers.Pending, Status: "R"},
		Before: &carriers.Line{Services: map[string]any{"product": "101"}, Decision: new("12")},
	}
	for name, c := range map[string]struct {
		product, risk string
		want          carriers.State
	}{
		"shown":               {newTariff, "", carriers.Done},
		"under review":        {oldProduct, decided("13", "R"), carriers.Pending},
		"denied":              {oldProduct, decided("13", "D"), carriers.Failed},
		"an older denial":     {oldProduct, decided("12", "D"), carriers.Pending},
		"accepted, not shown": {oldProduct, decided("13", "A"), carriers.Pending},
	} {
		b, _ := bound(t, tariff(""), routes{askProduct: c.product, askRisk: c.risk})
		got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: held, Taken: true, Confirm: true})
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got.State, name)
		assert.Equal(t, c.want == carriers.Failed, got.Denied, name)
	}
}
