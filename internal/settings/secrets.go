package settings

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/internal/transport"
)

// Environment are the variables of a process; it has the methods of Temporal's envconfig.EnvLookup.
type Environment interface {
	// Environ lists all variables, each as NAME=value.
	Environ() []string
	// LookupEnv is one variable, and whether it is set.
	LookupEnv(name string) (string, bool)
}

// Process is the environment of this process.
var Process Environment = process{}

type process struct{}

func (process) Environ() []string                    { return os.Environ() }
func (process) LookupEnv(name string) (string, bool) { return os.LookupEnv(name) }

// fileEnding makes the name of a secret's variable that of the variable with the name of its file.
const fileEnding = "_FILE"

// Files is an environment in which secrets may be given as files, as orchestrators hand them out: instead of NAME, which holds the
// secret, NAME_FILE holds the path of a file with it. The files are read once. It is an environment too.
type Files struct {
	Environment
	read map[string]string
}

// FromFiles reads the files of the secrets with these names. It names every fault, and repeats nothing that is secret.
func FromFiles(env Environment, secrets ...string) (*Files, []error) {
	f := &Files{env, map[string]string{}}
	var faults []error
	for _, name := range secrets {
		path, _ := env.LookupEnv(name + fileEnding)
		if path == "" {
			continue
		}
		if value, _ := env.LookupEnv(name); value != "" {
			faults = append(faults, fmt.Errorf("%s and %s%s are both set: set one of them", name, name, fileEnding))
			continue
		}
		value, err := readSecret(path)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s%s: %w", name, fileEnding, err))
			continue
		}
		f.read[name] = value
	}
	return f, faults
}

// readSecret reads a file without the line end that editors and commands leave at its end.
func readSecret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the file with the secret cannot be read: %w", err)
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if value == "" {
		return "", fmt.Errorf("the file with the secret, %s, is empty", path)
	}
	return value, nil
}

// LookupEnv is a variable, or what the file holds that is named for it.
func (f *Files) LookupEnv(name string) (string, bool) {
	if value, ok := f.read[name]; ok {
		return value, true
	}
	return f.Environment.LookupEnv(name)
}

// Origin is the variable that a value comes from.
func (f *Files) Origin(name string) string {
	if _, ok := f.read[name]; ok {
		return name + fileEnding
	}
	return name
}

// isSecret reports whether the value of a setting must not be shown: its type says so, or the tag "secret" where the type cannot be used.
func isSecret(flag *kong.Flag) bool {
	secret := reflect.TypeFor[transport.Secret]()
	t := flag.Target.Type()
	return t == secret || t.Kind() == reflect.Slice && t.Elem() == secret || flag.Tag.Has("secret")
}

// TemporalAPIKey is the variable of the one secret of the connection to Temporal that has no way of its own to come from a file.
const TemporalAPIKey = "TEMPORAL_API_KEY"
