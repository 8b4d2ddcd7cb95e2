package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/carrierflow/carrierflow/lab/postgres"
)

const (
	// sqlTool is the program of the Temporal server that makes its tables. The image admin-tools has it, and here it is built from
	// the server's module.
	sqlTool = "temporal-sql-tool"
	// tablesJob is the service of the compose file that runs it.
	tablesJob = "temporal-schema"
	// composeSecrets is where a container has the files of its secrets, and passwordSecret that of the database's password.
	composeSecrets, passwordSecret = "/run/secrets/", "database-password"
)

// job is a service of a compose file that runs to its end.
type job struct {
	Entrypoint, Command []string
	Environment         map[string]string
}

// readJob reads a job from a compose file.
func readJob(file, name string) (job, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return job{}, err
	}
	var all struct{ Services map[string]yaml.Node }
	if err := yaml.Unmarshal(text, &all); err != nil {
		return job{}, fmt.Errorf("reading %s: %w", file, err)
	}
	var j job
	node, found := all.Services[name]
	if !found {
		return j, fmt.Errorf("%s has no service %s", file, name)
	}
	if err := node.Decode(&j); err != nil {
		return j, fmt.Errorf("reading the service %s in %s: %w", name, file, err)
	}
	if len(j.Entrypoint) == 0 || len(j.Command) == 0 {
		return j, fmt.Errorf("the service %s in %s has no entrypoint or no command", name, file)
	}
	for i, word := range j.Command {
		if j.Command[i], err = uncomposed(word); err != nil {
			return j, fmt.Errorf("the service %s in %s: %w", name, file, err)
		}
	}
	return j, nil
}

// uncomposed is a text as the container gets it: Compose replaces $$ by $.
func uncomposed(text string) (string, error) {
	if strings.Contains(strings.ReplaceAll(text, "$$", ""), "$") {
		return "", errors.New("its command has a variable of Compose, which only Compose can fill in")
	}
	return strings.ReplaceAll(text, "$$", "$"), nil
}

// makeTables runs the job that makes Temporal's databases and tables, with the commands of the compose file.
func makeTables(ctx context.Context, o options, database *postgres.Server) error {
	j, err := readJob(o.compose, tablesJob)
	if err != nil {
		return err
	}
	host, port, _ := strings.Cut(database.Address, ":")
	secrets, err := os.MkdirTemp("", "carrierflow-secrets")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(secrets) }() // what is left of it is the password of a database that is removed as well
	if err := os.WriteFile(filepath.Join(secrets, passwordSecret), []byte(database.User), 0o600); err != nil {
		return err
	}
	// Where the database and the files of secrets are differs from the containers.
	for name, value := range map[string]string{"SQL_HOST": host, "SQL_PORT": port, "SQL_USER": database.User} {
		j.Environment[name] = value
	}
	tool, err := filepath.Abs(o.sqlTool)
	if err != nil {
		return err
	}
	words := append(j.Entrypoint, j.Command...)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], composeSecrets, secrets+"/")
	}
	run := exec.CommandContext(ctx, words[0], words[1:]...)
	run.Env = append(os.Environ(), "PATH="+filepath.Dir(tool)+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, value := range j.Environment {
		run.Env = append(run.Env, name+"="+value)
	}
	if out, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("making Temporal's tables as the service %s in %s does: %w: %s", tablesJob, o.compose, err, out)
	}
	return nil
}
