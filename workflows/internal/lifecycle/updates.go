package lifecycle

import (
	"cmp"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

const (
	// decisionsAtOnce is how many updates can send a decision before one is received; Temporal allows ten concurrent updates.
	decisionsAtOnce = 10
	// maxChecksRequested bounds the checks that operators can request in one run, so that a script cannot grow the history.
	maxChecksRequested = 100
)

// handleUpdates sets the handlers of the updates.
func (r *run) handleUpdates(ctx workflow.Context) {
	r.decisions = workflow.NewNamedBufferedChannel(ctx, "decisions", decisionsAtOnce)
	operators.HandleUpdate(ctx, workflows.AcceptedUpdate, nil, r.handleAccepted)
	operators.HandleUpdate(ctx, workflows.CheckNowUpdate, r.validateCheckNow, r.handleCheckNow)
	operators.HandleUpdate(ctx, workflows.ResolveUpdate, r.validateResolve, r.handleResolve)
	operators.HandleUpdate(ctx, workflows.ApproveUpdate, r.validateApprove, r.handleApprove)
	operators.HandleUpdate(ctx, workflows.DenyUpdate, r.validateDeny, r.handleDeny)
	operators.HandleUpdate(ctx, workflows.ExtendDeadlineUpdate, r.validateExtendDeadline, r.handleExtendDeadline)
}

// handleAccepted waits until the carrier has taken the request, or until it is known that it will not.
func (r *run) handleAccepted(ctx workflow.Context, _ workflows.AcceptedQuestion) (workflows.Accepted, error) {
	if err := workflow.Await(ctx, func() bool { return r.stage != sending }); err != nil {
		return workflows.Accepted{}, err
	}
	switch {
	case r.refusal != nil:
		return workflows.Accepted{}, r.refusal
	case r.unsure != nil:
		return workflows.Accepted{State: workflows.AcceptanceUnknown}, nil
	}
	return workflows.Accepted{
		State: workflows.AcceptedByCarrier, TransactionID: r.ack.TransactionID, Status: r.ack.Outcome.Status, Held: r.ack.Held, SubmittedAt: r.ack.At,
	}, nil
}

// undecided says why an update that needs an undecided operation is refused, or "".
func (r *run) undecided() string {
	if why := r.ending(); why != "" || r.stage != sending {
		return why
	}
	if r.queued {
		return fmt.Sprintf("%s has the turn of the line, and nothing has been sent yet; to stop it, cancel the run", r.turn.Holder)
	}
	return fmt.Sprintf("%s has not acknowledged the request yet, and it is tried again by itself; to stop that, cancel the run", r.name)
}

// ending says why every update is refused, or "".
func (r *run) ending() string {
	switch {
	case r.cancelled:
		return "the run is cancelled and about to end"
	case r.stage == decided:
		return "the operation is decided already"
	}
	return ""
}

func (r *run) validateCheckNow(workflow.Context, workflows.OperatorAction) string {
	if why := r.undecided(); why != "" {
		return why
	}
	if r.checksRequested >= maxChecksRequested {
		return fmt.Sprintf("%d checks were requested in this run, which is the maximum; the regular checks continue", maxChecksRequested)
	}
	return ""
}

// handleCheckNow asks the carrier once and answers with the result.
func (r *run) handleCheckNow(ctx workflow.Context, _ workflows.OperatorAction) (workflows.OperationStatus, error) {
	r.checksRequested++
	name := r.name
	check := r.checkOnce(ctx, r.checkOnceOptions(ctx))
	if err := workflow.Await(ctx, func() bool { return check.IsReady() || r.stage == decided }); err != nil {
		return workflows.OperationStatus{}, err
	}
	if !check.IsReady() {
		return r.statusWith("The operation ended while " + name + " was being asked."), nil
	}
	var seen activities.CheckResult
	if err := check.Get(ctx, &seen); err != nil {
		_, p := problemIn(err)
		r.acceptFound(ctx, p.Found)
		r.noteStatus(ctx, p.CarrierStatus)
		return r.statusWith(fmt.Sprintf("%s could not be asked: %s. The regular checks continue.", name, answerOf(p))), nil
	}
	r.acceptFound(ctx, seen.Found)
	r.noteStatus(ctx, seen.Status)
	if r.isFinal(seen.Outcome) {
		r.decisions.SendAsync(decision{outcome: seen.Outcome, by: workflows.ByCheck})
		if err := r.decision(ctx); err != nil {
			return workflows.OperationStatus{}, err
		}
	}
	s := r.statusWith(r.describeCheck(seen))
	s.Effect, s.LineStatus = seen.Effect, statusOf(seen.Line)
	return s, nil
}

func (r *run) validateResolve(workflow.Context, workflows.Resolve) string { return r.undecided() }

// handleResolve ends the operation with the outcome that an operator gives.
func (r *run) handleResolve(ctx workflow.Context, in workflows.Resolve) (workflows.OperationStatus, error) {
	return r.decideBy(ctx, in.OperatorAction, carriers.Outcome{State: in.Outcome, Status: r.carrierStatus})
}

func (r *run) validateApprove(ctx workflow.Context, _ workflows.OperatorAction) string {
	if why := r.validateDeny(ctx, workflows.OperatorAction{}); why != "" {
		return why
	}
	if r.approved {
		return "the decision is recorded as approved already"
	}
	return ""
}

// handleApprove clears the attention; the change is still confirmed by a read.
func (r *run) handleApprove(ctx workflow.Context, _ workflows.OperatorAction) (workflows.OperationStatus, error) {
	r.approved = true
	r.clearAttention(ctx, workflows.AttentionHeld)
	r.refreshDetails(ctx)
	return r.statusWith(fmt.Sprintf("Recorded as approved. %s is asked until the line shows the change.", r.name)), nil
}

func (r *run) validateDeny(workflow.Context, workflows.OperatorAction) string {
	if why := r.undecided(); why != "" {
		return why
	}
	if !r.ack.Held {
		return fmt.Sprintf("%s does not hold this request for a decision", r.name)
	}
	return ""
}

// handleDeny ends the operation as denied.
func (r *run) handleDeny(ctx workflow.Context, action workflows.OperatorAction) (workflows.OperationStatus, error) {
	return r.decideBy(ctx, action, carriers.Outcome{State: carriers.Failed, Denied: true, Status: r.carrierStatus})
}

// decideBy ends the operation with an operator's decision.
func (r *run) decideBy(ctx workflow.Context, action workflows.OperatorAction, outcome carriers.Outcome) (workflows.OperationStatus, error) {
	resolution := &workflows.Resolution{OperatorAction: operators.Kept(action), At: workflow.Now(ctx).UTC()}
	r.decisions.SendAsync(decision{outcome: outcome, by: workflows.ByOperator, resolution: resolution})
	if err := r.decision(ctx); err != nil {
		return workflows.OperationStatus{}, err
	}
	if r.resolution != resolution { // another decision was first
		return workflows.OperationStatus{}, temporal.NewNonRetryableApplicationError("the operation has just ended in another way", workflows.Refused, nil)
	}
	return r.statusWith(fmt.Sprintf("Closed as %s.", outcome.State)), nil
}

// decision waits until the operation is decided.
func (r *run) decision(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool { return r.stage == decided })
}

func (r *run) validateExtendDeadline(_ workflow.Context, e workflows.ExtendDeadline) string {
	if why := r.ending(); why != "" {
		return why
	}
	switch to := r.deadline.Add(e.By.Std()); {
	case e.By <= 0:
		return "by must be above 0"
	case to.After(r.startedAt.Add(carriers.LongestWait)):
		return fmt.Sprintf("the deadline would be %s, more than a year after the start", moment(to))
	}
	return ""
}

// handleExtendDeadline moves the deadline. The running check keeps its window; the next one uses the new deadline.
func (r *run) handleExtendDeadline(ctx workflow.Context, e workflows.ExtendDeadline) (workflows.OperationStatus, error) {
	r.deadline = r.deadline.Add(e.By.Std())
	r.refreshDetails(ctx)
	return r.statusWith(fmt.Sprintf("The deadline is now %s.", moment(r.deadline))), nil
}

// answerOf is the carrier's answer when it could not be asked, or the reason.
func answerOf(p activities.Problem) string {
	if p.HTTPStatus != 0 {
		return fmt.Sprintf("HTTP %d", p.HTTPStatus)
	}
	return cmp.Or(p.Reason, "no answer")
}
