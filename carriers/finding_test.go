package carriers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// Absence is proven by two look-ups that say so, the first a look-up delay after the last moment at which anything may have
// been sent, the second a look-up delay after the first.
func TestAbsenceIsProven(t *testing.T) {
	const lookupDelay = 15 * time.Second
	sent := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	type lookUp struct {
		after  time.Duration
		found  carriers.Presence
		proven bool
		wait   time.Duration
	}
	for name, tc := range map[string]struct {
		needed  int
		lookUps []lookUp
	}{
		"two look-ups a look-up delay apart": {carriers.ToSendAgain, []lookUp{
			{lookupDelay, carriers.Absent, false, lookupDelay}, {2 * lookupDelay, carriers.Absent, true, 0},
		}},
		"a look-up before the delay does not count": {carriers.ToSendAgain, []lookUp{
			{5 * time.Second, carriers.Absent, false, 10 * time.Second},
			{lookupDelay, carriers.Absent, false, lookupDelay},
			{lookupDelay + 5*time.Second, carriers.Absent, false, 10 * time.Second},
			{2 * lookupDelay, carriers.Absent, true, 0},
		}},
		"after an unclear look-up two more are needed": {carriers.ToSendAgain, []lookUp{
			{lookupDelay, carriers.Absent, false, lookupDelay},
			{lookupDelay + time.Second, carriers.CannotTell, false, 0},
			{2 * lookupDelay, carriers.Absent, false, lookupDelay},
			{3 * lookupDelay, carriers.Absent, true, 0},
		}},
		"a refusal is believed after one": {carriers.ToBelieveRefusal, []lookUp{
			{time.Second, carriers.Absent, false, 14 * time.Second}, {lookupDelay, carriers.Absent, true, 0},
		}},
		"look-ups that cannot tell prove nothing": {carriers.ToSendAgain, []lookUp{
			{lookupDelay, carriers.CannotTell, false, 0}, {2 * lookupDelay, carriers.CannotTell, false, 0}, {9 * lookupDelay, carriers.CannotTell, false, 0},
		}},
		"present is never absent": {carriers.ToSendAgain, []lookUp{{9 * lookupDelay, carriers.Present, false, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			var p carriers.Proof
			p.Sending(sent)
			for _, l := range tc.lookUps {
				proven, wait := p.Weigh(l.found, sent.Add(l.after), lookupDelay, tc.needed)
				require.Equal(t, l.proven, proven, l.after)
				require.Equal(t, l.wait, wait, l.after)
			}
		})
	}
}

// The latest moment of sending counts, and after a new sending earlier look-ups do not count.
func TestTheLatestSendingCounts(t *testing.T) {
	const lookupDelay = 15 * time.Second
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	var p carriers.Proof
	require.False(t, p.MaybeSent())
	proven, _ := p.Weigh(carriers.Absent, at, lookupDelay, carriers.ToSendAgain)
	require.True(t, proven, "it is certain that nothing was sent")
	p.Sending(at.Add(10 * time.Second))
	p.Sending(at) // an earlier moment changes nothing
	require.Equal(t, at.Add(10*time.Second), p.SentUntil)
	proven, _ = p.Weigh(carriers.Absent, at.Add(25*time.Second), lookupDelay, carriers.ToSendAgain)
	require.False(t, proven)
	p.Sending(at.Add(30 * time.Second))
	require.Equal(t, at.Add(30*time.Second), p.SentUntil)
	require.Zero(t, p.AbsentSince)
}
