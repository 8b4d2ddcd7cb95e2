package carriers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// Absence is proven by two look-ups that say so, the first a settle time after the last moment at which anything may have
// been sent, the second a settle time after the first.
func TestAbsenceIsProven(t *testing.T) {
	const settle = 15 * time.Second
	sent := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	type look struct {
		after  time.Duration
		found  carriers.Presence
		proven bool
		wait   time.Duration
	}
	for name, tc := range map[string]struct {
		needed int
		looks  []look
	}{
		"two looks a settle time apart": {carriers.ToSendAgain, []look{
			{settle, carriers.Absent, false, settle}, {2 * settle, carriers.Absent, true, 0},
		}},
		"a look before the settle time does not count": {carriers.ToSendAgain, []look{
			{5 * time.Second, carriers.Absent, false, 10 * time.Second},
			{settle, carriers.Absent, false, settle},
			{settle + 5*time.Second, carriers.Absent, false, 10 * time.Second},
			{2 * settle, carriers.Absent, true, 0},
		}},
		"an unclear look between them begins anew": {carriers.ToSendAgain, []look{
			{settle, carriers.Absent, false, settle},
			{settle + time.Second, carriers.CannotTell, false, 0},
			{2 * settle, carriers.Absent, false, settle},
			{3 * settle, carriers.Absent, true, 0},
		}},
		"a refusal is believed after one": {carriers.ToBelieveRefusal, []look{
			{time.Second, carriers.Absent, false, 14 * time.Second}, {settle, carriers.Absent, true, 0},
		}},
		"what cannot be told proves nothing, however often": {carriers.ToSendAgain, []look{
			{settle, carriers.CannotTell, false, 0}, {2 * settle, carriers.CannotTell, false, 0}, {9 * settle, carriers.CannotTell, false, 0},
		}},
		"present is never absent": {carriers.ToSendAgain, []look{{9 * settle, carriers.Present, false, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			var p carriers.Proof
			p.Sending(sent)
			for _, l := range tc.looks {
				proven, wait := p.Weigh(l.found, sent.Add(l.after), settle, tc.needed)
				require.Equal(t, l.proven, proven, l.after)
				require.Equal(t, l.wait, wait, l.after)
			}
		})
	}
}

// The latest moment of sending counts, and a new sending makes earlier look-ups worthless.
func TestTheLatestSendingCounts(t *testing.T) {
	const settle = 15 * time.Second
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	var p carriers.Proof
	require.False(t, p.MaybeSent())
	proven, _ := p.Weigh(carriers.Absent, at, settle, carriers.ToSendAgain)
	require.True(t, proven, "surely nothing was sent")
	p.Sending(at.Add(10 * time.Second))
	p.Sending(at) // an earlier moment takes nothing back
	require.Equal(t, at.Add(10*time.Second), p.SentUntil)
	proven, _ = p.Weigh(carriers.Absent, at.Add(25*time.Second), settle, carriers.ToSendAgain)
	require.False(t, proven)
	p.Sending(at.Add(30 * time.Second))
	require.Equal(t, at.Add(30*time.Second), p.SentUntil)
	require.Zero(t, p.AbsentSince)
}
