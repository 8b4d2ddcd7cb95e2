// Package local runs all of carrierflow on one machine for development: a Temporal server, the sandbox carriers and the worker. It can
// show a demonstration and then stay or exit. The programs that use it say where the Temporal server comes from, so that one which
// takes it from elsewhere is built without it.
package local

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/internal/version"
)

// Main is the main function of a program. flags points to its command line, of which opts is a part; start starts its Temporal server.
func Main(name, description string, flags any, opts *Options, start Start) {
	kong.Parse(flags, kong.Name(name), kong.Description(description), kong.UsageOnError(), kong.Vars{"version": version.Get().String()})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	if err := Run(ctx, *opts, start, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}
