package sweeps

import (
	"time"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// failingAfter is how long no pass may have been completed until operators are told.
const failingAfter = 15 * time.Minute

// State is the workflow's input. It is empty at the start; a run that became long hands it to the next one.
type State struct {
	activities.SweepProgress
	// Since is when the sweep was started.
	Since time.Time `json:"since,omitzero"`
	// Raised tells that operators were told that it fails.
	Raised bool `json:"raised,omitempty"`
	// Failure is why the last activity has failed; empty when it has not.
	Failure string `json:"failure,omitempty"`
}

// sweep is the state of one run.
type sweep struct {
	State
	carrier carriers.Carrier
}

// failsAt is when operators are told, unless a pass is completed before.
func (s *sweep) failsAt() time.Time {
	last := s.LastPass
	if last.Before(s.Since) {
		last = s.Since
	}
	return last.Add(failingAfter)
}
