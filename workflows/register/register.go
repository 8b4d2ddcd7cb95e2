// Package register makes a Temporal worker run the workflows of every operation. It is apart from package workflows, the
// contract, so that programs that only start operations do not contain the implementation.
package register

import (
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows/internal/lifecycle"
	"github.com/carrierflow/carrierflow/workflows/internal/lines"
	"github.com/carrierflow/carrierflow/workflows/internal/planrun"
	"github.com/carrierflow/carrierflow/workflows/internal/sweeps"
	"github.com/carrierflow/carrierflow/workflows/internal/webhooks"
)

// Registry is the part of a Temporal worker that takes workflows.
type Registry interface {
	lifecycle.Registry
	lifecycle.DynamicRegistry
}

// Workflows adds the workflow of every operation under its explicit name, that of a line, that of plans, that of
// a sweep, that of the delivery of a webhook, those that keep what is left to
// look at, and one that fails every run of a type that is no operation.
//
// Each says how a versioned worker treats it: operations and plans stay on the build that they began on (pinned), because they end;
// those that may be open for longer go on with the current build (auto-upgrade), so their code has to be able to
// continue what every earlier build has begun.
func Workflows(r Registry) {
	lifecycle.Register(r, registry.Operations())
	lines.Register(r)
	planrun.Register(r)
	sweeps.Register(r)
	webhooks.Register(r)
	lifecycle.RegisterUnknown(r)
}
