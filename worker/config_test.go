package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// environment is one for a test.
type environment map[string]string

func (e environment) LookupEnv(name string) (string, bool) { value, ok := e[name]; return value, ok }
func (e environment) Environ() []string                    { return nil }

// ran runs the program until it ends by itself.
func ran(t *testing.T, env environment, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, env, &out, &errs)
	return code, out.String(), errs.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	require.Equal(t, string(want), got, "testdata/%s", file)
}

// Without any setting, all that is missing is said in one go.
func TestAnEmptyConfigurationSaysAllThatIsMissing(t *testing.T) {
	code, stdout, stderr := ran(t, nil)
	require.Equal(t, exitInvalid, code)
	require.Empty(t, stdout)
	golden(t, "empty.txt", stderr)
}

// What the parser finds, what the settings find out about each other, and what Temporal's own settings have, is one list.
func TestFaultsOfAllKindsAreOneList(t *testing.T) {
	code, _, stderr := ran(t, environment{
		"STN_BASE_URL": "http://127.0.0.1:1", "STN_TIMEOUT": "soon", "DISH_AUTH": "magic", "DISH_BASE_URL": "nonsense", "CARRIERFLOW_LINE_KEY_FILE": "/no/such/file",
		"DISH_CALLBACK_AUTH": "bearer", "CARRIERFLOW_ROLE": "all,cook", "TEMPORAL_PROFILE": "none",
	}, "--workflow-cache=x")
	require.Equal(t, exitInvalid, code)
	for _, part := range []string{
		"--workflow-cache", "STN_TIMEOUT", "STN_API_KEY", "DISH_AUTH", "DISH_BASE_URL", "DISH_CALLBACK_TOKENS", "CARRIERFLOW_LINE_KEY_FILE", `no role "cook"`, "TEMPORAL_*",
	} {
		require.Contains(t, stderr, part)
	}
}

var complete = environment{"STN_BASE_URL": "http://127.0.0.1:1", "STN_API_KEY": "s3cret-key", "CARRIERFLOW_LINE_KEY": "s3cret-line", "TEMPORAL_ADDRESS": "there:7233", "TEMPORAL_API_KEY": "s3cret-api"}

func TestConfigPrintsTheEffectiveConfiguration(t *testing.T) {
	code, stdout, stderr := ran(t, complete, "config", "--stn-per-second=7")
	require.Equal(t, exitDone, code, stderr)
	for _, line := range []string{
		`TEMPORAL_ADDRESS +TEMPORAL_ADDRESS +there:7233`, `TEMPORAL_API_KEY +TEMPORAL_API_KEY +set`, `TEMPORAL_TLS +default +true`,
		`STN_PER_SECOND +--stn-per-second +7`, `STN_API_KEY +STN_API_KEY +set`, `STN_TIMEOUT +default +10s`, `DISH_CLIENT_SECRET +default +not set`,
	} {
		require.Regexp(t, "(?m)^"+line+"$", stdout)
	}
	require.NotContains(t, stdout, "s3cret")
}

// The faults come after the configuration that has them, and the code says that there are some.
func TestConfigPrintsTheFaultsToo(t *testing.T) {
	code, stdout, _ := ran(t, environment{"STN_TIMEOUT": "soon"}, "config")
	require.Equal(t, exitInvalid, code)
	_, faults, found := strings.Cut(stdout, "\nthe configuration cannot be used:\n")
	require.True(t, found)
	require.Contains(t, faults, "STN_TIMEOUT")
	require.Contains(t, faults, "CARRIERFLOW_LINE_KEY")

	code, stdout, _ = ran(t, environment{"STN_TIMEOUT": "soon"}, "config", "--format=json")
	require.Equal(t, exitInvalid, code)
	var printed struct {
		Settings []struct{ Name, Value, From string }
		Faults   []string
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &printed))
	require.Contains(t, strings.Join(printed.Faults, "\n"), "STN_TIMEOUT")
	require.Greater(t, len(printed.Settings), 50)
}

func TestAConfigurationFileIsEnough(t *testing.T) {
	path := filepath.Join(t.TempDir(), "worker.yaml")
	require.NoError(t, os.WriteFile(path, []byte("line-key: s3cret\nlog-level: debug\nstn:\n  base-url: http://127.0.0.1:1\n  api-key: s3cret\n"), 0o600))
	code, stdout, stderr := ran(t, environment{"CARRIERFLOW_CONFIG": path}, "config")
	require.Equal(t, exitDone, code, stderr)
	require.Regexp(t, `(?m)^CARRIERFLOW_LOG_LEVEL +`+path+` +debug$`, stdout)
	require.NotContains(t, stdout, "s3cret")
}

// Every setting of a carrier is a flag that is named as its variable; the development server counts on it.
func TestTheNamesOfASettingAgree(t *testing.T) {
	_, stdout, _ := ran(t, nil, "config", "--format=json")
	var printed struct{ Settings []struct{ Name, Flag string } }
	require.NoError(t, json.Unmarshal([]byte(stdout), &printed))
	names := map[string]bool{}
	for _, s := range printed.Settings {
		names[s.Name] = true
	}
	for _, s := range printed.Settings {
		if s.Flag != "" {
			require.Equal(t, s.Flag, strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(s.Name, "CARRIERFLOW_")), "_", "-"))
		}
		other, isFile := strings.CutSuffix(s.Name, "_FILE")
		require.False(t, isFile && names[other], "%s is also the file of %s", s.Name, other)
	}
}
