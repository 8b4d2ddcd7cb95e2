package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/workflows"
)

// path is one way through one workflow.
type path struct {
	name, operation, input string
	// failure is how it must end; empty for success.
	failure workflows.FailureType
	// rules are the sandbox's, where the line's code is not enough.
	rules []sandbox.Rule
	// delay is how long after the start the operation begins.
	delay time.Duration
	// bare leaves out everything that a caller may leave out.
	bare bool
	// during acts on the run while it goes on. Optional.
	during func(ctx context.Context, c client.Client, run client.WorkflowRun) error
}

// start starts the path's workflow.
func (p path) start(ctx context.Context, c client.Client) (client.WorkflowRun, error) {
	if p.operation == workflows.UnmatchedCallbackType {
		u := workflows.Unmatched{Carrier: carriers.DISH, Reference: p.input}
		options := workflows.UnmatchedOptions(u)
		return c.SignalWithStartWorkflow(ctx, options.ID, workflows.CallbackSignal.Name,
			workflows.Callback{State: carriers.Done, Status: "Success"}, options, p.operation, u)
	}
	if p.operation == workflows.FollowUpType {
		f := workflows.FollowUp{
			WorkflowID: workflows.WorkflowID(carriers.DISH, p.input), RunID: "recorded", Carrier: carriers.DISH, Reference: p.input,
			Failure: workflows.DeadlineExceeded,
		}
		options := workflows.FollowUpOptions(f)
		return c.SignalWithStartWorkflow(ctx, options.ID, workflows.CallbackSignal.Name,
			workflows.Callback{State: carriers.Done, Status: "Success"}, options, p.operation, f)
	}
	return c.ExecuteWorkflow(ctx, p.options(), p.operation, json.RawMessage(p.input))
}

func (p path) options() client.StartWorkflowOptions {
	if p.bare {
		return client.StartWorkflowOptions{ID: workflows.WorkflowID(workflows.CarrierOf(p.operation), p.reference()), TaskQueue: workflows.TaskQueue}
	}
	in := workflows.DefinitionOf(p.operation).NewInput()
	_ = json.Unmarshal([]byte(p.input), in) // one path is about an input that is wrong
	options := workflows.StartOptions(in, "recorded")
	options.StartDelay = p.delay
	return options
}

const (
	polled    = `{"pollEvery":"500ms","overduePollEvery":"500ms","settle":"500ms","callTimeout":"10s","confirmWithin":"3s"}`
	calledUp  = `{"pollEvery":"1m","settle":"500ms","callTimeout":"10s","confirmWithin":"3s"}`
	overdue   = `{"pollEvery":"500ms","overdueAfter":"2s","overduePollEvery":"500ms","settle":"500ms","callTimeout":"10s","confirmWithin":"3s"}`
	shortLife = `{"pollEvery":"500ms","overdueAfter":"2s","overduePollEvery":"500ms","settle":"500ms","callTimeout":"10s","deadline":"6s"}`
)

// paths are all of them. Lines end in the sandbox's scenario codes.
func paths() []path {
	lines := 0
	line := func(prefix string, digits, code int) string {
		lines++
		return fmt.Sprintf("%s%0*d%02d", prefix, digits, lines, code)
	}
	var all []path
	add := func(operation, name, timings string, failure workflows.FailureType, fields string) *path {
		name = operation + "." + name
		reference := fmt.Sprintf("recorded-%d", len(all))
		input := fmt.Sprintf(`{"reference":%q,"timings":%s,%s}`, reference, timings, fields)
		all = append(all, path{name: name, operation: operation, input: input, failure: failure})
		return &all[len(all)-1]
	}
	suspend := func(code int) string { return fmt.Sprintf(`"iccid":%q,"action":"Suspend"`, line("8901", 14, code)) }
	services := func(code int, set string) string {
		return fmt.Sprintf(`"subscriptionId":%q,"services":{%s}`, line("SUB-", 6, code), set)
	}
	sim := func(code int) string {
		return fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s,"dealer_id":"D-1","logistic":false,"new_icc":"8934030000000000777"`, line("7", 6, code))
	}
	device := func(code int) string {
		return fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s,"sell":{},"client":{},"device":{},"subscription_offer_segment":"RES"`, line("7", 6, code))
	}

	const update = "dish.UpdateSubscriptionStatus"
	add(update, "callback", calledUp, "", suspend(0))
	add(update, "callback-not-confirmed", calledUp, "", suspend(0)+`,"confirm":false`)
	add(update, "callback-failed", calledUp, workflows.CarrierFailed, suspend(59))
	add(update, "callback-early", calledUp, "", suspend(53))
	add(update, "callback-five-times", calledUp, "", suspend(52))
	add(update, "callback-intermediate", calledUp, "", suspend(55))
	add(update, "callback-unknown-word", calledUp, "", suspend(56))
	add(update, "callback-contradicted", calledUp, workflows.CarrierFailed, suspend(58))
	add(update, "callback-not-in-effect", calledUp, workflows.NotInEffect, suspend(61))
	add(update, "check", polled, "", suspend(51))
	add(update, "rejected", polled, workflows.CarrierRejected, suspend(70))
	add(update, "unauthorized", polled, workflows.CarrierUnauthorized, suspend(71))
	add(update, "unavailable-first", polled, "", suspend(80))
	add(update, "answer-lost", polled, "", suspend(85))
	add(update, "invalid", polled, workflows.InvalidRequest, `"action":"Pause"`)
	add(update, "signalled-by-hand", calledUp, workflows.CarrierFailed, suspend(63)).during = func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		return workflows.CallbackSignal.Send(ctx, c, run.GetID(), workflows.Callback{State: "failed", Status: "Failed"})
	}
	late := add(update, "submitted-late", overdue, "", suspend(0))
	late.rules = []sandbox.Rule{{Carrier: carriers.DISH, Operation: "status", Reference: late.reference(), Scenario: "throttled-429", Times: 4}}
	add("dish.ActivateSubscription", "callback", calledUp, "",
		fmt.Sprintf(`"subscriberId":"S-1","wholesalePlanId":"P-1","location":{"zip":"80202"},"iccid":%q`, line("8901", 14, 0)))
	add("dish.UpdateBillCycle", "answered-at-once", polled, "",
		fmt.Sprintf(`"gpsi":%q,"billCycleFrequency":"MONTHLY","billCycleStartDay":17`, line("1555", 5, 0)))
	add("dish.GetSubscription", "read", polled, "", fmt.Sprintf(`"iccid":%q`, line("8901", 14, 0)))
	add("dish.GetTransactionStatus", "not-found", polled, workflows.CarrierRejected, `"partnerTransactionId":"nobody"`)

	const set = "stn.SetServices"
	add(set, "check", polled, "", services(0, `"voiceMail":false`))
	add(set, "check-failed", polled, workflows.CarrierFailed, services(0, `"dataRoamingLimitation":"Limit 12.5"`))
	add(set, "some-ignored", polled, workflows.ServicesIgnored, services(0, `"voiceMail":false,"nosuch":true`))
	add(set, "all-ignored", polled, workflows.ServicesIgnored, services(0, `"nosuch":true`))
	add(set, "late-effect", polled, "", services(62, `"voiceMail":false`))
	add(set, "unknown-status", polled, "", services(57, `"voiceMail":false`))
	add(set, "overdue", overdue, "", services(50, `"voiceMail":false`))
	add(set, "deadline", shortLife, workflows.DeadlineExceeded, services(63, `"voiceMail":false`))

	add("masmovil.ReplaceSIM", "done-at-once", polled, "", sim(0))
	add("masmovil.ReplaceSIM", "review-accepted", polled, "", sim(64))
	add("masmovil.ReplaceSIM", "review-denied", polled, workflows.RiskDenied, sim(65))
	add("masmovil.ReplaceSIM", "denied-at-once", polled, workflows.RiskDenied, sim(67))
	add("masmovil.ReplaceSIM", "outcome-unknown", shortLife, workflows.OutcomeUnknown, sim(84))
	parked := sim(64)
	add("masmovil.ReplaceSIM", "parked-then-seen", polled, "", parked).rules = []sandbox.Rule{
		{Carrier: carriers.MasMovil, Operation: "sim-replacement", Line: fmt.Sprintf("7%06d64", lines), Scenario: "reset-after-recording", Times: 1},
	}
	add("masmovil.AddDevice", "done-at-once", polled, "", device(0))
	add("masmovil.AddDevice", "review-accepted", polled, "", device(64))
	add(update, "bare", polled, "", suspend(51)).bare = true

	never := func() string { return services(63, `"voiceMail":false`) }
	add(set, "resolved-done", overdue, "", never()).during = ordering(workflows.ResolveUpdate, workflows.Resolve{Order: operator, Outcome: carriers.Done})
	add(set, "resolved-failed", polled, workflows.ResolvedFailed, never()).during = ordering(workflows.ResolveUpdate, workflows.Resolve{Order: operator, Outcome: carriers.Failed})
	add(set, "checked-now", shortLife, workflows.DeadlineExceeded, never()).during = ordering(workflows.CheckNowUpdate, operator)
	add(set, "deadline-extended", shortLife, workflows.DeadlineExceeded, never()).during = ordering(workflows.ExtendDeadlineUpdate,
		workflows.ExtendDeadline{Order: operator, By: carriers.Duration(3 * time.Second)})
	add(set, "canceled-after-submit", polled, workflows.CanceledAfterSubmit, never()).during = func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		if err := accepted(ctx, c, run); err != nil {
			return err
		}
		return c.CancelWorkflow(ctx, run.GetID(), run.GetRunID())
	}
	cancel := func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		return c.CancelWorkflow(ctx, run.GetID(), run.GetRunID())
	}
	later := add(set, "canceled-before-submit", polled, workflows.Canceled, services(0, `"voiceMail":false`))
	later.delay, later.during = time.Second, cancel
	away := add(set, "canceled-while-sending", polled, workflows.Canceled, services(0, `"voiceMail":false`))
	away.rules = []sandbox.Rule{{Carrier: carriers.STN, Operation: "set-services", Reference: away.reference(), Scenario: "unavailable-503"}}
	away.during = func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		for {
			d, err := c.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
			if err != nil {
				return err
			}
			if pending := d.GetPendingActivities(); len(pending) > 0 && pending[0].GetAttempt() > 1 {
				return cancel(ctx, c, run)
			}
		}
	}
	add("masmovil.ReplaceSIM", "risk-denied-by-operator", polled, workflows.RiskDenied, sim(66)).during = ordering(workflows.DenyRiskUpdate, operator)
	add("masmovil.ReplaceSIM", "risk-approved-by-operator", shortLife, workflows.DeadlineExceeded, sim(66)).during = ordering(workflows.ApproveRiskUpdate, operator)

	for operation, fields := range map[string]string{
		"masmovil.GetSubscription": "", "masmovil.ListDevices": "", "masmovil.ListRecharges": `,"start_date":"2026-01-01"`,
	} {
		add(operation, "read", polled, "", fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s`, line("7", 6, 0))+fields)
	}
	all = append(all, path{name: "FollowUp.seen", operation: workflows.FollowUpType, input: "nobody-f", during: seen})
	all = append(all, path{name: "UnmatchedCallback.seen", operation: workflows.UnmatchedCallbackType, input: "nobody-s", during: seen})
	return all
}

var operator = workflows.Order{Operator: "operator", Reason: "recorded"}

// ordering is an operator who sends an update once the carrier has the request.
func ordering[I any](u workflows.Update[I, workflows.Standing], argument I) func(context.Context, client.Client, client.WorkflowRun) error {
	return func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		if err := accepted(ctx, c, run); err != nil {
			return err
		}
		_, err := u.Send(ctx, c, run.GetID(), argument)
		return err
	}
}

// accepted waits until the carrier has the request.
func accepted(ctx context.Context, c client.Client, run client.WorkflowRun) error {
	_, err := workflows.AcceptedUpdate.Send(ctx, c, run.GetID(), workflows.AcceptedQuestion{})
	return err
}

// seen is an operator who looks at an unmatched callback.
func seen(ctx context.Context, c client.Client, run client.WorkflowRun) error {
	return workflows.SeenSignal.Send(ctx, c, run.GetID(), workflows.Seen{By: "operator"})
}

// reference is the one in the path's input.
func (p path) reference() string {
	var in workflows.Operation
	_ = json.Unmarshal([]byte(p.input), &in) // written here, a few lines up
	return in.Reference
}
