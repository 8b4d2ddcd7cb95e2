package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// path is one path through a workflow.
type path struct {
	name, operation string
	request         json.RawMessage
	// failure is how it must end; empty for success.
	failure workflows.FailureType
	// mayBeRefused tells that the carrier may also refuse it, for example a read about something that does not exist.
	mayBeRefused bool
	// rules are the sandbox's, where the line's code is not sufficient.
	rules []sandbox.Rule
	// delay is how long after the start the operation begins.
	delay time.Duration
	// bare leaves out everything that is optional for a caller.
	bare bool
	// first is done before the run is started, and begin is done instead of starting it. Optional.
	first func(ctx context.Context, c client.Client) error
	begin func(ctx context.Context, c client.Client) (client.WorkflowRun, error)
	// during acts on the run while it is open. Optional.
	during func(ctx context.Context, c client.Client, run client.WorkflowRun) error
}

// start starts the path's workflow.
func (p path) start(ctx context.Context, c client.Client) (client.WorkflowRun, error) {
	if p.begin != nil {
		return p.begin(ctx, c)
	}
	if p.first != nil {
		if err := p.first(ctx, c); err != nil {
			return nil, err
		}
	}
	said := workflows.Callback{State: carriers.Done, Status: "Success"}
	switch p.operation {
	case workflows.UnmatchedCallbackType:
		u := workflows.Unmatched{Carrier: calling().Carrier(), Reference: "nobody-s"}
		options := workflows.UnmatchedOptions(u)
		return c.SignalWithStartWorkflow(ctx, options.ID, workflows.CallbackSignal.Name, said, options, p.operation, u)
	case workflows.FollowUpType:
		f := workflows.FollowUp{
			WorkflowID: calling().WorkflowID("nobody-f"), RunID: "recorded", Carrier: calling().Carrier(), Reference: "nobody-f",
			Failure: workflows.DeadlineExceeded,
		}
		options := workflows.FollowUpOptions(f)
		return c.SignalWithStartWorkflow(ctx, options.ID, workflows.CallbackSignal.Name, said, options, p.operation, f)
	}
	options, err := p.options()
	if err != nil {
		return nil, err
	}
	return c.ExecuteWorkflow(ctx, options, p.operation, p.request)
}

func (p path) options() (client.StartWorkflowOptions, error) {
	if p.bare && p.operation == plans.WorkflowType {
		return client.StartWorkflowOptions{ID: plans.WorkflowID(p.reference()), TaskQueue: workflows.TaskQueue}, nil
	}
	if p.bare {
		id := workflows.WorkflowID(carriers.CarrierOf(p.operation), p.reference())
		return client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue}, nil
	}
	if p.operation == plans.WorkflowType {
		return plans.StartOptions(p.request)
	}
	options, err := workflows.StartOptions(p.operation, p.request, "recorded")
	options.StartDelay = p.delay
	return options, err
}

// reference is the reference in the path's request.
func (p path) reference() string { return carriers.CommonOf(p.request).Reference }

// The timings of the paths.
var (
	polled    = timings("pollEvery=500ms overduePollEvery=500ms lookupDelay=500ms callTimeout=10s confirmWithin=3s")
	calledUp  = timings("pollEvery=1m lookupDelay=500ms callTimeout=10s confirmWithin=3s")
	overdue   = timings("pollEvery=500ms overdueAfter=2s overduePollEvery=500ms lookupDelay=500ms callTimeout=10s confirmWithin=3s")
	shortLife = timings("pollEvery=500ms overdueAfter=2s overduePollEvery=500ms lookupDelay=500ms callTimeout=10s deadline=6s")
)

// timings reads "name=duration" pairs.
func timings(text string) map[string]string {
	all := map[string]string{}
	for _, pair := range strings.Fields(text) {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}

// recorded are the scenarios of the sandbox that are recorded for each operation that they affect.
var recorded = []subject.Code{
	subject.Ordinary, subject.LostCallback, subject.FiveCallbacks, subject.EarlyCallback, subject.Intermediate, subject.UnknownWord,
	subject.UnknownStatus, subject.Contradicted, subject.DelayedError, subject.PartlyTaken, subject.NotInEffect, subject.LateEffect,
	subject.NeverDecided, subject.HeldAccepted, subject.HeldDenied, subject.DeniedAtOnce, subject.Refused400, subject.Refused401,
	subject.Unavailable, subject.ResetNotRecorded, subject.ResetRecorded,
}

// recording makes the paths.
type recording struct {
	paths []path
	lines int
}

// add adds a path of a change on a line with a scenario.
func (r *recording) add(s subject.Subject, name string, code subject.Code, times map[string]string, failure workflows.FailureType, further map[string]any) *path {
	r.lines++
	fields := map[string]any{"timings": times}
	for field, value := range further {
		fields[field] = value
	}
	reference := fmt.Sprintf("recorded-%d", len(r.paths))
	r.paths = append(r.paths, path{
		name: s.Type + "." + name, operation: s.Type, failure: failure, request: s.Request(reference, s.Line(r.lines, int(code)), fields),
	})
	return &r.paths[len(r.paths)-1]
}

// paths are all paths: every operation with the scenarios that affect it, the updates on one operation each, every read, plans, lines,
// and the workflows FollowUp and UnmatchedCallback.
func paths() []path {
	r := &recording{}
	for _, s := range subject.Changes() {
		for _, code := range recorded {
			if code == subject.Ordinary || slices.Contains(s.Codes(), code) {
				r.scenario(s, code)
			}
		}
	}
	r.special(calling(), asked(), holding())
	r.turns(asked())
	for _, o := range workflows.Operations() {
		if i := o.Info(); i.Kind == carriers.KindRead {
			raw, err := json.Marshal(i.Examples[0].Request)
			if err != nil {
				panic(err) // an example is a request
			}
			r.paths = append(r.paths, path{name: i.Type + ".read", operation: i.Type, request: raw, mayBeRefused: true})
		}
	}
	return append(slices.Concat(r.paths, planPaths(), linePaths(asked()), sweepPaths(), webhookPaths()),
		path{name: "FollowUp.seen", operation: workflows.FollowUpType, during: seen},
		path{name: "UnmatchedCallback.seen", operation: workflows.UnmatchedCallbackType, during: seen})
}

// scenario adds the path of an operation on a line with a scenario.
func (r *recording) scenario(s subject.Subject, code subject.Code) {
	times, failure := polled, s.Ends(code).Failure
	switch {
	case code == subject.NeverDecided:
		times = shortLife
	case s.CallsBack && code != subject.LostCallback && s.Ends(code).Failure != workflows.OutcomeUnknown && !s.StaysUnknown(code):
		times = calledUp
	case s.StaysUnknown(code):
		times, failure = shortLife, workflows.OutcomeUnknown
	}
	name := "ordinary"
	if code != subject.Ordinary {
		name = code.Name()
	}
	r.add(s, name, code, times, failure, nil)
}

// first finds the first operation of a kind.
func first(is func(subject.Subject) bool) subject.Subject {
	all := subject.Changes()
	return all[slices.IndexFunc(all, is)]
}

// calling is an operation about which the carrier sends callbacks.
func calling() subject.Subject {
	return first(func(s subject.Subject) bool { return s.CallsBack && s.DecidedLater })
}

// asked is an operation that is decided later, and about which the carrier has to be asked.
func asked() subject.Subject {
	return first(func(s subject.Subject) bool { return s.DecidedLater && !s.CallsBack })
}

// holding is an operation that the carrier may hold.
func holding() subject.Subject { return first(func(s subject.Subject) bool { return s.MayBeHeld }) }

// special adds paths with actions of callers and operators and with network faults. calling, asked and holding are
// operations as above.
func (r *recording) special(calling, asked, holding subject.Subject) {
	r.add(calling, "not-confirmed", subject.Ordinary, calledUp, "", map[string]any{"confirm": false})
	r.add(calling, "bare", subject.LostCallback, polled, "", nil).bare = true
	invalid := r.add(calling, "invalid", subject.Ordinary, polled, workflows.InvalidRequest, map[string]any{"unheard": true})
	invalid.bare = true
	r.add(calling, "signalled-by-hand", subject.NeverDecided, calledUp, workflows.CarrierFailed, nil).during = func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		return workflows.CallbackSignal.Send(ctx, c, run.GetID(), workflows.Callback{State: "failed", Status: "Failed"})
	}
	late := r.add(calling, "submitted-late", subject.Ordinary, overdue, "", nil)
	late.rules = []sandbox.Rule{{Carrier: calling.Carrier(), Reference: late.reference(), Scenario: "throttled-429", Times: 4}}
	r.add(asked, "overdue", subject.Slow, overdue, "", nil)

	never := func(name string, times map[string]string, failure workflows.FailureType) *path {
		return r.add(asked, name, subject.NeverDecided, times, failure, nil)
	}
	never("resolved-done", overdue, "").during = updating(workflows.ResolveUpdate, workflows.Resolve{OperatorAction: operator, Outcome: carriers.Done})
	never("resolved-failed", polled, workflows.ResolvedFailed).during = updating(workflows.ResolveUpdate, workflows.Resolve{OperatorAction: operator, Outcome: carriers.Failed})
	never("checked-now", shortLife, workflows.DeadlineExceeded).during = updating(workflows.CheckNowUpdate, operator)
	never("deadline-extended", shortLife, workflows.DeadlineExceeded).during = updating(workflows.ExtendDeadlineUpdate,
		workflows.ExtendDeadline{OperatorAction: operator, By: carriers.Duration(3 * time.Second)})
	never("canceled-after-submit", polled, workflows.CanceledAfterSubmit).during = func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		if err := accepted(ctx, c, run); err != nil {
			return err
		}
		return c.CancelWorkflow(ctx, run.GetID(), run.GetRunID())
	}
	cancel := func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		return c.CancelWorkflow(ctx, run.GetID(), run.GetRunID())
	}
	later := r.add(asked, "canceled-before-submit", subject.Ordinary, polled, workflows.Canceled, nil)
	later.delay, later.during = time.Second, cancel
	away := r.add(asked, "canceled-while-sending", subject.Ordinary, polled, workflows.Canceled, nil)
	away.rules = []sandbox.Rule{{Carrier: asked.Carrier(), Reference: away.reference(), Scenario: "unavailable-503"}}
	away.during = func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		for {
			d, err := c.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
			if err != nil {
				return err
			}
			if pending := d.GetPendingActivities(); len(pending) > 0 && pending[0].GetAttempt() > 1 {
				return cancel(ctx, c, run)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}

	parked := r.add(holding, "parked-then-seen", subject.HeldAccepted, polled, "", nil)
	line, _ := workflows.Describe(holding.Type, parked.request, time.Now())
	parked.rules = []sandbox.Rule{{Carrier: holding.Carrier(), Line: line.Line, Scenario: "reset-after-recording", Times: 1}}
	r.add(holding, "denied-by-operator", subject.HeldForever, polled, workflows.DecisionDenied, nil).during = updating(workflows.DenyUpdate, operator)
	r.add(holding, "approved-by-operator", subject.HeldForever, shortLife, workflows.DeadlineExceeded, nil).during = updating(workflows.ApproveUpdate, operator)
}

var operator = workflows.OperatorAction{Operator: "operator", Reason: "recorded"}

// updating sends an update, as an operator, once the carrier has the request.
func updating[I any](u workflows.Update[I, workflows.OperationStatus], argument I) func(context.Context, client.Client, client.WorkflowRun) error {
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

// seen acknowledges what a workflow keeps, as an operator.
func seen(ctx context.Context, c client.Client, run client.WorkflowRun) error {
	return workflows.SeenSignal.Send(ctx, c, run.GetID(), workflows.Seen{By: "operator"})
}
