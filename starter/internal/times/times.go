// Package times reads the points in time and the durations that people type.
package times

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// minute is how a time that was chosen by people is written and read.
const minute = "2006-01-02 15:04"

// Past reads a point in time that lies before now: how long ago ("24h", "7d"), a date or a time.
func Past(text string, now time.Time) (time.Time, error) {
	if ago, err := Duration(text); err == nil {
		return now.Add(-ago), nil
	}
	at, err := moment(text, now.Location())
	if _, near := errors.AsType[clockChange](err); near {
		err = nil // the nearest time is good enough to look back to
	}
	switch {
	case err != nil:
		return at, fmt.Errorf("%q is neither a duration such as 24h or 7d nor a date such as 2026-11-01", text)
	case at.After(now):
		return at, fmt.Errorf("%q lies in the future", text)
	}
	return at, nil
}

// Future reads a point in time that lies after now: "+" and how long from now ("+2h", "+7d"), a date or a time.
func Future(text string, now time.Time) (time.Time, error) {
	if rest, relative := strings.CutPrefix(text, "+"); relative {
		ahead, err := Duration(rest)
		if err != nil || ahead <= 0 {
			return time.Time{}, fmt.Errorf("%q is not a duration such as +2h or +7d", text)
		}
		return now.Add(ahead), nil
	}
	at, err := moment(text, now.Location())
	if _, unclear := errors.AsType[clockChange](err); unclear {
		return at, err
	}
	switch {
	case err != nil:
		return at, fmt.Errorf("%q is neither a time such as \"2026-12-01 09:00\" nor a duration such as +2h", text)
	case !at.After(now):
		return at, fmt.Errorf("%q has passed; it is %s now", text, now.Format(minute+" MST"))
	}
	return at, nil
}

// Duration reads how long something is, in the notation of all durations: "90s", "48h", "7d".
func Duration(text string) (time.Duration, error) {
	d, err := carriers.ParseDuration(text)
	if err == nil && d < 0 {
		err = fmt.Errorf("%q is a negative duration", text)
	}
	return d.Std(), err
}

// moment reads a date or a time; without an offset it is meant in the given zone. One that the clocks there skip, or show twice, is a
// [clockChange] beside the nearest time there is.
func moment(text string, zone *time.Location) (at time.Time, err error) {
	for _, layout := range []string{time.RFC3339, minute, time.DateTime, time.DateOnly} {
		if at, err = time.ParseInLocation(layout, text, zone); err != nil {
			continue
		}
		shown, _ := time.Parse(layout, text) // as if in UTC: what a clock shows
		meant := instants(shown, zone)
		switch {
		case layout == time.RFC3339 || len(meant) == 1:
			return at, nil
		case len(meant) == 2:
			return at, clockChange(fmt.Sprintf("%q comes twice here, because the clocks are put back; give the offset: %s or %s",
				text, meant[0].Format(time.RFC3339), meant[1].Format(time.RFC3339)))
		}
		return at, clockChange(fmt.Sprintf("%q does not exist here, the clocks are put forward over it; give a time before or after that, or one with an offset, as %s",
			text, shown.Format("2006-01-02T15:04:05")+shown.Add(-far).In(zone).Format("Z07:00")))
	}
	return at, err
}

// clockChange says why a local time does not say when.
type clockChange string

// Error says what to write instead.
func (e clockChange) Error() string { return string(e) }

// far is more than any offset: that long before or after a time, the clocks show what they do before or after a change.
const far = 26 * time.Hour

// instants are the points in time at which the clocks of a zone show something: normally one, none when they are put
// forward over it, two when they are put back over it.
func instants(shown time.Time, zone *time.Location) (meant []time.Time) {
	for _, near := range []time.Time{shown.Add(-far), shown.Add(far)} {
		_, offset := near.In(zone).Zone()
		at := shown.Add(-time.Duration(offset) * time.Second).In(zone)
		if at.Format(time.DateTime) == shown.Format(time.DateTime) && !slices.ContainsFunc(meant, at.Equal) {
			meant = append(meant, at)
		}
	}
	return meant
}
