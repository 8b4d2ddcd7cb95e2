package stn

import (
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
)

// The statuses of an Activation (SetServicesSubscription). INIT is what a request is answered with: recorded, no more.
// CancelNewSubscription shows CANCELLING as well, on a cancelled activation; what it would mean on a service change
// nobody has said, so it is unknown here.
const (
	StatusInit  = "INIT"  // being initialised
	StatusBusy  = "BUSY"  // being processed
	StatusDone  = "DONE"  // completed
	StatusError = "ERROR" // failed; none of the requested changes was made
)

func documentedStatuses() []string { return []string{StatusInit, StatusBusy, StatusDone, StatusError} }

// StateOf returns what a documented Activation status means, and Unknown for every other word.
func StateOf(status string) carriers.State {
	switch status {
	case StatusInit, StatusBusy:
		return carriers.Pending
	case StatusDone:
		return carriers.Done
	case StatusError:
		return carriers.Failed
	}
	return carriers.Unknown
}

// stateOf is StateOf plus the words the configuration explains.
func (c Config) stateOf(status string) carriers.State {
	switch {
	case slices.Contains(c.PendingStatuses, status):
		return carriers.Pending
	case slices.Contains(c.DoneStatuses, status):
		return carriers.Done
	case slices.Contains(c.FailedStatuses, status):
		return carriers.Failed
	}
	return StateOf(status)
}
