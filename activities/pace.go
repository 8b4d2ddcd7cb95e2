package activities

import (
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	// fewestRepeats is how many reads fit at least into the time a change has to come into effect.
	fewestRepeats = 8
	// agePerPoll is how many times older a wait is than the time between two of its polls, once they get slower.
	agePerPoll = 10
)

// Pace is how often a carrier is asked about one operation. It is steady at first; once the wait is ten times as old as
// the pace, the time between two polls grows with the age, up to a maximum. Most operations are decided soon, and those that
// are not do not take the carrier's attention from new ones. See docs/scaling.md for what that means for a carrier's rate
// limit.
type Pace struct {
	// Every is the time between two polls at first, Longest the maximum; zero means as Every.
	Every   carriers.Duration `json:"every"`
	Longest carriers.Duration `json:"longest,omitempty"`
	// Since is when the wait began; zero keeps the pace steady.
	Since time.Time `json:"since,omitzero"`
}

// At is the time from a poll to the next one.
func (p Pace) At(now time.Time) time.Duration {
	every, longest := p.Every.Std(), p.Longest.Std()
	if p.Since.IsZero() || longest <= every {
		return every
	}
	return min(max(now.Sub(p.Since)/agePerPoll, every), longest)
}

// ConfirmEvery is the time between two reads while a change that is said to be done does not show yet: the usual pace, or
// faster, so that several reads fit into the time it has to come into effect.
func ConfirmEvery(every, within time.Duration) time.Duration { return min(every, within/fewestRepeats) }

// shortestLook is how much time has to be left of a window for one more look.
const shortestLook = 2 * time.Second

// inWindow shortens a delay that reaches beyond the activity's window, so that the last look comes just before the window
// closes: Temporal fails an activity at once when its next attempt would start too late, and after a Retry-After of hours
// the wait would be given up hours before its time.
func inWindow(next time.Duration, info activity.Info, now time.Time) time.Duration {
	left := info.ScheduledTime.Add(info.ScheduleToCloseTimeout).Sub(now)
	margin := min(next, info.StartToCloseTimeout, left/2)
	if info.ScheduleToCloseTimeout > 0 && next >= left && left > shortestLook {
		return left - margin
	}
	return next
}
