package stn

import (
	"encoding/json"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/transport"
)

func TestStateOf(t *testing.T) {
	for word, want := range map[string]carriers.State{
		"INIT": carriers.Pending, "BUSY": carriers.Pending, "DONE": carriers.Done, "ERROR": carriers.Failed,
		"done": carriers.Done, " Done\n": carriers.Done, "init": carriers.Pending, "Busy": carriers.Pending, "error": carriers.Failed,
		"CANCELLING": carriers.Unknown, "": carriers.Unknown, " ": carriers.Unknown, "FINISHED": carriers.Unknown, "DONE!": carriers.Unknown,
	} {
		assert.Equal(t, want, StateOf(word), word)
	}
	taught := Config{PendingStatuses: []string{"CANCELLING"}, DoneStatuses: []string{"FINISHED"}, FailedStatuses: []string{"CANCELLED"}}
	for word, want := range map[string]carriers.State{
		"CANCELLING": carriers.Pending, "FINISHED": carriers.Done, "CANCELLED": carriers.Failed, "DONE": carriers.Done, "?": carriers.Unknown,
		"finished": carriers.Done, " Cancelled ": carriers.Failed,
	} {
		assert.Equal(t, want, taught.stateOf(word), word)
	}
}

func TestEffectOf(t *testing.T) {
	type services = map[string]any
	for name, tc := range map[string]struct {
		requested, actual services
		want              carriers.Effect
	}{
		"all there":                         {services{"a": true, "b": "Limit 50"}, services{"a": true, "b": "Limit 50", "c": 1}, carriers.Shown},
		"booleans as text":                  {services{"a": true, "b": false}, services{"a": "True", "b": "false"}, carriers.Shown},
		"text as booleans":                  {services{"a": "true"}, services{"a": true}, carriers.Shown},
		"access type in its other spelling": {services{"accessType": "INTERNETACCESS"}, services{"accessType": "Internet Access"}, carriers.Shown},
		"that spelling is for access types": {services{"b": "LIMIT50"}, services{"b": "Limit 50"}, carriers.Missing},
		"another value":                     {services{"b": "Limit 50"}, services{"b": "Limit 100"}, carriers.Missing},
		"a boolean turned":                  {services{"a": true}, services{"a": false}, carriers.Missing},
		"one is not reported":               {services{"a": true, "b": true}, services{"a": true}, carriers.Incomparable},
		"one is null":                       {services{"a": false}, services{"a": nil}, carriers.Incomparable},
		"not reported, another differs":     {services{"a": true, "b": true, "c": true}, services{"b": false}, carriers.Missing},
		"no services in the read":           {services{"a": true}, nil, carriers.Incomparable},
		"nothing requested":                 {nil, services{"a": true}, carriers.Incomparable},
		"a number after a detour":           {services{"a": float64(50)}, services{"a": json.Number("50")}, carriers.Shown},
	} {
		t.Run(name, func(t *testing.T) {
			for range 8 { // a map has no order; the verdict must not depend on one
				require.Equal(t, tc.want, EffectOf(tc.requested, tc.actual))
			}
		})
	}
}

func TestNational(t *testing.T) {
	for number, want := range map[string]string{
		"0612345678": "0612345678", "06-12345678": "0612345678", "06 1234 5678": "0612345678",
		"+31612345678": "0612345678", "0031612345678": "0612345678", "31612345678": "0612345678",
		"+31 (0)6-12345678": "0612345678", "+31 6 12345678": "0612345678",
		"+3197012345678": "097012345678", "0970-12345678": "097012345678", // data-only lines are longer
		"0311234567": "0311234567", "06-######969": "06-######969", "+4915112345678": "+4915112345678", "31": "31", "": "",
	} {
		assert.Equal(t, want, national(number), number)
	}
	for number, want := range map[string]bool{"06-12345678": true, "06-######969": false, "06-12345***": false, "": false} {
		assert.Equal(t, want, usable(number), number)
	}
}

func TestConfig(t *testing.T) {
	good := configured(t, "https://example.test", "k")
	require.NoError(t, good.Validate())
	require.NoError(t, Config{Options: transport.Options{BaseURL: "https://example.test"}, APIKey: "k"}.Validate())
	require.NoError(t, Config{}.Validate(), "a worker that does not serve sTN has nothing to set")
	for name, tc := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"nothing at all":       {func(c *Config) { *c = Config{} }, []string{"STN_BASE_URL"}},
		"every fault at once":  {func(c *Config) { c.APIKey, c.Timeout = "", -1 }, []string{"STN_API_KEY", "STN_TIMEOUT"}},
		"a key with its line":  {func(c *Config) { c.APIKey = "secret\n" }, []string{"STN_API_KEY"}},
		"a word twice":         {func(c *Config) { c.PendingStatuses, c.FailedStatuses = []string{"X"}, []string{"X"} }, []string{`"X"`}},
		"a word in two cases":  {func(c *Config) { c.DoneStatuses, c.FailedStatuses = []string{"x"}, []string{"X"} }, []string{"STN_DONE_STATUSES or STN_FAILED_STATUSES"}},
		"an empty word":        {func(c *Config) { c.DoneStatuses = []string{" "} }, []string{"STN_DONE_STATUSES"}},
		"a code twice":         {func(c *Config) { c.Codes.Refusal = []string{"ok"} }, []string{"STN_SUCCESS_CODES or STN_REFUSAL_CODES"}},
		"a documented word":    {func(c *Config) { c.PendingStatuses = []string{"DONE"} }, []string{`"DONE"`, "STN_PENDING_STATUSES"}},
		"no base URL but text": {func(c *Config) { c.BaseURL = "example.test" }, []string{"STN_BASE_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			tc.change(&config)
			_, err := New(config, nil)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestConfigFromTheEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"STN_BASE_URL": "https://example.test", "STN_API_KEY": "k", "STN_PENDING_STATUSES": "CANCELLING,WAITING", "STN_TIMEOUT": "3s",
		"STN_SUCCESS_CODES": "0,FINE", "STN_REFUSAL_CODES": "NO", "STN_DUPLICATE_CODES": "TWICE", "STN_UNKNOWN_CODES": "GONE",
	} {
		t.Setenv(name, value)
	}
	var cli struct {
		STN Config `embed:"" prefix:"stn-" envprefix:"STN_"`
	}
	require.NoError(t, kong.ApplyDefaults(&cli))
	assert.Equal(t, "k", string(cli.STN.APIKey))
	assert.Equal(t, "https://example.test", cli.STN.BaseURL)
	assert.Equal(t, []string{"CANCELLING", "WAITING"}, cli.STN.PendingStatuses)
	assert.Equal(t, carriers.Codes{
		Success: []string{"0", "FINE"}, Refusal: []string{"NO"}, Duplicate: []string{"TWICE"}, Unknown: []string{"GONE"},
	}, cli.STN.Codes)
	assert.EqualValues(t, 3e9, cli.STN.Timeout)
	require.NoError(t, cli.STN.Validate())
}
