// Command devserver runs all of carrierflow in one process on your own machine: Temporal with its database and Web UI, the
// sandbox carriers, and the worker. It can show a demonstration and then stay or exit.
package main

import (
	"context"
	"errors"

	"github.com/carrierflow/carrierflow/lab/defaults"
	"github.com/carrierflow/carrierflow/lab/embedded"
	"github.com/carrierflow/carrierflow/lab/local"
)

func main() {
	var flags struct {
		local.Options
		Postgres postgres `embed:"" prefix:"postgres-" group:"PostgreSQL instead of SQLite"`
	}
	local.Main("devserver",
		"Run Temporal with its Web UI, the sandbox carriers and the carrierflow worker in one process, for development. Ctrl-C stops it.",
		&flags, &flags.Options, func(ctx context.Context, place local.Place) (local.Temporal, error) {
			return start(ctx, place, flags.Postgres)
		})
}

// postgres is where Temporal's tables are, if not in SQLite.
type postgres struct {
	Address    string `help:"Host and port of a PostgreSQL that has Temporal's tables; temporal-sql-tool makes them." placeholder:"HOST:PORT"`
	User       string `help:"User." default:"temporal"`
	Password   string `help:"Password." env:"POSTGRES_PASSWORD"`
	Database   string `help:"Database of the workflows." default:"temporal"`
	Visibility string `help:"Database of what is listed." default:"temporal_visibility"`
}

// start runs a Temporal server in this process.
func start(ctx context.Context, place local.Place, at postgres) (local.Temporal, error) {
	options := embedded.Options{
		Host: place.Host, Port: place.Port, UIPort: place.UIPort, DB: place.DB, Namespace: place.Namespace,
		Logger: defaults.NewLogger(place.LogLevel), CodecEndpoint: place.CodecEndpoint,
	}
	database := ""
	if at.Address != "" {
		if place.DB != "" {
			return local.Temporal{}, errors.New("the workflows are in a file (--db) or in PostgreSQL (--postgres-address), not in both")
		}
		tables := embedded.Postgres(at)
		options.Postgres, database = &tables, "PostgreSQL at "+at.Address
	}
	server, err := embedded.Start(ctx, options)
	if err != nil {
		return local.Temporal{}, err
	}
	return local.Temporal{Address: server.Address(), UIAddress: server.UIAddress(), Database: database, Stop: server.Stop}, nil
}
