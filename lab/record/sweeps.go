package main

import (
	"context"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows"
)

// sweepPaths are the paths of the workflow of a sweep that end: the workers of the recordings do not sweep, so the first finds it turned
// off, and the second, of which operators were told that it fails, as well.
func sweepPaths() (all []path) {
	inputs := map[string]map[string]any{
		"off":         {},
		"failing-off": {"since": "2026-01-01T00:00:00Z", "raised": true, "failure": "the list was refused"},
	}
	names := []string{"off", "failing-off"}
	for _, a := range registry.Carriers() {
		if a.Sweep == nil || len(names) == 0 {
			continue
		}
		all = append(all, sweepPath(names[0], a.Carrier, inputs[names[0]]))
		names = names[1:]
	}
	return all
}

func sweepPath(name string, c carriers.Carrier, state map[string]any) path {
	return path{name: workflows.SweepType + "." + name, operation: workflows.SweepType, begin: func(ctx context.Context, temporal client.Client) (client.WorkflowRun, error) {
		return temporal.ExecuteWorkflow(ctx, workflows.SweepOptions(c), workflows.SweepType, state)
	}}
}
