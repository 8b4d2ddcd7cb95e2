// Command starter is carrierflow at a terminal: it starts operations, follows them and shows what became of them.
//
// The commands of operations are made of what the operations say of themselves (commands.go, internal/form). start.go starts one,
// wait.go follows it, show.go shows it, list.go lists them; report.go puts into words what internal/runs and internal/timeline read.
// Operators have attention.go, the work list, and updates.go and retry.go, what they can do. workers.go looks for the workers that
// serve what waits.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/carrierflow/carrierflow/internal/settings"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/times"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	os.Exit(run(ctx, os.Args[1:], surroundings{
		program: terminal.Program(os.Args[0]), env: envconfig.EnvLookupOS, user: userName, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now, connect: runs.Connect,
	}))
}

// surroundings are everything the program touches outside itself.
type surroundings struct {
	// program is how it was called.
	program terminal.Program
	env     envconfig.EnvLookup
	// user is the name of whoever runs the program, "" when it has none.
	user           func() string
	stdin          io.Reader
	stdout, stderr io.Writer
	// now tells the time, in the zone that times are shown in.
	now     func() time.Time
	connect func(context.Context, envconfig.EnvLookup, time.Duration, func() time.Time) (*runs.Connection, error)
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

const (
	// usualPatience is how long Temporal may take to answer one call before it counts as not reachable, unless patienceVariable says
	// something else.
	usualPatience    = 5 * time.Second
	patienceVariable = "CARRIERFLOW_PATIENCE"
)

// patience reads how long Temporal may take to answer one call.
func (s surroundings) patience() (time.Duration, error) {
	text := s.get(patienceVariable)
	if text == "" {
		return usualPatience, nil
	}
	d, err := times.Duration(text)
	if err != nil || d == 0 {
		return 0, badUsage("%s must be a duration such as 5s or 1m, not %q", patienceVariable, text)
	}
	return d, nil
}

// get is an environment variable, "" when it is not set.
func (s surroundings) get(name string) string {
	value, _ := s.env.LookupEnv(name)
	return value
}

// exitCode is what the process ends with; the codes are part of the contract with scripts.
type exitCode int

const (
	exitDone        exitCode = 0
	exitFailed      exitCode = 1
	exitUsage       exitCode = 2
	exitUnreachable exitCode = 3
	exitInterrupted exitCode = 130 // as shells have it for SIGINT
)

// exitCodes ends every help text.
const exitCodes = `
Exit codes:
  0    done: completed, or started when not asked to wait
  1    the operation failed; type, code and reason are printed
  2    bad usage or input, the reference was used before, or an action was refused; nothing was done
  3    Temporal cannot be reached or refuses the call, no worker answers, or something waits that no worker serves
  130  interrupted; an operation that was started goes on
`

// environment ends the help of the program as a whole.
func environment() string {
	var b strings.Builder
	b.WriteString("\nEnvironment:\n  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS…  as for the temporal CLI\n")
	for _, s := range settings.Starter() {
		help := s.Help
		if s.Default != "" {
			help += "; without it " + s.Default
		}
		fmt.Fprintf(&b, "  %-21s  %s\n", s.Name, help)
	}
	fmt.Fprintf(&b, "  %s may be in a file: the variable with _FILE at its end has the file's name\n", strings.Join(settings.StarterSecrets(), " and "))
	return b.String()
}

// exit is an error that says how the process ends. An empty text means that everything has been said.
type exit struct {
	code exitCode
	text string
}

// Error returns the text.
func (e *exit) Error() string { return e.text }

func badUsage(format string, args ...any) error {
	return &exit{exitUsage, fmt.Sprintf(format, args...)}
}

// printError prints an error and returns the code to end with.
func printError(stderr io.Writer, err error) exitCode {
	if err == nil {
		return exitDone
	}
	code := exitUsage
	if e, ok := errors.AsType[*exit](err); ok {
		code = e.code
	} else if e, ok := errors.AsType[*runs.Error](err); ok {
		code = exitUnreachable
		if e.Interrupted {
			code = exitInterrupted
		}
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(stderr, "starter: "+text)
	}
	return code
}
