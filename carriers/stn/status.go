package stn

import (
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

// StateOf returns what a documented Activation status means, and Unknown for every other word. Case does not matter.
func StateOf(status string) carriers.State {
	switch {
	case carriers.Among([]string{StatusInit, StatusBusy}, status):
		return carriers.Pending
	case carriers.Among([]string{StatusDone}, status):
		return carriers.Done
	case carriers.Among([]string{StatusError}, status):
		return carriers.Failed
	}
	return carriers.Unknown
}

// stateOf is StateOf plus the words the configuration explains.
func (c Config) stateOf(status string) carriers.State {
	switch {
	case carriers.Among(c.PendingStatuses, status):
		return carriers.Pending
	case carriers.Among(c.DoneStatuses, status):
		return carriers.Done
	case carriers.Among(c.FailedStatuses, status):
		return carriers.Failed
	}
	return StateOf(status)
}
