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
	bonusPath  = linePath + "/bonuses"
	askBonuses = "GET " + bonusPath

	firstBonus  = `{"id":6001,"value":"BONO","start_date":"2026-01-01T00:00:00Z","end_date":"2027-01-01T00:00:00Z"}`
	wantedBonus = `{"id":7001,"value":"BONO","start_date":"2026-02-01T10:00:00Z"}`
	laterBonus  = `{"id":"7001","value":"BONO","start_date":"2027-02-01"}`
)

func listed(items string) string { return `{"id":70011223,"items":[` + items + `]}` }

var moreData = AddBonus{Reference: "ref-1", Line: line, BonusID: 7001}

func TestABonusIsSentAsDocumented(t *testing.T) {
	for name, c := range map[string]struct {
		request AddBonus
		body    string
	}{
		"now":   {moreData, `{"bonusId":7001}`},
		"later": {AddBonus{Line: line, BonusID: 9007199254740993, ScheduledDate: "2027-02-01"}, `{"bonusId":9007199254740993,"scheduled_date":"2027-02-01"}`},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				assert.Equal(t, "PUT "+bonusPath, r.Method+" "+r.RequestURI)
				assert.Equal(t, c.body, string(body))
				answer(http.StatusCreated, "")(w, r)
			})
			ack, err := client.addBonus(t.Context(), asked(c.request))
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, 201, false, ""}, []any{ack.Outcome.State, ack.HTTPStatus, ack.Held, ack.TransactionID})
			assert.False(t, ack.At.IsZero())
		})
	}
}

// 201 without a body is the one documented success. Another status may be an answer to something else: it is looked up.
func TestOnly201SaysThatAChangeWithoutABodyIsDone(t *testing.T) {
	refusal := `{"code":"0013","status":"BAD_REQUEST","message":"no"}`
	for name, c := range map[string]struct {
		status int
		body   string
		class  carriers.Class
	}{
		"201":                   {201, "", ""},
		"201 with an object":    {201, `{"message":"created"}`, ""},
		"201 as a page":         {201, "<html>", carriers.Uncertain},
		"201 with a text":       {201, `"created"`, carriers.Uncertain},
		"200":                   {200, "", carriers.Uncertain},
		"202":                   {202, "{}", carriers.Uncertain},
		"204":                   {204, "", carriers.Uncertain},
		"an error inside a 201": {201, refusal, carriers.Rejected},
		"400":                   {400, refusal, carriers.Rejected},
		"404":                   {404, refusal, carriers.NotFound},
		"405":                   {405, "", carriers.Rejected},
		"409":                   {409, "", carriers.Conflict},
		"500":                   {500, refusal, carriers.Uncertain},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, answer(c.status, c.body)).addBonus(t.Context(), asked(moreData))
			if c.class == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, c.class, carriers.ClassOf(err), "%v", err)
		})
	}
}

func TestTheBonusesBefore(t *testing.T) {
	for body, want := range map[string]*carriers.Line{
		"200 " + listed(firstBonus): {SubscriptionID: "70011223", Requests: []string{"6001 2026-01-01T00:00:00Z"}},
		"200 " + listed(laterBonus+`,{"id":6001,"start_date":"2026-01-01 01:00+01:00"},{"id":1},{"id":2,"start_date":"soon"}`): {
			SubscriptionID: "70011223", Requests: []string{"7001 2027-02-01T00:00:00Z", "6001 2026-01-01T00:00:00Z", "1 ", "2 soon"},
		},
		"200 " + listed(`{"value":"BONO"}`): {SubscriptionID: "70011223", Requests: []string{""}},
		"200 " + listed(``):                 {SubscriptionID: "70011223", Requests: []string{}},
		`200 {"items":null}`:                {SubscriptionID: "70011223"},
		`200 {"id":1,"items":[]}`:           {SubscriptionID: "70011223", Requests: []string{}},
		`200 {"items":7}`:                   nil,
		"403 {}":                            nil,
		"500 oops":                          nil,
	} {
		b, ledger := bound(t, moreData, routes{askBonuses: body})
		before, err := b.Before(t.Context())
		assert.Equal(t, want, before, body)
		assert.Equal(t, want == nil, err != nil, body)
		assert.Equal(t, []string{askBonuses}, *ledger, "no risk decision is asked for")
	}

	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, bonusPath+"?query=%7B%22filter%22%3A%5B%22actual%22%5D%7D", r.RequestURI)
		answer(http.StatusOK, listed(""))(w, r)
	})
	_, err := client.bonuses(t.Context(), "r-1", line)
	require.NoError(t, err)
}

// One bonus more is the one that was asked for. It is absent only when the list is whole and nothing is new: a new one that is not
// surely ours may be it all the same.
func TestFindingABonus(t *testing.T) {
	const first, wanted = "6001 2026-01-01T00:00:00Z", "7001 2026-02-01T10:00:00Z"
	none := &carriers.Line{Requests: []string{first}}
	scheduled := AddBonus{Reference: "ref-1", Line: line, BonusID: 7001, ScheduledDate: "2027-02-01"}
	for name, c := range map[string]struct {
		request AddBonus
		before  *carriers.Line
		now     string
		want    carriers.Presence
		effect  carriers.Effect
	}{
		"one more":                             {moreData, none, listed(firstBonus + "," + wantedBonus), carriers.Present, carriers.Shown},
		"one more, the first has ended":        {moreData, none, listed(wantedBonus), carriers.Present, carriers.Shown},
		"the first one of the line":            {moreData, &carriers.Line{Requests: []string{}}, listed(wantedBonus), carriers.Present, carriers.Shown},
		"a second one":                         {moreData, &carriers.Line{Requests: []string{first, wanted}}, listed(firstBonus + "," + wantedBonus + "," + wantedBonus), carriers.Present, carriers.Shown},
		"on the day":                           {scheduled, none, listed(firstBonus + "," + laterBonus), carriers.Present, carriers.Shown},
		"on the day, in another zone":          {scheduled, none, listed(firstBonus + `,{"id":7001,"start_date":"2027-01-31T23:00:00Z"}`), carriers.Present, carriers.Shown},
		"on a day that is not told":            {scheduled, none, listed(firstBonus + `,{"id":7001}`), carriers.Present, carriers.Shown},
		"on another day":                       {scheduled, none, listed(firstBonus + "," + wantedBonus), carriers.CannotTell, carriers.Incomparable},
		"as before":                            {moreData, none, listed(firstBonus), carriers.Absent, carriers.Missing},
		"as before, with the same bonus":       {moreData, &carriers.Line{Requests: []string{wanted}}, listed(wantedBonus), carriers.Absent, carriers.Missing},
		"as before, the day spelled otherwise": {moreData, none, listed(`{"id":"6001","start_date":"2026-01-01 01:00:00+01:00"}`), carriers.Absent, carriers.Missing},
		"another id":                           {moreData, none, listed(firstBonus + `,{"id":880017,"start_date":"2026-02-01"}`), carriers.CannotTell, carriers.Incomparable},
		"an id that is nearly the same":        {moreData, none, listed(firstBonus + `,{"id":"07001"}`), carriers.CannotTell, carriers.Incomparable},
		"two more":                             {moreData, none, listed(firstBonus + "," + wantedBonus + "," + laterBonus), carriers.CannotTell, carriers.Incomparable},
		"one more, and another id":             {moreData, none, listed(firstBonus + "," + wantedBonus + `,{"id":880017}`), carriers.CannotTell, carriers.Incomparable},
		"another day for the one from before":  {moreData, &carriers.Line{Requests: []string{wanted}}, listed(laterBonus), carriers.CannotTell, carriers.Incomparable},
		"one without an id":                    {moreData, none, listed(firstBonus + `,{"value":"BONO"}`), carriers.CannotTell, carriers.Incomparable},
		"no list now":                          {moreData, none, `{}`, carriers.CannotTell, carriers.Incomparable},
		"no list before":                       {moreData, &carriers.Line{}, listed(wantedBonus), carriers.CannotTell, carriers.Incomparable},
		"one without an id before":             {moreData, &carriers.Line{Requests: []string{""}}, listed(wantedBonus), carriers.CannotTell, carriers.Incomparable},
		"not read before":                      {moreData, nil, listed(wantedBonus), carriers.CannotTell, carriers.Incomparable},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := bound(t, c.request, routes{askBonuses: "200 " + c.now})
			finding, err := b.Find(t.Context(), c.before)
			require.NoError(t, err)
			assert.Equal(t, c.want, finding.Presence)
			assert.Equal(t, c.want == carriers.CannotTell, finding.Why != "", finding.Why)
			if c.want == carriers.Present {
				assert.Equal(t, carriers.Done, finding.Acknowledgement.Outcome.State)
			}
			if c.before != nil {
				assert.Empty(t, b.Precheck(c.before), "a bonus may be added again")
			}

			said := carriers.Acknowledgement{Before: c.before, Outcome: carriers.Outcome{State: carriers.Done}}
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: said, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, c.effect}, []any{got.State, got.Effect})

			got, err = b.Look(t.Context(), carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{Before: c.before}})
			require.NoError(t, err)
			assert.Equal(t, carriers.Pending, got.State, "an effect counts only for a request that was taken")
		})
	}

	b, _ := bound(t, moreData, routes{askBonuses: "500 oops"})
	_, err := b.Find(t.Context(), none)
	require.Error(t, err)
	got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Done}}, Taken: true})
	require.NoError(t, err)
	assert.Equal(t, []any{carriers.Done, carriers.NotRead, true}, []any{got.State, got.Effect, got.NotReadable != ""})
	_, err = b.Look(t.Context(), carriers.Inquiry{Taken: true})
	require.Error(t, err)
}
