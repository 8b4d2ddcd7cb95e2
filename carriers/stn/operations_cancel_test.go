package stn

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// ours names the record of the requests here.
var ours = EarlierRequest{ActivationID: "A1"}

// cancelsOf are the cancels with their pages and the types of their records.
var cancelsOf = []struct {
	request        carriers.Request
	page, typeName string
}{
	{CancelTerminate{Cancel: Cancel{EarlierRequest: ours}}, "CancelTerminateSubscription", "TERMINATE"},
	{CancelNewSubscription{Cancel: Cancel{EarlierRequest: ours}}, "CancelNewSubscription", "ACTIVATENEW"},
	{CancelPortOut{Cancel: Cancel{EarlierRequest: ours}}, "CancelPortingOutSubscription", "OUTPORT"},
	{CancelPortIn{Cancel: Cancel{EarlierRequest: ours}}, "CancelInPortSubscription", "INPORT"},
}

// terminating is a record of a termination on a day that is far away.
func terminating(t *testing.T, changes ...any) string {
	t.Helper()
	return recordOf(t, append([]any{"activationType", "TERMINATE", "info", map[string]any{"wishDate": "2099-03-01T00:00:00+01:00"}}, changes...)...)
}

// recordOf is the record A1 as an answer of QueryActivation.
func recordOf(t *testing.T, changes ...any) string {
	t.Helper()
	all := append([]any{"modifiedAt", "2026-03-04T10:00:00+01:00"}, changes...)
	return `{"results":[` + string(inJSON(t, record("A1", all...))) + `]}`
}

func TestACancelSendsTheDocumentedRequest(t *testing.T) {
	for _, tc := range cancelsOf {
		for _, note := range []string{"", "changed his mind"} {
			t.Run(tc.page+" "+note, func(t *testing.T) {
				request := inJSON(t, tc.request)
				if note != "" {
					request = json.RawMessage(strings.Replace(string(request), "{", `{"note":"changed his mind","wishDate":"2026-05-01T00:00:00+02:00","phoneNumber":"0612345678",`, 1))
				}
				client := serve(t, func(w http.ResponseWriter, r *http.Request) {
					assert.Equal(t, "POST /stn/api/"+tc.page, r.Method+" "+r.URL.Path)
					want := map[string]any{"activationId": "A1"}
					if note != "" {
						want["note"] = note
					}
					var body map[string]any
					assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
					assert.Equal(t, want, body, "neither a reference nor a line nor a date")
					answer(http.StatusOK, `{"id":"A1","status":"CANCELLING","activationType":"`+tc.typeName+`","info":{}}`)(w, r)
				})
				change, _ := operation(t, tc.request.Operation()).(carriers.ChangeOperation)
				bound, err := change.Bind(client, "WF-1", time.Now(), request)
				require.NoError(t, err)
				ack, err := bound.Send(t.Context())
				require.NoError(t, err)
				assert.Equal(t, []any{"A1", carriers.Outcome{State: carriers.Pending, Status: "CANCELLING"}}, []any{ack.TransactionID, ack.Outcome})
				described, err := change.Describe(request, time.Now())
				require.NoError(t, err)
				assert.Equal(t, note == "", described.NotBefore.IsZero())
				assert.Equal(t, map[bool]string{true: "A1", false: "0612345678"}[note == ""], described.Line)
			})
		}
		for body, class := range map[string]carriers.Class{
			`{"id":"A1","status":"BUSY","activationType":"SUSPEND"}`: carriers.Uncertain,
			`{"id":"A1","activationType":"` + tc.typeName + `"}`:     carriers.Uncertain,
		} {
			_, err := bind(t, serve(t, answer(http.StatusOK, body)), tc.request).Send(t.Context())
			require.Error(t, err, body)
			assert.Equal(t, class, carriers.ClassOf(err), body)
		}
		ack, err := bind(t, serve(t, answer(http.StatusOK, `{"id":"A1","status":"DONE","activationType":"`+tc.typeName+`"}`)), tc.request).Send(t.Context())
		require.NoError(t, err)
		assert.Equal(t, carriers.Pending, ack.Outcome.State, "DONE does not say what is done")
	}
}

func TestWhatIsNotCancelled(t *testing.T) {
	named := func(line EarlierRequest) CancelTerminate {
		line.ActivationID = "A1"
		return CancelTerminate{Cancel: Cancel{EarlierRequest: line}}
	}
	terminate, portIn := named(EarlierRequest{}), CancelPortIn{Cancel: Cancel{EarlierRequest: ours}}
	portingIn := func(status, porting string) string {
		return recordOf(t, "activationType", "INPORT", "status", status, "info", map[string]any{"isdn": "06-98000001", "portingStatus": porting})
	}
	for name, tc := range map[string]struct {
		request      carriers.Request
		record, line string
		refused      string // nothing when it is sent
	}{
		"a termination that is open":            {terminate, terminating(t), shows(t), ""},
		"one that is recorded":                  {terminate, terminating(t, "status", "INIT"), shows(t), ""},
		"one with a word that nobody knows":     {terminate, terminating(t, "status", "WAITING"), shows(t), ""},
		"one of a suspended line":               {terminate, terminating(t), shows(t, "state", "SUSPENDED"), ""},
		"a record of another type":              {terminate, recordOf(t), "", `of the type "SETSERVICES", and this operation needs TERMINATE`},
		"the type in another case":              {terminate, terminating(t, "activationType", "Terminate"), shows(t), ""},
		"a termination that is done":            {terminate, terminating(t, "status", "done"), "", `ended already, with the status "done"`},
		"one that has failed":                   {terminate, terminating(t, "status", "ERROR"), "", "ended already"},
		"one that is cancelled":                 {terminate, terminating(t, "status", "CANCELLED"), "", "ended already"},
		"one that is being cancelled":           {terminate, terminating(t, "status", "Cancelling"), "", "is being cancelled already"},
		"a line that has ended":                 {terminate, terminating(t), shows(t, "state", "TERMINATED"), `shows the state "TERMINATED"`},
		"a line that is not shown":              {terminate, terminating(t), `[]`, ""},
		"a line whose read is refused":          {terminate, terminating(t), "400 {}", ""},
		"no record":                             {terminate, `[]`, "", "shows no record with this id"},
		"the line that is named":                {named(EarlierRequest{SubscriptionID: "p4Rz", PhoneNumber: "+31612345678"}), terminating(t), shows(t), ""},
		"another line than the one named":       {named(EarlierRequest{SubscriptionID: "q5"}), terminating(t), "", "about another line"},
		"another number than the one named":     {named(EarlierRequest{PhoneNumber: "0687654321"}), terminating(t), "", "about another line"},
		"a number that is masked":               {named(EarlierRequest{PhoneNumber: "0687654321"}), terminating(t, "phoneNumber", "06-######78"), shows(t), ""},
		"a port-in that goes on":                {portIn, portingIn("BUSY", "ACCEPTED"), "", ""},
		"a port-in with another number":         {CancelPortIn{Cancel: Cancel{EarlierRequest: EarlierRequest{ActivationID: "A1", PhoneNumber: "0687654321"}}}, portingIn("BUSY", "ACCEPTED"), "", "about another line"},
		"a port-in that is being cancelled":     {portIn, portingIn("BUSY", "CANCELLING"), "", "is being cancelled already"},
		"a port-in that is done, whatever else": {portIn, portingIn("DONE", "INIT"), "", "ended already"},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{"QueryActivation": tc.record}
			if tc.line != "" {
				answers["QuerySubscription"] = tc.line
			}
			bound := bind(t, serve(t, stn{t, answers}.ServeHTTP), tc.request)
			before, err := bound.Before(t.Context())
			require.NoError(t, err)
			why := bound.Precheck(before)
			if tc.refused == "" {
				assert.Empty(t, why)
				return
			}
			assert.Contains(t, why, tc.refused)
			assert.NotContains(t, why, "0612345678")
		})
	}
	for _, body := range []string{`{"results":[{"id":"A9","status":"BUSY"}]}`, `{"results":null}`, `[{"id":"A1","status":"BUSY"},{"id":"A1","status":"DONE"}]`} {
		_, err := bind(t, serve(t, answer(http.StatusOK, body)), terminate).Before(t.Context())
		require.Error(t, err, body)
		assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err), "%s is no answer, and nothing is sent without one", body)
	}
	_, err := bind(t, serve(t, (&inTurn{t: t, answers: []string{terminating(t), "500 oops"}}).ServeHTTP), terminate).Before(t.Context())
	require.Error(t, err, "a read of the line that only failed is made again")
}

// inTurn gives one answer after the other.
type inTurn struct {
	t       *testing.T
	answers []string
	asked   []string
}

func (f *inTurn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
	if !assert.NotEmpty(f.t, f.answers, "nothing more is to be asked") {
		return
	}
	next := f.answers[0]
	f.answers = f.answers[1:]
	for prefix, status := range map[string]int{"400 ": 400, "500 ": 500} {
		if body, is := strings.CutPrefix(next, prefix); is {
			answer(status, body)(w, r)
			return
		}
	}
	answer(http.StatusOK, next)(w, r)
}

// sTN refuses to cancel a port-in while its porting status is INIT (CancelInPortSubscription): that is waited for, before something is
// sent and when a refusal shows it.
func TestAPortInThatCannotBeCancelledYetIsWaitedFor(t *testing.T) {
	porting := func(status string) string {
		return recordOf(t, "activationType", "INPORT", "info", map[string]any{"portingStatus": status})
	}
	request := CancelPortIn{Cancel: Cancel{EarlierRequest: ours}}
	const refusal = `400 {"responseStatus":{"errorCode":"BadRequest","message":"not allowed"}}`
	for name, tc := range map[string]struct {
		answers []string
		send    bool
		want    carriers.Class
	}{
		"before":                          {[]string{porting("INIT")}, false, carriers.NotYet},
		"before, in another case":         {[]string{porting("Init")}, false, carriers.NotYet},
		"not any more":                    {[]string{porting("ACCEPTED")}, false, ""},
		"no porting status":               {[]string{porting("")}, false, ""},
		"refused, and it is the reason":   {[]string{refusal, porting("INIT")}, true, carriers.NotYet},
		"refused for another reason":      {[]string{refusal, porting("ACCEPTED")}, true, carriers.Rejected},
		"refused, and there is no record": {[]string{refusal, `[]`}, true, carriers.Rejected},
		"refused, and the read fails":     {[]string{refusal, "500 oops"}, true, carriers.Rejected},
		"another error":                   {[]string{"500 oops"}, true, carriers.Uncertain},
	} {
		t.Run(name, func(t *testing.T) {
			server := inTurn{t: t, answers: tc.answers}
			bound := bind(t, serve(t, server.ServeHTTP), request)
			var err error
			if tc.send {
				_, err = bound.Send(t.Context())
			} else {
				_, err = bound.Before(t.Context())
			}
			assert.Empty(t, server.answers)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, tc.want, carriers.ClassOf(err))
			if tc.want == carriers.NotYet {
				assert.ErrorContains(t, err, "cancel port in, reference WF-1: not yet")
				assert.ErrorContains(t, err, "the porting status is INIT")
			}
		})
	}
	server := inTurn{t: t, answers: []string{refusal}}
	_, err := bind(t, serve(t, server.ServeHTTP), CancelTerminate{Cancel: Cancel{EarlierRequest: ours}}).Send(t.Context())
	assert.Equal(t, carriers.Rejected, carriers.ClassOf(err), "the others have no such state")
}

func TestACancelIsFoundByWhatHasBecomeOfTheRecord(t *testing.T) {
	const present, absent, cannotTell = carriers.Present, carriers.Absent, carriers.CannotTell
	before := &carriers.Line{Record: map[string]string{"status": "BUSY", "activationType": "TERMINATE", "modifiedAt": "2026-03-04T10:00:00+01:00"}}
	undated := &carriers.Line{Record: map[string]string{"status": "BUSY", "activationType": "TERMINATE"}}
	porting := &carriers.Line{Record: map[string]string{"status": "BUSY", "portingStatus": "ACCEPTED", "modifiedAt": "2026-03-04T10:00:00+01:00"}}
	portingIn := func(status string) string {
		return recordOf(t, "activationType", "INPORT", "info", map[string]any{"portingStatus": status})
	}
	for name, tc := range map[string]struct {
		before *carriers.Line
		record string
		want   carriers.Presence
	}{
		"being cancelled":                         {before, terminating(t, "status", "CANCELLING"), present},
		"cancelled":                               {before, terminating(t, "status", "cancelled"), present},
		"being cancelled, not read before":        {nil, terminating(t, "status", "CANCELLING"), present},
		"a port-in that is being cancelled":       {porting, portingIn("CANCELLING"), present},
		"a port-in that is cancelled":             {porting, portingIn("CANCELLED"), present},
		"as it was":                               {before, terminating(t), absent},
		"as it was, written otherwise":            {before, terminating(t, "status", "busy", "modifiedAt", "2026-03-04T09:00:00Z"), absent},
		"a port-in as it was":                     {porting, portingIn("ACCEPTED"), absent},
		"modified since, with the same word":      {before, terminating(t, "modifiedAt", "2026-03-04T10:00:01+01:00"), cannotTell},
		"a port-in that goes on":                  {porting, portingIn("APPROVED"), cannotTell},
		"another word, although not modified":     {before, terminating(t, "status", "INIT"), cannotTell},
		"done, which may be by itself":            {before, terminating(t, "status", "DONE", "modifiedAt", "2026-03-04T11:00:00+01:00"), cannotTell},
		"no word about when it was modified":      {undated, terminating(t, "modifiedAt", nil), cannotTell},
		"modified in a zone that is not known":    {before, terminating(t, "modifiedAt", "2026-03-04T10:00:00"), cannotTell},
		"as it was, not read before":              {nil, terminating(t), cannotTell},
		"as it was, not shown before":             {&carriers.Line{Record: map[string]string{}}, terminating(t), cannotTell},
		"not shown any more":                      {before, `[]`, cannotTell},
		"with a word that nobody knows":           {before, terminating(t, "status", "PARKED"), cannotTell},
		"being cancelled, and another one listed": {before, strings.Replace(terminating(t, "status", "CANCELLING"), `[`, `[{"id":"A9"},`, 1), present},
	} {
		t.Run(name, func(t *testing.T) {
			var request carriers.Request = CancelTerminate{Cancel: Cancel{EarlierRequest: ours}}
			if tc.before == porting {
				request = CancelPortIn{Cancel: Cancel{EarlierRequest: ours}}
			}
			finding, err := bind(t, serve(t, answer(http.StatusOK, tc.record)), request).Find(t.Context(), tc.before)
			require.NoError(t, err)
			assert.Equal(t, tc.want, finding.Presence)
			assert.Equal(t, tc.want == cannotTell, finding.Why != "")
			if tc.want == present {
				assert.Equal(t, []any{"A1", true}, []any{finding.Acknowledgement.TransactionID, finding.Acknowledgement.Found})
			}
		})
	}
	for _, body := range []string{`{"results":[{"id":"A9"}]}`, `{"results":null}`, `<html>`} {
		finding, err := bind(t, serve(t, answer(http.StatusOK, body)), CancelTerminate{Cancel: Cancel{EarlierRequest: ours}}).Find(t.Context(), before)
		require.Error(t, err, body)
		assert.Zero(t, finding)
	}
}

// Only the line shows what DONE on a cancelled record means, and only after the date on which it would have ended.
func TestWhenACancelIsDone(t *testing.T) {
	const pending, done, failed, unknown = carriers.Pending, carriers.Done, carriers.Failed, carriers.Unknown
	const notRead, shown, missing, incomparable = carriers.NotRead, carriers.Shown, carriers.Missing, carriers.Incomparable
	listed := &carriers.Line{SubscriptionID: "p4Rz", Status: "ACTIVE", Record: map[string]string{"status": "BUSY"}}
	future := &carriers.Line{SubscriptionID: "p4Rz", Status: "ACTIVE", Record: map[string]string{"wishDate": "2099-03-01T00:00:00+01:00"}}
	past := map[string]any{"wishDate": "2026-03-01T00:00:00+01:00"}
	for name, tc := range map[string]struct {
		record, line string
		before       *carriers.Line
		wishDate     string
		state        carriers.State
		effect       carriers.Effect
	}{
		"recorded":                           {terminating(t, "status", "INIT"), "", listed, "", pending, notRead},
		"open":                               {terminating(t), "", listed, "", pending, notRead},
		"being cancelled":                    {terminating(t, "status", "CANCELLING"), "", listed, "", pending, notRead},
		"failed":                             {terminating(t, "status", "ERROR"), "", listed, "", failed, notRead},
		"a word that nobody knows":           {terminating(t, "status", "PARKED"), "", listed, "", unknown, notRead},
		"no word":                            {terminating(t, "status", ""), "", listed, "", unknown, notRead},
		"not shown":                          {`[]`, "", listed, "", pending, notRead},
		"cancelled":                          {terminating(t, "status", "CANCELLED"), shows(t), listed, "", done, shown},
		"cancelled, a suspended line":        {terminating(t, "status", "Cancelled"), shows(t, "state", "SUSPENDED"), listed, "", done, shown},
		"cancelled, but the line has ended":  {terminating(t, "status", "CANCELLED"), shows(t, "state", "TERMINATED"), listed, "", done, missing},
		"cancelled, but the line is gone":    {terminating(t, "status", "CANCELLED"), `[]`, listed, "", done, missing},
		"cancelled, a line never shown":      {terminating(t, "status", "CANCELLED"), `[]`, &carriers.Line{}, "", done, incomparable},
		"cancelled, an unknown state":        {terminating(t, "status", "CANCELLED"), shows(t, "state", "FROZEN"), listed, "", done, incomparable},
		"cancelled, the read is refused":     {terminating(t, "status", "CANCELLED"), "400 {}", listed, "", done, incomparable},
		"done, before the date":              {terminating(t, "status", "DONE"), shows(t), listed, "", pending, missing},
		"done, before the date of before":    {terminating(t, "status", "DONE", "info", map[string]any{}), shows(t), future, "", pending, missing},
		"done, before the date that is told": {terminating(t, "status", "DONE", "info", map[string]any{}), shows(t), listed, "2099-03-01T00:00:00Z", pending, missing},
		"done, before it, read refused":      {terminating(t, "status", "DONE"), "400 {}", listed, "", pending, incomparable},
		"done, and the line has ended":       {terminating(t, "status", "DONE"), shows(t, "state", "TERMINATED"), listed, "", done, missing},
		"done, after the date":               {terminating(t, "status", "DONE", "info", past), shows(t), listed, "", done, shown},
		"done, after it, an unknown state":   {terminating(t, "status", "DONE", "info", past), shows(t, "state", "FROZEN"), listed, "", done, incomparable},
		"done, without any date":             {terminating(t, "status", "DONE", "info", map[string]any{}), shows(t), listed, "", done, shown},
		"done, a date long ago alone":        {terminating(t, "status", "DONE", "info", map[string]any{"wishDate": "2026-03-01"}), shows(t), listed, "", done, shown},
		"done, an unreadable date":           {terminating(t, "status", "DONE", "info", map[string]any{"wishDate": "soon"}), shows(t), listed, "", done, shown},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{"QueryActivation": tc.record}
			if tc.line != "" {
				answers["QuerySubscription"] = tc.line
			}
			request := CancelTerminate{Cancel: Cancel{EarlierRequest: ours, WishDate: tc.wishDate}}
			got, err := bind(t, serve(t, stn{t, answers}.ServeHTTP), request).Look(t.Context(), carriers.Inquiry{
				Acknowledgement: carriers.Acknowledgement{TransactionID: "A1", Before: tc.before, At: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)}, Confirm: true, Taken: true,
			})
			require.NoError(t, err)
			assert.Equal(t, []any{tc.state, tc.effect}, []any{got.State, got.Effect})
			if tc.effect != notRead && tc.line != "400 {}" {
				assert.NotEmpty(t, got.Line.Record["status"], "an operator sees both")
			}
		})
	}
}

func TestALookAtACancel(t *testing.T) {
	request := CancelTerminate{Cancel: Cancel{EarlierRequest: ours}}
	look := func(t *testing.T, record string, in carriers.Inquiry) carriers.Outcome {
		t.Helper()
		in.Acknowledgement.TransactionID = "A1"
		got, err := bind(t, serve(t, stn{t, map[string]string{"QueryActivation": record, "QuerySubscription": shows(t)}}.ServeHTTP), request).Look(t.Context(), in)
		require.NoError(t, err)
		return got
	}
	past := map[string]any{"wishDate": "2026-03-01T00:00:00+01:00"}
	got := look(t, terminating(t, "status", "DONE"), carriers.Inquiry{Taken: true})
	assert.Equal(t, []any{carriers.Done, carriers.NotRead}, []any{got.State, got.Effect}, "without a confirmation, DONE is believed")
	got = look(t, terminating(t, "status", "DONE", "info", past), carriers.Inquiry{Confirm: true})
	assert.Equal(t, carriers.Pending, got.State, "it is not known whether the cancel has arrived")
	got = look(t, terminating(t, "status", "CANCELLED"), carriers.Inquiry{Confirm: true})
	assert.Equal(t, []any{carriers.Done, carriers.Shown}, []any{got.State, got.Effect})
	got = look(t, terminating(t), carriers.Inquiry{Confirm: true, Taken: true, Once: true})
	assert.Equal(t, []any{carriers.Pending, carriers.Missing, "ACTIVE", "BUSY"}, []any{got.State, got.Effect, got.Line.Status, got.Line.Record["status"]}, "a line that is as it was shows nothing yet")
	got = look(t, terminating(t, "status", "DONE", "info", past), carriers.Inquiry{
		Confirm: true, Taken: true, Acknowledgement: carriers.Acknowledgement{At: time.Now().Add(-time.Hour)},
	})
	assert.Equal(t, carriers.Pending, got.State, "a termination that was due at once may take some time")
}

// The sample of CancelTerminateSubscription is answered with another id than the one that was sent, so both records are asked about.
func TestBothRecordsOfACancelAreAskedAbout(t *testing.T) {
	row := func(id, status string) string {
		return string(inJSON(t, record(id, "activationType", "TERMINATE", "status", status, "info", map[string]any{})))
	}
	for name, tc := range map[string]struct {
		asked, answered string
		state           carriers.State
		status          string
	}{
		"the other one is cancelled":            {row("A1", "DONE"), row("A2", "CANCELLED"), carriers.Done, "CANCELLED"},
		"the first one is cancelled":            {row("A1", "CANCELLED"), row("A2", "BUSY"), carriers.Done, "CANCELLED"},
		"the other one has failed":              {row("A1", "BUSY"), row("A2", "ERROR"), carriers.Failed, "ERROR"},
		"the other one is still open":           {row("A1", "DONE"), row("A2", "BUSY"), carriers.Pending, "BUSY"},
		"the first one is still open":           {row("A1", "BUSY"), row("A2", "DONE"), carriers.Pending, "BUSY"},
		"both are done":                         {row("A1", "DONE"), row("A2", "DONE"), carriers.Done, "DONE"},
		"the other one is not shown":            {row("A1", "CANCELLED"), "", carriers.Done, "CANCELLED"},
		"the first one is not shown":            {"", row("A2", "CANCELLED"), carriers.Done, "CANCELLED"},
		"the other one is of another kind":      {row("A1", "BUSY"), string(inJSON(t, record("A2", "status", "ERROR"))), carriers.Pending, "BUSY"},
		"nobody knows the word of the other":    {row("A1", "BUSY"), row("A2", "PARKED"), carriers.Unknown, "PARKED"},
		"none is shown":                         {"", "", carriers.Pending, ""},
		"a word that nobody knows, and a final": {row("A1", "PARKED"), row("A2", "CANCELLED"), carriers.Done, "CANCELLED"},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "QuerySubscription") {
					answer(http.StatusOK, shows(t))(w, r)
					return
				}
				answer(http.StatusOK, `[`+map[string]string{"A1": tc.asked, "A2": tc.answered}[r.URL.Query().Get("id")]+`]`)(w, r)
			})
			got, err := bind(t, client, CancelTerminate{Cancel: Cancel{EarlierRequest: ours}}).Look(t.Context(), carriers.Inquiry{
				Acknowledgement: carriers.Acknowledgement{TransactionID: "A2"}, Confirm: true, Taken: true,
			})
			require.NoError(t, err)
			assert.Equal(t, []any{tc.state, tc.status}, []any{got.State, got.Status})
		})
	}
}

func TestTheLineOfACancelledRequest(t *testing.T) {
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	opening := func(info map[string]any) string {
		return recordOf(t, "activationType", "ACTIVATENEW", "status", "CANCELLED", "phoneNumber", nil, "info", info)
	}
	withCard := opening(map[string]any{"simCardNumber": ourCard})
	porting := recordOf(t, "activationType", "INPORT", "phoneNumber", nil, "info", map[string]any{"isdn": "06-12345678", "portingStatus": "CANCELLED"})
	sim := func(status string) string {
		return `[{"id":"c","simCardNumber":"` + ourCard + `","status":"` + status + `"}]`
	}
	cancelNew, portIn := CancelNewSubscription{Cancel: Cancel{EarlierRequest: ours}}, CancelPortIn{Cancel: Cancel{EarlierRequest: ours}}
	portOut := CancelPortOut{Cancel: Cancel{EarlierRequest: ours}}
	goingOut := recordOf(t, "activationType", "OUTPORT", "status", "CANCELLED")
	for name, tc := range map[string]struct {
		request          carriers.Request
		record, line, at string
		want             carriers.Effect
	}{
		"no line, the card is free":          {cancelNew, withCard, `[]`, sim("FREE"), shown},
		"no line, the card has one":          {cancelNew, withCard, `[]`, sim("ACTIVATED"), missing},
		"no line, the card is not ready":     {cancelNew, withCard, `[]`, sim("Busy"), missing},
		"no line, the card is disabled":      {cancelNew, withCard, `[]`, sim("DISABLED"), incomparable},
		"no line, the card is not shown":     {cancelNew, withCard, `[]`, `[]`, incomparable},
		"no line, the card's read refused":   {cancelNew, withCard, `[]`, "400 {}", incomparable},
		"the line is active":                 {cancelNew, withCard, shows(t, "simCardNumber", ourCard), "", missing},
		"the line has ended":                 {cancelNew, withCard, shows(t, "simCardNumber", ourCard, "state", "TERMINATED"), "", shown},
		"the card has another line":          {cancelNew, withCard, shows(t, "id", "q5", "simCardNumber", ourCard), "", incomparable},
		"a masked card":                      {cancelNew, opening(map[string]any{"simCardNumber": "8931####"}), `[]`, "", incomparable},
		"an eSIM":                            {cancelNew, opening(map[string]any{"eSim": true}), `[]`, "", incomparable},
		"the number is not here":             {portIn, porting, `[]`, "", shown},
		"the number is active here":          {portIn, porting, shows(t), "", missing},
		"the number is here by a word":       {portIn, porting, shows(t, "state", "FROZEN"), "", incomparable},
		"the number is suspended here":       {portIn, porting, shows(t, "state", "SUSPENDED"), "", missing},
		"the number stays":                   {portOut, goingOut, shows(t), "", shown},
		"the number is gone all the same":    {portOut, goingOut, shows(t, "state", "PORTEDOUT"), "", missing},
		"the number is gone, as is the line": {portOut, goingOut, `[]`, "", incomparable},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{"QueryActivation": tc.record, "QuerySubscription": tc.line}
			if tc.at != "" {
				answers["QuerySimcard"] = tc.at
			}
			got, err := bind(t, serve(t, stn{t, answers}.ServeHTTP), tc.request).Look(t.Context(), carriers.Inquiry{
				Acknowledgement: carriers.Acknowledgement{TransactionID: "A1"}, Confirm: true, Taken: true,
			})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, tc.want}, []any{got.State, got.Effect})
		})
	}
}

func TestErrorsOfACancelNameNothingPersonal(t *testing.T) {
	told := "p4RzExample 06-12345678 he moved " + ourCard
	client := serve(t, answer(http.StatusBadRequest, `{"responseStatus":{"errorCode":"BadRequest","message":"`+told+`"}}`))
	for _, r := range []carriers.Request{
		CancelTerminate{Cancel: Cancel{Note: "he moved", EarlierRequest: EarlierRequest{ActivationID: "A1", SubscriptionID: "p4RzExample", PhoneNumber: "0612345678", SIMCardNumber: ourCard}}},
		ChangePortIn{DonorCustomerNumber: "he moved", EarlierRequest: EarlierRequest{ActivationID: "A1", SubscriptionID: "p4RzExample", PhoneNumber: "0612345678"}},
	} {
		bound := bind(t, client, r)
		_, sent := bound.Send(t.Context())
		_, before := bound.Before(t.Context())
		_, found := bound.Find(t.Context(), nil)
		for _, err := range []error{sent, before, found} {
			require.Error(t, err)
			for _, value := range []string{"p4RzExample", "12345678", "he moved", ourCard} {
				assert.NotContains(t, err.Error(), value, r.Operation())
			}
		}
	}
}
