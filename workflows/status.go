package workflows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/invopop/jsonschema"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
)

// StatusQuery is the name of the query that returns the [OperationStatus] of an operation that changes something.
const StatusQuery = "status"

// Phase is how far an operation is.
type Phase string

// The phases.
const (
	// PhaseQueued: another change of the line has its turn. Nothing was sent yet.
	PhaseQueued Phase = "queued"
	// PhaseSending: the carrier has not acknowledged the request yet.
	PhaseSending Phase = "sending"
	// PhaseWaiting: the carrier has the request, and the outcome is awaited.
	PhaseWaiting Phase = "waiting"
	// PhaseConfirming: a final callback was received, and the carrier is asked to confirm it.
	PhaseConfirming Phase = "confirming"
	// PhaseParked: it is not known whether the carrier has the request. It is never sent again.
	PhaseParked Phase = "parked"
	// PhaseCancelling: the run was cancelled, and the carrier is asked about the request.
	PhaseCancelling Phase = "cancelling"
	// PhaseEnded: the operation has its outcome.
	PhaseEnded Phase = "ended"
)

// JSONSchema names the known phases; others may be added.
func (Phase) JSONSchema() *jsonschema.Schema {
	return schema.Open(PhaseQueued, PhaseSending, PhaseWaiting, PhaseConfirming, PhaseParked, PhaseCancelling, PhaseEnded)
}

// OperationStatus is how far an operation is: the answer to [StatusQuery], and to the updates of operators. It holds nothing personal.
type OperationStatus struct {
	Carrier   carriers.Carrier `json:"carrier" jsonschema_description:"the carrier"`
	Operation string           `json:"operation" jsonschema_description:"the operation type"`
	Reference string           `json:"reference,omitempty" jsonschema_description:"the caller's id of the operation"`
	Phase     Phase            `json:"phase" jsonschema_description:"how far the operation is; new values may be added"`
	// CarrierStatus is the latest status of the carrier that the workflow has. While a check runs, [GetStatus] also reads
	// the status from that activity.
	CarrierStatus string `json:"carrierStatus,omitempty" jsonschema_description:"the carrier's latest status, in its own word"`
	// CarrierStatusAt is when the workflow received it.
	CarrierStatusAt time.Time `json:"carrierStatusAt,omitzero" jsonschema_description:"when the workflow learned it"`
	// Attention lists why an operator has to look.
	Attention []Attention `json:"attention,omitempty" jsonschema_description:"why an operator has to look; new values may be added"`
	// Turn is the line's turn that the operation waits for, when the phase is queued.
	Turn *TurnStatus `json:"turn,omitempty" jsonschema_description:"the line's turn that the operation waits for, when the phase is queued"`
	// Acknowledgement is the carrier's immediate answer, if there is one.
	Acknowledgement *AcknowledgementStatus `json:"acknowledgement,omitempty" jsonschema_description:"the carrier's immediate answer; absent until it has come"`
	// ParkedBecause says why it is not known whether the carrier has the request, when the phase is parked and a reason is known.
	ParkedBecause string `json:"parkedBecause,omitempty" jsonschema_description:"why it is not known whether the carrier has the request, when a reason is known"`
	// Held tells that the carrier holds the request until a decision is made about it, and Approved that an operator has
	// recorded a decision in favour.
	Held     bool `json:"held,omitempty" jsonschema_description:"the carrier holds the request until somebody has decided about it"`
	Approved bool `json:"approved,omitempty" jsonschema_description:"an operator has recorded that the held request was decided in favour"`
	// Callbacks is the number of callbacks that were received, and LastCallback is the last one.
	Callbacks    int       `json:"callbacks,omitempty" jsonschema_description:"how many callbacks have come"`
	LastCallback *Callback `json:"lastCallback,omitempty" jsonschema_description:"the last of them"`
	// OverdueAt is when the operation becomes overdue; Deadline is when it fails if it is undecided.
	OverdueAt time.Time `json:"overdueAt,omitzero" jsonschema_description:"when the operation counts as overdue"`
	Deadline  time.Time `json:"deadline,omitzero" jsonschema_description:"when the workflow gives up"`
	// CheckEvery is the current time between two checks.
	CheckEvery carriers.Duration `json:"checkEvery,omitempty" jsonschema_description:"time between two checks at present"`
	// Actions are the updates that can be sent now.
	Actions []string `json:"actions,omitempty" jsonschema_description:"the updates that can be sent now"`
	// Failure is the type of the operation's failure, if it has failed.
	Failure FailureType `json:"failure,omitempty" jsonschema_description:"what the operation failed with"`
	// Effect and LineStatus are what the carrier's read showed, in the answer of an update that has asked it.
	Effect     carriers.Effect `json:"effect,omitempty" jsonschema:"example=shown,example=missing,example=incomparable" jsonschema_description:"whether the carrier's read showed the change, when an update has asked it now; new values may be added"`
	LineStatus string          `json:"lineStatus,omitempty" jsonschema_description:"the line's status as the carrier's read showed it, when an update has asked it now"`
	// Message describes in a sentence what the operation is doing, or what an update has done.
	Message string `json:"message" jsonschema_description:"what the operation is doing, or what the update has done, in a sentence; its wording may change"`
	// Activity is the running or next call to the carrier. The workflow does not know it: [GetStatus] adds it.
	Activity *ActivityStatus `json:"activity,omitempty" jsonschema_description:"the call to the carrier that is under way or due; only Go's GetStatus fills it in"`
}

// TurnStatus is the turn that an operation waits for.
type TurnStatus struct {
	// Line is the workflow id of the line. [ReleaseLineUpdate] is sent to it.
	Line string `json:"line" jsonschema_description:"the workflow id of the line; release-line is sent to it"`
	// Holder is the workflow that has the turn. The workflow knows who had it when it asked, and again when it is the next;
	// [GetStatus] reads who has it now.
	Holder string `json:"holder,omitempty" jsonschema_description:"the workflow id of who had the turn when the operation was last told; Go's GetStatus reads who has it now"`
}

// AcknowledgementStatus is the carrier's immediate answer in a [OperationStatus].
type AcknowledgementStatus struct {
	At            time.Time `json:"at" jsonschema_description:"when the answer was read"`
	TransactionID string    `json:"transactionId,omitempty" jsonschema_description:"the carrier's handle, when it gave one"`
	Status        string    `json:"status,omitempty" jsonschema_description:"the carrier's status, in its own word"`
	// Found tells that the request was not sent again: a look-up showed that the carrier has it.
	Found bool `json:"found,omitempty" jsonschema_description:"a look-up showed that the carrier has the request; it was not sent again"`
}

// ActivityStatus is the running or next call to the carrier, as Temporal shows it.
type ActivityStatus struct {
	// Name is the activity's type.
	Name string `json:"name" jsonschema_description:"the activity's type"`
	// Running tells that a worker has started it; if not, it is due at Next.
	Running bool `json:"running,omitempty" jsonschema_description:"a worker makes the call now"`
	// Attempt is the number of calls, including this one.
	Attempt int32     `json:"attempt" jsonschema_description:"how many calls, this one included"`
	Next    time.Time `json:"next,omitzero" jsonschema_description:"when the next call is due"`
	// LastFailure is why the last call did not decide the operation; CarrierStatus and HTTPStatus are from its answer.
	LastFailure   string `json:"lastFailure,omitempty" jsonschema_description:"why the last call did not decide the operation; its wording may change"`
	CarrierStatus string `json:"carrierStatus,omitempty" jsonschema_description:"the carrier's status that the last call has read"`
	// CarrierStatusAt is when the carrier's status was read.
	CarrierStatusAt time.Time `json:"carrierStatusAt,omitzero" jsonschema_description:"when the carrier's status was read"`
	HTTPStatus      int       `json:"httpStatus,omitempty" jsonschema_description:"the HTTP status of the last call's answer, when that was an error"`
}

// Ended reports whether the operation has its outcome.
func (s OperationStatus) Ended() bool { return s.Phase == PhaseEnded }

// Inspector is the part of a Temporal client that queries and describes runs.
type Inspector interface {
	QueryWorkflow(ctx context.Context, workflowID, runID, queryType string, args ...any) (converter.EncodedValue, error)
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
}

// GetStatus returns the status of an operation that changes something: what its workflow knows, and what the running or
// next call to the carrier shows. It needs a running worker. An empty runID means the current run.
func GetStatus(ctx context.Context, c Inspector, workflowID, runID string) (OperationStatus, error) {
	var s OperationStatus
	value, err := c.QueryWorkflow(ctx, workflowID, runID, StatusQuery)
	if err == nil {
		err = value.Get(&s)
	}
	if err != nil {
		return s, fmt.Errorf("asking %s for its status: %w", workflowID, err)
	}
	if s.Ended() {
		return s, nil
	}
	if s.Turn != nil {
		if holder, err := TurnHolder(ctx, c, s.Turn.Line); err == nil {
			s.Turn.Holder = holder
		}
		return s, nil
	}
	found, err := c.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return s, fmt.Errorf("looking at the activities of %s: %w", workflowID, err)
	}
	s.Activity = ActivityOf(found.GetPendingActivities(), converterOf(ctx, c, workflowID, runID))
	if a := s.Activity; a != nil && a.CarrierStatus != "" && s.Phase != PhaseConfirming && !a.CarrierStatusAt.Before(s.CarrierStatusAt) {
		s.CarrierStatus, s.CarrierStatusAt = a.CarrierStatus, a.CarrierStatusAt
	}
	return s, nil
}

// ActivityOf is the pending activity of a run that is due first; nil if there is none. c is the client's data converter, which reads what
// the activity has said last; nil is the SDK's default. What it cannot read is left out.
func ActivityOf(pending []*workflowpb.PendingActivityInfo, c converter.DataConverter) *ActivityStatus {
	if c == nil {
		c = converter.GetDefaultDataConverter()
	}
	var next *workflowpb.PendingActivityInfo
	for _, p := range pending {
		if next == nil || dueAt(p).Before(dueAt(next)) {
			next = p
		}
	}
	if next == nil {
		return nil
	}
	s := &ActivityStatus{Name: next.GetActivityType().GetName(), Running: isRunning(next), Attempt: next.GetAttempt(), Next: dueAt(next)}
	// The failure is copied, because reading it would change it.
	reader := temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{DataConverter: c})
	failure := reader.FailureToError(proto.CloneOf(next.GetLastFailure()))
	if known, ok := errors.AsType[*temporal.ApplicationError](failure); ok {
		s.LastFailure = known.Message()
		var problem activities.Problem
		if known.HasDetails() && known.Details(&problem) == nil {
			s.CarrierStatus, s.HTTPStatus = problem.CarrierStatus, problem.HTTPStatus
			if problem.Class == "" { // the carrier has answered
				s.CarrierStatusAt = timeOf(next.GetLastAttemptCompleteTime())
			}
		}
	}
	var progress activities.Progress
	heartbeat := next.GetHeartbeatDetails()
	if heartbeat == nil || c.FromPayloads(heartbeat, &progress) != nil || progress.Status == "" {
		return s
	}
	if s.CarrierStatus != progress.Status || s.CarrierStatusAt.IsZero() { // else the last call has read the same status again
		s.CarrierStatus, s.CarrierStatusAt = progress.Status, timeOf(next.GetLastHeartbeatTime())
	}
	return s
}

// isRunning reports whether a worker has started an activity.
func isRunning(p *workflowpb.PendingActivityInfo) bool {
	switch p.GetState() {
	case enumspb.PENDING_ACTIVITY_STATE_STARTED, enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED, enumspb.PENDING_ACTIVITY_STATE_PAUSE_REQUESTED:
		return true
	}
	return false
}

// dueAt is when the next attempt of an activity is due; zero for one that runs.
func dueAt(p *workflowpb.PendingActivityInfo) time.Time {
	if isRunning(p) {
		return time.Time{}
	}
	return timeOf(cmp.Or(p.GetNextAttemptScheduleTime(), p.GetScheduledTime()))
}

func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
