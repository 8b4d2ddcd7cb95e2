// Command devserver runs all of carrierflow in one process on your own machine: Temporal with its database and Web UI, the
// sandbox carriers, and the worker. It can show a demonstration and then stay or exit.
package main

import (
	"context"

	"github.com/carrierflow/carrierflow/lab/defaults"
	"github.com/carrierflow/carrierflow/lab/embedded"
	"github.com/carrierflow/carrierflow/lab/local"
)

func main() {
	var flags struct {
		local.Options
	}
	local.Main("devserver",
		"Run Temporal with its Web UI, the sandbox carriers and the carrierflow worker in one process, for development. Ctrl-C stops it.",
		&flags, &flags.Options, start)
}

// start runs a Temporal server in this process.
func start(ctx context.Context, place local.Place) (local.Temporal, error) {
	server, err := embedded.Start(ctx, embedded.Options{
		Host: place.Host, Port: place.Port, UIPort: place.UIPort, DB: place.DB, Namespace: place.Namespace,
		Logger: defaults.NewLogger(place.LogLevel),
	})
	if err != nil {
		return local.Temporal{}, err
	}
	return local.Temporal{Address: server.Address(), UIAddress: server.UIAddress(), Stop: server.Stop}, nil
}
