package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// statusWith is the status with the message of an update.
func (r *run) statusWith(message string) workflows.OperationStatus {
	s := r.status()
	s.Message = message
	return s
}

// status is the answer to the status query.
func (r *run) status() workflows.OperationStatus {
	s := workflows.OperationStatus{
		Carrier: r.carrier, Operation: r.operation, Reference: r.reference, Phase: r.phase(),
		CarrierStatus: r.carrierStatus, CarrierStatusAt: r.carrierStatusAt, Attention: slices.Clone(r.raised),
		Held: r.ack.Held, Approved: r.approved, Callbacks: r.callbacks,
		Message: r.step,
	}
	if !r.deadline.IsZero() {
		s.Deadline = r.deadline.UTC()
	}
	if !r.overdueAt.IsZero() && !r.queued {
		s.OverdueAt = r.overdueAt.UTC()
	}
	if !r.ack.At.IsZero() && r.unsure == nil {
		s.Acknowledgement = &workflows.AcknowledgementStatus{
			At: r.ack.At, TransactionID: r.ack.TransactionID, Status: r.ack.Outcome.Status, Found: r.ack.Found,
		}
	}
	if r.queued && r.stage != decided {
		s.Turn = &workflows.TurnStatus{Line: r.turn.Line, Holder: r.turn.Holder}
	}
	if r.unsure != nil {
		s.ParkedBecause = reasonOf(*r.unsure)
	}
	if r.lastCallback != nil {
		said := r.lastCallback.AsOutcome()
		s.LastCallback = &workflows.Callback{
			State: said.State, Status: said.Status, Code: said.Code, Reason: said.Reason, EventID: r.lastCallback.EventID, ReceivedAt: r.lastCallback.ReceivedAt,
		}
	}
	switch {
	case r.stage == decided:
		if failure, ok := workflows.AsFailure(r.refusal); ok {
			s.Failure = failure.Type
		}
	case !r.cancelled:
		s.Actions = r.actions()
		if r.stage == waiting {
			s.CheckEvery = carriers.Duration(r.every)
		}
	}
	return s
}

func (r *run) phase() workflows.Phase {
	switch {
	case r.stage == decided:
		return workflows.PhaseEnded
	case r.cancelled:
		return workflows.PhaseCancelling
	case r.queued:
		return workflows.PhaseQueued
	case r.stage == sending:
		return workflows.PhaseSending
	case r.confirming:
		return workflows.PhaseConfirming
	case r.unsure != nil:
		return workflows.PhaseParked
	}
	return workflows.PhaseWaiting
}

// actions are the updates that are accepted now.
func (r *run) actions() []string {
	if r.stage == sending {
		return []string{workflows.ExtendDeadlineUpdate.Name}
	}
	names := []string{workflows.CheckNowUpdate.Name, workflows.ResolveUpdate.Name, workflows.ExtendDeadlineUpdate.Name}
	if r.ack.Held {
		if !r.approved {
			names = append(names, workflows.ApproveUpdate.Name)
		}
		names = append(names, workflows.DenyUpdate.Name)
	}
	return names
}

// describeCheck describes the result of a single check.
func (r *run) describeCheck(seen activities.CheckResult) string {
	name := r.name
	var parts []string
	switch {
	case seen.Presence == carriers.Absent:
		parts = append(parts, name+" does not show the request") // one look-up is no proof
	case seen.Status != "":
		parts = append(parts, fmt.Sprintf("%s says %q", name, seen.Status))
	default:
		parts = append(parts, name+" does not show the outcome")
	}
	if status := statusOf(seen.Line); status != "" {
		parts = append(parts, fmt.Sprintf("the line reads %q", status))
	}
	switch seen.Effect {
	case carriers.Shown:
		if seen.State == carriers.Done {
			parts = append(parts, "and shows the change")
		} else { // this shows nothing about the request
			parts = append(parts, "and is as requested, but may have been so before")
		}
	case carriers.Missing:
		parts = append(parts, "and does not show the change")
	}
	return strings.Join(parts, ", ") + "."
}

// reasonOf is why a call did not succeed, if it is known: the carrier's reason, or the HTTP status.
func reasonOf(p activities.Problem) string {
	switch {
	case p.Reason != "":
		return p.Reason
	case p.HTTPStatus != 0:
		return fmt.Sprintf("HTTP %d", p.HTTPStatus)
	}
	return ""
}

// statusOf is the status of a line, or "".
func statusOf(line *carriers.Line) string {
	if line == nil {
		return ""
	}
	return line.Status
}
