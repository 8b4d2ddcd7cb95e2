// Command sandbox serves DISH Wireless, sTN and MásMóvil on one local address; see package sandbox.
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

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/version"
)

type cli struct {
	Address        string `env:"SANDBOX_ADDRESS" default:"127.0.0.1:8088" help:"Where to listen."`
	sandbox.Config `embed:"" envprefix:"SANDBOX_"`

	Version kong.VersionFlag `help:"Show the version and exit."`
}

func main() {
	var flags cli
	kong.Parse(&flags, kong.Name("sandbox"), kong.Description("DISH Wireless, sTN and MásMóvil as one local server."),
		kong.Vars{"version": version.Get().String()})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, flags, os.Stdout); err != nil {
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
	fmt.Fprint(out, sandbox.Routes("http://"+listener.Addr().String()))
	return sandbox.New(flags.Config).Serve(ctx, listener)
}
