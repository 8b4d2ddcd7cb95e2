package identifiers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestParseTime(t *testing.T) {
	noon := time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]struct {
		at        time.Time
		precision Precision
	}{
		// RFC 3339
		"2024-03-15T12:00:00Z":                {noon, Instant},
		"2024-03-15T13:00:00+01:00":           {noon, Instant},
		"2024-03-15T06:30:00-05:30":           {noon, Instant},
		"2024-03-15t12:00:00z":                {noon, Instant},
		"2024-03-15 12:00:00Z":                {noon, Instant},
		"2024-03-15T12:00:00-00:00":           {noon, Instant}, // section 4.3: the instant is known, the place is not
		"2024-03-15T12:00:00.5Z":              {noon.Add(500 * time.Millisecond), Instant},
		"2024-03-15T12:00:00.1234567Z":        {noon.Add(123456700), Instant},
		"2024-03-15T12:00:00.123456789123Z":   {noon.Add(123456789), Instant},
		"2024-03-15T12:00:00.0000000+00:00":   {noon, Instant},
		"2024-03-15T12:00:00Z[UTC]":           {noon, Instant}, // RFC 9557
		"2024-03-15T13:00:00+01:00[Etc/Some]": {noon, Instant},
		// ISO 8601 beyond RFC 3339
		"2024-03-15T12:00:00+0000":     {noon, Instant},
		"2024-03-15T13:00:00.000+0100": {noon, Instant},
		"2024-03-15T07:00:00-0500":     {noon, Instant},
		"2024-03-15T13:00:00+01":       {noon, Instant},
		"2024-03-15T12:00Z":            {noon, Instant},
		"2024-03-15T12:00:00,5Z":       {noon.Add(500 * time.Millisecond), Instant},
		// ours
		"2024-03-15 12:00:00 UTC":    {noon, Instant},
		"2024-03-15 12:00:00  GMT":   {noon, Instant},
		"2024-03-15T12:00:00 utc":    {noon, Instant},
		"2024-03-15 12:00:00UTC":     {noon, Instant},
		"2024-03-15 13:00:00 +0100":  {noon, Instant},
		"2024-03-15  12:00:00.000 Z": {noon, Instant},
		" 2024-03-15T12:00:00Z\n":    {noon, Instant},
		"2024-03-15T12:00:00":        {noon, Local},
		"2024-03-15 12:00:00.000":    {noon, Local},
		"2024-03-15 12:00":           {noon, Local},
		"2024-03-15":                 {noon.Add(-12 * time.Hour), Day},
		"9999-12-31":                 {time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), Day},
		// not readable
		"": {}, "15/03/2024": {}, "0000-00-00": {}, "0001-01-01T00:00:00": {}, "0001-01-01": {}, "1710504000": {}, "2024-02-30": {},
		"2024-03-15T25:00:00Z": {}, "2024-03-15T12:00:60Z": {}, "2024-03-15T12:00:00+25:00": {}, "2024-03-15T12:00:00+01:60": {},
		"2024-03-15T12:00:00 CET": {}, "2024-03-15T": {}, "2024-03-15Z": {}, "2024-3-15": {}, "Fri, 15 Mar 2024 12:00:00 GMT": {}, "now": {},
	} {
		at, precision := ParseTime(in)
		assert.Equal(t, want.precision, precision, "%q", in)
		assert.True(t, want.at.Equal(at), "%q is %s", in, at)
	}
}

func TestCompareTimes(t *testing.T) {
	turned := map[Order]Order{Before: After, After: Before, Same: Same, OrderNotKnown: OrderNotKnown}
	for _, row := range []struct {
		rule, a, b string
		want       Order
	}{
		{"instants", "2024-03-15T12:00:00Z", "2024-03-15T12:00:00.001Z", Before},
		{"instants with offsets", "2024-03-15T12:00:00+0000", "2024-03-15T12:30:00+0100", After},
		{"one instant", "2024-03-15T12:00:00Z", "2024-03-15T13:00:00+01:00", Same},
		{"two that used not to be read", "2023-01-01T00:00:00.000+0000", "2024-06-01T00:00:00.000+0000", Before},
		{"without a zone, both", "2024-03-15T12:00:00", "2024-03-15 12:00:01", Before},
		{"without a zone, the same", "2024-03-15T12:00:00", "2024-03-15 12:00", Same},
		{"days", "2024-03-15", "2024-03-16", Before},
		{"one day", "2024-03-15", "2024-03-15", OrderNotKnown},
		{"a day and a time of it", "2024-03-15", "2024-03-15T12:00:00", OrderNotKnown},
		{"a day and a time of another", "2024-03-15", "2024-03-16T00:00:00", Before},
		{"with and without a zone", "2023-03-15T12:00:00Z", "2024-03-15T12:00:00", OrderNotKnown},
		{"an instant and a day", "2023-03-15T12:00:00Z", "2024-03-15", OrderNotKnown},
		{"not readable", "15/03/2024", "2024-03-15T12:00:00Z", OrderNotKnown},
		{"neither readable", "15/03/2024", "15/03/2024", OrderNotKnown},
		{"missing", "", "2024-03-15", OrderNotKnown},
	} {
		assert.Equal(t, row.want, CompareTimes(row.a, row.b), row.rule)
		assert.Equal(t, turned[row.want], CompareTimes(row.b, row.a), row.rule)
	}
}
