// Package activities makes the carrier calls of an operation as Temporal activities: submit, check and read.
//
// It is the room between workflows and carriers, and the one place where a carrier error becomes a Temporal error
// (errors.go). The life of a request is the same for every carrier: submit.go writes down that it is about to send,
// sends, and looks up before it ever sends again; check.go asks how far the carrier is and whether the change is in
// effect. What differs by carrier is in dish.go, stn.go and masmovil.go.
package activities

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
)

// TaskQueue is the queue of one carrier's activities. Each carrier has its own, so that a rate limit or an outage of
// one never slows another.
func TaskQueue(c carriers.Carrier) string { return "carrierflow-" + string(c) }

// SubmitName is the registered name of the activity that submits an operation type such as "stn.SetServices".
func SubmitName(operation string) string { return operation + ".Submit" }

// CheckName is the registered name of the activity that asks the carrier about an operation.
func CheckName(operation string) string { return operation + ".Check" }

// IsCheck tells an activity that asks the carrier about an operation by its registered name.
func IsCheck(name string) bool { return strings.HasSuffix(name, CheckName("")) }

// ReadName is the registered name of the activity that makes a read.
func ReadName(operation string) string { return operation + ".Read" }

// SubmitInput is what a submit needs to know.
type SubmitInput[R any] struct {
	Reference string `json:"reference"`
	Request   R      `json:"request"`
	// Earlier is what is known about earlier submits of the same operation: those of an earlier window, or of the run that
	// this one is a reset of.
	Earlier Intent `json:"earlier,omitzero"`
	// StartedAt is when the operation began: nothing of it can be older at the carrier.
	StartedAt time.Time `json:"startedAt"`
	// Settle is how long the carrier may need to show what it has recorded; see [carriers.Proof].
	Settle carriers.Duration `json:"settle"`
	// Raised lists what operators have been told already; a submit that meets it again goes on trying.
	Raised []string `json:"raised,omitempty"`
}

func (in SubmitInput[R]) told(kind string) bool { return slices.Contains(in.Raised, kind) }

// CheckInput is what a check needs to know.
type CheckInput[R any] struct {
	Reference       string                   `json:"reference"`
	Request         R                        `json:"request"`
	Acknowledgement carriers.Acknowledgement `json:"acknowledgement"`
	// Unsure is set when nobody could tell at the submit whether the carrier has the request: it is looked up first.
	Unsure bool `json:"unsure,omitempty"`
	// StartedAt is when the operation began: nothing of it can be older at the carrier.
	StartedAt time.Time `json:"startedAt"`
	Pace
	// Confirm asks to believe "done" only when a read shows it, for at most ConfirmWithin after the first "done".
	Confirm       bool              `json:"confirm"`
	ConfirmWithin carriers.Duration `json:"confirmWithin"`
	// Told is the final word of a callback, if one came.
	Told carriers.Outcome `json:"told,omitzero"`
	// Raised lists what operators have been told already; a check that meets it again goes on waiting.
	Raised []string `json:"raised,omitempty"`
	// Quiet keeps a check from ending when what operators were told of has passed: it came and went too often.
	Quiet bool `json:"quiet,omitempty"`
	// Once asks for a single look: whatever the carrier says and shows is the result, final or not, and the line is read in
	// any case.
	Once bool `json:"once,omitempty"`

	// found is the acknowledgement of an unsure request that this check has found at the carrier.
	found *carriers.Acknowledgement
}

func (in CheckInput[R]) told(kind string) bool { return slices.Contains(in.Raised, kind) }

// CheckResult is what a check returns: what the carrier says and shows.
type CheckResult struct {
	carriers.Outcome
	// Found stands in for the acknowledgement of an unsure request: a look-up showed that the carrier has it.
	Found *carriers.Acknowledgement `json:"found,omitempty"`
	// Presence is what the look-up of an unsure request said; empty when none was made.
	Presence carriers.Presence `json:"presence,omitempty"`
}

// ReadInput is what a read needs to know.
type ReadInput[R any] struct {
	Reference string `json:"reference"`
	Request   R      `json:"request"`
}

// Registry is the part of a Temporal worker that takes activities.
type Registry interface {
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
}

// Set is all activities of one carrier, ready to be registered on that carrier's queue.
type Set interface {
	Carrier() carriers.Carrier
	Register(Registry)
}

// registration is one activity with its name.
type registration struct {
	name string
	fn   any
}

// set is a carrier's activities as a list.
type set struct {
	carrier    carriers.Carrier
	activities []registration
}

// Carrier names whose activities these are.
func (s set) Carrier() carriers.Carrier { return s.carrier }

// Register adds every activity under its explicit name.
func (s set) Register(r Registry) {
	for _, a := range s.activities {
		r.RegisterActivityWithOptions(a.fn, activity.RegisterOptions{Name: a.name})
	}
}

// read makes a registration out of a carrier's read.
func read[R, T any](c carriers.Carrier, operation string, get func(ctx context.Context, reference string, request R) (T, error)) registration {
	return registration{ReadName(operation), func(ctx context.Context, in ReadInput[R]) (T, error) {
		answer, err := get(ctx, in.Reference, in.Request)
		if err != nil {
			return answer, readError(c, operation, in.Reference, err)
		}
		return answer, nil
	}}
}
