package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
)

// Kind tells an operation that changes something from one that reads.
type Kind string

// The kinds of operations.
const (
	Change Kind = "change"
	Read   Kind = "read"
)

// Definition is what there is to know about one operation: the worker registers it, the starter makes a command of it,
// the documentation a row.
type Definition struct {
	// Type is the workflow type.
	Type string
	Kind Kind
	// Title says what it does.
	Title string
	// Source is the carrier's page that documents it.
	Source string
	// DecidedBy says in words what its outcome rests on.
	DecidedBy string

	newInput func() Input
	summary  func(Input) string
	timings  func() Timings // nil is usual
	workflow any
}

// Carrier is the carrier of the operation.
func (d Definition) Carrier() carriers.Carrier { return CarrierOf(d.Type) }

// NewInput returns a pointer to an empty input of the operation.
func (d Definition) NewInput() Input { return d.newInput() }

// operations is the one list of everything carrierflow can do.
var operations = slices.Concat(dishOperations, stnOperations, masMovilOperations)

// Operations lists every operation.
func Operations() []Definition { return slices.Clone(operations) }

// DefinitionOf finds an operation by its type; the zero Definition, which has no type, if there is none.
func DefinitionOf(operation string) Definition {
	for _, d := range operations {
		if d.Type == operation {
			return d
		}
	}
	return Definition{}
}

// DefaultTimings are what an operation takes for the timings that its input leaves out.
func DefaultTimings(operation string) Timings {
	if timings := DefinitionOf(operation).timings; timings != nil {
		return timings()
	}
	return usual()
}

// Registry is the part of a Temporal worker that takes workflows.
type Registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// Register adds every workflow under its explicit name.
func Register(r Registry) {
	for _, d := range operations {
		r.RegisterWorkflowWithOptions(d.workflow, workflow.RegisterOptions{Name: d.Type})
	}
	r.RegisterWorkflowWithOptions(unmatchedCallback, workflow.RegisterOptions{Name: UnmatchedCallbackType})
	r.RegisterWorkflowWithOptions(followUp, workflow.RegisterOptions{Name: FollowUpType})
}

// newInput makes an empty input for filling in: an addressable *I that is itself an Input.
func newInput[I any, P interface {
	*I
	Input
}]() Input {
	return P(new(I))
}

// fixed is the summary of an operation that needs no more than one sentence.
func fixed(text string) func(Input) string { return func(Input) string { return text } }

// usual are the timings of operations that the carrier's systems decide on their own.
func usual() Timings { return defaultTimings }
