package workflows

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// DecidedBy tells what the verdict on an operation rests on.
type DecidedBy string

// What an outcome can rest on.
const (
	ByAcknowledgement DecidedBy = "acknowledgement" // the carrier's immediate answer was final
	ByCallback        DecidedBy = "callback"
	ByCheck           DecidedBy = "check"
	ByOperator        DecidedBy = "operator"
)

// Result is what a completed change returns. Its Line is personal.
type Result struct {
	Carrier       carriers.Carrier `json:"carrier" jsonschema:"example=dish,example=stn,example=masmovil" jsonschema_description:"the carrier"`
	Operation     string           `json:"operation" jsonschema_description:"the operation type"`
	Reference     string           `json:"reference" jsonschema_description:"the caller's id of the operation"`
	TransactionID string           `json:"transactionId,omitempty" jsonschema_description:"the carrier's handle, when it gave one"`
	Status        string           `json:"status,omitempty" jsonschema_description:"the carrier's latest word"`
	DecidedBy     DecidedBy        `json:"decidedBy" jsonschema_description:"what the verdict rests on; new values may be added"`
	Effect        carriers.Effect  `json:"effect,omitempty" jsonschema:"example=shown,example=incomparable" jsonschema_description:"shown: a read shows the change; incomparable: nothing that can be read at the carrier shows it; absent when nobody looked; new values may be added"`
	NotReadable   string           `json:"notReadable,omitempty" jsonschema_description:"why the carrier's read could not be had, when that is why the effect is incomparable"`
	Line          *carriers.Line   `json:"line,omitempty" jsonschema_description:"what the confirming read showed"`
	SubmittedAt   time.Time        `json:"submittedAt,omitzero" jsonschema_description:"when the carrier acknowledged the request; absent if it never did"`
	DecidedAt     time.Time        `json:"decidedAt" jsonschema_description:"when it was decided"`
	Resolution    *Resolution      `json:"resolution,omitempty" jsonschema_description:"which operator decided it and why, if one did; then nobody has read that the change is in effect"`
}

// change is one operation that changes something at a carrier. I is its input, R the request in it.
type change[I Input, R any] struct {
	operation string
	// request picks the carrier's request out of the input. It may fill in what the caller left out.
	request func(ctx workflow.Context, in I) R
	// notified tells that the carrier documents callbacks about this operation.
	notified bool
}

// run is the life of one operation: validate, submit, settle, end. Updates are accepted from the first workflow task on, so
// the state that they see is set up before anything else.
func (c change[I, R]) run(ctx workflow.Context, raw json.RawMessage) (Result, error) {
	op, in, err := c.prepare(ctx, raw)
	op.takeOrders(ctx)
	var result Result
	if err == nil {
		label(ctx, in)
		result, err = op.live(ctx)
	}
	op.phase, op.refusal = over, err
	op.close(ctx, result, err)
	// Whoever asked is answered before the run ends. Without a question this passes at once.
	listening, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	if failed := workflow.Await(listening, func() bool { return workflow.AllHandlersFinished(ctx) }); failed != nil {
		return Result{}, failed
	}
	return result, err
}

// prepare validates the input and sets up the state. It does not block.
func (c change[I, R]) prepare(ctx workflow.Context, raw json.RawMessage) (*operation[R], I, error) {
	op := &operation[R]{name: c.operation, carrier: CarrierOf(c.operation), notified: c.notified, startedAt: workflow.GetInfo(ctx).WorkflowStartTime}
	in, faults := admit[I](ctx, c.operation, raw)
	if len(faults) > 0 {
		err := invalid(c.operation, referenceIn(raw), faults)
		op.phase, op.refusal = over, err
		op.reference, op.summary = referenceIn(raw), DefinitionOf(c.operation).Title+" at "+op.carrier.Name()
		return op, in, err
	}
	common := in.Common()
	op.reference, op.summary = common.Reference, Summary(in)
	op.confirm, op.timings = common.confirm(), common.Timings.withDefaults(DefaultTimings(c.operation))
	op.request = c.request(ctx, in)
	op.deadline = workflow.Now(ctx).Add(op.timings.Deadline.Std())
	return op, in, nil
}

func (o *operation[R]) live(ctx workflow.Context) (Result, error) {
	err := o.submit(ctx)
	if err == nil {
		o.phase = waiting
		var v verdict
		if v, err = o.settle(ctx); err == nil {
			return o.end(ctx, v)
		}
	}
	if ctx.Err() != nil && temporal.IsCanceledError(err) {
		return o.withdraw(ctx)
	}
	return Result{}, err
}

// operation is one running change.
type operation[R any] struct {
	name      string
	carrier   carriers.Carrier
	notified  bool
	reference string
	request   R
	confirm   bool
	timings   Timings
	// summary says in one line what it is to do.
	summary string
	// startedAt is when the run was started. With a start delay the first task, from which the deadline counts, is later.
	startedAt time.Time
	deadline  time.Time

	ack    carriers.Acknowledgement
	raised []Attention
	// unsure holds why nobody can tell whether the request reached the carrier, if so.
	unsure *activities.Problem
	// intent is what is known about the sending, as long as there is no acknowledgement.
	intent activities.Intent
	// now is the sentence of the current details that says what the run is doing.
	now string
	// word is the carrier's latest word, whoever has told it.
	word string
	// heard is the last callback, if one came; callbacks counts them, and finals are the final words among them.
	heard     *Callback
	callbacks int
	finals    []Callback

	phase phase
	// withdrawn tells that the run is cancelled and about to end.
	withdrawn bool
	// refusal is what the run fails with, once that is known.
	refusal error
	// verdicts are the outcomes that orders bring.
	verdicts workflow.Channel
	// resolution is the operator's word that the verdict rests on, if it does.
	resolution    *Resolution
	checksOrdered int
	riskApproved  bool
}

// hear takes note of the carrier's word.
func (o *operation[R]) hear(word string) { o.word = cmp.Or(word, o.word) }

// submit sends the request and keeps the acknowledgement. When even the look-up cannot tell whether the carrier has it,
// the operation is parked and submit returns nil.
func (o *operation[R]) submit(ctx workflow.Context) error {
	info, name := workflow.GetInfo(ctx), o.carrier.Name()
	in := activities.SubmitInput[R]{Reference: o.reference, Request: o.request, StartedAt: o.startedAt, Settle: o.timings.Settle}
	if isReset(info.OriginalRunID, info.WorkflowExecution.RunID) || info.ContinuedExecutionRunID != "" {
		// An attempt of the run before may still be under way, for as long as an attempt may take.
		in.Earlier.Sending(workflow.Now(ctx).Add(o.timings.CallTimeout.Std()))
	}
	var lastProblem activities.Problem
	overdueAt := workflow.Now(ctx).Add(o.timings.OverdueAfter.Std())
	o.say(ctx, "Sending the request to "+name+".")
	for o.remaining(ctx) > 0 && ctx.Err() == nil {
		window := o.remaining(ctx)
		if left := overdueAt.Sub(workflow.Now(ctx)); !o.has(AttentionOverdue) {
			window = max(min(window, left), time.Second)
		}
		in.Raised = o.kindsRaised()
		err := workflow.ExecuteActivity(o.submitOptions(ctx, window), activities.SubmitName(o.name), in).Get(ctx, &o.ack)
		if err == nil {
			o.hear(o.ack.Outcome.Status)
			o.settled(ctx, o.raised...)
			return nil
		}
		kind, problem := problemIn(err)
		lastProblem = problem
		if problem.Intent != nil {
			in.Earlier = *problem.Intent
		}
		switch kind {
		case activities.Rejected:
			o.settled(ctx, o.raised...)
			return failed(o.failure(CarrierRejected, problem, "%s refused the request; correct it and use a new reference", name))
		case activities.AlreadyInEffect:
			o.settled(ctx, o.raised...)
			return failed(o.failure(InvalidRequest, activities.Problem{Reason: problem.Reason}, "nothing was sent: %s", problem.Reason))
		case activities.OutcomeUnknown:
			o.park(ctx, problem, in.Earlier)
			return nil
		case activities.Unauthorized:
			o.raise(ctx, AttentionUnauthorized)
			if problem.Intent == nil || !problem.Intent.MaybeSent() { // surely nothing was taken
				return failed(o.failure(CarrierUnauthorized, problem, "%s refused our credentials; an operator has to renew them", name))
			}
			continue
		case activities.UnknownStatus:
			o.raise(ctx, AttentionUnknownStatus)
			continue
		case canceled: // between two attempts: nobody tells what those before had done, but they are over
			in.Earlier.Sending(workflow.Now(ctx))
		case untaken:
			o.raise(ctx, AttentionNotServed)
			o.say(ctx, fmt.Sprintf("No worker has taken up the request to %s for %s. Start a worker that serves %s; then it is sent.", name, carriers.Duration(untakenAfter), name))
			if workflow.Now(ctx).Before(overdueAt) {
				continue
			}
		case activities.Retrying, timedOut: // what they know of the sending is in the problem
		default: // an attempt that ended as no activity means to, with a panic for example: nobody tells what it had done
			in.Earlier.Sending(workflow.Now(ctx))
		}
		// Not acknowledged for longer than this should take: tell the operators, and go on until the deadline. An activity
		// ends early when its next attempt does not fit into the window; that delay is still to be kept, because it lets a
		// lost request become visible, or the carrier asked for it.
		if ctx.Err() != nil {
			break
		}
		o.raise(ctx, AttentionOverdue)
		if kind != untaken {
			o.settled(ctx, AttentionNotServed)
			o.say(ctx, name+" has not acknowledged the request yet. It is tried again until the deadline.")
		}
		pause := min(max(delayIn(err), o.timings.PollEvery.Std()), o.remaining(ctx))
		_ = workflow.Sleep(ctx, pause) // a cancelled run goes no further in any case
	}
	o.intent = in.Earlier
	switch {
	case ctx.Err() != nil:
		if in.Earlier.MaybeSent() {
			o.unsure = &lastProblem
			o.ack.Before = in.Earlier.Before
		}
		return ctx.Err()
	case in.Earlier.MaybeSent():
		o.park(ctx, lastProblem, in.Earlier)
		return nil
	case o.has(AttentionNotServed):
		return failed(o.failure(DeadlineExceeded, lastProblem, "nothing was sent, because no worker served %s until the deadline; start one with its base URL", name))
	}
	return failed(o.failure(DeadlineExceeded, lastProblem, "nothing was sent, because %s could not be reached until the deadline", name))
}

// isReset tells a run that began as a reset of another, which may have sent already. A server always names the original
// run; only the test environment leaves it out.
func isReset(original, run string) bool { return original != "" && original != run }

// park goes on without an acknowledgement: the operation is settled by what can still be read, a late callback or an
// operator, and is never sent again.
func (o *operation[R]) park(ctx workflow.Context, problem activities.Problem, intent activities.Intent) {
	o.unsure, o.intent = &problem, intent
	o.ack = carriers.Acknowledgement{Before: intent.Before, Outcome: carriers.Outcome{State: carriers.Unknown}}
	o.raise(ctx, AttentionOutcomeUnknown)
}

// adopt ends the doubt: a check has found the request at the carrier.
func (o *operation[R]) adopt(ctx workflow.Context, found *carriers.Acknowledgement) {
	if o.unsure != nil && found != nil {
		o.ack, o.unsure = *found, nil
		o.hear(found.Outcome.Status)
		o.settled(ctx, AttentionOutcomeUnknown)
	}
}

// end turns the verdict into the workflow's result or failure.
func (o *operation[R]) end(ctx workflow.Context, v verdict) (Result, error) {
	o.hear(v.outcome.Status)
	if kind, message := judge(o.carrier, o.ack, v, o.confirm, o.unsure != nil); kind != "" {
		f := o.failure(kind, activities.Problem{CarrierStatus: v.outcome.Status, Code: v.outcome.Code, Reason: v.outcome.Reason}, "%s", message)
		f.DecidedBy, f.Resolution, f.Ignored = v.by, v.resolution, o.ack.Ignored
		switch kind {
		case ServicesIgnored: // with any other failure it cannot be said that the rest was applied
			f.Applied = o.ack.Applied
		case NotInEffect:
			o.raise(ctx, AttentionNotInEffect)
			return Result{}, failed(f)
		}
		o.settled(ctx, o.raised...)
		return Result{}, failed(f)
	}
	o.settled(ctx, o.raised...)
	result := Result{
		Carrier: o.carrier, Operation: o.name, Reference: o.reference, TransactionID: o.ack.TransactionID,
		Status: o.word, DecidedBy: v.by, Effect: v.outcome.Effect, Line: v.outcome.Line,
		SubmittedAt: o.ack.At, DecidedAt: workflow.Now(ctx).UTC(), Resolution: v.resolution,
	}
	if result.Effect == carriers.Incomparable {
		result.NotReadable = v.outcome.NotReadable
	}
	return result, nil
}

// judge says which failure a verdict is; "" for a success. It is a pure function of what was seen.
func judge(c carriers.Carrier, ack carriers.Acknowledgement, v verdict, confirm, unsure bool) (FailureType, string) {
	name, outcome := c.Name(), v.outcome
	switch {
	case v.by == ByOperator && outcome.RiskDenied:
		return RiskDenied, "an operator recorded that " + name + "'s risk decision is negative; there is nothing to retry"
	case v.by == ByOperator && outcome.State == carriers.Failed:
		return ResolvedFailed, "an operator closed it as failed; who and why is in the details"
	case v.by == ByOperator:
		return "", "" // the operator vouches for it
	case outcome.State == carriers.Failed && outcome.RiskDenied:
		return RiskDenied, name + "'s risk decision is negative; there is nothing to retry"
	case outcome.State == carriers.Failed && unsure:
		return CarrierFailed, fmt.Sprintf("it was never known whether %s had the request; it ended with %q%s; a retry takes a new reference",
			name, outcome.Status, because(outcome))
	case outcome.State == carriers.Failed:
		return CarrierFailed, fmt.Sprintf("%s accepted the request and later ended it with %q%s; a retry takes a new reference",
			name, outcome.Status, because(outcome))
	case confirm && outcome.Effect == carriers.Missing:
		return NotInEffect, name + " says done, but its own read does not show the change; an operator has to look into it"
	case len(ack.Ignored) > 0:
		return ServicesIgnored, fmt.Sprintf("%s ignored the services %s and applied %s; correct the names and use a new reference",
			name, list(ack.Ignored), list(ack.Applied))
	}
	return "", ""
}

// list is words as people write them.
func list[S ~string](words []S) string {
	if len(words) == 0 {
		return "none"
	}
	parts := make([]string, len(words))
	for i, word := range words {
		parts[i] = string(word)
	}
	return strings.Join(parts, ", ")
}

func because(o carriers.Outcome) string {
	text := ""
	if o.Code != "" {
		text = ", code " + o.Code
	}
	if o.Reason != "" {
		text += ", reason: " + o.Reason
	}
	return text
}

// failure fills in what every failure of this operation says.
func (o *operation[R]) failure(kind FailureType, p activities.Problem, format string, args ...any) Failure {
	message := fmt.Sprintf("%s, reference %s: ", o.name, o.reference) + fmt.Sprintf(format, args...)
	if p.HTTPStatus != 0 {
		message += fmt.Sprintf(" (HTTP %d%s)", p.HTTPStatus, because(carriers.Outcome{Code: p.Code, Reason: p.Reason}))
	}
	return Failure{
		Type: kind, Carrier: o.carrier, Operation: o.name, Reference: o.reference, TransactionID: o.ack.TransactionID,
		Status: cmp.Or(p.CarrierStatus, o.word), Code: p.Code, Reason: p.Reason, HTTPStatus: p.HTTPStatus, SubmittedAt: o.ack.At,
		Message: message,
	}
}

// remaining is the time to the deadline.
func (o *operation[R]) remaining(ctx workflow.Context) time.Duration {
	return o.deadline.Sub(workflow.Now(ctx))
}
