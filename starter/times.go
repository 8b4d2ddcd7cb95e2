package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// minutes is how a time that was chosen by people is written and read.
const minutes = "2006-01-02 15:04"

// past reads a point in time that lies before now: how long ago ("24h", "7d"), a date or a time.
func past(text string, now time.Time) (time.Time, error) {
	if ago, err := duration(text); err == nil {
		return now.Add(-ago), nil
	}
	at, err := moment(text, now.Location())
	switch {
	case err != nil:
		return at, fmt.Errorf("%q is neither a duration such as 24h or 7d nor a date such as 2026-11-01", text)
	case at.After(now):
		return at, fmt.Errorf("%q lies in the future", text)
	}
	return at, nil
}

// future reads a point in time that lies after now: "+" and how long from now ("+2h", "+7d"), a date or a time.
func future(text string, now time.Time) (time.Time, error) {
	if rest, relative := strings.CutPrefix(text, "+"); relative {
		ahead, err := duration(rest)
		if err != nil || ahead <= 0 {
			return time.Time{}, fmt.Errorf("%q is not a duration such as +2h or +7d", text)
		}
		return now.Add(ahead), nil
	}
	at, err := moment(text, now.Location())
	switch {
	case err != nil:
		return at, fmt.Errorf("%q is neither a time such as \"2026-12-01 09:00\" nor a duration such as +2h", text)
	case !at.After(now):
		return at, fmt.Errorf("%q has passed; it is %s now", text, now.Format(minutes+" MST"))
	}
	return at, nil
}

// duration reads how long something is, in the notation of all durations: "90s", "48h", "7d".
func duration(text string) (time.Duration, error) {
	d, err := carriers.ParseDuration(text)
	if err == nil && d < 0 {
		err = fmt.Errorf("%q is a negative duration", text)
	}
	return d.Std(), err
}

// moment reads a date or a time; without an offset it is meant in the given zone.
func moment(text string, zone *time.Location) (at time.Time, err error) {
	for _, layout := range []string{time.RFC3339, minutes, time.DateTime, time.DateOnly} {
		if at, err = time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	return at, err
}
