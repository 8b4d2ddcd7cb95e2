// Command sandbox serves the sandboxes of all carriers on one local address; see package sandboxes.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/healthcheck"
	"github.com/carrierflow/carrierflow/internal/settings"
	"github.com/carrierflow/carrierflow/internal/version"
)

type cli struct {
	sandboxes.Program `embed:""`
	Version           kong.VersionFlag `help:"Show the version and exit."`

	Run         struct{} `cmd:"" default:"1" help:"Run the sandbox (the default)."`
	Healthcheck struct{} `cmd:"" help:"Ask the sandbox of this machine, at its address, whether it is there; for health checks of containers."`
}

func main() {
	var flags cli
	parser, err := settings.New(&flags, settings.Process, kong.Name("sandbox"), kong.Description("All carriers as one local server, for tests and demonstrations."),
		kong.Vars{"version": version.Get().String()})
	command := ""
	if err == nil {
		called, faults := parser.Parse(os.Args[1:])
		if called != nil {
			command = called.Command()
		}
		err = settings.Incomplete(faults)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if command == "healthcheck" {
		err = healthcheck.Ask(ctx, flags.Address, "/_sandbox/health")
	} else {
		err = run(ctx, flags, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// run says on out what it serves, and serves until ctx ends.
func run(ctx context.Context, flags cli, out io.Writer) error {
	listener, err := net.Listen("tcp", flags.Address)
	if err != nil {
		return err
	}
	s := sandboxes.New(flags.Config)
	fmt.Fprint(out, s.Routes("http://"+listener.Addr().String()))
	return s.Serve(ctx, listener)
}
