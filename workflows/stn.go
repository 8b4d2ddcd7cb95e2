package workflows

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers/stn"
)

// STNSetServices changes services of a subscription. Decided by the polled Activation record: INIT, BUSY, then DONE or
// ERROR. Services that sTN leaves out of its answer end the operation as ServicesIgnored.
type STNSetServices struct {
	Operation
	stn.SetServices
}

// Type returns the operation type.
func (STNSetServices) Type() string { return activities.STNSetServices }

// LineIdentifier returns the subscription id or the phone number.
func (in STNSetServices) LineIdentifier() string { return cmp.Or(in.SubscriptionID, in.PhoneNumber) }

var stnOperations = []Definition{{
	Type: activities.STNSetServices, Kind: Change, Title: "Change services of a subscription",
	Source: "SetServicesSubscription", DecidedBy: "polled Activation record",
	newInput: newInput[STNSetServices], summary: fixed("Set services of line"),
	workflow: change[STNSetServices, stn.SetServices]{
		operation: activities.STNSetServices,
		request:   func(_ workflow.Context, in STNSetServices) stn.SetServices { return in.SetServices },
	}.run,
}}
