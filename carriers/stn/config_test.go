package stn

import (
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

func TestConfig(t *testing.T) {
	good := configured(t, "https://example.test", "k")
	require.NoError(t, good.Check())
	require.NoError(t, Config{Options: transport.Options{BaseURL: "https://example.test"}, APIKey: "k"}.Check())
	require.False(t, Config{}.Served(), "a worker that does not serve sTN has nothing to set")
	for name, tc := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"nothing at all":       {func(c *Config) { *c = Config{} }, []string{"STN_BASE_URL"}},
		"every fault at once":  {func(c *Config) { c.APIKey, c.Timeout = "", -1 }, []string{"STN_API_KEY", "STN_TIMEOUT"}},
		"a key with its line":  {func(c *Config) { c.APIKey = "secret\n" }, []string{"STN_API_KEY"}},
		"a word twice":         {func(c *Config) { c.PendingStatuses, c.FailedStatuses = []string{"X"}, []string{"X"} }, []string{`"X"`}},
		"a word in two cases":  {func(c *Config) { c.DoneStatuses, c.FailedStatuses = []string{"x"}, []string{"X"} }, []string{"STN_DONE_STATUSES or STN_FAILED_STATUSES"}},
		"cancelled and failed": {func(c *Config) { c.FailedStatuses = []string{"cancelled"} }, []string{"STN_FAILED_STATUSES or STN_CANCELLED_STATUSES"}},
		"cancelled and done":   {func(c *Config) { c.CancelledStatuses = []string{"DONE"} }, []string{`"DONE"`, "STN_CANCELLED_STATUSES"}},
		"a negative time":      {func(c *Config) { c.CancelProvenAfter = -1 }, []string{"STN_CANCEL_PROVEN_AFTER"}},
		"a negative page":      {func(c *Config) { c.SweepPage = -1 }, []string{"STN_SWEEP_PAGE"}},
		"an empty word":        {func(c *Config) { c.DoneStatuses = []string{" "} }, []string{"STN_DONE_STATUSES"}},
		"a code twice":         {func(c *Config) { c.Codes.Refusal = []string{"ok"} }, []string{"STN_SUCCESS_CODES or STN_REFUSAL_CODES"}},
		"a documented word":    {func(c *Config) { c.PendingStatuses = []string{"DONE"} }, []string{`"DONE"`, "STN_PENDING_STATUSES"}},
		"no base URL but text": {func(c *Config) { c.BaseURL = "example.test" }, []string{"STN_BASE_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			tc.change(&config)
			_, err := newClient(config, nil)
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
		"STN_CANCELLED_STATUSES": "WITHDRAWN,GONE", "STN_CANCEL_PROVEN_AFTER": "36h",
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
	assert.Equal(t, []any{[]string{"WITHDRAWN", "GONE"}, 36 * time.Hour}, []any{cli.STN.CancelledStatuses, cli.STN.CancelProvenAfter})
	assert.Equal(t, carriers.Codes{
		Success: []string{"0", "FINE"}, Refusal: []string{"NO"}, Duplicate: []string{"TWICE"}, Unknown: []string{"GONE"},
	}, cli.STN.Codes)
	assert.EqualValues(t, 3e9, cli.STN.Timeout)
	require.NoError(t, cli.STN.Check())
}
