// Command starter is carrierflow at a terminal: it starts operations, follows them and shows what became of them.
//
// The commands are made of the operations' own schemas (commands.go, fields.go, flags.go); input.go turns what was typed into the
// input of an operation, start.go starts it, wait.go follows it, status.go and list.go look at what is there. What a
// run is doing is read off Temporal's description in one place, view.go, and put into words in account.go; what has
// happened to it is read off its history in timeline.go, and told by show.go; what happened after its end in aftermath.go.
// Operators have attention.go for what there is to do, which worklist.go finds, and orders.go, cancel.go, acknowledge.go and
// retry.go to do it. workers.go looks whether somebody serves what waits.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	"go.temporal.io/sdk/contrib/envconfig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	os.Exit(run(ctx, os.Args[1:], surroundings{
		program: self(os.Args[0]), env: envconfig.EnvLookupOS, user: userName, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now, connect: connect,
	}))
}

// surroundings are everything the program touches outside itself.
type surroundings struct {
	// program is how it was called.
	program self
	env     envconfig.EnvLookup
	// user is the name of whoever runs the program, "" when it has none.
	user           func() string
	stdin          io.Reader
	stdout, stderr io.Writer
	// now tells the time, in the zone that times are shown in.
	now     func() time.Time
	connect func(context.Context, envconfig.EnvLookup, time.Duration) (*connection, error)
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// get is an environment variable, "" when it is not set.
func (s surroundings) get(name string) string {
	value, _ := s.env.LookupEnv(name)
	return value
}
