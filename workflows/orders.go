package workflows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

const (
	// verdictsAtOnce is how many orders can bring a verdict before the first one is heeded; Temporal lets ten updates run.
	verdictsAtOnce = 10
	// mostChecksOrdered bounds the looks that operators can order in one run, so that a script cannot grow the history.
	mostChecksOrdered = 100
	// longestWait is the furthest that a deadline can be moved, counted from the start.
	longestWait = 366 * 24 * time.Hour
)

// phase is how far an operation is, as far as it matters to an order.
type phase int

const (
	sending phase = iota // not acknowledged yet
	waiting              // acknowledged, or parked because nobody can tell
	over                 // decided, about to end
)

// takeOrders lets callers and operators ask and order from now on.
func (o *operation[R]) takeOrders(ctx workflow.Context) {
	o.verdicts = workflow.NewNamedBufferedChannel(ctx, "verdicts", verdictsAtOnce)
	take(ctx, AcceptedUpdate, nil, o.accepted)
	take(ctx, CheckNowUpdate, o.mayCheck, o.checkNow)
	take(ctx, ResolveUpdate, o.mayResolve, o.resolve)
	take(ctx, ApproveRiskUpdate, o.mayApprove, o.approveRisk)
	take(ctx, DenyRiskUpdate, o.mayDeny, o.denyRisk)
	take(ctx, ExtendDeadlineUpdate, o.mayExtend, o.extendDeadline)
}

// take handles one update. may says why it makes no sense now, or "".
func take[I, O any](ctx workflow.Context, u Update[I, O], may func(ctx workflow.Context, argument I) string, do func(workflow.Context, I) (O, error)) {
	handler := func(ctx workflow.Context, raw json.RawMessage) (O, error) {
		ctx, stop := workflow.NewDisconnectedContext(ctx) // whoever asked is answered, also when the run is cancelled meanwhile
		defer stop()
		argument, _ := argumentOf(u, raw) // the validator has read it
		return do(ctx, argument)
	}
	validator := func(ctx workflow.Context, raw json.RawMessage) error {
		argument, faults := argumentOf(u, raw)
		if len(faults) > 0 {
			return temporal.NewNonRetryableApplicationError(u.Name+": "+listed(faults), string(InvalidRequest), nil, faults)
		}
		if may != nil {
			if why := may(ctx, argument); why != "" {
				return temporal.NewNonRetryableApplicationError(u.Name+": "+why, Refused, nil)
			}
		}
		return nil
	}
	err := workflow.SetUpdateHandlerWithOptions(ctx, u.Name, handler, workflow.UpdateHandlerOptions{Validator: validator, Description: u.Title})
	if err != nil {
		panic(err) // a mistake in this file: a handler of the wrong shape
	}
}

// argumentOf reads an update's argument and returns everything that is wrong with it. One that is missing is an empty
// object.
func argumentOf[I, O any](u Update[I, O], raw json.RawMessage) (argument I, faults []Fault) {
	if len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("{}")
	}
	faults = read(u.documented().schema(), raw, &argument)
	return argument, faults
}

// accepted waits until the carrier has taken the request or it is clear that it will not.
func (o *operation[R]) accepted(ctx workflow.Context, _ AcceptedQuestion) (Accepted, error) {
	if err := workflow.Await(ctx, func() bool { return o.phase != sending }); err != nil {
		return Accepted{}, err
	}
	switch {
	case o.refusal != nil:
		return Accepted{}, o.refusal
	case o.unsure != nil:
		return Accepted{State: AcceptanceUnknown}, nil
	}
	return Accepted{
		State: AcceptedByCarrier, TransactionID: o.ack.TransactionID, Status: o.ack.Outcome.Status, RiskReview: o.ack.RiskReview, SubmittedAt: o.ack.At,
	}, nil
}

// undecided is why an order for an operation that waits for its outcome makes no sense now, or "".
func (o *operation[R]) undecided() string {
	if why := o.ending(); why != "" || o.phase != sending {
		return why
	}
	return fmt.Sprintf("%s has not acknowledged the request yet, and it is tried again by itself; to stop that, cancel the run", o.carrier.Name())
}

// ending is why no order makes sense any more, or "".
func (o *operation[R]) ending() string {
	switch {
	case o.withdrawn:
		return "the run is cancelled and about to end"
	case o.phase == over:
		return "the operation is decided already"
	}
	return ""
}

func (o *operation[R]) mayCheck(workflow.Context, Order) string {
	if why := o.undecided(); why != "" {
		return why
	}
	if o.checksOrdered >= mostChecksOrdered {
		return fmt.Sprintf("%d checks have been ordered in this run; the regular ones go on", mostChecksOrdered)
	}
	return ""
}

// checkNow looks at the carrier once and tells what it saw.
func (o *operation[R]) checkNow(ctx workflow.Context, _ Order) (Standing, error) {
	o.checksOrdered++
	name := o.carrier.Name()
	look := o.look(ctx, o.lookOptions(ctx))
	if err := workflow.Await(ctx, func() bool { return look.IsReady() || o.phase == over }); err != nil {
		return Standing{}, err
	}
	if !look.IsReady() {
		return o.standing("The operation ended while " + name + " was being asked."), nil
	}
	var seen activities.CheckResult
	if err := look.Get(ctx, &seen); err != nil {
		_, p := problemIn(err)
		o.adopt(ctx, p.Found)
		o.hear(p.CarrierStatus)
		return o.standing(fmt.Sprintf("%s could not be asked: %s. The regular checks go on.", name, answered(p))), nil
	}
	o.adopt(ctx, seen.Found)
	o.hear(seen.Status)
	if o.final(seen.Outcome) {
		o.verdicts.SendAsync(verdict{outcome: seen.Outcome, by: ByCheck})
		if err := o.decision(ctx); err != nil {
			return Standing{}, err
		}
	}
	s := o.standing(o.sees(seen))
	s.Effect, s.LineStatus = seen.Effect, statusOf(seen.Line)
	return s, nil
}

func (o *operation[R]) mayResolve(workflow.Context, Resolve) string { return o.undecided() }

// resolve ends the operation on an operator's word.
func (o *operation[R]) resolve(ctx workflow.Context, r Resolve) (Standing, error) {
	return o.decideBy(ctx, r.Order, carriers.Outcome{State: r.Outcome, Status: o.word})
}

func (o *operation[R]) mayApprove(ctx workflow.Context, _ Order) string {
	if why := o.mayDeny(ctx, Order{}); why != "" {
		return why
	}
	if o.riskApproved {
		return "the risk review is recorded as approved already"
	}
	return ""
}

// approveRisk takes the review off the operators' list; whether the change comes into effect is still read.
func (o *operation[R]) approveRisk(ctx workflow.Context, _ Order) (Standing, error) {
	o.riskApproved = true
	o.settled(ctx, AttentionRiskReview)
	o.sayAgain(ctx)
	return o.standing(fmt.Sprintf("Recorded as approved. %s is asked on until the line shows the change.", o.carrier.Name())), nil
}

func (o *operation[R]) mayDeny(workflow.Context, Order) string {
	if why := o.undecided(); why != "" {
		return why
	}
	if !o.ack.RiskReview {
		return fmt.Sprintf("%s does not hold this request for a risk decision", o.carrier.Name())
	}
	return ""
}

// denyRisk ends the operation as denied, on an operator's word.
func (o *operation[R]) denyRisk(ctx workflow.Context, order Order) (Standing, error) {
	return o.decideBy(ctx, order, carriers.Outcome{State: carriers.Failed, RiskDenied: true, Status: o.word})
}

// decideBy ends the operation with an outcome that an operator vouches for.
func (o *operation[R]) decideBy(ctx workflow.Context, order Order, outcome carriers.Outcome) (Standing, error) {
	// People write numbers into reasons. As it was given, it stays in the history of the run.
	word := &Resolution{Order{order.Operator, carriers.Redact(order.Reason)}, workflow.Now(ctx).UTC()}
	o.verdicts.SendAsync(verdict{outcome, ByOperator, word})
	if err := o.decision(ctx); err != nil {
		return Standing{}, err
	}
	if o.resolution != word { // another word was there a moment before
		return Standing{}, temporal.NewNonRetryableApplicationError("the operation has just ended in another way", Refused, nil)
	}
	return o.standing(fmt.Sprintf("Closed as %s.", outcome.State)), nil
}

// decision waits until the operation has its outcome.
func (o *operation[R]) decision(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool { return o.phase == over })
}

func (o *operation[R]) mayExtend(_ workflow.Context, e ExtendDeadline) string {
	if why := o.ending(); why != "" {
		return why
	}
	switch to := o.deadline.Add(e.By.Std()); {
	case e.By <= 0:
		return "by must be more than nothing"
	case to.After(o.startedAt.Add(longestWait)):
		return fmt.Sprintf("the deadline would be %s, more than a year after the start", moment(to))
	}
	return ""
}

// extendDeadline moves the deadline. The check under way keeps its window; the next one has the new deadline.
func (o *operation[R]) extendDeadline(ctx workflow.Context, e ExtendDeadline) (Standing, error) {
	o.deadline = o.deadline.Add(e.By.Std())
	o.sayAgain(ctx)
	return o.standing(fmt.Sprintf("The deadline is now %s.", moment(o.deadline))), nil
}

// standing is where the operation stands now.
func (o *operation[R]) standing(message string) Standing {
	return Standing{Decided: o.phase == over, Status: o.word, Deadline: o.deadline.UTC(), Message: message}
}

// look asks the carrier once, for whatever it says and shows.
func (o *operation[R]) look(ctx, options workflow.Context) workflow.Future {
	in := o.checkInput(activities.Pace{}, carriers.Outcome{})
	in.Once = true
	return workflow.ExecuteActivity(options, activities.CheckName(o.name), in)
}

// final tells whether what a single look saw decides the operation, by the same rule as a check.
func (o *operation[R]) final(seen carriers.Outcome) bool {
	shown := seen.Effect == carriers.Shown || seen.Effect == carriers.Incomparable && seen.NotReadable == ""
	return seen.State == carriers.Failed || seen.State == carriers.Done && (!o.confirm || shown)
}

// sees says what a single look saw.
func (o *operation[R]) sees(seen activities.CheckResult) string {
	name := o.carrier.Name()
	var parts []string
	switch {
	case seen.Presence == carriers.Absent:
		parts = append(parts, name+" does not show the request") // one look is no proof
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
		} else { // which says nothing about the request
			parts = append(parts, "and reads as was asked for, which it may have done before")
		}
	case carriers.Missing:
		parts = append(parts, "and does not show the change")
	}
	return strings.Join(parts, ", ") + "."
}

// answered is how a carrier answered that could not be asked, or why it was not.
func answered(p activities.Problem) string {
	switch {
	case p.HTTPStatus != 0:
		return fmt.Sprintf("HTTP %d", p.HTTPStatus)
	case p.Reason != "":
		return p.Reason
	}
	return "no answer"
}

func statusOf(line *carriers.Line) string {
	if line == nil {
		return ""
	}
	return line.Status
}

// moment is a time as people read it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
