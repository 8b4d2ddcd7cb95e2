package activities

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// What DISH is asked for in these tests.
const (
	postStatus = "POST /subscription/status"
	askStatus  = "GET /transaction/status/r-1"
	askLine    = "GET /subscription"
	success    = `200 {"status":"Success"}`
	nowhere    = `404 {"code":"NOT_FOUND","message":"unknown"}`
)

func status(action dish.Action) dish.UpdateSubscriptionStatus {
	return dish.UpdateSubscriptionStatus{ICCID: "89010000000000000017", Action: action}
}

func suspend() SubmitInput { return changing(status(dish.Suspend)) }

// The intent is stored before the request is sent: only it tells a later attempt that this one may have sent.
func TestTheFirstAttemptStoresItsIntentAndSends(t *testing.T) {
	h := newHarness(t, routes{postStatus: {success}})
	ack, err := submit(h, dishStatus, suspend(), nil)
	require.NoError(t, err)
	require.Equal(t, []string{"intent", postStatus}, h.events)
	require.Len(t, h.intents, 1)
	require.WithinDuration(t, time.Now().Add(16*time.Second), h.intents[0].SentUntil, 5*time.Second, "the storing, an exchange, and the time to tell")
	require.JSONEq(t, `{"partnerTransactionId":"r-1","iccid":"89010000000000000017","action":"Suspend"}`, h.bodies[0])
	require.Equal(t, "r-1", ack.TransactionID)
	require.Equal(t, carriers.Pending, ack.Outcome.State)
	require.Equal(t, 200, ack.HTTPStatus)
	require.False(t, ack.Found)
	require.False(t, ack.At.IsZero())
}

func TestNothingIsSentWithoutAStoredIntent(t *testing.T) {
	for _, earlier := range []*Intent{{}, sentAndSought()} {
		h := newHarness(t, routes{postStatus: {success}, askStatus: {nowhere}})
		h.notStored = func(int) error { return errors.New("server unreachable") }
		_, err := submit(h, dishStatus, suspend(), earlier)
		f := failureIn(t, err)
		require.Equal(t, Retrying, f.kind)
		require.Contains(t, f.text, "nothing was sent")
		require.Equal(t, earlier.MaybeSent(), f.maybeSent(), "what an earlier attempt did is not forgotten")
		require.NotContains(t, h.events, postStatus)
	}
}

// When something may have been sent, a submit looks up first, and the result decides.
func TestALookUpComesBeforeASecondSend(t *testing.T) {
	for name, earlier := range map[string]struct {
		intent  *Intent
		earlier *Intent
	}{
		"an earlier attempt":       {sentAndSought(), &Intent{}},
		"an earlier run or window": {nil, sentAndSought()},
		"both":                     {sentAndSought(), sent(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			in := suspend()
			in.Earlier = *earlier.earlier

			h := newHarness(t, routes{postStatus: {success}, askStatus: {`200 {"status":"InProgress"}`}})
			ack, err := submit(h, dishStatus, in, earlier.intent)
			require.NoError(t, err)
			require.Equal(t, []string{askStatus}, h.events, "found, so not sent")
			require.True(t, ack.Found)
			require.Equal(t, "r-1", ack.TransactionID)
			require.Equal(t, carriers.Outcome{State: carriers.Pending, Status: "InProgress"}, ack.Outcome)

			h = newHarness(t, routes{postStatus: {success}, askStatus: {nowhere}})
			ack, err = submit(h, dishStatus, in, earlier.intent)
			require.NoError(t, err)
			require.Equal(t, []string{askStatus, "intent", postStatus}, h.events, "proven to be absent, so sent")
			require.False(t, ack.Found)
		})
	}
	t.Run("an earlier attempt that sent nothing", func(t *testing.T) {
		h := newHarness(t, routes{postStatus: {success}})
		_, err := submit(h, dishStatus, suspend(), &Intent{})
		require.NoError(t, err)
		require.Equal(t, []string{"intent", postStatus}, h.events)
	})
}

// Reactivate cannot be asked about, so when the line's state does not show it, its outcome is unknown.
func TestALookUpThatCannotTell(t *testing.T) {
	ceased := `200 {"subscriptions":[{"subscriptionStatus":"Ceased","resources":[{"iccid":"89010000000000000017"}]}]}`
	active := `200 {"subscriptions":[{"subscriptionStatus":"Active","resources":[{"iccid":"89010000000000000017"}]}]}`
	in := changing(status(dish.Reactivate))
	in.Earlier = *sentAndSought()
	in.Earlier.Before = &carriers.Line{Status: "Ceased"}

	h := newHarness(t, routes{askStatus: {nowhere}, askLine: {ceased}, postStatus: {success}})
	_, err := submit(h, dishStatus, in, nil)
	f := failureIn(t, err)
	require.Equal(t, OutcomeUnknown, f.kind)
	require.True(t, f.final)
	require.True(t, f.maybeSent())
	require.NotContains(t, h.events, postStatus)

	h = newHarness(t, routes{askStatus: {nowhere}, askLine: {active}, postStatus: {success}})
	ack, err := submit(h, dishStatus, in, nil)
	require.NoError(t, err)
	require.True(t, ack.Found)
	require.NotContains(t, h.events, postStatus)

	h = newHarness(t, routes{askStatus: {success}, postStatus: {success}})
	ack, err = submit(h, dishStatus, in, nil)
	require.NoError(t, err)
	require.True(t, ack.Found, "if DISH answers nevertheless")

	in.Earlier.Before = nil
	h = newHarness(t, routes{askStatus: {nowhere}, askLine: {active}, postStatus: {success}})
	_, err = submit(h, dishStatus, in, nil)
	require.Equal(t, OutcomeUnknown, failureIn(t, err).kind, "without knowing what was before, an active line shows nothing")
}

// What an answer to the first send means, by class.
func TestAnswersToTheFirstSend(t *testing.T) {
	lookedUp := []string{"intent", postStatus, "intent"} // the end of the sending is stored
	for name, c := range map[string]struct {
		answer    string
		kind      string
		final     bool
		next      time.Duration
		maybeSent bool
		events    []string
	}{
		"dropped connection":      {reset, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"500":                     {"500 oops", Retrying, false, lookupDelay.Std(), true, lookedUp},
		"503, Retry-After":        {"503/60 oops", Retrying, false, time.Minute, true, lookedUp},
		"200, but a page":         {"200 <html>", Retrying, false, lookupDelay.Std(), true, lookedUp},
		"redirect":                {"302 moved", Retrying, false, lookupDelay.Std(), true, lookedUp},
		"429":                     {"429 {}", Retrying, false, 0, false, []string{"intent", postStatus, "intent taken back"}},
		"429, Retry-After":        {"429/120 {}", Retrying, false, 2 * time.Minute, false, []string{"intent", postStatus, "intent taken back"}},
		"409":                     {`409 {"code":"E-1"}`, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"400":                     {`400 {"code":"E-1","message":"no 15550100123"}`, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"400, a duplicate":        {`400 {"code":"duplicate_transaction"}`, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"404":                     {`404 {"code":"E-1"}`, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"404, a page":             {"404 <html>", Retrying, false, lookupDelay.Std(), true, lookedUp},
		"422":                     {`422 {"code":"E-1"}`, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"200, but a failure":      {`200 {"status":"Failed","code":"E-1"}`, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"200, but a refusal":      {`200 {"code":"BAD_REQUEST"}`, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"200, an error not known": {`200 {"code":"E-1"}`, Retrying, false, lookupDelay.Std(), true, lookedUp},
		"401":                     {"401 {}", Unauthorized, true, 0, false, []string{"intent", postStatus}},
		"403":                     {"403 {}", Unauthorized, true, 0, false, []string{"intent", postStatus}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{postStatus: {c.answer}})
			_, err := submit(h, dishStatus, suspend(), nil)
			f := failureIn(t, err)
			require.Equal(t, []any{c.kind, c.final, c.next, c.maybeSent}, []any{f.kind, f.final, f.next, f.maybeSent()}, f.text)
			require.Equal(t, c.events, h.events)
			if c.maybeSent {
				require.WithinDuration(t, time.Now(), f.Intent.SentUntil, 5*time.Second, "the sending is over")
			}
		})
	}
}

func TestUnreachableRestoresTheIntent(t *testing.T) {
	for _, c := range []struct {
		earlier, back error
		maybeSent     bool
	}{
		{nil, nil, false},
		{nil, errors.New("server unreachable"), true}, // the intent could not be restored, so a later attempt has to look up first
	} {
		h := newHarnessAt(t, "http://127.0.0.1:1")
		h.notStored = func(n int) error {
			if n == 2 {
				return c.back
			}
			return nil
		}
		_, err := submit(h, dishStatus, suspend(), nil)
		f := failureIn(t, err)
		require.Equal(t, []any{Retrying, carriers.Unreachable, c.maybeSent}, []any{f.kind, f.Class, f.maybeSent()})
		require.Equal(t, []bool{true, false}, []bool{h.intents[0].MaybeSent(), h.intents[1].MaybeSent()})
	}
}

// A later send that was certainly not taken does not change what is known of an earlier one that may have been.
func TestRestoringKeepsWhatWasSentBefore(t *testing.T) {
	h := newHarness(t, routes{askStatus: {nowhere}, postStatus: {"429 {}"}})
	_, err := submit(h, dishStatus, suspend(), sentAndSought())
	require.True(t, failureIn(t, err).maybeSent())
	require.True(t, h.intents[1].MaybeSent())
}

// A refusal is looked up before it is believed, and a refused request is never sent again. After a refusal of the first send, one
// look-up that finds nothing is enough. Where the carrier may have the request already, its absence must be proven.
func TestARefusalIsLookedUp(t *testing.T) {
	first, second := Refusal{Class: carriers.Rejected, HTTPStatus: 400, Code: "E-1", First: true}, Refusal{Class: carriers.Rejected, HTTPStatus: 400}
	duplicate := Refusal{Class: carriers.Conflict, HTTPStatus: 400, Code: "DUPLICATE_TRANSACTION", First: true}
	page := Refusal{Class: carriers.Misrouted, HTTPStatus: 404, First: true}
	gateway := `404 {"message":"no Route matched with those Values"}`
	for name, c := range map[string]struct {
		refusal Refusal
		sent    time.Duration
		answer  string
		kind    string // "" when the request is found
		final   bool
	}{
		"first, absent":                            {first, time.Minute, nowhere, Rejected, true},
		"first, absent, but too early to tell":     {first, time.Second, nowhere, Retrying, false},
		"first, present":                           {first, time.Second, success, "", false},
		"first, the look-up meets a gateway":       {first, time.Minute, gateway, Rejected, true},
		"first, the look-up fails":                 {first, time.Minute, "503 oops", Retrying, false},
		"a wrong path: a page, then JSON":          {page, time.Minute, gateway, Rejected, true},
		"second, absent once":                      {second, time.Minute, nowhere, Retrying, false},
		"second, the look-up meets a gateway":      {second, time.Minute, gateway, Retrying, false},
		"a duplicate, absent once":                 {duplicate, time.Minute, nowhere, Retrying, false},
		"a duplicate, present":                     {duplicate, time.Second, success, "", false},
		"a duplicate, the look-up meets a gateway": {duplicate, time.Minute, gateway, Retrying, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {c.answer}, postStatus: {success}})
			intent := sent(c.sent)
			intent.Refusal = &c.refusal
			ack, err := submit(h, dishStatus, suspend(), intent)
			require.NotContains(t, h.events, postStatus, "never sent again")
			if c.kind == "" {
				require.NoError(t, err)
				require.True(t, ack.Found)
				return
			}
			f := failureIn(t, err)
			require.Equal(t, []any{c.kind, c.final}, []any{f.kind, f.final}, f.text)
			if c.final {
				require.Equal(t, c.refusal.Code, f.Code)
				require.False(t, f.maybeSent(), "a refused request that is absent was not taken")
			}
		})
	}
	t.Run("proven to be absent", func(t *testing.T) {
		for _, refusal := range []Refusal{second, duplicate} {
			h := newHarness(t, routes{askStatus: {nowhere}, postStatus: {success}})
			intent := sentAndSought()
			intent.Refusal = &refusal
			_, err := submit(h, dishStatus, suspend(), intent)
			require.Equal(t, Rejected, failureIn(t, err).kind)
			require.Equal(t, []string{askStatus}, h.events)
		}
	})
}

// A second send needs two look-ups that say Absent, the first a look-up delay after the last moment at which anything may
// have been sent, the second a look-up delay later.
func TestASecondSendNeedsProof(t *testing.T) {
	once := sent(time.Hour)
	once.AbsentSince = time.Now().Add(-time.Second)
	cutOff := sent(-10 * time.Second) // an interrupted attempt may send for ten more seconds
	for name, c := range map[string]struct {
		intent *Intent
		answer string
		next   time.Duration // 0 when it is sent
	}{
		"absent twice":                            {sentAndSought(), nowhere, 0},
		"absent once":                             {sent(time.Hour), nowhere, 15 * time.Second},
		"absent twice, but too close":             {once, nowhere, 14 * time.Second},
		"absent, but too early":                   {sent(5 * time.Second), nowhere, 10 * time.Second},
		"absent, while an attempt may still send": {cutOff, nowhere, 25 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {c.answer}, postStatus: {success}})
			_, err := submit(h, dishStatus, suspend(), c.intent)
			if c.next == 0 {
				require.NoError(t, err)
				require.Contains(t, h.events, postStatus)
				return
			}
			f := failureIn(t, err)
			require.Equal(t, []any{Retrying, false}, []any{f.kind, f.final})
			require.InDelta(t, c.next.Seconds(), f.next.Seconds(), 2)
			require.NotContains(t, h.events, postStatus)
		})
	}
}

// A gateway's own 404 is not an answer of DISH, in any form: nothing is sent again because of it.
func TestAGatewaysNotFoundProvesNothing(t *testing.T) {
	for _, answer := range []string{
		"404 default backend - 404", `404 {"message":"no Route matched with those Values"}`, "404 <html>", "404",
		`404 {"timestamp":"2026-03-04","status":404,"error":"Not Found","path":"/x"}`,
		`404 {"code":5,"message":"Not Found","details":[]}`, `404 {"error":{"code":404,"status":"NOT_FOUND"}}`,
	} {
		t.Run(answer, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {answer}, postStatus: {success}})
			_, err := submit(h, dishStatus, suspend(), sentAndSought())
			f := failureIn(t, err)
			require.Equal(t, []any{Retrying, false, true}, []any{f.kind, f.final, f.maybeSent()}, f.text)
			require.NotContains(t, h.events, postStatus)
		})
	}
}

// What an error of the look-up itself means. Operators are told once of an error that is permanent.
func TestErrorsOfTheLookUp(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		raised []string
		kind   string
		next   time.Duration
	}{
		"500":              {"500 oops", nil, Retrying, 0},
		"429, Retry-After": {"429/60 {}", nil, Retrying, time.Minute},
		"dropped":          {reset, nil, Retrying, 0},
		"401":              {"401 {}", nil, Unauthorized, 0},
		"401, raised":      {"401 {}", []string{Unauthorized}, Retrying, 0},
		"400":              {"400 {}", nil, UnknownStatus, 0},
		"400, raised":      {"400 {}", []string{UnknownStatus}, Retrying, 0},
		"a page as 404":    {"404 <html>", nil, Retrying, 0},
		"a page as a 200":  {"200 <html>", nil, Retrying, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {c.answer}, postStatus: {success}})
			intent := sentAndSought()
			intent.Before = &carriers.Line{Status: "Active"}
			in := suspend()
			in.Raised = c.raised
			_, err := submit(h, dishStatus, in, intent)
			f := failureIn(t, err)
			require.Equal(t, []any{c.kind, c.next, c.kind != Retrying, true}, []any{f.kind, f.next, f.final, f.maybeSent()})
			require.Equal(t, "Active", f.Intent.Before.Status)
			require.NotContains(t, h.events, postStatus)
		})
	}
}

// An attempt that has no time left for a whole exchange does not begin one.
func TestAnAttemptWithoutTimeDoesNotSend(t *testing.T) {
	h := newHarness(t, routes{postStatus: {success}})
	c := sendingBy(t, func(context.Context) (carriers.Acknowledgement, error) {
		t.Error("it was sent")
		return carriers.Acknowledgement{}, nil
	})
	s := submission{change: c, in: suspend()}
	h.env.RegisterActivityWithOptions(func(ctx context.Context) (string, error) {
		ctx, stop := context.WithTimeout(ctx, 5*time.Second)
		defer stop()
		_, why := s.timeToSend(ctx)
		return why, nil
	}, activity.RegisterOptions{Name: "time to send"})
	why, err := run[string](h, "time to send", nil)
	require.NoError(t, err)
	require.Contains(t, why, "an exchange may take 10s")

	h.env.RegisterActivityWithOptions(func(ctx context.Context) (SubmitResult, error) {
		ctx, stop := context.WithTimeout(ctx, 5*time.Second)
		defer stop()
		return c.submit(ctx, suspend())
	}, activity.RegisterOptions{Name: "too late"})
	_, err = run[carriers.Acknowledgement](h, "too late", nil)
	f := failureIn(t, err)
	require.Equal(t, []any{Retrying, false, false}, []any{f.kind, f.final, f.maybeSent()}, f.text)
	require.Empty(t, h.intents)
}

func TestAnErrorOfNoCarrierMayHaveSent(t *testing.T) {
	e := asCarrierError("dish", "dish.X", "r-1", errors.New("odd"))
	require.Equal(t, carriers.Uncertain, e.Class)
	require.Equal(t, "r-1", e.Reference)
}
