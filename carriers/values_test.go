package carriers

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

func TestTextKeepsDigits(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{`"89010000000000000017"`, "89010000000000000017"},
		{`89010000000000000017`, "89010000000000000017"},
		{` 8901 `, "8901"},
		{`"007"`, "007"},
		{`"\u0030"`, "0"},
		{`""`, ""},
		{`null`, ""},
		{`55001.0`, "55001"},
		{`5.5001e4`, "55001"},
		{`5.5001E+4`, "55001"},
		{`1e3`, "1000"},
		{`8.934030000000000017e18`, "8934030000000000017"},
		{`89010000000000000017.000`, "89010000000000000017"},
		{`9007199254740993`, "9007199254740993"},
		{`"9007199254740993.0"`, "9007199254740993.0"},
		{`"1e3"`, "1e3"},
		{`-1.50`, "-1.50"},
		{`5.5001e3`, "5.5001e3"},
		{`1e400000`, "1e400000"},
		{`" abc "`, "abc"},
		{`"\t000123\u00a0\n"`, "000123"},
		{`"a b"`, "a b"},
		{`"  "`, ""},
	} {
		text := Text("what was there before")
		if assert.NoError(t, json.Unmarshal([]byte(tc.in), &text), tc.in) {
			assert.Equal(t, tc.want, text.String(), tc.in)
		}
	}
	for _, in := range []string{`{}`, `[]`, `true`, `[1]`} {
		var text Text
		assert.Error(t, json.Unmarshal([]byte(in), &text), in)
	}
	written, err := json.Marshal(Text("12"))
	require.NoError(t, err)
	assert.Equal(t, `"12"`, string(written), "always a string")
}

// A string that is read without encoding/json is read alike.
func TestAPlainStringIsReadAlike(t *testing.T) {
	parts := rapid.SampledFrom([]string{"a", "Ω", " ", "\t", "\n", "\x00", "\x7f", "\xff", "\xc3", `"`, `\`, `\"`, `\u00e9`, `\ud800`, "\u2028", "<", "12"})
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(`"` + strings.Join(rapid.SliceOfN(parts, 0, 8).Draw(t, "parts"), "") + rapid.SampledFrom([]string{`"`, ``, `"x`}).Draw(t, "end"))
		var want string
		if got, ok := plainString(data); ok && (json.Unmarshal(data, &want) != nil || got != want) {
			t.Fatalf("%q is read as %q, not %q", data, got, want)
		}
	})
	_, ok := plainString([]byte(`"89010000000000000017 Ω"`))
	require.True(t, ok)
}

func TestObjectIsKeptUnchanged(t *testing.T) {
	var holder struct {
		O Object `json:"o"`
	}
	for in, want := range map[string]string{
		`{"o":{"b":89010000000000000017,"a":1.50,"c":[{"x":1e400}]}}`: `{"o":{"b":89010000000000000017,"a":1.50,"c":[{"x":1e400}]}}`,
		`{"o": {} }`:   `{"o":{}}`,
		`{"o":null}`:   `{"o":null}`,
		"{\"o\":\n{}}": `{"o":{}}`,
	} {
		holder.O = Object(`{"left":"over"}`)
		require.NoError(t, json.Unmarshal([]byte(in), &holder), in)
		out, err := json.Marshal(holder)
		require.NoError(t, err)
		assert.Equal(t, want, string(out))
	}
	for _, in := range []string{`{"o":[]}`, `{"o":"{}"}`, `{"o":1}`, `{"o":true}`} {
		assert.Error(t, json.Unmarshal([]byte(in), &holder), in)
	}
}

// The caller may reuse the bytes that it passed in.
func TestObjectKeepsItsOwnBytes(t *testing.T) {
	message := []byte(`{"a":1}`)
	var o Object
	require.NoError(t, o.UnmarshalJSON(message))
	copy(message, `{"b":2}`)
	assert.Equal(t, `{"a":1}`, string(o))
}

func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	for in, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "36h": 36 * time.Hour, "1m30s": 90 * time.Second, "100ms": 100 * time.Millisecond, "1.5h": 90 * time.Minute,
		"2d": 2 * day, "1d12h": 36 * time.Hour, "0.5d": 12 * time.Hour, "1d1m": day + time.Minute, "12h1d": 36 * time.Hour, "1d1d": 2 * day,
		"0d": 0, "0s": 0, "106751d": 106751 * day, "106751d23h47m16.854775807s": math.MaxInt64,
	} {
		var d Duration
		require.NoError(t, json.Unmarshal([]byte(`"`+in+`"`), &d), in)
		assert.Equal(t, want, d.Std(), in)
		written, err := json.Marshal(d)
		require.NoError(t, err)
		var again Duration
		require.NoError(t, json.Unmarshal(written, &again))
		assert.Equal(t, d, again)
		same, err := ParseDuration(d.String())
		require.NoError(t, err)
		assert.Equal(t, d, same, "%s is written as %s", in, d)
		assert.Regexp(t, Duration(0).JSONSchema().Pattern, in)
	}
	for in, want := range map[string]time.Duration{"-1d12h": -36 * time.Hour, "-5m": -5 * time.Minute, "+5m": 5 * time.Minute, "0": 0, "3us": 3 * time.Microsecond} {
		d, err := ParseDuration(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, d.Std(), "%s: what Go reads", in)
		assert.NotRegexp(t, Duration(0).JSONSchema().Pattern, in)
	}
	for _, in := range []string{
		`"90"`, `"a day"`, `""`, `90`, `{}`, `"d"`, `"-"`, `"--5m"`, `"1d-1h"`, `"1d+1h"`, `"-1d-1h"`, `"-+5m"`, `"1 d"`, `"2D"`, `"1w"`, `"1d12"`,
		`"106752d"`, `"106751d24h"`, `"99999999999999999999d"`, `"2562047h48m"`,
	} {
		var d Duration
		assert.Error(t, json.Unmarshal([]byte(in), &d), in)
	}
}

func TestDurationsAreReadable(t *testing.T) {
	for d, want := range map[time.Duration]string{
		90 * time.Second: "1m30s", 10 * time.Minute: "10m", 36 * time.Hour: "36h", 48 * time.Hour: "48h", 72 * time.Hour: "3d",
		14 * 24 * time.Hour: "14d", 73 * time.Hour: "73h", 0: "0s", 50 * time.Millisecond: "50ms",
	} {
		assert.Equal(t, want, Duration(d).String())
	}
}

func TestTimestamp(t *testing.T) {
	noon := time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		`"2024-03-15T12:00:00Z"`:              noon,
		`"2024-03-15T12:00:00.0000000Z"`:      noon,
		`"2024-03-15T13:00:00+01:00"`:         noon,
		`"2024-03-15T12:00:00.1234567Z"`:      noon.Add(123456700),
		`"2024-03-15"`:                        noon.Add(-12 * time.Hour),
		`" 2024-03-15 "`:                      noon.Add(-12 * time.Hour),
		`"2024-03-15T12:00:00+0000"`:          noon,
		`"2024-03-15T13:00:00.000+0100"`:      noon,
		`"2024-03-15 12:00:00 UTC"`:           noon,
		`"2024-03-15T12:00:00"`:               {}, // the zone is not known
		`"15/03/2024"`:                        {},
		`"0000-00-00"`:                        {},
		`1710504000`:                          {},
		`null`:                                {},
		`""`:                                  {},
		`"2024-03-15T12:00:00.123456789123Z"`: noon.Add(123456789),
	} {
		var ts Timestamp
		if assert.NoError(t, json.Unmarshal([]byte(in), &ts), "no answer is refused for the sake of a date: %s", in) {
			assert.True(t, want.Equal(ts.Time), "%s is %s", in, ts.Time)
		}
	}
	for in, want := range map[string]string{
		`"15/03/2024"`: `"15/03/2024"`, `null`: `null`, `1710504000`: `"1710504000"`, `"2024-03-15T12:00:00.1234567Z"`: `"2024-03-15T12:00:00.1234567Z"`,
	} {
		var ts Timestamp
		require.NoError(t, json.Unmarshal([]byte(in), &ts))
		out, err := json.Marshal(ts)
		require.NoError(t, err)
		assert.Equal(t, want, string(out), "the carrier's own text")
	}
	written, err := json.Marshal(Timestamp{Time: noon})
	require.NoError(t, err)
	assert.Equal(t, `"2024-03-15T12:00:00Z"`, string(written))
	var ts Timestamp
	assert.Error(t, json.Unmarshal([]byte(`{}`), &ts))
}

// Records are chosen by date: no choice may rest on an unknown date.
func TestTimestampsAreOrderedByWhatIsKnown(t *testing.T) {
	at := func(raw string) Timestamp {
		var ts Timestamp
		require.NoError(t, json.Unmarshal([]byte(`"`+raw+`"`), &ts))
		return ts
	}
	for _, row := range []struct {
		a, b Timestamp
		want identifiers.Order
	}{
		{at("2023-01-01T00:00:00.000+0000"), at("2024-06-01T00:00:00.000+0000"), identifiers.Before},
		{at("2024-06-01T00:00:00Z"), at("2023-01-01 00:00:00 UTC"), identifiers.After},
		{at("2024-06-01T02:00:00+02:00"), at("2024-06-01T00:00:00Z"), identifiers.Same},
		{at("2023-01-01T00:00:00"), at("2024-01-01T00:00:00"), identifiers.Before},
		{at("2023-01-01T00:00:00"), at("2024-01-01T00:00:00Z"), identifiers.OrderNotKnown},
		{at("2023-01-01"), at("2024-01-01"), identifiers.Before},
		{at("2023-01-01"), at("2023-01-01"), identifiers.OrderNotKnown},
		{at("01/01/2023"), at("2024-01-01"), identifiers.OrderNotKnown},
		{at(""), at("2024-01-01"), identifiers.OrderNotKnown},
		{Timestamp{}, Timestamp{}, identifiers.OrderNotKnown},
		{Timestamp{Time: time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)}, at("2024-01-01T00:00:00Z"), identifiers.Before},
	} {
		assert.Equal(t, row.want, row.a.Compare(row.b), "%s, %s", row.a.Raw, row.b.Raw)
	}
	assert.True(t, at("2023-01-01T00:00:00").Ordered())
	assert.False(t, at("01/01/2023").Ordered())
	assert.Equal(t, identifiers.Local, at("2023-01-01T00:00:00").Precision())
}
