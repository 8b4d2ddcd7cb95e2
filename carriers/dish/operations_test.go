package dish

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
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

// Every spelling of a line that a request takes has one key: that of the spelling on DISH's pages.
func TestEverySpellingOfALineHasOneKey(t *testing.T) {
	for name, c := range map[string]struct {
		sent  string
		typed []string
	}{
		"ICCID of 20 digits":      {"89010000000000000017", []string{"8901 0000 0000 0000 0017", "89-01-0000-0000-0000-0017", "\u00a089010000000000000017 "}},
		"ICCID of 19 digits":      {"8901000000000000001", []string{"8901000000000000001F", "8901000000000000001f", "8901 0000 0000 0000 001 F"}},
		"GPSI":                    {"12125550123", []string{"+12125550123", "0012125550123", "msisdn-12125550123", "+1 (212) 555-0123", "MSISDN-12125550123"}},
		"GPSI of another country": {"31612345678", []string{"+31 6 12345678", "0031612345678"}},
		"subscriber id":           {"2125550123", []string{" 2125550123"}},
	} {
		assert.Equal(t, c.sent, lineForm(c.sent), name)
		for _, typed := range c.typed {
			assert.Equal(t, c.sent, lineForm(typed), "%s: %q", name, typed)
			assert.Equal(t, Adapter().LineKey("secret", c.sent), Adapter().LineKey("secret", typed), "%s: %q", name, typed)
		}
	}
}

// The keys of plain spellings are part of the contract: callers in other languages make them, too.
func TestTheKeyOfAPlainSpellingIsItsHash(t *testing.T) {
	for key, identifier := range map[string]string{
		"6e8a52bb07c7e7c39e1f93503834c7b4": "89010000000000000066",
		"715b620dcef15bd0572e7efafb80b926": "12125550123",
		"54083296ef05c3d05aa8797de68a1920": "2125550123",
	} {
		assert.Equal(t, key, Adapter().LineKey("secret", identifier))
	}
}

// Two lines have two keys, also where one could be taken for the other.
func TestTwoLinesHaveTwoKeys(t *testing.T) {
	keys := map[string]string{}
	for _, identifier := range []string{"2125550123", "12125550123", "89010000000000000017", "8901000000000000001", "612345678", "SUB1"} {
		key := Adapter().LineKey("secret", identifier)
		require.NotContains(t, keys, key, identifier)
		keys[key] = identifier
	}
}

func TestEveryOperationSaysWhatItIs(t *testing.T) {
	assert.Equal(t, "DISH_", Adapter().EnvPrefix())
	assert.True(t, Adapter().CallsBack())
	var types []string
	for _, o := range Adapter().Operations {
		info := o.Info()
		types = append(types, info.Type)
		t.Run(info.Type, func(t *testing.T) {
			assert.Equal(t, carrier, info.Carrier())
			for _, text := range []string{info.Title, info.Source, info.DecidedBy, info.Summary} {
				assert.NotEmpty(t, text)
			}
			assert.Equal(t, info.DecidedBy == byTransaction, info.CallsBack, "a callback is about a transaction")
			assert.Equal(t, info.Type, o.NewRequest().Operation())
			assert.Equal(t, carriers.DefaultTimings(), info.Timings)
			assert.Equal(t, info.Kind == carriers.KindRead, o.Answer() != nil)

			require.NotEmpty(t, info.Examples)
			for _, example := range info.Examples {
				assert.NotEmpty(t, example.Title)
				assert.Equal(t, info.Type, example.Request.Operation())
				request := inJSON(t, example.Request)
				assert.True(t, carriers.ValidReference(carriers.CommonOf(request).Reference), example.Title)
				now := time.Date(2024, 3, 15, 23, 0, 0, 0, time.UTC)
				described, err := o.Describe(request, now)
				require.NoError(t, err)
				require.NotEmpty(t, described.Summary)
				if described.Line == "" {
					assert.Contains(t, []string{"dish.GetTransactionStatus", "dish.CheckDevice"}, info.Type, "a transaction or a device names no line, everything else does")
				} else {
					assert.NotContains(t, described.Summary, described.Line)
				}
				again, err := o.Describe(described.Request, now.AddDate(0, 0, 1))
				require.NoError(t, err)
				assert.Equal(t, described, again, "once complete, it is the same on every attempt")
			}
		})
	}
	assert.Equal(t, []string{
		"dish.ActivateSubscription", "dish.UpdateSubscriptionStatus", "dish.UpdateBillCycle", "dish.ChangeNumber", "dish.GetTransactionStatus", "dish.GetSubscription",
		"dish.CheckSIM", "dish.CheckDevice", "dish.CheckPortIn",
	}, types)
}

func TestWhatNamesTheLine(t *testing.T) {
	for want, requests := range map[string][]carriers.Request{
		"I": {ActivateSubscription{ICCID: "I", GPSI: "G", SubscriberID: "S"}, UpdateSubscriptionStatus{ICCID: "I", GPSI: "G"}, GetSubscription{ICCID: "I", GPSI: "G"}, CheckSIM{ICCID: "I"}},
		"G": {ActivateSubscription{GPSI: "G", SubscriberID: "S"}, UpdateSubscriptionStatus{GPSI: "G"}, UpdateBillCycle{GPSI: "G"}, ChangeNumber{GPSI: "G", NewGPSI: "N"}, GetSubscription{GPSI: "G"}, CheckPortIn{GPSI: "G"}},
		"S": {ActivateSubscription{SubscriberID: "S"}, GetSubscription{SubscriberID: "S"}},
		"":  {GetTransactionStatus{PartnerTransactionID: "order-18"}, CheckDevice{PEI: "P"}, CheckDevice{TAC: "T"}},
	} {
		for _, request := range requests {
			described, err := operation[carriers.Operation](t, request).Describe(inJSON(t, request), time.Now())
			require.NoError(t, err)
			assert.Equal(t, want, described.Line, "%+v", request)
		}
	}
}

func TestTheSummaryOfAStatusUpdateNamesItsAction(t *testing.T) {
	for action, want := range map[Action]string{
		Suspend: "Suspend line", Resume: "Resume line", Cease: "Cease line", Reactivate: "Reactivate line",
		"": "Update the status of line", "suspend 15550100123": "Update the status of line", // what is no action may be anything
	} {
		r := UpdateSubscriptionStatus{Action: action}
		described, err := operation[carriers.Operation](t, r).Describe(inJSON(t, r), time.Now())
		require.NoError(t, err)
		assert.Equal(t, want, described.Summary, action)
	}
}

// A day that is left out is that on which the operation begins, on every attempt.
func TestAnActivationAlwaysSendsABillCycleDay(t *testing.T) {
	without := activation
	without.BillCycleStartDay = 0
	activate := operation[carriers.ChangeOperation](t, without)
	for date, want := range map[string]int{
		"2024-03-01T00:00:00Z": 1, "2024-03-28T23:59:59Z": 28, "2024-03-29T00:00:00Z": 1, "2024-03-31T12:00:00Z": 1,
		"2024-03-28T23:00:00-02:00": 1, "2024-03-01T01:00:00+02:00": 1, "2024-03-16T01:00:00+02:00": 15,
	} {
		now, err := time.Parse(time.RFC3339, date)
		require.NoError(t, err)
		assert.Equal(t, want, withBillCycleDay(without, now).BillCycleStartDay, date)
		assert.Equal(t, 15, withBillCycleDay(activation, now).BillCycleStartDay, "a day that is given stays")

		described, err := activate.Describe(inJSON(t, without), now)
		require.NoError(t, err)
		c, d, _ := ask(t, 200, `{"status":"Success"}`)
		bound, err := activate.Bind(c, "ref-1", now, described.Request)
		require.NoError(t, err)
		_, err = bound.Send(t.Context())
		require.NoError(t, err)
		assert.Contains(t, d.body, `"billCycleStartDay":`+strconv.Itoa(want)+`,`)
		assert.Contains(t, d.body, `{"zip":12345678901234567890,"street":"Elm Street"}`, "completed, an object is still what came in")
	}
}

// Every request goes the whole way: described, bound, and made with a client.
func TestEveryOperationCanBeMade(t *testing.T) {
	for _, o := range Adapter().Operations {
		for _, example := range o.Info().Examples {
			described, err := o.Describe(inJSON(t, example.Request), time.Now())
			require.NoError(t, err)
			answer := cmp.Or(map[string]string{
				"dish.GetSubscription": sample, "dish.CheckDevice": deviceSample, "dish.CheckPortIn": portInSample,
			}[o.Info().Type], `{"status":"Success"}`)
			c, d, _ := ask(t, 200, answer)
			switch o := o.(type) {
			case carriers.ChangeOperation:
				bound, err := o.Bind(c, "ref-1", time.Now(), described.Request)
				require.NoError(t, err)
				ack, err := bound.Send(t.Context())
				require.NoError(t, err)
				assert.Equal(t, "ref-1", ack.TransactionID)
				for _, ours := range []string{`"reference"`, `"confirm"`, `"timings"`} {
					assert.NotContains(t, d.body, ours)
				}
			case carriers.ReadOperation:
				read, err := o.Get(t.Context(), c, "ref-1", described.Request)
				require.NoError(t, err)
				assert.Equal(t, o.Answer(), reflect.TypeOf(read), "it returns what it says it returns")
			}
			assert.Equal(t, 1, d.count)
		}
	}
}

// routes are DISH's answers by method and path, with the query where it matters: "200 {}".
type routes map[string]string

const (
	askStatus = "GET /dish/transaction/status/ref-1"
	askLine   = "GET /dish/subscription"
	success   = `200 {"status":"Success"}`
	running   = `200 {"status":"InProgress"}`
	nowhere   = `404 {"code":"NOT_FOUND","message":"unknown"}`
)

// shows is the answer about one subscription.
func shows(status string) string {
	return `200 {"subscriberId":"S-1","subscriptions":[{"subscriptionStatus":"` + status + `","billCycleStartDay":15,
		"resources":[{"iccid":"89010000000000000017","gpsi":15550100123}]}]}`
}

// bound is a change that is made with a DISH that answers by routes, and the requests that arrived there.
func bound(t *testing.T, request carriers.Request, answers routes, change ...func(*Config)) (b carriers.BoundChange, ledger *[]string) {
	t.Helper()
	ledger = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := r.Method + " " + r.URL.Path
		*ledger = append(*ledger, strings.TrimSuffix(route+"?"+r.URL.RawQuery, "?"))
		status, body, _ := strings.Cut(cmp.Or(answers[route+"?"+r.URL.RawQuery], answers[route]), " ")
		code, err := strconv.Atoi(status)
		if !assert.NoError(t, err, "no answer to %s", route) {
			code = http.StatusTeapot
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	cfg := defaults(t, server.URL+"/dish")
	for _, c := range change {
		c(&cfg)
	}
	c, err := newClient(cfg, nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	b, err = operation[carriers.ChangeOperation](t, request).Bind(c, "ref-1", time.Now(), inJSON(t, request))
	require.NoError(t, err)
	return b, ledger
}

func updating(action Action) UpdateSubscriptionStatus {
	return UpdateSubscriptionStatus{Reference: "ref-1", ICCID: "89010000000000000017", Action: action}
}

// recorded is an acknowledgement that decides nothing.
var recorded = carriers.Acknowledgement{TransactionID: "ref-1", Outcome: carriers.Outcome{State: carriers.Pending, Status: "Success"}}

// seen is the part of an outcome that decides.
func seen(o carriers.Outcome) []any { return []any{o.State, o.Status, o.Effect} }

func TestLookingAtATransaction(t *testing.T) {
	const pending, done, failed, unknown = carriers.Pending, carriers.Done, carriers.Failed, carriers.Unknown
	const none, shown, missing, incomparable = carriers.NotRead, carriers.Shown, carriers.Missing, carriers.Incomparable
	told := func(s carriers.State) carriers.Outcome { return carriers.Outcome{State: s} }
	for name, c := range map[string]struct {
		status, line string
		in           carriers.Inquiry
		want         carriers.Outcome
		asked        int
	}{
		"done and shown":                     {success, shows("Suspended"), carriers.Inquiry{Confirm: true}, carriers.Outcome{State: done, Status: "Success", Effect: shown}, 2},
		"done, not in effect":                {success, shows("Active"), carriers.Inquiry{Confirm: true}, carriers.Outcome{State: done, Status: "Success", Effect: missing}, 2},
		"done, nothing to compare":           {success, shows("Parked"), carriers.Inquiry{Confirm: true}, carriers.Outcome{State: done, Status: "Success", Effect: incomparable}, 2},
		"done, not to be confirmed":          {success, "", carriers.Inquiry{}, carriers.Outcome{State: done, Status: "Success", Effect: none}, 1},
		"done, one look":                     {success, shows("Active"), carriers.Inquiry{Once: true}, carriers.Outcome{State: done, Status: "Success", Effect: missing}, 2},
		"running":                            {running, "", carriers.Inquiry{Confirm: true}, carriers.Outcome{State: pending, Status: "InProgress", Effect: none}, 1},
		"running, one look":                  {running, shows("Suspended"), carriers.Inquiry{Once: true}, carriers.Outcome{State: pending, Status: "InProgress", Effect: shown}, 2},
		"running, told done":                 {running, shows("Suspended"), carriers.Inquiry{Confirm: true, Told: told(done)}, carriers.Outcome{State: pending, Status: "InProgress", Effect: shown}, 2},
		"running, told failed":               {running, shows("Active"), carriers.Inquiry{Confirm: true, Told: told(failed)}, carriers.Outcome{State: pending, Status: "InProgress", Effect: missing}, 2},
		"running, told of an unknown word":   {running, "", carriers.Inquiry{Confirm: true, Told: told(unknown)}, carriers.Outcome{State: pending, Status: "InProgress", Effect: none}, 1},
		"failed":                             {`200 {"status":"Failed","code":"E-1","reason":"no"}`, "", carriers.Inquiry{Confirm: true}, carriers.Outcome{State: failed, Status: "Failed", Code: "E-1", Reason: "no"}, 1},
		"failed, told done":                  {`200 {"status":"Failed"}`, "", carriers.Inquiry{Confirm: true, Told: told(done)}, carriers.Outcome{State: failed, Status: "Failed"}, 1},
		"a word nobody knows":                {`200 {"status":"Parked"}`, "", carriers.Inquiry{Confirm: true}, carriers.Outcome{State: unknown, Status: "Parked"}, 1},
		"not visible yet":                    {nowhere, "", carriers.Inquiry{Confirm: true}, carriers.Outcome{State: pending}, 1},
		"not visible, told done":             {nowhere, shows("Suspended"), carriers.Inquiry{Confirm: true, Told: told(done)}, carriers.Outcome{State: pending, Effect: shown}, 2},
		"done, and no such line":             {success, nowhere, carriers.Inquiry{Confirm: true}, carriers.Outcome{State: done, Status: "Success", Effect: missing}, 2},
		"done, and a list that is missing":   {success, `200 {"subscriberId":"S-1"}`, carriers.Inquiry{Confirm: true}, carriers.Outcome{State: done, Status: "Success", Effect: incomparable}, 2},
		"done, and the read fails":           {success, "500 oops", carriers.Inquiry{Confirm: true}, carriers.Outcome{State: done, Status: "Success", Effect: none}, 2},
		"done, and the read is refused":      {success, "403 {}", carriers.Inquiry{Confirm: true}, carriers.Outcome{State: done, Status: "Success", Effect: incomparable}, 2},
		"failed, one look, and no such page": {`200 {"status":"Failed"}`, "404 <html>", carriers.Inquiry{Once: true}, carriers.Outcome{State: failed, Status: "Failed", Effect: incomparable}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, updating(Suspend), routes{askStatus: c.status, askLine: c.line})
			c.in.Acknowledgement, c.in.Taken = recorded, true
			got, err := b.Look(t.Context(), c.in)
			require.NoError(t, err)
			unreadable := strings.HasPrefix(c.line, "500") || strings.HasPrefix(c.line, "403") || strings.HasSuffix(c.line, "<html>")
			assert.Equal(t, unreadable, got.NotReadable != "", got.NotReadable)
			assert.NotContains(t, got.NotReadable, "89010000000000000017")
			if c.asked == 2 && strings.Contains(c.line, "iccid") && assert.NotNil(t, got.Line) {
				assert.Equal(t, "89010000000000000017", got.Line.ICCID)
			}
			got.NotReadable, got.Line = "", nil
			assert.Equal(t, c.want, got)
			assert.Equal(t, []string{askStatus, askLine + "?iccid=89010000000000000017"}[:c.asked], *ledger)
		})
	}
	for _, answer := range []string{"503 oops", "401 {}", "200 <html>", "404 {}"} {
		b, _ := bound(t, updating(Suspend), routes{askStatus: answer})
		_, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: recorded, Taken: true, Confirm: true})
		require.Error(t, err, answer)
	}
}

func TestTheEffectOfAnActivation(t *testing.T) {
	byICCID := ActivateSubscription{SubscriberID: "S-1", WholesalePlanID: "P-1", ICCID: "89010000000000000017"}
	bySubscriber, other := byICCID, byICCID
	bySubscriber.ICCID, other.ICCID = "", "89010000000000000099"
	two := `200 {"subscriberId":"S-1","subscriptions":[{"subscriptionStatus":"Active"},{"subscriptionStatus":"Active"}]}`
	for name, c := range map[string]struct {
		request ActivateSubscription
		line    string
		want    carriers.Effect
		query   string
	}{
		"shown":                         {byICCID, shows("Active"), carriers.Shown, "iccid=89010000000000000017"},
		"not active":                    {byICCID, shows("Suspended"), carriers.Missing, "iccid=89010000000000000017"},
		"no such line":                  {byICCID, nowhere, carriers.Missing, "iccid=89010000000000000017"},
		"another line":                  {other, shows("Active"), carriers.Missing, "iccid=89010000000000000099"},
		"by subscriber":                 {bySubscriber, shows("Active"), carriers.Shown, "subscriberId=S-1"},
		"by subscriber, one of several": {bySubscriber, two, carriers.Incomparable, "subscriberId=S-1"},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, c.request, routes{askStatus: success, askLine: c.line})
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: recorded, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, "Success", c.want}, seen(got))
			assert.Equal(t, []string{askStatus, askLine + "?" + c.query}, *ledger)
		})
	}
}

func TestTheEffectOfAStatusUpdate(t *testing.T) {
	for action, word := range map[Action]string{Suspend: "Suspended", Resume: "Active", Cease: "Ceased"} {
		b, _ := bound(t, updating(action), routes{askStatus: success, askLine: shows(word)})
		got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: recorded, Taken: true, Confirm: true})
		require.NoError(t, err)
		assert.Equal(t, carriers.Shown, got.Effect, action)

		// Whether a ceased subscription is shown at all is not documented.
		want := carriers.Missing
		if action == Cease {
			want = carriers.Incomparable
		}
		b, _ = bound(t, updating(action), routes{askStatus: success, askLine: nowhere})
		got, err = b.Look(t.Context(), carriers.Inquiry{Acknowledgement: recorded, Taken: true, Confirm: true})
		require.NoError(t, err)
		assert.Equal(t, want, got.Effect, action)
	}
}

func TestFindingATransaction(t *testing.T) {
	for _, request := range []carriers.Request{updating(Suspend), ActivateSubscription{Reference: "ref-1", ICCID: "89010000000000000017"}, renumber} {
		for answer, want := range map[string]carriers.Presence{
			success: carriers.Present, running: carriers.Present, `200 {"status":"Failed"}`: carriers.Present, nowhere: carriers.Absent,
		} {
			b, ledger := bound(t, request, routes{askStatus: answer})
			assert.True(t, b.CanAsk())
			found, err := b.Find(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, want, found.Presence, answer)
			if want == carriers.Present {
				assert.Equal(t, "ref-1", found.Acknowledgement.TransactionID)
				assert.Equal(t, carriers.Pending, found.Acknowledgement.Outcome.State, "found, which is not decided")
			}
			assert.Equal(t, []string{askStatus}, *ledger)
		}
		for _, answer := range []string{"404 {}", "404 <html>", "500 {}", "401 {}", "200 <html>"} {
			b, _ := bound(t, request, routes{askStatus: answer})
			found, err := b.Find(t.Context(), nil)
			assert.Error(t, err, answer)
			assert.Empty(t, found.Presence, "not finding something proves nothing")
		}
	}
}

// Reactivate is missing from the transactions that can be asked about: the line's state alone decides.
func TestLookingAtAReactivation(t *testing.T) {
	strange := carriers.Acknowledgement{TransactionID: "ref-1", Outcome: carriers.Outcome{State: carriers.Unknown, Status: "Parked"}}
	saysDone := carriers.Outcome{State: carriers.Done, Status: "SUCCESS"}
	for name, c := range map[string]struct {
		ack   carriers.Acknowledgement
		line  string
		taken bool
		told  carriers.Outcome
		want  []any // nil when the read has to succeed first
	}{
		"active":                          {recorded, shows("Active"), true, carriers.Outcome{}, []any{carriers.Done, "Active", carriers.Shown}},
		"active, but perhaps not by us":   {recorded, shows("Active"), false, carriers.Outcome{}, []any{carriers.Pending, "Active", carriers.Shown}},
		"still ceased":                    {recorded, shows("Ceased"), true, carriers.Outcome{}, []any{carriers.Pending, "Ceased", carriers.Missing}},
		"still ceased, told done":         {recorded, shows("Ceased"), true, saysDone, []any{carriers.Done, "SUCCESS", carriers.Missing}},
		"told done without a word":        {recorded, shows("Ceased"), true, carriers.Outcome{State: carriers.Done}, []any{carriers.Done, "Success", carriers.Missing}},
		"nothing known of it":             {recorded, nowhere, true, carriers.Outcome{}, []any{carriers.Pending, "Success", carriers.Missing}},
		"an acknowledgement nobody knows": {strange, shows("Ceased"), true, carriers.Outcome{}, []any{carriers.Unknown, "Parked", carriers.Missing}},
		"and yet active":                  {strange, shows("Active"), true, carriers.Outcome{}, []any{carriers.Done, "Active", carriers.Shown}},
		"the read fails":                  {recorded, "500 oops", true, carriers.Outcome{}, nil},
		"the read fails, told done":       {recorded, "500 oops", true, saysDone, []any{carriers.Done, "SUCCESS", carriers.NotRead}},
		"the read is refused, told done":  {recorded, "403 {}", true, saysDone, []any{carriers.Done, "SUCCESS", carriers.Incomparable}},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, updating(Reactivate), routes{askLine: c.line})
			assert.False(t, b.CanAsk())
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: c.ack, Taken: c.taken, Told: c.told, Confirm: true})
			assert.Equal(t, []string{askLine + "?iccid=89010000000000000017"}, *ledger)
			if c.want == nil {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, seen(got))
		})
	}
	b, ledger := bound(t, updating(Reactivate), routes{askStatus: running}, func(c *Config) { c.ReactivateQueryable = true })
	got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: recorded, Taken: true, Confirm: true})
	require.NoError(t, err)
	assert.Equal(t, []any{carriers.Pending, "InProgress", carriers.NotRead}, seen(got))
	assert.Equal(t, []string{askStatus}, *ledger, "unless it can be asked about after all")
}

func TestFindingAReactivation(t *testing.T) {
	before := &carriers.Line{Status: "Ceased"}
	for name, c := range map[string]struct {
		status, line string
		before       *carriers.Line
		want         carriers.Presence // "" when nothing can be said
	}{
		"active, and it was not":        {nowhere, shows("Active"), before, carriers.Present},
		"active, and nobody had looked": {nowhere, shows("Active"), nil, carriers.CannotTell},
		"ceased":                        {nowhere, shows("Ceased"), before, carriers.CannotTell},
		"no such line":                  {nowhere, nowhere, before, carriers.CannotTell},
		"DISH answers after all":        {success, "", before, carriers.Present},
		"the read fails":                {nowhere, "500 oops", before, ""},
		"DISH does not answer":          {"500 oops", "", before, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := bound(t, updating(Reactivate), routes{askStatus: c.status, askLine: c.line})
			found, err := b.Find(t.Context(), c.before)
			assert.Equal(t, c.want == "", err != nil, err)
			assert.Equal(t, c.want, found.Presence)
			assert.Equal(t, c.want == carriers.CannotTell, found.Why != "", "it says what stands in the way")
		})
	}
}

// The line is read before a Reactivate, and a line that is active already could show nothing.
func TestBeforeAReactivation(t *testing.T) {
	for name, c := range map[string]struct {
		line     string
		want     *carriers.Line // its status alone
		fails    bool
		inEffect string
	}{
		"ceased":              {shows("Ceased"), &carriers.Line{Status: "Ceased"}, false, ""},
		"active":              {shows("Active"), &carriers.Line{Status: "Active"}, false, `the subscription is "Active" already, and nothing else could show that a Reactivate was taken`},
		"no such line":        {nowhere, &carriers.Line{}, false, ""},
		"a missing list":      {`200 {"subscriberId":"S-1"}`, nil, false, ""},
		"the read is refused": {"403 {}", nil, false, ""},
		"the read fails":      {"500 oops", nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := bound(t, updating(Reactivate), routes{askLine: c.line})
			assert.True(t, b.ReadsBefore())
			got, err := b.Before(t.Context())
			assert.Equal(t, c.fails, err != nil, err)
			assert.Equal(t, c.want == nil, got == nil)
			if got != nil && c.want != nil {
				assert.Equal(t, c.want.Status, got.Status)
			}
			assert.Equal(t, c.inEffect, b.Precheck(got))
		})
	}
	for _, action := range []Action{Suspend, Resume, Cease} {
		b, ledger := bound(t, updating(action), routes{})
		got, err := b.Before(t.Context())
		require.NoError(t, err)
		assert.Nil(t, got)
		assert.Empty(t, *ledger, "what can be asked about needs no read before")
	}
}

func TestLookingAtABillCycle(t *testing.T) {
	to := func(day int) UpdateBillCycle {
		return UpdateBillCycle{Reference: "ref-1", GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: day}
	}
	answered := func(state carriers.State, word string) carriers.Acknowledgement {
		return carriers.Acknowledgement{TransactionID: "ref-1", Outcome: carriers.Outcome{State: state, Status: word}}
	}
	for name, c := range map[string]struct {
		request UpdateBillCycle
		ack     carriers.Acknowledgement
		line    string
		want    []any
	}{
		"shown":                          {to(15), answered(carriers.Done, "Success"), shows("Active"), []any{carriers.Done, "Success", carriers.Shown}},
		"not shown":                      {to(16), answered(carriers.Done, "Success"), shows("Active"), []any{carriers.Done, "Success", carriers.Missing}},
		"a word nobody knows":            {to(16), answered(carriers.Unknown, "Parked"), shows("Active"), []any{carriers.Unknown, "Parked", carriers.Missing}},
		"a word nobody knows, but shown": {to(15), answered(carriers.Unknown, "Parked"), shows("Active"), []any{carriers.Done, "Parked", carriers.Shown}},
		"pending":                        {to(16), answered(carriers.Pending, "InProgress"), shows("Active"), []any{carriers.Pending, "InProgress", carriers.Missing}},
		"never acknowledged":             {to(16), answered(carriers.Unknown, ""), shows("Active"), []any{carriers.Pending, "", carriers.Missing}},
		"the read fails":                 {to(15), answered(carriers.Pending, "InProgress"), "500 oops", nil},
		"done, and the read fails":       {to(15), answered(carriers.Done, "Success"), "500 oops", []any{carriers.Done, "Success", carriers.NotRead}},
		"done, and the read is refused":  {to(15), answered(carriers.Done, "Success"), "403 {}", []any{carriers.Done, "Success", carriers.Incomparable}},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, c.request, routes{askLine: c.line})
			assert.False(t, b.CanAsk())
			assert.False(t, b.ReadsBefore())
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: c.ack, Taken: true, Confirm: true})
			assert.Equal(t, []string{askLine + "?gpsi=15550100123"}, *ledger)
			if c.want == nil {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, seen(got))
		})
	}
}

// A bill cycle is in effect when it is taken, so another one says that it was not. A read without one says nothing.
func TestABillCycleIsFoundByWhatTheLineShows(t *testing.T) {
	for answer, want := range map[string]carriers.Presence{
		shows("Active"): carriers.Absent,
		`200 {"subscriptions":[{"subscriptionStatus":"Active","resources":[{"gpsi":"15550100123"}]}]}`:                         carriers.CannotTell,
		`200 {"subscriptions":[{"subscriptionStatus":"Active","billCycleStartDay":9.0,"resources":[{"gpsi":"15550100123"}]}]}`: carriers.Present,
		`200 {"subscriberId":"S-1","subscriptions":null}`:                                                                      carriers.CannotTell,
		"500 oops": "",
	} {
		b, _ := bound(t, UpdateBillCycle{GPSI: "15550100123", BillCycleStartDay: 9}, routes{askLine: answer})
		found, err := b.Find(t.Context(), nil)
		assert.Equal(t, want == "", err != nil, answer)
		assert.Equal(t, want, found.Presence, answer)
		if want == carriers.Present {
			assert.Equal(t, carriers.Done, found.Acknowledgement.Outcome.State, "a bill cycle that shows is the outcome")
		}
	}
}

// get makes a read with a DISH that gives one answer, and returns the request that arrived there.
func get(t *testing.T, request carriers.Request, status int, answer string, change ...func(*Config)) (any, *dialogue, error) {
	t.Helper()
	c, d, _ := ask(t, status, answer, change...)
	read, err := operation[carriers.ReadOperation](t, request).Get(t.Context(), c, "ref-1", inJSON(t, request))
	return read, d, err
}

func TestReads(t *testing.T) {
	read, d, err := get(t, GetTransactionStatus{Customer: brand, PartnerTransactionID: "act-1"}, 200, `{"status":"Success"}`)
	require.NoError(t, err)
	assert.Equal(t, TransactionStatus{Status: "Success", State: carriers.Done}, read)
	assert.Equal(t, "GET /dish/transaction/status/act-1", d.method+" "+d.path)

	read, d, err = get(t, GetSubscription{SubscriberID: "SUB-000042"}, 200, sample)
	require.NoError(t, err)
	subscriber, ok := read.(Subscriber)
	require.True(t, ok)
	assert.Equal(t, carriers.Text("SUB-000042"), subscriber.SubscriberID)
	assert.Equal(t, "GET /dish/subscription?subscriberId=SUB-000042", d.method+" "+d.path)

	_, _, err = get(t, GetSubscription{GPSI: "15550100123"}, 404, `{"code":"NOT_FOUND"}`)
	assert.Equal(t, carriers.NotFound, carriers.ClassOf(err))
}
