// Package compose reads docker-compose.yml, so that tests can look at it, and run the services of this repository as it says, without
// Docker.
package compose

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// name is that of the compose file, below the root of the repository.
const name = "docker-compose.yml"

// File is the compose file with all its profiles.
type File struct{ *types.Project }

// Read reads the compose file of the repository at root as Docker Compose does; what it does not know is an error. The variables are
// those that the file may use; the others have their defaults.
func Read(ctx context.Context, root string, variables map[string]string) (*File, error) {
	details := types.ConfigDetails{
		WorkingDir: root, Environment: variables,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(root, name)}},
	}
	project, err := loader.LoadWithContext(ctx, details, func(o *loader.Options) {
		o.SetProjectName("carrierflow", true)
		o.Profiles = []string{"*"}
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return &File{project}, nil
}

// Program is what a container of a service runs.
type Program struct {
	// Binary is the name of the program: that of its image.
	Binary string
	// Args are its arguments, and Health those of the same program when it is asked whether the service is healthy.
	Args, Health []string
	// Env is its environment. Secrets are in the files of this machine that would be mounted.
	Env map[string]string
}

// Ours reports whether a service runs a program of this repository, and names the program.
func Ours(service types.ServiceConfig) (program string, ours bool) {
	image, ours := strings.CutPrefix(service.Image, "ghcr.io/carrierflow/")
	program, _, _ = strings.Cut(image, ":")
	return program, ours
}

// Program is what a container of a service of ours runs, with the addresses of this machine, such as {"temporal:7233":
// "127.0.0.1:7233"}, in place of those of the containers.
func (f *File) Program(service string, addresses map[string]string) (Program, error) {
	s, err := f.GetService(service)
	if err != nil {
		return Program{}, fmt.Errorf("%s: %w", name, err)
	}
	binary, ours := Ours(s)
	if !ours {
		return Program{}, fmt.Errorf("%s: the image of %s is none of ours: %s", name, service, s.Image)
	}
	local := func(text string) string {
		for there, here := range addresses {
			text = strings.ReplaceAll(text, there, here)
		}
		return text
	}
	p := Program{Binary: binary, Env: map[string]string{}}
	for _, arg := range s.Command {
		p.Args = append(p.Args, local(arg))
	}
	if s.HealthCheck != nil {
		for _, arg := range s.HealthCheck.Test[min(2, len(s.HealthCheck.Test)):] { // after CMD and the program
			p.Health = append(p.Health, local(arg))
		}
	}
	for variable, value := range s.Environment.Resolve(func(string) (string, bool) { return "", false }) {
		if value == nil {
			return Program{}, fmt.Errorf("%s: %s of %s has no value", name, variable, service)
		}
		p.Env[variable] = local(*value)
		if !strings.HasSuffix(variable, FileEnding) {
			continue
		}
		if p.Env[variable], err = f.secretFile(s, *value); err != nil {
			return Program{}, fmt.Errorf("%s: %s of %s: %w", name, variable, service, err)
		}
	}
	return p, nil
}

// FileEnding ends the names of variables that name a file with a secret.
const FileEnding = "_FILE"

// secretFile is the file of this machine that is mounted at a path of the containers of a service.
func (f *File) secretFile(s types.ServiceConfig, path string) (string, error) {
	secret, ok := strings.CutPrefix(path, "/run/secrets/")
	if !ok {
		return "", fmt.Errorf("%s is not in /run/secrets", path)
	}
	if !slices.ContainsFunc(s.Secrets, func(given types.ServiceSecretConfig) bool { return given.Source == secret }) {
		return "", fmt.Errorf("the service is not given the secret %s", secret)
	}
	return f.Secrets[secret].File, nil
}

// stage begins the stage of a Dockerfile that makes the image of a program; instruction is an ENV instruction with its continued lines, and
// variable one variable in it.
var (
	stage       = regexp.MustCompile(`(?m)^FROM .* AS (\w+)$`)
	instruction = regexp.MustCompile(`(?m)^ENV (?:.*\\\n)*.*$`)
	variable    = regexp.MustCompile(`\b([A-Z][A-Z0-9_]*)=(\S+)`)
)

// ImageVariables are the environment variables that the image of a program sets.
func ImageVariables(root, program string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, at := range stage.FindAllSubmatchIndex(text, -1) {
		if string(text[at[2]:at[3]]) != program {
			continue
		}
		own := text[at[1]:]
		if next := stage.FindIndex(own); next != nil {
			own = own[:next[0]]
		}
		for _, env := range instruction.FindAllString(string(own), -1) {
			for _, match := range variable.FindAllStringSubmatch(env, -1) {
				found[match[1]] = match[2]
			}
		}
		return found, nil
	}
	return nil, fmt.Errorf("the Dockerfile makes no image of %s", program)
}
