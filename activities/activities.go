// Package activities makes the carrier calls of an operation as Temporal activities: submit, check and read.
//
// It is between workflows and carriers, and the only place where a carrier error becomes a Temporal error (errors.go). A
// request is handled in the same way for every carrier: submit.go stores that it is about to send, sends, and looks the
// request up before it sends again; check.go reads the carrier's status, and whether the change is in effect. What differs
// by carrier is in the carrier's own folder.
package activities

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// TaskQueue is the task queue of one carrier's activities. Each carrier has its own, so that a rate limit or an outage of
// one never slows another.
func TaskQueue(c carriers.Carrier) string { return "carrierflow-" + string(c) }

// SubmitName is the activity type that submits the requests of an operation type.
func SubmitName(operation string) string { return operation + ".Submit" }

// ConfirmName is the local activity type that confirms by one read what a callback or a sweep has reported about an operation.
func ConfirmName(operation string) string { return operation + ".Confirm" }

// CheckName is the activity type that asks the carrier about an operation.
func CheckName(operation string) string { return operation + ".Check" }

// IsCheck reports whether an activity type asks the carrier about an operation.
func IsCheck(name string) bool { return strings.HasSuffix(name, CheckName("")) }

// ReadName is the activity type that makes a read.
func ReadName(operation string) string { return operation + ".Read" }

// SubmitInput is the input of a submit.
type SubmitInput struct {
	Reference string `json:"reference"`
	// Request is the carrier's request in JSON form.
	Request json.RawMessage `json:"request"`
	// Earlier is what is known about earlier submits of the same operation: those of an earlier activity, or of the run of
	// which this one is a reset.
	Earlier Intent `json:"earlier,omitzero"`
	// StartedAt is when the operation began: nothing of it can be older at the carrier.
	StartedAt time.Time `json:"startedAt"`
	// LookupDelay is how long the carrier may need to show what it has recorded; see [carriers.Proof].
	LookupDelay carriers.Duration `json:"lookupDelay"`
	// Raised lists what operators were told before; a submit that meets it again continues.
	Raised []string `json:"raised,omitempty"`
	// Single tells that the activity has one attempt, and that nothing was sent before it. How it ends then tells whether it may have
	// sent, so that only a line that was read before sending has to be stored.
	Single bool `json:"single,omitempty"`
	// BeganAt is when the run began; zero when that is StartedAt.
	BeganAt time.Time `json:"beganAt,omitzero"`
	// Asked tells that the run has asked for its line's turn before, and may have it.
	Asked bool `json:"asked,omitempty"`
}

// SubmitResult is what a submit returns.
type SubmitResult struct {
	carriers.Acknowledgement
	// Turn is the workflow id of the line whose turn the run has; empty where changes take no turn.
	Turn string `json:"turn,omitempty"`
}

// alreadyRaised reports whether operators were told of a problem before.
func (in SubmitInput) alreadyRaised(kind string) bool { return slices.Contains(in.Raised, kind) }

// CheckInput is the input of a check.
type CheckInput struct {
	Reference string `json:"reference"`
	// Request is the carrier's request in JSON form.
	Request         json.RawMessage          `json:"request"`
	Acknowledgement carriers.Acknowledgement `json:"acknowledgement"`
	// Unsure tells that after the submit it was not known whether the carrier has the request: it is looked up first.
	Unsure bool `json:"unsure,omitempty"`
	// StartedAt is when the operation began: nothing of it can be older at the carrier.
	StartedAt time.Time `json:"startedAt"`
	Pace
	// Confirm asks to believe "done" only when a read shows the change, for at most ConfirmWithin after the first "done".
	Confirm       bool              `json:"confirm"`
	ConfirmWithin carriers.Duration `json:"confirmWithin"`
	// CallbackOutcome is the final outcome of a callback, if one was received.
	CallbackOutcome carriers.Outcome `json:"told,omitzero"`
	// Raised lists what operators were told before; a check that meets it again continues to poll.
	Raised []string `json:"raised,omitempty"`
	// Quiet tells the check not to end when a problem that operators were told of has passed, because it has returned too often.
	Quiet bool `json:"quiet,omitempty"`
	// Once asks for a single check: it returns whatever the carrier says and shows, final or not, and always reads the line.
	Once bool `json:"once,omitempty"`

	// found is the acknowledgement of an unsure request that this check has found at the carrier.
	found *carriers.Acknowledgement
}

func (in CheckInput) alreadyRaised(kind string) bool { return slices.Contains(in.Raised, kind) }

// CheckResult is what a check returns: what the carrier says and shows.
type CheckResult struct {
	carriers.Outcome
	// Found replaces the acknowledgement of an unsure request: a look-up showed that the carrier has it.
	Found *carriers.Acknowledgement `json:"found,omitempty"`
	// Presence is the result of looking up an unsure request; empty when no look-up was made.
	Presence carriers.Presence `json:"presence,omitempty"`
}

// ReadInput is the input of a read.
type ReadInput struct {
	Reference string `json:"reference"`
	// Request is the carrier's request in JSON form.
	Request json.RawMessage `json:"request"`
}
