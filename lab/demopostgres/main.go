// Command demopostgres shows that carrierflow keeps its promise on PostgreSQL: with Debian's PostgreSQL, tables made as docker-compose.yml
// makes them, and two workers that share the load, it kills one of the workers and crashes the database while operations are under way.
// Then it counts at the carriers what was lost and what was sent twice. It ends with 0 if nothing was, with 1 if something was, and with
// 2 if it could not run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/lab/postgres"
	"github.com/carrierflow/carrierflow/lab/stack"
)

type flags struct {
	Operations int    `help:"How many operations to start." default:"60"`
	Bin        string `help:"Folder of the built programs; make demo-postgres builds them." type:"existingdir" default:"bin"`
	Compose    string `help:"File with the job that makes Temporal's tables." type:"existingfile" default:"docker-compose.yml"`
}

// Validate refuses a number that leaves nothing to break.
func (f flags) Validate() error {
	if f.Operations < held+2 {
		return fmt.Errorf("--operations must be at least %d", held+2)
	}
	return nil
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("demopostgres"), kong.UsageOnError(),
		kong.Description("Run operations on PostgreSQL, kill a worker and crash the database under way, and count at the carriers what was lost or sent twice."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := options{operations: f.Operations, binaries: stack.In(f.Bin), sqlTool: filepath.Join(f.Bin, sqlTool), compose: f.Compose}
	r, err := run(ctx, o, os.Stdout)
	if errors.Is(err, postgres.ErrMissing) {
		fmt.Fprintln(os.Stderr, "Skipped:", err)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "demopostgres:", err)
	}
	if err != nil {
		os.Exit(2)
	}
	r.print(os.Stdout)
	if !r.kept() {
		os.Exit(1)
	}
}
