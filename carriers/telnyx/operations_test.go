package telnyx

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func inJSON(t testing.TB, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

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

// changes are the operations that change something: the action that is requested, and the status that it aims at.
var changes = map[string]struct{ action, target string }{
	"telnyx.EnableSIM":     {"enable", "enabled"},
	"telnyx.DisableSIM":    {"disable", "disabled"},
	"telnyx.SetSIMStandby": {"set_standby", "standby"},
}

// about binds a change of our card to a client.
func about(t *testing.T, c *client, name string) carriers.BoundChange {
	t.Helper()
	change, ok := operation(t, name).(carriers.ChangeOperation)
	require.True(t, ok)
	bound, err := change.Bind(c, "order-1", time.Now(), inJSON(t, map[string]any{"reference": "order-1", "sim_card_id": ourCard}))
	require.NoError(t, err)
	return bound
}

// telnyx answers by the last part of the path: "sim_card_actions" is the list, "sim" our card, and every other part what it says.
// An answer is a status and a body: "200 {}". What has none is not to be asked for.
type telnyx struct {
	t       *testing.T
	answers map[string]string
	asked   []string
}

func (f *telnyx) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	if name == ourCard {
		name = "sim"
	}
	f.asked = append(f.asked, name)
	status, body, _ := strings.Cut(f.answers[name], " ")
	code, err := strconv.Atoi(status)
	if !assert.NoError(f.t, err, "%s is not to be asked for", name) {
		code = http.StatusTeapot
	}
	answer(code, body)(w, r)
}

func listed(t testing.TB, rows ...map[string]any) string {
	t.Helper()
	return "200 " + string(inJSON(t, map[string]any{"data": append([]map[string]any{}, rows...), "meta": map[string]any{"total_results": len(rows)}}))
}

func shown(t testing.TB, status string, changes ...any) string {
	t.Helper()
	return "200 " + one(t, simOf(status, changes...))
}

func TestEveryOperationSaysWhatItIs(t *testing.T) {
	assert.Equal(t, "TELNYX_", Adapter().EnvPrefix())
	assert.False(t, Adapter().CallsBack())
	assert.Len(t, Adapter().Operations, 6)
	form := regexp.MustCompile(uuidPattern)
	for _, o := range Adapter().Operations {
		info := o.Info()
		t.Run(info.Type, func(t *testing.T) {
			assert.Equal(t, []any{carrier, info.Type}, []any{info.Carrier(), o.NewRequest().Operation()})
			for _, text := range []string{info.Title, info.Source, info.DecidedBy, info.Summary} {
				assert.NotEmpty(t, text)
			}
			_, isChange := changes[info.Type]
			assert.Equal(t, []bool{isChange, isChange, isChange}, []bool{info.Kind == carriers.KindChange, info.DecidedLater, info.FoundBy == carriers.FoundByRecord})
			assert.False(t, info.CallsBack)
			require.NotEmpty(t, info.Examples)
			for _, example := range info.Examples {
				assert.NotEmpty(t, example.Title)
				request := inJSON(t, example.Request)
				assert.True(t, carriers.ValidReference(carriers.CommonOf(request).Reference), example.Title)
				described, err := o.Describe(request, time.Now())
				require.NoError(t, err)
				assert.Equal(t, info.Summary, described.Summary)
				assert.Regexp(t, form, described.Line)
				assert.JSONEq(t, string(request), string(described.Request))
			}
		})
	}
}

// The id of a card names the line, in whatever case it is written.
func TestTheCardNamesTheLine(t *testing.T) {
	for _, o := range Adapter().Operations {
		for _, typed := range []string{ourCard, strings.ToUpper(ourCard), " " + ourCard + " "} {
			described, err := o.Describe(inJSON(t, map[string]any{"reference": "order-1", "sim_card_id": typed}), time.Now())
			require.NoError(t, err)
			assert.Equal(t, ourCard, described.Line, o.Info().Type)
		}
	}
	assert.Equal(t, Adapter().LineKey("secret", ourCard), Adapter().LineKey("secret", strings.ToUpper(ourCard)))
	assert.NotEqual(t, Adapter().LineKey("secret", ourCard), Adapter().LineKey("secret", otherCard))
}

func TestEveryChangeRequestsItsAction(t *testing.T) {
	for name, c := range changes {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "POST /v2/sim_cards/"+ourCard+"/actions/"+c.action, r.Method+" "+r.URL.Path)
			answer(http.StatusAccepted, one(t, row(ourAction, c.action, "in-progress")))(w, r)
		})
		bound := about(t, client, name)
		assert.True(t, bound.CanAsk())
		assert.True(t, bound.ReadsBefore(), "a look-up compares with what was there before")
		ack, err := bound.Send(t.Context())
		require.NoError(t, err)
		assert.Equal(t, ourAction, ack.TransactionID)
	}
}

func TestReads(t *testing.T) {
	f := &telnyx{t: t, answers: map[string]string{
		"sim":              shown(t, "enabled"),
		"sim_card_actions": listed(t, row(ourAction, "enable", "completed"), row(otherCard, "disable", "interrupted")),
		"activation_code":  `200 {"data":{"activation_code":"LPA:1$smdp.example$X"}}`,
	}}
	client := serve(t, f.ServeHTTP)
	get := func(name string) any {
		read, ok := operation(t, name).(carriers.ReadOperation)
		require.True(t, ok)
		got, err := read.Get(t.Context(), client, "read-1", inJSON(t, map[string]any{"reference": "read-1", "sim_card_id": strings.ToUpper(ourCard)}))
		require.NoError(t, err)
		return got
	}
	assert.Equal(t, "enabled", get("telnyx.GetSIM").(SIM).Status.Value)
	assert.Len(t, get("telnyx.ListSIMActions").(Actions).Actions, 2)
	assert.Equal(t, ActivationCode{"LPA:1$smdp.example$X"}, get("telnyx.GetActivationCode"))
	f.answers["sim_card_actions"] = listed(t)
	assert.JSONEq(t, `{"actions":[]}`, string(inJSON(t, get("telnyx.ListSIMActions"))), "an empty list is a list")
}

func TestBeforeAnActionItsKindIsNoted(t *testing.T) {
	for name, c := range changes {
		f := &telnyx{t: t, answers: map[string]string{"sim": shown(t, "enabled"), "sim_card_actions": listed(
			t, row("A1", c.action, "completed"), row("A2", "enable_voice", "completed"), row("A3", strings.ToUpper(c.action), "interrupted"),
		)}}
		before, err := about(t, serve(t, f.ServeHTTP), name).Before(t.Context())
		require.NoError(t, err)
		assert.Equal(t, &carriers.Line{Status: "enabled", Requests: []string{"a1", "a3"}}, before, "actions of every status, of its kind alone, and nothing personal")
	}
	f := &telnyx{t: t, answers: map[string]string{"sim": shown(t, "disabled"), "sim_card_actions": listed(t)}}
	before, err := about(t, serve(t, f.ServeHTTP), "telnyx.EnableSIM").Before(t.Context())
	require.NoError(t, err)
	var again carriers.Line
	require.NoError(t, json.Unmarshal(inJSON(t, before), &again))
	assert.NotNil(t, again.Requests, "none were there, which is not the same as not read; a history tells them apart too")
	assert.Empty(t, again.Requests)

	for name, answers := range map[string]map[string]string{
		"the card cannot be read": {"sim": "500 oops"},
		"the list cannot be read": {"sim": shown(t, "enabled"), "sim_card_actions": `200 {"data":[]}`},
	} {
		before, err := about(t, serve(t, (&telnyx{t: t, answers: answers}).ServeHTTP), "telnyx.EnableSIM").Before(t.Context())
		require.Error(t, err, name)
		assert.Nil(t, before)
	}
}

func TestNothingIsSentWhileTelnyxImposesAStatus(t *testing.T) {
	for status, imposed := range map[string]bool{
		"data_limit_exceeded": true, "unauthorized_imei": true, "blocked": true, "abolished": true, "Data_Limit_Exceeded": true,
		"enabled": false, "disabled": false, "standby": false, "registering": false, "enabling": false, "registered": false, "paused": false, "": false,
	} {
		for name := range changes {
			why := about(t, serve(t, nil), name).Precheck(&carriers.Line{Status: status})
			if refuses := imposed && name != "telnyx.DisableSIM"; !refuses {
				assert.Empty(t, why, "%s of a card that is %q", name, status)
				continue
			}
			assert.Contains(t, why, strconv.Quote(status), "%s of a card that is %q", name, status)
		}
	}
}

func TestARequestIsFoundAgainAmongTheNewActions(t *testing.T) {
	const cannotTell = "cannot tell"
	known := []string{"old-1", "OLD-2"}
	old := []map[string]any{row("OLD-1", "enable", "completed"), row("old-2", "enable", "interrupted")}
	with := func(rows ...map[string]any) string { return listed(t, append(rows, old...)...) }
	at := func(id, status, created string) map[string]any {
		return row(id, "enable", status, "created_at", created)
	}
	idle, busy := shown(t, "disabled"), shown(t, "enabling", "actions_in_progress", true)
	for name, tc := range map[string]struct {
		list, sim string // no sim where it is not read
		before    []string
		found     string // the id, nothing when it is absent
		state     carriers.State
		class     carriers.Class
	}{
		"a new one":                                {with(row("new", "enable", "in-progress")), "", known, "new", carriers.Pending, ""},
		"a new one that is done":                   {with(row("new", "ENABLE", "completed")), "", known, "new", carriers.Done, ""},
		"a new one that failed":                    {with(row("new", "enable", "failed")), "", known, "new", carriers.Failed, ""},
		"a new one that was interrupted":           {with(row("new", "enable", "interrupted")), "", known, "new", carriers.Failed, ""},
		"a new one in an unknown word":             {with(row("new", "enable", "queued")), "", known, "new", carriers.Unknown, ""},
		"the first of a card":                      {listed(t, row("new", "enable", "in-progress")), "", []string{}, "new", carriers.Pending, ""},
		"several: the oldest":                      {with(at("b", "in-progress", "2026-03-04T09:13:00Z"), at("a", "interrupted", "2026-03-04T09:12:00Z"), at("c", "in-progress", "2026-03-04T09:14:00Z")), "", known, "a", carriers.Failed, ""},
		"several without a date: one of them":      {with(at("b", "in-progress", ""), at("a", "in-progress", "")), "", known, "b", carriers.Pending, ""},
		"another kind, and nothing runs":           {with(row("new", "disable", "completed")), idle, known, "", "", ""},
		"only those from before":                   {with(), idle, known, "", "", ""},
		"nothing at all":                           {listed(t), idle, []string{}, "", "", ""},
		"one that the list does not show runs":     {with(), busy, known, cannotTell, "", ""},
		"another kind runs":                        {with(row("new", "enable_voice", "in-progress")), busy, known, cannotTell, "", ""},
		"what was there before is not known":       {with(row("new", "enable", "completed")), "", nil, cannotTell, "", ""},
		"the list is not complete":                 {strings.Replace(with(), `"total_results":2`, `"total_results":3`, 1), "", known, "", "", carriers.Uncertain},
		"the list is refused":                      {"401 ", "", known, "", "", carriers.Unauthorized},
		"404, a page":                              {"404 <html>", "", known, "", "", carriers.Misrouted},
		"the card cannot be read":                  {with(), "500 oops", known, "", "", carriers.Uncertain},
		"the card is answered by something before": {with(), "404 default backend - 404", known, "", "", carriers.Misrouted},
	} {
		t.Run(name, func(t *testing.T) {
			f := &telnyx{t: t, answers: map[string]string{"sim_card_actions": tc.list}}
			if tc.sim != "" {
				f.answers["sim"] = tc.sim
			}
			finding, err := about(t, serve(t, f.ServeHTTP), "telnyx.EnableSIM").Find(t.Context(), &carriers.Line{Requests: tc.before})
			if tc.class != "" {
				require.Error(t, err)
				assert.Equal(t, tc.class, carriers.ClassOf(err))
				assert.Zero(t, finding, "a look-up without an answer finds nothing out")
				return
			}
			require.NoError(t, err)
			switch ack := finding.Acknowledgement; tc.found {
			case "":
				assert.Equal(t, carriers.FoundNothing(), finding)
			case cannotTell:
				assert.Equal(t, carriers.CannotTell, finding.Presence)
				assert.NotEmpty(t, finding.Why)
				assert.Zero(t, ack)
			default:
				assert.Equal(t, carriers.Present, finding.Presence)
				assert.Equal(t, []any{tc.found, tc.state, true, 0}, []any{ack.TransactionID, ack.Outcome.State, ack.Found, ack.HTTPStatus})
				assert.WithinDuration(t, time.Now(), ack.At, time.Minute)
			}
		})
	}
	f := &telnyx{t: t, answers: map[string]string{"sim_card_actions": listed(t)}}
	finding, err := about(t, serve(t, f.ServeHTTP), "telnyx.EnableSIM").Find(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, carriers.CannotTell, finding.Presence, "nothing was read before")
}

func TestLookingAtAnAction(t *testing.T) {
	const pending, done, failed, unknown = carriers.Pending, carriers.Done, carriers.Failed, carriers.Unknown
	const none, there, missing, incomparable = carriers.NotRead, carriers.Shown, carriers.Missing, carriers.Incomparable
	is := func(status string) string { return "200 " + one(t, row(ourAction, "enable", status)) }
	why := func(status string) string {
		return "200 " + one(t, row(ourAction, "enable", "", "status", map[string]any{"value": status, "reason": "no coverage"}))
	}
	confirm, once := carriers.Inquiry{Confirm: true}, carriers.Inquiry{Once: true}
	for name, tc := range map[string]struct {
		action, sim string // no sim where it is not read
		in          carriers.Inquiry
		state       carriers.State
		effect      carriers.Effect
		code        string
	}{
		"in progress":                          {is("in-progress"), "", confirm, pending, none, ""},
		"in progress, one look":                {is("in-progress"), shown(t, "enabled"), once, pending, there, ""},
		"completed and shown":                  {is("completed"), shown(t, "enabled"), confirm, done, there, ""},
		"completed with a reason":              {why("completed"), shown(t, "enabled"), confirm, done, there, ""},
		"completed, in another case":           {is("COMPLETED"), shown(t, "Enabled"), confirm, done, there, ""},
		"completed, the opposite shown":        {is("completed"), shown(t, "disabled"), confirm, done, missing, ""},
		"completed, still on its way":          {is("completed"), shown(t, "enabling"), confirm, done, missing, ""},
		"completed, a status imposed":          {is("completed"), shown(t, "data_limit_exceeded"), confirm, done, missing, ""},
		"completed, a status nobody knows":     {is("completed"), shown(t, "paused"), confirm, done, incomparable, ""},
		"completed, no status":                 {is("completed"), shown(t, "", "status", nil), confirm, done, incomparable, ""},
		"completed, the read is refused":       {is("completed"), "403 " + errorOf("10010"), confirm, done, incomparable, ""},
		"completed, the read fails":            {is("completed"), "500 oops", confirm, done, none, ""},
		"completed, not to be confirmed":       {is("completed"), "", carriers.Inquiry{}, done, none, ""},
		"failed":                               {why("failed"), "", confirm, failed, none, "failed"},
		"failed, one look":                     {why("failed"), shown(t, "disabled"), once, failed, missing, "failed"},
		"interrupted, and without effect":      {why("interrupted"), shown(t, "disabled"), confirm, failed, missing, "interrupted"},
		"interrupted, and in effect":           {why("interrupted"), shown(t, "enabled"), confirm, done, there, ""},
		"interrupted, not to be confirmed":     {why("interrupted"), shown(t, "enabled"), carriers.Inquiry{}, done, there, ""},
		"interrupted, a status nobody knows":   {why("interrupted"), shown(t, "paused"), confirm, failed, incomparable, "interrupted"},
		"interrupted, the read is refused":     {why("interrupted"), "403 " + errorOf("10010"), confirm, failed, incomparable, "interrupted"},
		"interrupted, the read fails for now":  {why("interrupted"), "500 oops", confirm, pending, none, "interrupted"},
		"a word nobody knows":                  {is("queued"), "", confirm, unknown, none, ""},
		"a word nobody knows, one look":        {is("queued"), shown(t, "disabled"), once, unknown, missing, ""},
		"not visible yet":                      {"404 " + errorOf("10005"), "", confirm, pending, none, ""},
		"not visible yet, and it is one look":  {"404 " + errorOf("10005"), "", once, pending, none, ""},
		"the type of another, as in a sample":  {"200 " + one(t, row(ourAction, "disable", "completed")), shown(t, "enabled"), confirm, done, there, ""},
		"a status that is a text":              {"200 " + one(t, row(ourAction, "enable", "", "status", "completed")), shown(t, "", "status", "enabled"), confirm, done, there, ""},
		"completed, of another card: no proof": {is("completed"), "200 " + one(t, simOf("enabled", "id", otherCard)), confirm, done, none, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := &telnyx{t: t, answers: map[string]string{ourAction: tc.action}}
			if tc.sim != "" {
				f.answers["sim"] = tc.sim
			}
			tc.in.Acknowledgement = carriers.Acknowledgement{TransactionID: ourAction}
			got, err := about(t, serve(t, f.ServeHTTP), "telnyx.EnableSIM").Look(t.Context(), tc.in)
			require.NoError(t, err)
			assert.Equal(t, []any{tc.state, tc.effect, tc.code}, []any{got.State, got.Effect, got.Code})
			assert.Equal(t, tc.sim != "", len(f.asked) == 2, "the card is read when something depends on it")
			assert.Equal(t, tc.code != "", got.Reason == "no coverage")
			if tc.effect == there {
				require.NotNil(t, got.Line)
				assert.Equal(t, []any{ourCard, "89310410106543789301"}, []any{got.Line.SubscriptionID, got.Line.ICCID})
			}
		})
	}

	f := &telnyx{t: t}
	got, err := about(t, serve(t, f.ServeHTTP), "telnyx.EnableSIM").Look(t.Context(), confirm)
	require.NoError(t, err)
	assert.Equal(t, carriers.Outcome{State: pending}, got)
	assert.Empty(t, f.asked, "without an id there is nothing to ask by")

	f = &telnyx{t: t, answers: map[string]string{ourAction: "500 oops"}}
	_, err = about(t, serve(t, f.ServeHTTP), "telnyx.EnableSIM").Look(t.Context(), carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{TransactionID: ourAction}})
	require.Error(t, err)
}

// What a sweep has read in the list is confirmed by one request where the card has the status, and by the action as well where it does
// not.
func TestAnActionThatASweepHasRead(t *testing.T) {
	told := carriers.Outcome{State: carriers.Done, Status: "completed", Line: &carriers.Line{SubscriptionID: ourCard}}
	for status, want := range map[string]struct {
		effect carriers.Effect
		asked  []string
	}{
		"enabled":  {carriers.Shown, []string{"sim"}},
		"disabled": {carriers.Missing, []string{"sim", ourAction, "sim"}},
	} {
		f := &telnyx{t: t, answers: map[string]string{"sim": shown(t, status), ourAction: "200 " + one(t, row(ourAction, "enable", "completed"))}}
		got, err := about(t, serve(t, f.ServeHTTP), "telnyx.EnableSIM").Look(t.Context(), carriers.Inquiry{
			Confirm: true, Told: told, Acknowledgement: carriers.Acknowledgement{TransactionID: ourAction},
		})
		require.NoError(t, err)
		assert.Equal(t, []any{carriers.Done, want.effect, want.asked}, []any{got.State, got.Effect, f.asked})
	}
}

func TestEachChangeHasItsOwnEffect(t *testing.T) {
	for name, c := range changes {
		for _, status := range []string{"enabled", "disabled", "standby"} {
			f := &telnyx{t: t, answers: map[string]string{ourAction: "200 " + one(t, row(ourAction, c.action, "completed")), "sim": shown(t, status), "sim_card_actions": listed(t)}}
			got, err := about(t, serve(t, f.ServeHTTP), name).Look(t.Context(), carriers.Inquiry{Confirm: true, Acknowledgement: carriers.Acknowledgement{TransactionID: ourAction}})
			require.NoError(t, err)
			want := carriers.Missing
			if status == c.target {
				want = carriers.Shown
			}
			assert.Equal(t, want, got.Effect, "%s of a card that is %s", name, status)
		}
	}
}

// A card that consumes data leaves standby by itself; an action of Telnyx's own tells that it was there.
func TestStandbyThatWasLeftWasInEffect(t *testing.T) {
	const sent = "2026-03-04T09:12:40.271Z"
	woken := func(created string) map[string]any {
		return row(otherCard, "enable_standby_sim_card", "completed", "created_at", created)
	}
	for name, tc := range map[string]struct {
		sim, list string
		effect    carriers.Effect
	}{
		"still on standby":                 {shown(t, "standby"), "", carriers.Shown},
		"woken since":                      {shown(t, "enabled"), listed(t, woken("2026-03-04T10:00:00Z")), carriers.Shown},
		"woken before":                     {shown(t, "enabled"), listed(t, woken("2026-03-01T10:00:00Z")), carriers.Missing},
		"woken when ours was made":         {shown(t, "enabled"), listed(t, woken(sent)), carriers.Missing},
		"woken, nobody knows when":         {shown(t, "enabled"), listed(t, woken("")), carriers.Missing},
		"enabled by somebody":              {shown(t, "enabled"), listed(t, row(otherCard, "enable", "completed", "created_at", "2026-03-04T10:00:00Z")), carriers.Missing},
		"enabled, and no action":           {shown(t, "enabled"), listed(t), carriers.Missing},
		"enabled, the list is unreadable":  {shown(t, "enabled"), `200 {"data":null}`, carriers.NotRead},
		"disabled, which nothing explains": {shown(t, "disabled"), "", carriers.Missing},
	} {
		t.Run(name, func(t *testing.T) {
			f := &telnyx{t: t, answers: map[string]string{ourAction: "200 " + one(t, row(ourAction, "set_standby", "completed", "created_at", sent)), "sim": tc.sim}}
			if tc.list != "" {
				f.answers["sim_card_actions"] = tc.list
			}
			got, err := about(t, serve(t, f.ServeHTTP), "telnyx.SetSIMStandby").Look(t.Context(), carriers.Inquiry{Confirm: true, Acknowledgement: carriers.Acknowledgement{TransactionID: ourAction}})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, tc.effect}, []any{got.State, got.Effect})
		})
	}
}

func TestExamplesAreOfTheSandboxsCards(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range Adapter().Operations {
		described, err := o.Describe(inJSON(t, o.Info().Examples[0].Request), time.Now())
		require.NoError(t, err)
		assert.Regexp(t, `00$`, described.Line, "an ordinary line of the sandbox")
		assert.False(t, seen[fmt.Sprint(o.Info().Kind, described.Line)])
		seen[fmt.Sprint(o.Info().Kind, described.Line)] = true
	}
}
