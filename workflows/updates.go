package workflows

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
)

// Update is an update of a running operation, with the types of its argument and its answer. An update that is not possible
// now, or whose argument does not meet its schema, is refused with the reason and adds nothing to the history.
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

// Send sends the update to the current run of a workflow and waits for its answer. One that is refused is a [*RefusedError].
func (u Update[I, O]) Send(ctx context.Context, c Updater, workflowID string, argument I) (answer O, err error) {
	handle, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: u.Name, Args: []any{argument}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &answer)
	}
	return answer, refusalIn(u.Name, err)
}

// RefusedError says that an update was refused: it makes no sense now, or its argument is not valid. Nothing was changed, and
// nothing of it is in the history.
type RefusedError struct {
	// Update is the update's name.
	Update string
	// Reason says why it was refused, in a sentence.
	Reason string
	// Faults are what is wrong with the argument; none when the argument is valid, and the update makes no sense now.
	Faults []carriers.Fault
	cause  error
}

// Error says what was refused, and why.
func (e *RefusedError) Error() string { return e.Update + " was refused: " + e.Reason }

// Unwrap returns Temporal's own error.
func (e *RefusedError) Unwrap() error { return e.cause }

// refusalIn finds the refusal in an error that a Temporal client returned for an update; any other error stays as it is.
func refusalIn(update string, err error) error {
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	if !ok || application.Type() != Refused && application.Type() != string(InvalidRequest) {
		return err
	}
	refused := &RefusedError{Update: update, Reason: strings.TrimPrefix(application.Message(), update+": "), cause: err}
	if application.Type() == string(InvalidRequest) {
		var faults []carriers.Fault
		if !application.HasDetails() || application.Details(&faults) != nil {
			return err // the failure of the operation, which an update that waits for it returns
		}
		refused.Faults = faults
	}
	return refused
}

// Refused is the type of the error for an update that is not possible now; its message says why.
const Refused = "Refused"

// The updates of every operation that changes something.
var (
	// AcceptedUpdate waits until the carrier has taken the request, or until the operation is parked. When the carrier refuses it,
	// or nothing was sent, the error is the one that the workflow fails with: see [AsFailure].
	AcceptedUpdate = Update[AcceptedQuestion, Accepted]{"accepted", "Wait until the carrier has taken the request"}
	// CheckNowUpdate asks the carrier once, at once.
	CheckNowUpdate = Update[OperatorAction, OperationStatus]{"check-now", "Ask the carrier now"}
	// ResolveUpdate closes the operation as done or failed.
	ResolveUpdate = Update[Resolve, OperationStatus]{"resolve", "Close the operation as done or failed"}
	// ApproveUpdate records a decision in favour of a held request: the operation no longer needs attention and continues
	// to wait for the effect.
	ApproveUpdate = Update[OperatorAction, OperationStatus]{"approve", "Record that a held request was decided in favour"}
	// DenyUpdate closes an operation with a held request as DecisionDenied.
	DenyUpdate = Update[OperatorAction, OperationStatus]{"deny", "Record that a held request was decided against"}
	// ExtendDeadlineUpdate moves the deadline.
	ExtendDeadlineUpdate = Update[ExtendDeadline, OperationStatus]{"extend-deadline", "Wait longer before giving up"}
)

// ReleaseLineUpdate is an update of a line: it takes the turn from its holder, so that the next change can be sent. The holder
// itself goes on.
var ReleaseLineUpdate = Update[ReleaseLine, LineStatus]{"release-line", "Take the turn of a line from who has it"}

// NewUpdate makes an update of a workflow that another package describes. It is for package-level variables: the name of an update is
// used once in a program. of begins the names of its schemas, for example "plan.".
func NewUpdate[I, O any](of, name, title string) Update[I, O] {
	u := Update[I, O]{name, title}
	documentAs(of, u)
	return u
}

// Schemas returns the JSON Schemas of the argument and of the answer of an update that [NewUpdate] has made, by the names of their
// files.
func (u Update[I, O]) Schemas(of string) map[string][]byte { return documentAs(of, u).schemas() }

// ParseArgument reads an argument in JSON form and returns everything that is wrong with it, exactly as the workflow does.
// A missing argument counts as an empty object.
func (u Update[I, O]) ParseArgument(raw json.RawMessage) (argument I, faults []carriers.Fault) {
	if len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("{}")
	}
	faults = arguments[u.Name].Read(raw, &argument)
	return argument, faults
}

// arguments are the schemas of the updates' arguments, by the name of the update.
var arguments = map[string]*schema.Schema{}

// documented is an update in the published schemas.
type documented struct {
	of, name, title string
	answer          reflect.Type
}

// updates lists every update.
var updates = []documented{
	document(AcceptedUpdate), document(CheckNowUpdate), document(ResolveUpdate), document(ApproveUpdate), document(DenyUpdate), document(ExtendDeadlineUpdate),
	document(ReleaseLineUpdate),
}

// schemas are the published schemas of an update.
func (d documented) schemas() map[string][]byte {
	argument := d.of + "update." + d.name
	return map[string][]byte{
		argument:             arguments[d.name].Document(),
		argument + ".answer": schema.Output(argument+".answer", "The answer to the update "+d.name, d.answer),
	}
}

// document makes the schema of an update's argument.
func document[I, O any](u Update[I, O]) documented { return documentAs("", u) }

// documentAs is document for a schema whose name begins otherwise.
func documentAs[I, O any](of string, u Update[I, O]) documented {
	arguments[u.Name] = schema.Argument[I](of+"update."+u.Name, u.Title)
	return documented{of, u.Name, u.Title, reflect.TypeFor[O]()}
}

// AcceptedQuestion is the argument of [AcceptedUpdate]: nothing.
type AcceptedQuestion struct{}

// Accepted is the answer of [AcceptedUpdate].
type Accepted struct {
	// State is accepted, or unknown when it is not known whether the carrier has the request. The operation continues in
	// either case.
	State AcceptedState `json:"state" jsonschema:"enum=accepted,enum=unknown" jsonschema_description:"accepted: the carrier has taken the request; unknown: it is not known whether the carrier has it"`
	// TransactionID is the carrier's id of the request, when it gave one.
	TransactionID string `json:"transactionId,omitempty" jsonschema_description:"the carrier's handle, when it gave one"`
	// OperationStatus is the carrier's status in its acknowledgement, when it gave one.
	Status string `json:"status,omitempty" jsonschema_description:"the carrier's status in its acknowledgement, when it gave one"`
	// Held tells that the carrier holds the request until a decision is made about it.
	Held bool `json:"held,omitempty" jsonschema_description:"the carrier holds the request until somebody has decided about it"`
	// SubmittedAt is when the carrier acknowledged the request; zero if it never did.
	SubmittedAt time.Time `json:"submittedAt,omitzero" jsonschema_description:"when the carrier acknowledged the request; absent if it never did"`
}

// AcceptedState says whether the carrier has the request.
type AcceptedState string

// The states of a request that was not refused.
const (
	AcceptedByCarrier AcceptedState = "accepted"
	AcceptanceUnknown AcceptedState = "unknown"
)

// Resolve is the argument of [ResolveUpdate].
type Resolve struct {
	OperatorAction
	// Outcome is done or failed.
	Outcome carriers.State `json:"outcome" jsonschema:"required,enum=done,enum=failed" jsonschema_description:"what the operation ends as"`
}

// ExtendDeadline is the argument of [ExtendDeadlineUpdate].
type ExtendDeadline struct {
	OperatorAction
	// By is how much longer to wait, counted from the current deadline.
	By carriers.Duration `json:"by" jsonschema:"required" jsonschema_description:"how much later the deadline is to be, for example 48h; it may be at most a year after the start"`
}

// ReleaseLine is the argument of [ReleaseLineUpdate].
type ReleaseLine struct {
	OperatorAction
	// Holder is the workflow that has the turn. If another has it by now, the update is refused.
	Holder string `json:"holder" jsonschema:"required,minLength=1" jsonschema_description:"the workflow id of who has the turn; it is refused when another has it by now"`
}
