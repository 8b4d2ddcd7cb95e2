package compose_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/worker/service"
	"github.com/carrierflow/carrierflow/lab/compose"
)

const root = "../.."

func read(t *testing.T) *compose.File {
	t.Helper()
	file, err := compose.Read(t.Context(), root, nil)
	require.NoError(t, err)
	return file
}

// A setting with a mistyped name would be ignored, and its default used.
func TestItsSettingsExist(t *testing.T) {
	known := map[string]func(string) bool{
		"worker": worker(t), "sandbox": sandbox(t), "starter": starter(t),
	}
	for _, s := range read(t).Services {
		program, ours := compose.Ours(s)
		if !ours {
			continue
		}
		require.Contains(t, known, program, s.Name)
		for name := range s.Environment {
			require.True(t, known[program](name) || temporal(name), "%s: %s has no setting %s", s.Name, program, name)
		}
	}
	for program, has := range known {
		variables, err := compose.ImageVariables(root, program)
		require.NoError(t, err)
		require.Equal(t, program == "starter", len(variables) == 0, "the others have to listen at every address")
		for name := range variables {
			require.True(t, has(name), "Dockerfile: %s has no setting %s", program, name)
		}
	}
}

// worker tells the settings of the worker. Those that are secret may be in files.
func worker(t *testing.T) func(string) bool {
	settings := service.Variables()
	return func(name string) bool {
		_, known := settings[name]
		return known || settings[strings.TrimSuffix(name, compose.FileEnding)]
	}
}

func sandbox(t *testing.T) func(string) bool {
	var settings struct {
		sandboxes.Config `embed:"" envprefix:"SANDBOX_"`
	}
	parser, err := kong.New(&settings)
	require.NoError(t, err)
	names := []string{"SANDBOX_ADDRESS", "SANDBOX_CALLBACK_SECRET_FILE"}
	for _, flag := range parser.Model.Flags {
		names = append(names, flag.Envs...)
	}
	return func(name string) bool { return slices.Contains(names, name) }
}

// starter tells the variables that the sources of the starter name. Two of them are secret, and may be in files.
func starter(t *testing.T) func(string) bool {
	sources := ""
	for _, pattern := range []string{"starter/*.go", "starter/internal/*/*.go", "workflows/*.go", "workflows/*/*.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, path := range files {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			sources += string(text)
		}
	}
	return func(name string) bool {
		setting, isFile := strings.CutSuffix(name, compose.FileEnding)
		return strings.Contains(sources, `"`+setting+`"`) && (!isFile || setting == "CARRIERFLOW_LINE_KEY" || setting == "CARRIERFLOW_ENCRYPTION_KEYS")
	}
}

// temporal tells the variables of the connection to Temporal, by trying whether they change it.
func temporal(name string) bool {
	before, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{EnvLookup: lookup{}})
	if err != nil {
		return false
	}
	after, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{EnvLookup: lookup{name: "something"}})
	return err == nil && (after.Address != before.Address || after.Namespace != before.Namespace || after.APIKey != before.APIKey)
}

type lookup map[string]string

func (l lookup) Environ() (all []string) {
	for name, value := range l {
		all = append(all, name+"="+value)
	}
	return all
}

func (l lookup) LookupEnv(name string) (string, bool) {
	value, ok := l[name]
	return value, ok
}

// Every secret is a file that is there, that a service uses, and that the user of the containers can read.
func TestItsSecretsExist(t *testing.T) {
	file := read(t)
	used := map[string]bool{}
	for _, s := range file.Services {
		for _, given := range s.Secrets {
			used[given.Source] = true
			require.Contains(t, file.Secrets, given.Source, s.Name)
		}
	}
	for name, secret := range file.Secrets {
		require.True(t, used[name], "no service uses the secret %s", name)
		info, err := os.Stat(secret.File)
		require.NoError(t, err)
		require.NotZero(t, info.Size(), secret.File)
		require.Equal(t, os.FileMode(0o004), info.Mode().Perm()&0o004, "%s cannot be read by everybody", secret.File)
	}
	elsewhere, err := compose.Read(t.Context(), root, map[string]string{"CARRIERFLOW_SECRETS": "/srv/secrets"})
	require.NoError(t, err)
	for name, secret := range elsewhere.Secrets {
		require.Equal(t, filepath.Join("/srv/secrets", name), secret.File)
	}
}

// No secret is in the file itself, where it would be shown with every look at a container.
func TestItHoldsNoSecret(t *testing.T) {
	isSecret := regexp.MustCompile(`(?i)(secrets?|passwords?|passwd|pwd|key|keys|token|tokens)$`)
	for _, s := range read(t).Services {
		for name := range s.Environment {
			require.False(t, isSecret.MatchString(name), "%s of %s is a secret that is not in a file", name, s.Name)
		}
	}
}

// What is mounted from this repository is there.
func TestItsFilesExist(t *testing.T) {
	for _, s := range read(t).Services {
		for _, v := range s.Volumes {
			if v.Type != "bind" {
				continue
			}
			info, err := os.Stat(v.Source)
			require.NoError(t, err, s.Name)
			require.True(t, info.Mode().IsRegular(), v.Source)
		}
	}
}

// Each service of ours confines its programs, says whether it is healthy, and has a place to come from.
func TestOurServices(t *testing.T) {
	var programs []string
	for _, s := range read(t).Services {
		program, ours := compose.Ours(s)
		if !ours {
			continue
		}
		programs = append(programs, s.Name)
		require.True(t, s.ReadOnly, s.Name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, s.Name)
		if s.Build != nil {
			require.Equal(t, program, s.Build.Target, s.Name)
			require.Contains(t, s.Build.Args, "VERSION", s.Name)
		}
		if s.Name != "starter" {
			require.NotNil(t, s.HealthCheck, s.Name)
			require.Equal(t, []string{"CMD", "/usr/local/bin/" + program}, []string(s.HealthCheck.Test[:2]), s.Name)
		}
		for _, p := range s.Ports {
			require.Equal(t, "127.0.0.1", p.HostIP, "%s is published to other machines", s.Name)
		}
	}
	require.ElementsMatch(t, []string{"worker", "codec", "sandbox", "starter"}, programs)
}
