package workflows

import (
	"cmp"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// DishActivateSubscription activates a SIM, optionally with a device. Decided by callback or transaction status.
type DishActivateSubscription struct {
	Operation
	activities.DishActivation
}

// Type returns the operation type.
func (DishActivateSubscription) Type() string { return activities.DishActivateSubscription }

// LineIdentifier returns the ICCID, else the GPSI, else the subscriber id.
func (in DishActivateSubscription) LineIdentifier() string {
	return cmp.Or(in.ICCID, in.GPSI, in.SubscriberID)
}

// DishUpdateSubscriptionStatus suspends, resumes, ceases or reactivates a subscription. Decided by callback or
// transaction status.
type DishUpdateSubscriptionStatus struct {
	Operation
	activities.DishStatusUpdate
}

// Type returns the operation type.
func (DishUpdateSubscriptionStatus) Type() string { return activities.DishUpdateSubscriptionStatus }

// LineIdentifier returns the ICCID or the GPSI.
func (in DishUpdateSubscriptionStatus) LineIdentifier() string { return cmp.Or(in.ICCID, in.GPSI) }

func (in DishUpdateSubscriptionStatus) action() dish.Action { return in.Action }

// DishUpdateBillCycle sets the bill cycle. Answered at once, confirmed by read.
type DishUpdateBillCycle struct {
	Operation
	activities.DishBillCycle
}

// Type returns the operation type.
func (DishUpdateBillCycle) Type() string { return activities.DishUpdateBillCycle }

// LineIdentifier returns the GPSI.
func (in DishUpdateBillCycle) LineIdentifier() string { return in.GPSI }

// DishGetTransactionStatus reads the status of an earlier transaction.
type DishGetTransactionStatus struct {
	Operation
	activities.DishTransactionQuery
}

// Type returns the operation type.
func (DishGetTransactionStatus) Type() string { return activities.DishGetTransactionStatus }

// LineIdentifier is empty: a transaction does not name its line.
func (DishGetTransactionStatus) LineIdentifier() string { return "" }

// DishGetSubscription reads a subscriber's subscriptions by gpsi, iccid or subscriberId.
type DishGetSubscription struct {
	Operation
	activities.DishSubscriptionQuery
}

// Type returns the operation type.
func (DishGetSubscription) Type() string { return activities.DishGetSubscription }

// LineIdentifier returns what the query names.
func (in DishGetSubscription) LineIdentifier() string {
	return cmp.Or(in.ICCID, in.GPSI, in.SubscriberID)
}

var dishOperations = []Definition{
	{
		Type: activities.DishActivateSubscription, Kind: Change, Title: "Activate a subscription",
		Source: "SPS - Subscriptions (v5)", DecidedBy: "callback or transaction status",
		newInput: newInput[DishActivateSubscription], summary: fixed("Activate line"),
		workflow: change[DishActivateSubscription, activities.DishActivation]{
			operation: activities.DishActivateSubscription, notified: true,
			request: func(ctx workflow.Context, in DishActivateSubscription) activities.DishActivation {
				// DISH fills in a missing day by its own clock; sent explicitly, it is the same on every attempt. It is the day
				// on which the operation begins, which may be later than the day on which it was started.
				if in.BillCycleStartDay == 0 {
					in.BillCycleStartDay = dish.DefaultBillCycleStartDay(workflow.Now(ctx))
				}
				return in.DishActivation
			},
		}.run,
	},
	{
		Type: activities.DishUpdateSubscriptionStatus, Kind: Change, Title: "Suspend, resume, cease or reactivate a subscription",
		Source: "SPS - Subscriptions (v5)", DecidedBy: "callback or transaction status",
		newInput: newInput[DishUpdateSubscriptionStatus],
		summary: func(in Input) string {
			update, ok := in.(interface{ action() dish.Action })
			if !ok || !slices.Contains([]dish.Action{dish.Suspend, dish.Resume, dish.Cease, dish.Reactivate}, update.action()) {
				return "Update the status of line" // what is no action may be anything
			}
			return string(update.action()) + " line"
		},
		workflow: change[DishUpdateSubscriptionStatus, activities.DishStatusUpdate]{
			operation: activities.DishUpdateSubscriptionStatus, notified: true,
			request: func(_ workflow.Context, in DishUpdateSubscriptionStatus) activities.DishStatusUpdate {
				return in.DishStatusUpdate
			},
		}.run,
	},
	{
		Type: activities.DishUpdateBillCycle, Kind: Change, Title: "Set the bill cycle of a subscription",
		Source: "SPS - Subscription Profile Management (v5)", DecidedBy: "answer, confirmed by read",
		newInput: newInput[DishUpdateBillCycle], summary: fixed("Set the bill cycle of line"),
		workflow: change[DishUpdateBillCycle, activities.DishBillCycle]{
			operation: activities.DishUpdateBillCycle,
			request:   func(_ workflow.Context, in DishUpdateBillCycle) activities.DishBillCycle { return in.DishBillCycle },
		}.run,
	},
	{
		Type: activities.DishGetTransactionStatus, Kind: Read, Title: "Read the status of a transaction",
		Source: "SPS - Subscriptions (v5)", DecidedBy: "answer",
		newInput: newInput[DishGetTransactionStatus], summary: fixed("Read a transaction's status"),
		workflow: reading[DishGetTransactionStatus, activities.DishTransactionQuery, dish.TransactionStatus]{
			operation: activities.DishGetTransactionStatus,
			query:     func(in DishGetTransactionStatus) activities.DishTransactionQuery { return in.DishTransactionQuery },
		}.run,
	},
	{
		Type: activities.DishGetSubscription, Kind: Read, Title: "Read a subscriber's subscriptions",
		Source: "SPS - Subscription Profile Management (v5)", DecidedBy: "answer",
		newInput: newInput[DishGetSubscription], summary: fixed("Read line"),
		workflow: reading[DishGetSubscription, activities.DishSubscriptionQuery, dish.Subscriber]{
			operation: activities.DishGetSubscription,
			query:     func(in DishGetSubscription) activities.DishSubscriptionQuery { return in.DishSubscriptionQuery },
		}.run,
	},
}
