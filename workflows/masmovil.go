package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
)

// MasMovilGetSubscription reads a subscription.
type MasMovilGetSubscription struct {
	Operation
	masmovil.SubscriptionQuery
}

// Type returns the operation type.
func (MasMovilGetSubscription) Type() string { return activities.MasMovilGetSubscription }

// LineIdentifier returns the subscription id.
func (in MasMovilGetSubscription) LineIdentifier() string { return in.ID() }

// MasMovilListDevices lists the devices of a subscription.
type MasMovilListDevices struct {
	Operation
	masmovil.DevicesQuery
}

// Type returns the operation type.
func (MasMovilListDevices) Type() string { return activities.MasMovilListDevices }

// LineIdentifier returns the subscription id.
func (in MasMovilListDevices) LineIdentifier() string { return in.ID() }

// MasMovilAddDevice adds a device to a subscription. 201 is done; 202 is a risk review, observed by reading.
type MasMovilAddDevice struct {
	Operation
	activities.MasMovilNewDevice
}

// Type returns the operation type.
func (MasMovilAddDevice) Type() string { return activities.MasMovilAddDevice }

// LineIdentifier returns the subscription id.
func (in MasMovilAddDevice) LineIdentifier() string { return in.ID() }

// MasMovilReplaceSIM puts a new card on a line. 201 is done; 202 is observed by reading the line's ICCID.
type MasMovilReplaceSIM struct {
	Operation
	activities.MasMovilSIMReplacement
}

// Type returns the operation type.
func (MasMovilReplaceSIM) Type() string { return activities.MasMovilReplaceSIM }

// LineIdentifier returns the subscription id.
func (in MasMovilReplaceSIM) LineIdentifier() string { return in.ID() }

// MasMovilListRecharges lists the recharges of a subscription between two dates.
type MasMovilListRecharges struct {
	Operation
	masmovil.RechargesQuery
}

// Type returns the operation type.
func (MasMovilListRecharges) Type() string { return activities.MasMovilListRecharges }

// LineIdentifier returns the subscription id.
func (in MasMovilListRecharges) LineIdentifier() string { return in.ID() }

const masMovilSource = "Customers API v2, Subscriptions"

var masMovilOperations = []Definition{
	{
		Type: activities.MasMovilGetSubscription, Kind: Read, Title: "Read a subscription",
		Source: masMovilSource, DecidedBy: "answer",
		newInput: newInput[MasMovilGetSubscription], summary: fixed("Read line"),
		workflow: reading[MasMovilGetSubscription, masmovil.SubscriptionQuery, masmovil.Subscription]{
			operation: activities.MasMovilGetSubscription,
			query:     func(in MasMovilGetSubscription) masmovil.SubscriptionQuery { return in.SubscriptionQuery },
		}.run,
	},
	{
		Type: activities.MasMovilListDevices, Kind: Read, Title: "List the devices of a subscription",
		Source: masMovilSource, DecidedBy: "answer",
		newInput: newInput[MasMovilListDevices], summary: fixed("List the devices of line"),
		workflow: reading[MasMovilListDevices, masmovil.DevicesQuery, masmovil.Devices]{
			operation: activities.MasMovilListDevices,
			query:     func(in MasMovilListDevices) masmovil.DevicesQuery { return in.DevicesQuery },
		}.run,
	},
	{
		Type: activities.MasMovilAddDevice, Kind: Change, Title: "Add a device to a subscription",
		Source: masMovilSource, DecidedBy: "201, or a risk review observed by reading",
		newInput: newInput[MasMovilAddDevice], summary: fixed("Add a device to line"),
		timings: reviewed,
		workflow: change[MasMovilAddDevice, activities.MasMovilNewDevice]{
			operation: activities.MasMovilAddDevice,
			request: func(_ workflow.Context, in MasMovilAddDevice) activities.MasMovilNewDevice {
				return in.MasMovilNewDevice
			},
		}.run,
	},
	{
		Type: activities.MasMovilReplaceSIM, Kind: Change, Title: "Replace the SIM of a subscription",
		Source: masMovilSource, DecidedBy: "201, or observed by reading the line's ICCID",
		newInput: newInput[MasMovilReplaceSIM], summary: fixed("Replace the SIM of line"),
		timings: reviewed,
		workflow: change[MasMovilReplaceSIM, activities.MasMovilSIMReplacement]{
			operation: activities.MasMovilReplaceSIM,
			request: func(_ workflow.Context, in MasMovilReplaceSIM) activities.MasMovilSIMReplacement {
				return in.MasMovilSIMReplacement
			},
		}.run,
	},
	{
		Type: activities.MasMovilListRecharges, Kind: Read, Title: "List the recharges of a subscription",
		Source: masMovilSource, DecidedBy: "answer",
		newInput: newInput[MasMovilListRecharges], summary: fixed("List the recharges of line"),
		workflow: reading[MasMovilListRecharges, masmovil.RechargesQuery, masmovil.Recharges]{
			operation: activities.MasMovilListRecharges,
			query:     func(in MasMovilListRecharges) masmovil.RechargesQuery { return in.RechargesQuery },
		}.run,
	},
}

// reviewed are the timings of operations that people may have to decide on, or that wait for a card in the post. Ours.
func reviewed() Timings {
	t := usual()
	t.PollEvery = carriers.Duration(time.Minute)
	t.OverdueAfter = carriers.Duration(24 * time.Hour)
	t.OverduePollEvery = carriers.Duration(time.Hour)
	t.Deadline = carriers.Duration(14 * 24 * time.Hour)
	return t
}
