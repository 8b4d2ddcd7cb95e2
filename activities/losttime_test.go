package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// lost is an hour that ended a while ago, and what ran before it and begins after it.
var (
	lost   = LostTime{From: time.Now().Add(-3 * time.Hour).Truncate(time.Second).UTC(), Until: time.Now().Add(-2 * time.Hour).Truncate(time.Second).UTC()}
	before = lost.From.Add(-time.Hour)
	after  = lost.Until.Add(time.Hour)
)

// begun is a submit of a run that began then.
func begun(at time.Time, request carriers.Request) SubmitInput {
	in := single(changing(request))
	in.StartedAt = at
	return in
}

// The first attempt of a run looks its request up before it sends, when Temporal has lost time: it may be at the carrier.
func TestAfterARestoreARequestIsLookedUpBeforeItIsSent(t *testing.T) {
	for name, at := range map[string]time.Time{"a run of before": before, "a run that may repeat a lost reference": after} {
		t.Run(name, func(t *testing.T) {
			in := begun(at, status(dish.Suspend))
			h := newHarnessWith(t, routes{askStatus: {success}, postStatus: {success}}, Options{Lost: lost})
			ack, err := submit(h, dishStatus, in, nil)
			require.NoError(t, err)
			require.True(t, ack.Found)
			require.Equal(t, []string{askStatus}, h.events, "it is there, and not sent again")

			h = newHarnessWith(t, routes{askStatus: {nowhere}, postStatus: {success}}, Options{Lost: lost})
			_, err = submit(h, dishStatus, in, nil)
			f := failureIn(t, err)
			require.Equal(t, Retrying, f.kind)
			require.Equal(t, []string{askStatus, "intent"}, h.events, "one look-up proves nothing")
			require.True(t, f.Intent.SentUntil.Equal(lost.Until))

			in.Earlier = *f.Intent
			in.Earlier.AbsentSince = time.Now().Add(-time.Minute)
			h = newHarnessWith(t, routes{askStatus: {nowhere}, postStatus: {success}}, Options{Lost: lost})
			_, err = submit(h, dishStatus, in, nil)
			require.NoError(t, err)
			require.Equal(t, []string{askStatus, "intent", postStatus}, h.events, "two prove it")
		})
	}
}

// A run that waited for its line's turn began when it was started, not when it got the turn.
func TestTheBeginningOfTheRunCounts(t *testing.T) {
	in := begun(after, swap(newICC))
	in.BeganAt = before
	h := newHarnessWith(t, routes{askSIM: {oldSIM}, askRisk: {noRisk}, postSIM: {"201 {}"}}, Options{Lost: lost})
	_, err := submit(h, masMovilSIM, in, nil)
	require.Equal(t, OutcomeUnknown, failureIn(t, err).kind, "only the effect could show it: an operator has to look")
	require.NotContains(t, h.events, postSIM)
}

// Where only the effect could show a request, a run that began later is sent: else every one would be parked.
func TestAfterARestoreNewRunsAreNotParked(t *testing.T) {
	h := newHarnessWith(t, routes{askSIM: {oldSIM}, askRisk: {noRisk}, postSIM: {"201 {}"}}, Options{Lost: lost})
	_, err := submit(h, masMovilSIM, begun(after, swap(newICC)), nil)
	require.NoError(t, err)
	require.Equal(t, postSIM, h.events[len(h.events)-1])

	s := submission{intent: *sent(time.Hour), suspected: referenceMayBeUsed}
	require.True(t, s.cleared(carriers.CannotTell, false), "nothing says that there was such a run")
	require.False(t, s.intent.MaybeSent(), "so the line is read before it is sent")
	s = submission{intent: *sent(time.Hour), suspected: runWasRestored}
	require.False(t, s.cleared(carriers.CannotTell, false))
	require.False(t, s.cleared(carriers.Absent, false))
	s = submission{intent: *sent(time.Hour)}
	require.False(t, s.cleared(carriers.Absent, true), "an attempt of this run has sent, and that is not forgotten")
	require.True(t, s.intent.MaybeSent())
}

// What an attempt has sent since the restore is looked up as always.
func TestWhatWasSentSinceTheRestoreIsNotCleared(t *testing.T) {
	h := newHarnessWith(t, routes{askStatus: {nowhere}, postStatus: {success}}, Options{Lost: lost})
	_, err := submit(h, dishStatus, begun(before, status(dish.Suspend)), sent(time.Minute))
	f := failureIn(t, err)
	require.Equal(t, Retrying, f.kind)
	require.True(t, f.Intent.SentUntil.After(lost.Until))
}

// A record of the lost time is older than a run that repeats its reference.
func TestRecordsOfTheLostTimeAreFound(t *testing.T) {
	require.Equal(t, lost.From, lost.earliest(after))
	require.Equal(t, before, lost.earliest(before))
	require.Equal(t, after, LostTime{}.earliest(after))
}

func TestLostTimeIsReadAndWritten(t *testing.T) {
	var l LostTime
	require.NoError(t, l.UnmarshalText([]byte("2026-11-26T10:00:00Z/2026-11-26T12:30:00+01:00")))
	require.Equal(t, "2026-11-26T10:00:00Z/2026-11-26T11:30:00Z", l.String())
	for _, wrong := range []string{"2026-11-26T10:00:00Z", "yesterday/today", "2026-11-26T10:00:00Z/2026-11-26T10:00:00Z"} {
		require.ErrorContains(t, l.UnmarshalText([]byte(wrong)), "<from>/<until>")
	}
	require.NoError(t, l.UnmarshalText(nil))
	require.True(t, l.IsZero())
	require.Empty(t, l.String())
}
