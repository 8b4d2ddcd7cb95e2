package main

import (
	"path/filepath"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// beside are the packages that replay histories of other workflows than those of operations, beside the one that replays those.
var beside = map[string]string{plans.WorkflowType: "planrun", workflows.LineType: "lines", workflows.SweepType: "sweeps", workflows.WebhookDeliveryType: "webhooks"}

// folder is where the history of a path is written.
func (p path) folder(directory string) string {
	if other, ok := beside[p.operation]; ok {
		return filepath.Join(directory, "..", "..", other, "testdata")
	}
	return directory
}

// folders are all where histories are written.
func folders(directory string) []string {
	all := []string{directory}
	for operation := range beside {
		all = append(all, path{operation: operation}.folder(directory))
	}
	return all
}
