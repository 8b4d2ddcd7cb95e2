package carriers

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		{`1e3`, "1e3"},
		{`-1.50`, "-1.50"},
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

func TestObjectTravelsAsItIs(t *testing.T) {
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

// The bytes belong to the reader of the message, who may use them again.
func TestObjectKeepsItsOwnBytes(t *testing.T) {
	message := []byte(`{"a":1}`)
	var o Object
	require.NoError(t, o.UnmarshalJSON(message))
	copy(message, `{"b":2}`)
	assert.Equal(t, `{"a":1}`, string(o))
}

func TestDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{`"90s"`: 90 * time.Second, `"36h"`: 36 * time.Hour, `"1m30s"`: 90 * time.Second, `"100ms"`: 100 * time.Millisecond} {
		var d Duration
		require.NoError(t, json.Unmarshal([]byte(in), &d), in)
		assert.Equal(t, want, d.Std())
		written, err := json.Marshal(d)
		require.NoError(t, err)
		var again Duration
		require.NoError(t, json.Unmarshal(written, &again))
		assert.Equal(t, d, again)
	}
	for _, in := range []string{`"90"`, `"a day"`, `""`, `90`, `{}`} {
		var d Duration
		assert.Error(t, json.Unmarshal([]byte(in), &d), in)
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
