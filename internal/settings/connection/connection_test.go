package connection

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/settings"
)

// environment is one for a test.
type environment map[string]string

func (e environment) LookupEnv(name string) (string, bool) { value, ok := e[name]; return value, ok }
func (e environment) Environ() []string                    { return nil }

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// The connection is that of the temporal CLI, with its profile file.
func TestTheConnectionToTemporalIsShownAsItIs(t *testing.T) {
	profile := written(t, "[profile.default]\naddress = \"there:7233\"\nnamespace = \"shop\"\n")
	options, all, err := Read(environment{"TEMPORAL_CONFIG_FILE": profile, "TEMPORAL_NAMESPACE": "other"})
	require.NoError(t, err)
	require.Equal(t, []string{"there:7233", "other"}, []string{options.HostPort, options.Namespace})
	require.Equal(t, []string{"there:7233", "profile file or another TEMPORAL_ variable"}, []string{all[0].Value, all[0].From})
	require.Equal(t, []string{"other", "TEMPORAL_NAMESPACE"}, []string{all[1].Value, all[1].From})
	require.Equal(t, []string{settings.IsNotSet, "false"}, []string{all[2].Value, all[3].Value})
	_, _, err = Read(environment{"TEMPORAL_CONFIG_FILE": profile, "TEMPORAL_PROFILE": "none"})
	require.ErrorContains(t, err, "TEMPORAL_*")
}

// The API key may be in a file, and switches TLS on.
func TestTheAPIKeyMayBeInAFile(t *testing.T) {
	env, faults := settings.FromFiles(environment{"TEMPORAL_API_KEY_FILE": written(t, "s3cret\n")}, settings.StarterSecrets()...)
	require.Empty(t, faults)
	options, all, err := Read(env)
	require.NoError(t, err)
	require.NotNil(t, options.Credentials)
	require.Equal(t, []string{settings.IsSet, "TEMPORAL_API_KEY_FILE"}, []string{all[2].Value, all[2].From})
	require.Equal(t, "true", all[3].Value)
}
