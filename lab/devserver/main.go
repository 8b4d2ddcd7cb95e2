// Command devserver runs all of carrierflow in one process on your own machine: Temporal with its database and Web UI, the
// sandbox carriers, and the worker. It can show a demonstration and then stay or exit.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/internal/version"
)

func main() {
	var opts options
	kong.Parse(&opts,
		kong.Name("devserver"),
		kong.Description("Run Temporal with its Web UI, the sandbox carriers and the carrierflow worker in one process, for development. Ctrl-C stops it."),
		kong.UsageOnError(),
		kong.Vars{"version": version.Get().String()},
	)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	if err := run(ctx, opts, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "devserver:", err)
		os.Exit(1)
	}
}
