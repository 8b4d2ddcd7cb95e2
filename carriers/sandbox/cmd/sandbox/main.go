// Command sandbox serves DISH Wireless, sTN and MásMóvil on one local address; see package sandbox.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/carriers/sandbox"
)

type cli struct {
	Address        string `env:"SANDBOX_ADDRESS" default:"127.0.0.1:8088" help:"Where to listen."`
	sandbox.Config `embed:"" envprefix:"SANDBOX_"`
}

func main() {
	var flags cli
	kong.Parse(&flags, kong.Name("sandbox"), kong.Description("DISH Wireless, sTN and MásMóvil as one local server."))
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
	carriers := sandbox.New(flags.Config)
	server := &http.Server{Handler: carriers.Handler(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprint(out, sandbox.Routes("http://"+listener.Addr().String()))

	select {
	case err := <-served:
		carriers.Close()
		return err
	case <-ctx.Done():
	}
	carriers.Close() // first: it lets held answers go, which the server waits for
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}
