package telnyx

import (
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

func TestConfig(t *testing.T) {
	good := configured(t, "https://example.test/v2", "k")
	require.NoError(t, good.Check())
	require.NoError(t, Config{Options: transport.Options{BaseURL: "https://example.test"}, APIKey: "k"}.Check())
	require.False(t, Config{}.Served(), "a worker that does not serve Telnyx has nothing to set")
	for name, tc := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"nothing at all":         {func(c *Config) { *c = Config{} }, []string{"TELNYX_BASE_URL", "TELNYX_API_KEY"}},
		"every fault at once":    {func(c *Config) { c.APIKey, c.Timeout = "", -1 }, []string{"TELNYX_API_KEY", "TELNYX_TIMEOUT"}},
		"a key with its line":    {func(c *Config) { c.APIKey = "secret\n" }, []string{"TELNYX_API_KEY"}},
		"a word twice":           {func(c *Config) { c.PendingStatuses, c.FailedStatuses = []string{"x"}, []string{"X"} }, []string{"TELNYX_PENDING_STATUSES or TELNYX_FAILED_STATUSES"}},
		"an empty word":          {func(c *Config) { c.DoneStatuses = []string{" "} }, []string{"TELNYX_DONE_STATUSES"}},
		"a documented word":      {func(c *Config) { c.PendingStatuses = []string{"Interrupted"} }, []string{`"interrupted"`, "TELNYX_PENDING_STATUSES"}},
		"a code twice":           {func(c *Config) { c.Codes.Refusal = []string{"ok"} }, []string{"TELNYX_SUCCESS_CODES or TELNYX_REFUSAL_CODES"}},
		"a documented code":      {func(c *Config) { c.Codes.Success = []string{"70007"} }, []string{`"70007"`, "TELNYX_REFUSAL_CODES"}},
		"a refusal as duplicate": {func(c *Config) { c.Codes.Duplicate = []string{"10005"} }, []string{`"10005"`}},
		"no base URL but text":   {func(c *Config) { c.BaseURL = "example.test" }, []string{"TELNYX_BASE_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			tc.change(&config)
			require.Error(t, config.Check())
			_, err := config.Connect(nil, nil)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestConfigFromTheEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"TELNYX_BASE_URL": "https://example.test/v2", "TELNYX_API_KEY": "k", "TELNYX_PENDING_STATUSES": "queued,waiting", "TELNYX_TIMEOUT": "3s",
		"TELNYX_SUCCESS_CODES": "0,FINE", "TELNYX_REFUSAL_CODES": "NO", "TELNYX_DUPLICATE_CODES": "TWICE", "TELNYX_UNKNOWN_CODES": "GONE",
	} {
		t.Setenv(name, value)
	}
	var cli struct {
		Telnyx Config `embed:"" prefix:"telnyx-" envprefix:"TELNYX_"`
	}
	require.NoError(t, kong.ApplyDefaults(&cli))
	assert.Equal(t, "k", string(cli.Telnyx.APIKey))
	assert.Equal(t, []string{"queued", "waiting"}, cli.Telnyx.PendingStatuses)
	assert.Equal(t, carriers.Codes{
		Success: []string{"0", "FINE"}, Refusal: []string{"NO"}, Duplicate: []string{"TWICE"}, Unknown: []string{"GONE"},
	}, cli.Telnyx.Codes)
	assert.EqualValues(t, 3e9, cli.Telnyx.Timeout)
	require.NoError(t, cli.Telnyx.Check())

	// The documented codes count beside those that are set.
	for code, want := range map[string]carriers.Class{"NO": carriers.Rejected, "70007": carriers.Rejected, "TWICE": carriers.Conflict, "10012": carriers.Conflict, "FINE": ""} {
		class, _, _ := cli.Telnyx.classify(200, []byte(errorOf(code)))
		assert.Equal(t, want, class, code)
	}
	connection, err := cli.Telnyx.Connect(nil, nil)
	require.NoError(t, err)
	connection.Close()
	assert.Len(t, cli.Telnyx.Codes.Refusal, 1, "the configuration is not changed by using it")
}
