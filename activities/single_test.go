package activities

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// single is the input of an activity with one attempt.
func single(in SubmitInput) SubmitInput {
	in.Single = true
	return in
}

// How a single attempt ends tells whether it may have sent, so that nothing is stored before it sends.
func TestASingleAttemptStoresNothing(t *testing.T) {
	h := newHarness(t, routes{postStatus: {success}})
	_, err := submit(h, dishStatus, single(suspend()), nil)
	require.NoError(t, err)
	require.Equal(t, []string{postStatus}, h.events)

	for name, c := range map[string]struct {
		answer    string
		maybeSent bool
	}{
		"no answer":       {reset, true},
		"a gateway error": {"502 {}", true},
		"too many":        {"429/30 {}", false},
		"a refusal, which a look-up has to exclude for an earlier one": {`400 {"code":"BAD"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{postStatus: {c.answer}})
			_, err := submit(h, dishStatus, single(suspend()), nil)
			f := failureIn(t, err)
			require.Equal(t, Retrying, f.kind)
			require.NotNil(t, f.Intent)
			require.Equal(t, c.maybeSent, f.maybeSent())
			require.Empty(t, h.intents)
		})
	}
}

// What was read before sending cannot be read again later, so it is stored.
func TestASingleAttemptStoresTheLineThatItHasRead(t *testing.T) {
	ceased := `200 {"subscriptions":[{"subscriptionStatus":"Ceased","resources":[{"iccid":"89010000000000000017"}]}]}`
	h := newHarness(t, routes{askLine: {ceased}, postStatus: {success}})
	_, err := submit(h, dishStatus, single(changing(status(dish.Reactivate))), nil)
	require.NoError(t, err)
	require.Equal(t, []string{askLine, "intent", postStatus}, h.events)
	require.Equal(t, "Ceased", h.intents[0].Before.Status)
}

// An operator who pauses the activity makes the server try again. That attempt looks up first.
func TestASecondAttemptOfASingleOneLooksUp(t *testing.T) {
	s := submission{in: single(suspend()), clock: clock{server: time.Now()}}
	s.afterPause(2)
	require.False(t, s.in.Single)
	require.True(t, s.intent.MaybeSent())

	s = submission{in: single(suspend())}
	s.afterPause(1)
	require.True(t, s.in.Single)
	require.False(t, s.intent.MaybeSent())
}

// turns are a line's turn as a test wants it.
type turns struct {
	answer Turn
	err    error
	asked  []LineRequest
	again  []bool
}

func (f *turns) Take(_ context.Context, in LineRequest, again bool) (Turn, error) {
	f.asked, f.again = append(f.asked, in), append(f.again, again)
	return f.answer, f.err
}

const aLine = "line:dish:0123456789abcdef"

func TestASubmitTakesTheTurnBeforeAnything(t *testing.T) {
	t.Run("it has it", func(t *testing.T) {
		free := &turns{answer: Turn{Line: aLine, Granted: true}}
		h := newHarnessWith(t, routes{postStatus: {success}}, Options{Turns: free})
		sent, err := run[SubmitResult](h, SubmitName(dishStatus), single(suspend()))
		require.NoError(t, err)
		require.Equal(t, aLine, sent.Turn)
		require.Equal(t, []LineRequest{{dishStatus, "89010000000000000017"}}, free.asked)
		require.Equal(t, []bool{false}, free.again)

		granted := single(suspend())
		granted.Asked = true
		_, err = run[SubmitResult](h, SubmitName(dishStatus), granted)
		require.NoError(t, err)
		require.Equal(t, []bool{false, true}, free.again, "it was told")
	})
	t.Run("another has it", func(t *testing.T) {
		for _, earlier := range []Intent{{}, *sentAndSought()} {
			busy := &turns{answer: Turn{Line: aLine, Holder: "dish:r-0"}}
			h := newHarnessWith(t, routes{postStatus: {success}}, Options{Turns: busy})
			in := suspend()
			in.Earlier = earlier
			_, err := submit(h, dishStatus, in, nil)
			f := failureIn(t, err)
			require.Equal(t, []any{LineBusy, true, busy.answer, earlier.MaybeSent()}, []any{f.kind, f.final, f.Turn, f.maybeSent()})
			require.Empty(t, h.events, "not even a look-up")
		}
	})
	t.Run("Temporal does not answer", func(t *testing.T) {
		h := newHarnessWith(t, routes{postStatus: {success}}, Options{Turns: &turns{err: errors.New("shard not available")}})
		_, err := submit(h, dishStatus, single(suspend()), nil)
		f := failureIn(t, err)
		require.Equal(t, []any{Retrying, false, false}, []any{f.kind, f.final, f.maybeSent()})
		require.Contains(t, f.text, "nothing was sent now")
		require.Empty(t, h.events)
	})
}

// What acts on a request that is under way does not wait for it.
func TestWhatIsOutOfTurnTakesNone(t *testing.T) {
	asked := &turns{answer: Turn{Line: aLine, Holder: "stn:r-0"}}
	h := newHarnessWith(t, routes{}, Options{Turns: asked})
	_, err := run[SubmitResult](h, SubmitName("stn.CancelPortIn"), SubmitInput{Reference: "r-1", Request: []byte(`{"reference":"r-1","activationId":"a-1"}`)})
	require.Error(t, err)
	require.Empty(t, asked.asked)
}

// The polls of all operations of a carrier stay within their share of its limit. Who waits for a confirmation is asked about at its pace.
func TestPollsAreApart(t *testing.T) {
	apart := func(least time.Duration) Options {
		return Options{PollsApart: func(swept bool) time.Duration {
			if swept {
				return 10 * least
			}
			return least
		}}
	}
	next := func(options Options, in CheckInput) time.Duration {
		h := newHarnessWith(t, routes{askStatus: {`200 {"status":"InProgress"}`}, askLine: {line("Active")}}, options)
		_, err := check(h, dishStatus, in, nil)
		f := failureIn(t, err)
		require.Equal(t, Pending, f.kind)
		return f.next
	}
	own := next(Options{}, suspended())
	require.Equal(t, own, next(apart(time.Second), suspended()), "at its own pace")
	require.Equal(t, 2*time.Minute, next(apart(2*time.Minute), suspended()))

	confirming := suspended()
	confirming.CallbackOutcome = carriers.Outcome{State: carriers.Done}
	require.Equal(t, own, next(apart(2*time.Minute), confirming))
}

// The first check of an operation that a sweep tells is not made before its time: the carrier is not asked.
func TestTheFirstCheckOfASweptOperationWaits(t *testing.T) {
	in := suspended()
	in.Acknowledgement.Swept, in.Acknowledgement.At = true, time.Now()
	options := Options{PollsApart: func(swept bool) time.Duration {
		require.True(t, swept)
		return 2 * time.Minute
	}}
	h := newHarnessWith(t, routes{askStatus: {success}, askLine: {line("Suspended")}}, options)
	_, err := check(h, dishStatus, in, nil)
	f := failureIn(t, err)
	require.Equal(t, Pending, f.kind)
	require.InDelta(t, 2*time.Minute, f.next, float64(10*time.Second))
	require.Empty(t, h.events)

	in.Acknowledgement.At = time.Now().Add(-3 * time.Minute)
	_, err = check(h, dishStatus, in, nil)
	require.NoError(t, err)
}

func TestAConfirmingReadIsMadeDirectlyOrNotAtAll(t *testing.T) {
	may := &share{}
	h := newHarness(t, routes{askStatus: {success}, askLine: {line("Suspended")}})
	h.confirm(may)
	in := suspended()
	in.CallbackOutcome = carriers.Outcome{State: carriers.Done, Status: "Success"}
	_, err := run[CheckResult](h, ConfirmName(dishStatus), in)
	require.ErrorContains(t, err, "no read may be made now")
	require.Empty(t, h.events)

	may.free = 1
	seen, err := run[CheckResult](h, ConfirmName(dishStatus), in)
	require.NoError(t, err)
	require.Equal(t, carriers.Shown, seen.Effect)
	require.Equal(t, 1, may.free, "given back")
}

type share struct{ free int }

func (s *share) Begin() (end func(), may bool) {
	if s.free == 0 {
		return nil, false
	}
	s.free--
	return func() { s.free++ }, true
}
