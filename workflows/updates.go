package workflows

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
)

// Update is what can be asked of a running operation, or ordered: a Temporal Update with the types of its argument and
// its answer. One that makes no sense now, or whose argument breaks its schema, is refused with the reason and leaves
// nothing in the history.
type Update[I, O any] struct {
	// Name is the update's name at Temporal.
	Name string
	// Title says what it does.
	Title string
}

// Updater is the part of a Temporal client that sends updates.
type Updater interface {
	UpdateWorkflow(ctx context.Context, options client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
}

// Send sends the update to the current run of a workflow and waits for its answer. A refusal is an application error
// of the type [Refused] or [InvalidRequest].
func (u Update[I, O]) Send(ctx context.Context, c Updater, workflowID string, argument I) (answer O, err error) {
	handle, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: u.Name, Args: []any{argument}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return answer, err
	}
	err = handle.Get(ctx, &answer)
	return answer, err
}

// Refused is the type of the error for an update that makes no sense now; its message says why.
const Refused = "Refused"

// The updates that every operation takes that changes something.
var (
	// AcceptedUpdate waits until the carrier has taken the request, or until nobody can tell. When the carrier refuses it,
	// or nothing was sent, its error is the one the workflow fails with: see [AsFailure].
	AcceptedUpdate = Update[AcceptedQuestion, Accepted]{"accepted", "Wait until the carrier has taken the request"}
	// CheckNowUpdate asks the carrier once, at once.
	CheckNowUpdate = Update[Order, Standing]{"check-now", "Ask the carrier now"}
	// ResolveUpdate closes the operation as done or failed, on the operator's word.
	ResolveUpdate = Update[Resolve, Standing]{"resolve", "Close the operation as done or failed"}
	// ApproveRiskUpdate records that MásMóvil has decided a risk review in favour of the request: the operation no longer
	// needs attention and goes on waiting for the effect.
	ApproveRiskUpdate = Update[Order, Standing]{"approve-risk", "The carrier's risk review was decided in favour"}
	// DenyRiskUpdate closes an operation under risk review as RiskDenied.
	DenyRiskUpdate = Update[Order, Standing]{"deny-risk", "The carrier's risk review was decided against"}
	// ExtendDeadlineUpdate moves the deadline.
	ExtendDeadlineUpdate = Update[ExtendDeadline, Standing]{"extend-deadline", "Wait longer before giving up"}
)

// documented is an update as the schemas know it.
type documented struct {
	name, title      string
	argument, answer any
}

func (u Update[I, O]) documented() documented { return documented{u.Name, u.Title, new(I), new(O)} }

// schema is the name of the argument's schema.
func (d documented) schema() string { return "update." + d.name }

// updates lists every update.
var updates = []documented{
	AcceptedUpdate.documented(), CheckNowUpdate.documented(), ResolveUpdate.documented(),
	ApproveRiskUpdate.documented(), DenyRiskUpdate.documented(), ExtendDeadlineUpdate.documented(),
}

// AcceptedQuestion is the argument of [AcceptedUpdate]: nothing.
type AcceptedQuestion struct{}

// Accepted is the answer of [AcceptedUpdate].
type Accepted struct {
	// State is accepted, or unknown when nobody can tell whether the carrier has the request. The operation goes on in
	// either case.
	State AcceptedState `json:"state" jsonschema:"enum=accepted,enum=unknown" jsonschema_description:"accepted: the carrier has taken the request; unknown: nobody can tell"`
	// TransactionID is the carrier's handle, when it gave one.
	TransactionID string `json:"transactionId,omitempty" jsonschema_description:"the carrier's handle, when it gave one"`
	// Status is the carrier's word in its acknowledgement, when it used one.
	Status string `json:"status,omitempty" jsonschema_description:"the carrier's word in its acknowledgement, when it used one"`
	// RiskReview tells that the carrier holds the request for a risk decision.
	RiskReview bool `json:"riskReview,omitempty" jsonschema_description:"the carrier holds the request for a risk decision"`
	// SubmittedAt is when the carrier acknowledged the request; zero if it never did.
	SubmittedAt time.Time `json:"submittedAt,omitzero" jsonschema_description:"when the carrier acknowledged the request; absent if it never did"`
}

// AcceptedState tells whether the carrier has the request.
type AcceptedState string

// What can be known about a request that was not refused.
const (
	AcceptedByCarrier AcceptedState = "accepted"
	AcceptanceUnknown AcceptedState = "unknown"
)

// Order says who wants something and why. It is kept in the history of the run, and in the result or failure when it
// decides the operation.
type Order struct {
	Operator string `json:"operator" jsonschema:"required,minLength=1,maxLength=100" jsonschema_description:"who orders it"`
	Reason   string `json:"reason" jsonschema:"required,minLength=1,maxLength=500" jsonschema_description:"why"`
}

// Resolve is the argument of [ResolveUpdate].
type Resolve struct {
	Order
	// Outcome is done or failed.
	Outcome carriers.State `json:"outcome" jsonschema:"required,enum=done,enum=failed" jsonschema_description:"what the operation ends as"`
}

// ExtendDeadline is the argument of [ExtendDeadlineUpdate].
type ExtendDeadline struct {
	Order
	// By is how much longer to wait, counted from the deadline that stands.
	By carriers.Duration `json:"by" jsonschema:"required" jsonschema_description:"how much later the deadline is to be, for example 48h; it may be at most a year after the start"`
}

// Standing is the answer to an order: where the operation stands after it.
type Standing struct {
	// Decided tells that the operation has its outcome and is about to end.
	Decided bool `json:"decided" jsonschema:"required" jsonschema_description:"the operation has its outcome and is about to end"`
	// Status is the carrier's latest word.
	Status string `json:"status,omitempty" jsonschema_description:"the carrier's latest word"`
	// Effect tells whether the carrier's read showed the change, when it was asked now.
	Effect carriers.Effect `json:"effect,omitempty" jsonschema:"example=shown,example=missing,example=incomparable" jsonschema_description:"whether the carrier's read showed the change, when it was asked now; new values may be added"`
	// LineStatus is the line's status as the carrier's read showed it, when it was asked now.
	LineStatus string `json:"lineStatus,omitempty" jsonschema_description:"the line's status as the carrier's read showed it, when it was asked now"`
	// Deadline is when the workflow gives up.
	Deadline time.Time `json:"deadline" jsonschema:"required" jsonschema_description:"when the workflow gives up"`
	// Message says all of this in a sentence.
	Message string `json:"message" jsonschema:"required" jsonschema_description:"all of this in a sentence; its wording may change"`
}

// Resolution is an operator's decision, as a Result or a Failure keeps it.
type Resolution struct {
	Order
	At time.Time `json:"at" jsonschema_description:"when it was ordered"`
}
