package activities

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// What DISH is asked for in these tests.
const (
	postStatus = "POST /subscription/status"
	askStatus  = "GET /transaction/status/r-1"
	askLine    = "GET /subscription"
	success    = `200 {"status":"Success"}`
	nowhere    = `404 {"code":"NF","message":"unknown"}`
)

func status(action dish.Action) DishStatusUpdate {
	return DishStatusUpdate{StatusUpdate: dish.StatusUpdate{ICCID: "89010000000000000017", Action: action}}
}

func suspend() SubmitInput[DishStatusUpdate] { return changing(status(dish.Suspend)) }

// The intent is stored before the request leaves: nothing else can tell a later attempt that this one may have sent.
func TestTheFirstAttemptStoresItsIntentAndSends(t *testing.T) {
	b := newBench(t, routes{postStatus: {success}})
	ack, err := submit(b, DishUpdateSubscriptionStatus, suspend(), nil)
	require.NoError(t, err)
	require.Equal(t, []string{"intent", postStatus}, b.ledger)
	require.Equal(t, []Intent{{Sent: true}}, b.intents)
	require.JSONEq(t, `{"partnerTransactionId":"r-1","iccid":"89010000000000000017","action":"Suspend"}`, b.bodies[0])
	require.Equal(t, "r-1", ack.TransactionID)
	require.Equal(t, carriers.Pending, ack.Outcome.State)
	require.Equal(t, 200, ack.HTTPStatus)
	require.False(t, ack.Found)
	require.False(t, ack.At.IsZero())
}

func TestNothingIsSentWithoutAStoredIntent(t *testing.T) {
	for _, earlier := range []Intent{{}, {Sent: true}} {
		b := newBench(t, routes{postStatus: {success}, askStatus: {nowhere}})
		b.notStored = func(int) error { return errors.New("server away") }
		_, err := submit(b, DishUpdateSubscriptionStatus, suspend(), &earlier)
		f := failureIn(t, err)
		require.Equal(t, Retrying, f.kind)
		require.Contains(t, f.text, "nothing was sent")
		require.Equal(t, earlier.Sent, f.MaybeSent, "what an earlier attempt did is not forgotten")
		require.NotContains(t, b.ledger, postStatus)
	}
}

// Whatever says that something may have been sent makes a submit look up first, and what it finds decides.
func TestALookUpComesBeforeASecondSend(t *testing.T) {
	for name, earlier := range map[string]struct {
		intent      *Intent
		lookUpFirst bool
	}{
		"an earlier attempt":       {&Intent{Sent: true}, false},
		"an earlier run or window": {nil, true},
		"both":                     {&Intent{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			in := suspend()
			in.LookUpFirst = earlier.lookUpFirst

			b := newBench(t, routes{postStatus: {success}, askStatus: {`200 {"status":"InProgress"}`}})
			ack, err := submit(b, DishUpdateSubscriptionStatus, in, earlier.intent)
			require.NoError(t, err)
			require.Equal(t, []string{askStatus}, b.ledger, "found, so not sent")
			require.True(t, ack.Found)
			require.Equal(t, "r-1", ack.TransactionID)
			require.Equal(t, carriers.Outcome{State: carriers.Pending, Status: "InProgress"}, ack.Outcome)

			b = newBench(t, routes{postStatus: {success}, askStatus: {nowhere}})
			ack, err = submit(b, DishUpdateSubscriptionStatus, in, earlier.intent)
			require.NoError(t, err)
			require.Equal(t, []string{askStatus, "intent", postStatus}, b.ledger, "absent, so sent")
			require.False(t, ack.Found)
		})
	}
	t.Run("an earlier attempt that sent nothing", func(t *testing.T) {
		b := newBench(t, routes{postStatus: {success}})
		_, err := submit(b, DishUpdateSubscriptionStatus, suspend(), &Intent{})
		require.NoError(t, err)
		require.Equal(t, []string{"intent", postStatus}, b.ledger)
	})
}

// Reactivate cannot be asked about, so when the line's state does not show it, nobody can tell.
func TestALookUpThatCannotTell(t *testing.T) {
	ceased := `200 {"subscriptions":[{"subscriptionStatus":"Ceased","resources":[{"iccid":"89010000000000000017"}]}]}`
	active := `200 {"subscriptions":[{"subscriptionStatus":"Active","resources":[{"iccid":"89010000000000000017"}]}]}`
	in := changing(status(dish.Reactivate))
	in.LookUpFirst = true

	b := newBench(t, routes{askStatus: {nowhere}, askLine: {ceased}, postStatus: {success}})
	_, err := submit(b, DishUpdateSubscriptionStatus, in, nil)
	f := failureIn(t, err)
	require.Equal(t, OutcomeUnknown, f.kind)
	require.True(t, f.final)
	require.True(t, f.MaybeSent)
	require.NotContains(t, b.ledger, postStatus)

	b = newBench(t, routes{askStatus: {nowhere}, askLine: {active}, postStatus: {success}})
	ack, err := submit(b, DishUpdateSubscriptionStatus, in, nil)
	require.NoError(t, err)
	require.True(t, ack.Found)
	require.NotContains(t, b.ledger, postStatus)

	b = newBench(t, routes{askStatus: {success}, postStatus: {success}})
	ack, err = submit(b, DishUpdateSubscriptionStatus, in, nil)
	require.NoError(t, err)
	require.True(t, ack.Found, "should DISH answer after all")
}

// What an answer to the first send means, by class.
func TestAnswersToTheFirstSend(t *testing.T) {
	for name, c := range map[string]struct {
		answer    string
		kind      string
		final     bool
		next      time.Duration
		maybeSent bool
		ledger    []string
	}{
		"dropped connection": {reset, Retrying, false, settle.Std(), true, []string{"intent", postStatus}},
		"500":                {"500 oops", Retrying, false, settle.Std(), true, []string{"intent", postStatus}},
		"503, patience":      {"503/60 oops", Retrying, false, time.Minute, true, []string{"intent", postStatus}},
		"200, but a page":    {"200 <html>", Retrying, false, settle.Std(), true, []string{"intent", postStatus}},
		"redirect":           {"302 moved", Retrying, false, settle.Std(), true, []string{"intent", postStatus}},
		"429":                {"429 {}", Retrying, false, 0, false, []string{"intent", postStatus, "intent taken back"}},
		"429, patience":      {"429/120 {}", Retrying, false, 2 * time.Minute, false, []string{"intent", postStatus, "intent taken back"}},
		"409":                {`409 {"code":"DUP"}`, Retrying, false, settle.Std(), true, []string{"intent", postStatus, "intent"}},
		"400":                {`400 {"code":"E-1","message":"no 15550100123"}`, Rejected, true, 0, false, []string{"intent", postStatus}},
		"404":                {`404 {"code":"E-1"}`, Rejected, true, 0, false, []string{"intent", postStatus}},
		"422":                {`422 {"code":"E-1"}`, Rejected, true, 0, false, []string{"intent", postStatus}},
		"200, but an error":  {`200 {"status":"Failed","code":"E-1"}`, Rejected, true, 0, false, []string{"intent", postStatus}},
		"401":                {"401 {}", Unauthorized, true, 0, false, []string{"intent", postStatus}},
		"403":                {"403 {}", Unauthorized, true, 0, false, []string{"intent", postStatus}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, routes{postStatus: {c.answer}})
			_, err := submit(b, DishUpdateSubscriptionStatus, suspend(), nil)
			f := failureIn(t, err)
			require.Equal(t, []any{c.kind, c.final, c.next, c.maybeSent}, []any{f.kind, f.final, f.next, f.MaybeSent}, f.text)
			require.Equal(t, c.ledger, b.ledger)
			if c.kind == Rejected {
				require.Equal(t, "E-1", f.Code)
			}
		})
	}
}

func TestUnreachableTakesTheIntentBack(t *testing.T) {
	for _, c := range []struct {
		earlier, back error
		maybeSent     bool
	}{
		{nil, nil, false},
		{nil, errors.New("server away"), true}, // the intent could not be taken back, so a later attempt has to wonder
	} {
		b := newBenchAt(t, "http://127.0.0.1:1")
		b.notStored = func(n int) error {
			if n == 2 {
				return c.back
			}
			return nil
		}
		_, err := submit(b, DishUpdateSubscriptionStatus, suspend(), nil)
		f := failureIn(t, err)
		require.Equal(t, []any{Retrying, carriers.Unreachable, c.maybeSent}, []any{f.kind, f.Class, f.MaybeSent})
		require.Equal(t, []Intent{{Sent: true}, {}}, b.intents)
	}
}

// A later send that surely was not taken says nothing about the earlier one that may have been.
func TestTakingBackKeepsWhatWasSentBefore(t *testing.T) {
	b := newBench(t, routes{askStatus: {nowhere}, postStatus: {"429 {}"}})
	_, err := submit(b, DishUpdateSubscriptionStatus, suspend(), &Intent{Sent: true})
	require.True(t, failureIn(t, err).MaybeSent)
	require.True(t, b.intents[1].Sent)
}

// A refusal of a second send may come of the first, so it is looked up once more and never sent again.
func TestARefusalThatMayMeanIHaveItAlready(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		kind   string
	}{"409": {"409 {}", Rejected}, "400": {"400 {}", Rejected}, "401": {"401 {}", Unauthorized}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, routes{askStatus: {nowhere}, postStatus: {c.answer}})
			_, err := submit(b, DishUpdateSubscriptionStatus, suspend(), &Intent{Sent: true})
			f := failureIn(t, err)
			require.Equal(t, []any{Retrying, settle.Std(), true}, []any{f.kind, f.next, f.MaybeSent})
			written := b.intents[len(b.intents)-1]
			require.NotNil(t, written.Refusal)

			b = newBench(t, routes{askStatus: {nowhere}, postStatus: {success}})
			_, err = submit(b, DishUpdateSubscriptionStatus, suspend(), &written)
			f = failureIn(t, err)
			require.Equal(t, []any{c.kind, true, f.Problem}, []any{f.kind, f.final, *written.Refusal})
			require.Equal(t, []string{askStatus}, b.ledger, "absent: refused for good, and not sent again")

			b = newBench(t, routes{askStatus: {success}, postStatus: {success}})
			ack, err := submit(b, DishUpdateSubscriptionStatus, suspend(), &written)
			require.NoError(t, err)
			require.True(t, ack.Found)
			require.Equal(t, []string{askStatus}, b.ledger, "present: taken the first time")
		})
	}
}

// What an error of the look-up itself means.
func TestErrorsOfTheLookUp(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		kind   string
		next   time.Duration
	}{
		"500":           {"500 oops", Retrying, 0},
		"429, patience": {"429/60 {}", Retrying, time.Minute},
		"dropped":       {reset, Retrying, 0},
		"401":           {"401 {}", OutcomeUnknown, 0},
		"400":           {"400 {}", OutcomeUnknown, 0},
		"a page as 404": {"404 <html>", Retrying, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, routes{askStatus: {c.answer}, postStatus: {success}})
			_, err := submit(b, DishUpdateSubscriptionStatus, suspend(), &Intent{Sent: true, Before: &carriers.Line{Status: "Active"}})
			f := failureIn(t, err)
			require.Equal(t, []any{c.kind, c.next, c.kind == OutcomeUnknown, true}, []any{f.kind, f.next, f.final, f.MaybeSent})
			require.Equal(t, "Active", f.Before.Status)
			require.NotContains(t, b.ledger, postStatus)
		})
	}
}

func TestAnErrorOfNoCarrierMayHaveSent(t *testing.T) {
	e := asCarrierError(carriers.DISH, "dish.X", "r-1", errors.New("odd"))
	require.Equal(t, carriers.Uncertain, e.Class)
	require.Equal(t, "r-1", e.Reference)
}
