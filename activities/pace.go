package activities

import (
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	// minConfirmReads is how many reads fit at least into the time that a change may take to show.
	minConfirmReads = 8
	// agePerPoll is the ratio of the age of a wait to the time between two polls, once the polls get slower.
	agePerPoll = 10
)

// Pace is how often a carrier is asked about one operation. It is steady at first; once the wait is ten times as old as the
// pace, the time between two polls grows with the age, up to a maximum. Most operations are decided soon, and old ones must
// not use the rate limit that new ones need. See docs/scaling.md for the effect on a carrier's rate limit.
type Pace struct {
	// Every is the time between two polls at first, Longest the maximum; zero means Every.
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

// ConfirmEvery is the time between two reads while the carrier says done and the change does not show yet: the usual pace,
// or faster, so that several reads fit into the time that the change may take to show.
func ConfirmEvery(every, within time.Duration) time.Duration {
	return min(every, within/minConfirmReads)
}

// minCheckTime is the time that must be left of a window for another check.
const minCheckTime = 2 * time.Second

// inWindow shortens a delay that reaches beyond the activity's ScheduleToCloseTimeout, so that the last check is made just
// before it. Temporal fails an activity at once when its next attempt would start too late; after a Retry-After of hours
// the wait would end hours too early.
func inWindow(next time.Duration, info activity.Info, now time.Time) time.Duration {
	left := info.ScheduledTime.Add(info.ScheduleToCloseTimeout).Sub(now)
	margin := min(next, info.StartToCloseTimeout, left/2)
	if info.ScheduleToCloseTimeout > 0 && next >= left && left > minCheckTime {
		return left - margin
	}
	return next
}
