package identifiers

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Precision is how much of a point in time a text shows.
type Precision string

// The precisions.
const (
	// Unreadable: nothing.
	Unreadable Precision = ""
	// Day: a date alone. Neither the time of day nor the zone is known.
	Day Precision = "day"
	// Local: a date and a time of day in an unknown zone.
	Local Precision = "local"
	// Instant: a point in time.
	Instant Precision = "instant"
)

// Order is the order of two points in time.
type Order string

// The results of [CompareTimes].
const (
	Before        Order = "before"
	After         Order = "after"
	Same          Order = "same"
	OrderNotKnown Order = "incomparable"
)

// written is RFC 3339 and the variants that carriers use: a blank in place of the T, no seconds, a comma before the
// fraction, an offset without a colon or minutes (ISO 8601), UTC or GMT as a word, blanks before any of these, the name of
// the zone at the end (RFC 9557).
var written = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})` +
	`(?:(?:[Tt]|\s+)([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?` +
	`(?:\s*([Zz]|(?i:UTC|GMT)|[+-][0-9]{2}(?::?[0-9]{2})?)(?:\[[A-Za-z0-9_+/-]+\])?)?)?$`)

// ParseTime reads a carrier's point in time and says how much of it is known. A [Day] is its midnight in UTC, a [Local]
// time is given as if it were UTC: neither is an instant, so compare such times with [CompareTimes] only. 0001-01-01 is
// [Unreadable], because some systems write "none" like that. (RFC 3339 section 5.6; the variants are ours)
func ParseTime(s string) (time.Time, Precision) {
	m := written.FindStringSubmatch(Trim(s))
	if m == nil {
		return time.Time{}, Unreadable
	}
	day, clock, seconds, fraction, zone := m[1], m[2], m[3], m[4], m[5]
	if clock == "" {
		clock, seconds = "00:00", "00"
	}
	if seconds == "" {
		seconds = "00"
	}
	if len(fraction) > 9 {
		fraction = fraction[:9] // a time.Time holds nanoseconds
	}
	offset, ok := offsetOf(zone)
	if !ok {
		return time.Time{}, Unreadable
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05", day+"T"+clock+":"+seconds+"."+fraction+"0", offset)
	switch {
	case err != nil || at.Year() <= 1:
		return time.Time{}, Unreadable
	case m[2] == "":
		return at, Day
	case zone == "":
		return at, Local
	}
	return at, Instant
}

// offsetOf reads an offset; an empty one is UTC.
func offsetOf(zone string) (*time.Location, bool) {
	if zone == "" || strings.ContainsAny(zone, "ZzUuGg") {
		return time.UTC, true
	}
	digits := strings.ReplaceAll(zone[1:], ":", "") + "00"
	hours, _ := strconv.Atoi(digits[:2])
	minutes, _ := strconv.Atoi(digits[2:4])
	seconds := hours*3600 + minutes*60
	switch {
	case hours > 23 || minutes > 59: // RFC 3339 section 5.6, time-hour and time-minute
		return nil, false
	case seconds == 0:
		return time.UTC, true
	case zone[0] == '-':
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

// CompareTimes says whether a is before or after b. Two instants can be ordered, and two local times of one carrier, which
// are assumed to be of one zone. Days are ordered when they differ. An instant and a time without a zone cannot be ordered,
// nor can anything unreadable. Only [Before] and [After] may decide a choice by date. (ours)
func CompareTimes(a, b string) Order {
	at, precision := ParseTime(a)
	other, othersPrecision := ParseTime(b)
	return Later(at, precision, other, othersPrecision)
}

// Later is [CompareTimes] for times that are parsed already.
func Later(a time.Time, precisionOfA Precision, b time.Time, precisionOfB Precision) Order {
	if precisionOfA == Unreadable || precisionOfB == Unreadable || (precisionOfA == Instant) != (precisionOfB == Instant) {
		return OrderNotKnown
	}
	if precisionOfA == Day || precisionOfB == Day {
		a, b = midnight(a), midnight(b)
		if a.Equal(b) {
			return OrderNotKnown
		}
	}
	switch a.Compare(b) {
	case -1:
		return Before
	case 1:
		return After
	}
	return Same
}

func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
