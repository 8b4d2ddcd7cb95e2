package workflows

import (
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// SweepType is the type of the workflow that sweeps a carrier's list of requests, and tells the operations that wait what was
// decided. There is one for each carrier that has such a list. The workers start it, and it is open for as long as they sweep.
const SweepType = "Sweep"

// sweepPrefix begins the workflow ids of sweeps.
const sweepPrefix = "sweep:"

// SweepID is the workflow id of a carrier's sweep: "sweep:<carrier>".
func SweepID(c carriers.Carrier) string { return sweepPrefix + string(c) }

// ParseSweepID reads the carrier from the workflow id of a sweep; ok is false for any other id.
func ParseSweepID(id string) (c carriers.Carrier, ok bool) {
	name, ok := strings.CutPrefix(id, sweepPrefix)
	return carriers.Carrier(name), ok && name != ""
}

// SweepOptions are the options with which a worker starts the sweep of a carrier, unless it is open already. It is no operation: it has
// the search attribute Carrier, and not Operation.
func SweepOptions(c carriers.Carrier) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: SweepID(c), TaskQueue: TaskQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		TypedSearchAttributes:    temporal.NewSearchAttributes(CarrierAttribute.ValueSet(string(c))),
		StaticSummary:            "Sweep the list of " + CarrierName(c),
	}
}
