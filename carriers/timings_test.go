package carriers

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWithDefaults(t *testing.T) {
	minute := Duration(time.Minute)
	require.Equal(t, DefaultTimings(), Timings{}.WithDefaults(DefaultTimings()))
	require.Equal(t, DefaultTimings(), Timings{Deadline: -1}.WithDefaults(DefaultTimings()), "a negative timing counts as left out")
	for name, set := range map[string]func(*Timings){
		"pollEvery":        func(t *Timings) { t.PollEvery = minute },
		"overdueAfter":     func(t *Timings) { t.OverdueAfter = minute },
		"overduePollEvery": func(t *Timings) { t.OverduePollEvery = minute },
		"deadline":         func(t *Timings) { t.Deadline = minute },
		"confirmWithin":    func(t *Timings) { t.ConfirmWithin = minute },
		"lookupDelay":      func(t *Timings) { t.LookupDelay = minute },
		"callTimeout":      func(t *Timings) { t.CallTimeout = minute },
	} {
		var given Timings
		want := DefaultTimings()
		set(&given)
		set(&want)
		require.Equal(t, want, given.WithDefaults(DefaultTimings()), name)
		written, err := json.Marshal(given)
		require.NoError(t, err)
		require.JSONEq(t, `{"`+name+`":"1m0s"}`, string(written), "every field has its name, and is left out with its default")
	}
}

// Each timing has a minimum and a maximum, which its description contains. A timing out of bounds is named with its bound.
func TestTimingsHaveBounds(t *testing.T) {
	schema := (&jsonschema.Reflector{DoNotReference: true}).Reflect(Timings{})
	rows := []struct{ field, tooShort, least, most, tooLong string }{
		{"pollEvery", "49ms", "50ms", "24h", "24h1s"},
		{"overdueAfter", "999ms", "1s", "366d", "366d1s"},
		{"overduePollEvery", "1ms", "50ms", "24h", "2d"},
		{"deadline", "0.5s", "1s", "366d", "2000000h"},
		{"confirmWithin", "99ms", "100ms", "24h", "25h"},
		{"lookupDelay", "99ms", "100ms", "1h", "1d"},
		{"callTimeout", "999ms", "1s", "10m", "10m1s"},
	}
	for _, row := range rows {
		field := "timings." + row.field
		tooShort, tooLong := []Fault{{field, "must be at least " + row.least}}, []Fault{{field, "must be at most " + row.most}}
		for value, want := range map[string][]Fault{
			row.tooShort:      tooShort,
			"0.001ms":         tooShort,
			row.tooLong:       tooLong,
			"99999999999999d": tooLong, // more than a duration holds
			row.least:         nil,
			row.most:          nil,
			"0s":              nil, // the default
			// The schema refuses these.
			"soon": nil, "": nil, "-5m": nil, "5": nil, "5m ": nil,
		} {
			request := `{"reference":"r-1","timings":{"` + row.field + `":"` + value + `"}}`
			assert.Equal(t, want, TimingFaults([]byte(request)), request)
		}
		for _, value := range []string{`5`, `null`, `true`, `{}`, `["1ms"]`} {
			assert.Empty(t, TimingFaults([]byte(`{"timings":{"`+row.field+`":`+value+`}}`)), "the schema says so: %s", value)
		}
		described, ok := schema.Properties.Get(row.field)
		require.True(t, ok)
		assert.Contains(t, described.Description, "; "+row.least+" to "+row.most)
	}
	assert.Equal(t, len(rows), schema.Properties.Len(), "each has bounds")

	defaults, err := json.Marshal(map[string]any{"timings": DefaultTimings()})
	require.NoError(t, err)
	assert.Empty(t, TimingFaults(defaults), "the defaults are within the bounds")
}

func TestFaultsOfTimingsAreNamedTogetherAndInTheirOrder(t *testing.T) {
	faults := TimingFaults([]byte(`{"timings":{"deadline":"2000000h","lookupDelay":"soon","pollEvery":"1ms","patience":"5m"}}`))
	assert.Equal(t, []Fault{{"timings.pollEvery", "must be at least 50ms"}, {"timings.deadline", "must be at most 366d"}}, faults)
	assert.Equal(t, "timings.pollEvery: must be at least 50ms", faults[0].String())
	assert.Equal(t, "must be an object", Fault{Problem: "must be an object"}.String())
	for _, request := range []string{``, `null`, `[]`, `"x"`, `{}`, `{"timings":null}`, `{"timings":"1ms"}`, `{"timings":{}}`, `{"timings":{"pollEvery":"1ms"}`} {
		assert.Empty(t, TimingFaults([]byte(request)), request)
	}
}
