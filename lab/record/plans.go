package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// shipped is where the plans are that are recorded, seen from the folder of this module.
const shipped = "../docs/examples/plans"

// planRecording makes the paths of plans, each on a line of its own.
type planRecording struct{ paths []path }

// planPaths are the paths of plans: whole, undone by themselves, and with each decision of an operator.
func planPaths() []path {
	r := &planRecording{}
	r.add("ordinary", "onboard-line", "", "")
	r.add("bare", "onboard-line", "", "").bare = true
	r.add("undone", "onboard-line", "delayed-error", plans.PlanUndone)
	r.add("confirmed", "suspend-for-debt", "", "").during = deciding(plans.PhaseConfirming, plans.ConfirmUpdate, plans.Confirm{OperatorAction: operator, Step: "resume"})
	r.add("undone-before-confirmation", "suspend-for-debt", "", plans.PlanUndone).during = deciding(plans.PhaseConfirming, plans.UndoUpdate, plans.UndoArgument{OperatorAction: operator})
	r.add("continued", "replace-sim", "refuse-400", "").during = deciding(plans.PhaseStopped, plans.ContinueUpdate, plans.Continue{OperatorAction: operator})
	r.add("skipped", "replace-sim", "refuse-400", "").during = deciding(plans.PhaseStopped, plans.SkipUpdate, plans.Skip{OperatorAction: operator})
	r.add("left", "replace-sim", "refuse-400", plans.PlanLeft).during = deciding(plans.PhaseStopped, plans.LeaveUpdate, operator)
	r.add("undone-by-operator", "onboard-line", "not-in-effect", plans.PlanPartlyUndone).during = deciding(plans.PhaseStopped, plans.UndoUpdate, plans.UndoArgument{OperatorAction: operator})
	r.add("canceled", "suspend-for-debt", "", plans.PlanCanceled).during = func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		if err := awaitPhase(ctx, c, run, plans.PhaseConfirming); err != nil {
			return err
		}
		return c.CancelWorkflow(ctx, run.GetID(), run.GetRunID())
	}
	invalid := r.add("invalid", "onboard-line", "", workflows.InvalidRequest)
	invalid.bare, invalid.request = true, json.RawMessage(plans.Merge(carriers.Object(invalid.request), carriers.Object(`{"unheard":true}`)))
	return r.paths
}

// add adds a path of a shipped plan; scenario is the sandbox's for its step "services". It panics on a mistake in the plan.
func (r *planRecording) add(name, plan, scenario string, failure workflows.FailureType) *path {
	raw, err := os.ReadFile(filepath.Join(shipped, plan+".json"))
	var p plans.Plan
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil {
		panic(fmt.Sprintf("reading the plan %s: %v", plan, err))
	}
	number := len(r.paths)
	p.Reference = fmt.Sprintf("recorded-%d", number)
	p.Values = with(p.Values, "card", fmt.Sprintf("89319900000008%03d00", number))
	p.Values = with(p.Values, "number", fmt.Sprintf("06120%03d00", number))
	for i := range p.Steps {
		p.Steps[i].Request = with(p.Steps[i].Request, "timings", polled)
		if undo := p.Steps[i].Undo; undo != nil && undo.Kind == plans.UndoBy {
			undo.Request = with(undo.Request, "timings", polled)
		}
	}
	request, err := json.Marshal(p)
	if err != nil {
		panic(err) // it was read from JSON
	}
	made := path{name: plans.WorkflowType + "." + name, operation: plans.WorkflowType, request: request, failure: failure}
	if scenario != "" {
		made.rules = []sandbox.Rule{{Reference: carriers.ShortReference(plans.StepReference(p.Reference, "services", 1), 15), Scenario: scenario}}
	}
	r.paths = append(r.paths, made)
	return &r.paths[number]
}

// with is an object with another field.
func with(object carriers.Object, field string, value any) carriers.Object {
	raw, err := json.Marshal(map[string]any{field: value})
	if err != nil {
		panic(err) // texts
	}
	return plans.Merge(object, raw)
}

// deciding sends an update, as an operator, once the plan is in a phase.
func deciding[I any](phase plans.Phase, u workflows.Update[I, plans.PlanStatus], argument I) func(context.Context, client.Client, client.WorkflowRun) error {
	return func(ctx context.Context, c client.Client, run client.WorkflowRun) error {
		if err := awaitPhase(ctx, c, run, phase); err != nil {
			return err
		}
		_, err := u.Send(ctx, c, run.GetID(), argument)
		return err
	}
}

// awaitPhase waits until a plan is in a phase.
func awaitPhase(ctx context.Context, c client.Client, run client.WorkflowRun, phase plans.Phase) error {
	for {
		s, err := plans.GetStatus(ctx, c, run.GetID(), run.GetRunID())
		switch {
		case err != nil:
			return err
		case s.Phase == phase:
			return nil
		case s.Ended():
			return fmt.Errorf("%s has ended and is not %s: %s", run.GetID(), phase, s.Message)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
