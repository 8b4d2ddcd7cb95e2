package masmovil

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	barringsPath = "/masmovil/barrings/v2/orgs/yoigo/subscriptions/70011223"
	askMasks     = "GET " + barringsPath + "/barrings-masks"
)

func withMasks(codes string) string {
	return `200 {"subscriptionId":70011223,"appliedBarringsMaskCodes":` + codes + `}`
}

func bar(action MaskAction, codes ...string) OperateBarringMasks {
	return OperateBarringMasks{Reference: "ref-1", Line: line, Action: action, Codes: codes, Reason: "DEBT"}
}

func TestMasksAreSentAsDocumented(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.Equal(t, "POST "+barringsPath+"/barrings-masks/operations", r.Method+" "+r.RequestURI)
		assert.Equal(t, `{"action":"APPLY","barringsMasksCodes":["A","B"],"reason":"DEBT"}`, string(body))
		answer(http.StatusAccepted, `{"externalId":"p-1"}`)(w, r)
	})
	ack, err := client.operateMasks(t.Context(), asked(bar(ApplyMasks, "A", "B")))
	require.NoError(t, err)
	assert.Equal(t, []any{carriers.Pending, 202, "p-1", false}, []any{ack.Outcome.State, ack.HTTPStatus, ack.TransactionID, ack.Held}, "the network is changed later")
}

func TestTheAnswerToAnOperationOnMasks(t *testing.T) {
	const error409 = `{"tracingId":"t-1","code":"SUBSCRIPTION_STATUS_NOT_ALLOWED","message":"no"}`
	for name, c := range map[string]struct {
		status int
		body   string
		class  carriers.Class
	}{
		"202":                          {202, `{"externalId":"p-1"}`, ""},
		"202 without an id":            {202, `{}`, ""},
		"202 without a body":           {202, ``, ""},
		"202 as a page":                {202, `<html>`, carriers.Uncertain},
		"201 is not documented":        {201, `{}`, carriers.Uncertain},
		"400":                          {400, `{"tracingId":"t-1","code":"INVALID_BARRING_MASK","message":"no"}`, carriers.Rejected},
		"403":                          {403, ``, carriers.Unauthorized},
		"404":                          {404, `{"tracingId":"t-1","code":"SUBSCRIPTION_NOT_FOUND","message":"no"}`, carriers.NotFound},
		"409: the status forbids it":   {409, error409, carriers.Rejected},
		"409 that means a duplicate":   {409, `{"tracingId":"t-1","code":"ALREADY_EXISTS","message":"no"}`, carriers.Conflict},
		"409 of something in front":    {409, `{"code":"X","message":"no"}`, carriers.Conflict},
		"409 without a code":           {409, `{"tracingId":"t-1"}`, carriers.Conflict},
		"409 without a body":           {409, ``, carriers.Conflict},
		"500":                          {500, error409, carriers.Uncertain},
		"an unknown error in a 202":    {202, error409, carriers.Conflict},
		"a 400 that means a duplicate": {400, `{"tracingId":"t-1","code":"DUPLICATE","message":"no"}`, carriers.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, answer(c.status, c.body)).operateMasks(t.Context(), asked(bar(ApplyMasks, "A")))
			if c.class == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, c.class, carriers.ClassOf(err), "%v", err)
		})
	}
}

func TestWithoutAPlaceNothingIsAskedOfTheBarringsAPI(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") }, func(c *Config) { c.BarringsURL = "" })
	_, sending := client.operateMasks(t.Context(), asked(bar(ApplyMasks, "A")))
	_, reading := client.services(t.Context(), "r-1", ListServices{Line: line})
	for _, err := range []error{sending, reading} {
		require.ErrorContains(t, err, "nothing was sent: the worker has no address of the Barrings API, set MASMOVIL_BARRINGS_URL")
		assert.Equal(t, carriers.Rejected, carriers.ClassOf(err))
	}

	// Nor are masks read where no path is configured: then nothing shows the change, and 202 alone does not make it done.
	client = serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") }, func(c *Config) { c.AppliedMasksPath = "" })
	b, err := operation[carriers.ChangeOperation](t, OperateBarringMasks{}).Bind(client, "ref-1", time.Now(), inJSON(t, bar(ApplyMasks, "A")))
	require.NoError(t, err)
	before, err := b.Before(t.Context())
	require.NoError(t, err)
	assert.Empty(t, b.Precheck(before))
	finding, err := b.Find(t.Context(), before)
	require.NoError(t, err)
	assert.Equal(t, carriers.CannotTell, finding.Presence)
	accepted := carriers.Acknowledgement{Before: before, Outcome: carriers.Outcome{State: carriers.Pending}}
	got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: accepted, Taken: true})
	require.NoError(t, err)
	assert.Equal(t, []any{carriers.Pending, carriers.Incomparable}, []any{got.State, got.Effect})
}

func TestMasksThatAreInEffectAlready(t *testing.T) {
	for name, c := range map[string]struct {
		request OperateBarringMasks
		masks   string
		already bool
	}{
		"applied":               {bar(ApplyMasks, "A"), `["a ","C"]`, true},
		"one of two applied":    {bar(ApplyMasks, "A", "B"), `["A"]`, false},
		"not applied":           {bar(ApplyMasks, "A"), `[]`, false},
		"removed":               {bar(RemoveMasks, "A"), `["B"]`, true},
		"one of two removed":    {bar(RemoveMasks, "A", "B"), `["B"]`, false},
		"no list":               {bar(RemoveMasks, "A"), `null`, false},
		"a single one, no list": {bar(ApplyMasks, "A"), `"A"`, true},
	} {
		b, ledger := bound(t, c.request, routes{askMasks: withMasks(c.masks)})
		before, err := b.Before(t.Context())
		require.NoError(t, err)
		assert.Equal(t, c.already, b.Precheck(before) != "", name)
		assert.Equal(t, []string{askMasks}, *ledger)
	}
	for _, answer := range []string{"500 oops", `200 {"subscriptionId":1,"appliedBarringsMaskCodes":[]}`, withMasks(`{}`)} {
		b, _ := bound(t, bar(ApplyMasks, "A"), routes{askMasks: answer})
		_, err := b.Before(t.Context())
		require.Error(t, err, answer)
	}
}

// 202 is a promise: the masks of the line decide. They change later, so masks that are as before do not show that a request never
// came.
func TestFindingAnOperationOnMasks(t *testing.T) {
	const present, cannotTell = carriers.Present, carriers.CannotTell
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	applied := func(a, b bool) map[string]any { return map[string]any{"mask A": a, "mask B": b} }
	for name, c := range map[string]struct {
		action MaskAction
		before map[string]any
		now    string
		want   carriers.Presence
		state  carriers.State
		effect carriers.Effect
	}{
		"both applied":                 {ApplyMasks, applied(false, false), `["A","B","C"]`, present, carriers.Done, shown},
		"the missing one applied":      {ApplyMasks, applied(true, false), `["A","B"]`, present, carriers.Done, shown},
		"one of them applied":          {ApplyMasks, applied(false, false), `["B"]`, present, carriers.Pending, missing},
		"the one from before":          {ApplyMasks, applied(true, false), `["A"]`, cannotTell, "", missing},
		"as before":                    {ApplyMasks, applied(false, false), `["C"]`, cannotTell, "", missing},
		"both removed":                 {RemoveMasks, applied(true, true), `[]`, present, carriers.Done, shown},
		"one of them removed":          {RemoveMasks, applied(true, true), `["A"]`, present, carriers.Pending, missing},
		"none of them removed":         {RemoveMasks, applied(true, true), `["A","B"]`, cannotTell, "", missing},
		"no list now":                  {RemoveMasks, applied(true, true), `null`, cannotTell, "", incomparable},
		"no list before":               {ApplyMasks, map[string]any{}, `["A","B"]`, cannotTell, "", shown},
		"in effect before, unforeseen": {ApplyMasks, applied(true, true), `["A","B"]`, cannotTell, "", shown},
	} {
		t.Run(name, func(t *testing.T) {
			before := new(carriers.Line)
			require.NoError(t, unmarshal(t, carriers.Line{Services: c.before}, before))
			b, _ := bound(t, bar(c.action, "A", "B"), routes{askMasks: withMasks(c.now)})
			finding, err := b.Find(t.Context(), before)
			require.NoError(t, err)
			assert.Equal(t, c.want, finding.Presence)
			assert.Equal(t, c.state, finding.Acknowledgement.Outcome.State)

			accepted := carriers.Acknowledgement{Before: before, Outcome: carriers.Outcome{State: carriers.Pending}}
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: accepted, Taken: true})
			require.NoError(t, err)
			want := carriers.Pending
			if c.effect == shown {
				want = carriers.Done
			}
			assert.Equal(t, []any{want, c.effect}, []any{got.State, got.Effect})
			got, err = b.Look(t.Context(), carriers.Inquiry{Acknowledgement: accepted})
			require.NoError(t, err)
			assert.Equal(t, carriers.Pending, got.State, "an effect counts only for a request that was taken")
		})
	}
}

func TestServicesAreHandedOverAsTheyCome(t *testing.T) {
	for body, want := range map[string][]carriers.Object{
		`[{"id":1,"active":true},{"x":1.10}]`: {carriers.Object(`{"id":1,"active":true}`), carriers.Object(`{"x":1.10}`)},
		`[]`:                                  {},
		`{"items":[{"id":1}]}`:                {carriers.Object(`{"items":[{"id":1}]}`)},
		`null`:                                nil,
		`<html>`:                              nil,
		`"x"`:                                 nil,
	} {
		got, err := serve(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "GET "+barringsPath+"/services", r.Method+" "+r.RequestURI)
			answer(200, body)(w, r)
		}).services(t.Context(), "r-1", ListServices{Line: line})
		assert.Equal(t, want == nil, err != nil, body)
		assert.Equal(t, want, got.Services, body)
	}
}
