// Command devcli runs what devserver runs, with the development server of a Temporal CLI that is installed. It is built without a
// Temporal server, which saves minutes the first time.
package main

import (
	"context"

	"github.com/carrierflow/carrierflow/lab/local"
	"github.com/carrierflow/carrierflow/lab/temporalcli"
)

func main() {
	var flags struct {
		local.Options
		Temporal string `help:"The Temporal CLI: a path, or a name that is looked for in PATH." default:"temporal"`
	}
	local.Main("devcli",
		"Run the development server of the Temporal CLI, and the sandbox carriers and the carrierflow worker in this process. Ctrl-C stops everything.",
		&flags, &flags.Options, func(ctx context.Context, place local.Place) (local.Temporal, error) {
			return temporalcli.Start(ctx, flags.Temporal, place)
		})
}
