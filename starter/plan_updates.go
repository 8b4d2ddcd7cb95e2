package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// planActionFlags say who acts on which plan, and why.
type planActionFlags struct {
	onePlan
	actedBy
}

type (
	planConfirmCommand struct {
		planActionFlags
		Step string `help:"The step that waits." required:"" placeholder:"NAME"`
	}
	planContinueCommand struct {
		planActionFlags
		Step string   `help:"The step that stopped the plan; when another one has, nothing is done." placeholder:"NAME"`
		Set  []string `help:"A corrected field of the request; without a value the field is left out. Repeat it for each." sep:"none" placeholder:"FIELD=VALUE"`
	}
	planSkipCommand struct {
		planActionFlags
		Step string `help:"The step that stopped the plan; when another one has, nothing is done." placeholder:"NAME"`
	}
	planUndoCommand struct {
		planActionFlags
		Unclear string `help:"What to do about steps of which it is not known whether they are in effect: leave them, or undo them as well (default: ${default})." enum:"leave,undo" default:"leave" placeholder:"leave|undo"`
	}
	planLeaveCommand struct{ planActionFlags }
)

// Run lets a step begin.
func (c planConfirmCommand) Run(ctx context.Context, a *app) error {
	return actOnPlan(ctx, a, c.planActionFlags, plans.ConfirmUpdate, func(by workflows.OperatorAction, _ runs.View) (plans.Confirm, error) {
		return plans.Confirm{OperatorAction: by, Step: c.Step}, nil
	})
}

// Run repeats what stopped the plan.
func (c planContinueCommand) Run(ctx context.Context, a *app) error {
	return actOnPlan(ctx, a, c.planActionFlags, plans.ContinueUpdate, func(by workflows.OperatorAction, v runs.View) (plans.Continue, error) {
		set := map[string]json.RawMessage{}
		for _, pair := range c.Set {
			field, text, found := strings.Cut(pair, "=")
			switch {
			case !found || field == "":
				return plans.Continue{}, badUsage("--set must be FIELD=VALUE, not %q; nothing was done", field)
			case text == "":
				set[field] = json.RawMessage("null")
			default:
				set[field] = asValue(text, isText(v, field))
			}
		}
		argument := plans.Continue{OperatorAction: by, Step: c.Step}
		if len(set) > 0 {
			argument.Set = []byte(asJSON(set))
		}
		return argument, nil
	})
}

// Run goes on without a step.
func (c planSkipCommand) Run(ctx context.Context, a *app) error {
	return actOnPlan(ctx, a, c.planActionFlags, plans.SkipUpdate, func(by workflows.OperatorAction, _ runs.View) (plans.Skip, error) {
		return plans.Skip{OperatorAction: by, Step: c.Step}, nil
	})
}

// Run undoes what can be undone.
func (c planUndoCommand) Run(ctx context.Context, a *app) error {
	return actOnPlan(ctx, a, c.planActionFlags, plans.UndoUpdate, func(by workflows.OperatorAction, _ runs.View) (plans.UndoArgument, error) {
		return plans.UndoArgument{OperatorAction: by, Unclear: c.Unclear}, nil
	})
}

// Run ends the plan as it is.
func (c planLeaveCommand) Run(ctx context.Context, a *app) error {
	return actOnPlan(ctx, a, c.planActionFlags, plans.LeaveUpdate, func(by workflows.OperatorAction, _ runs.View) (workflows.OperatorAction, error) {
		return by, nil
	})
}

// actOnPlan sends an update to a plan and prints how far that is then.
func actOnPlan[I any](ctx context.Context, a *app, f planActionFlags, u workflows.Update[I, plans.PlanStatus], argument func(workflows.OperatorAction, runs.View) (I, error)) error {
	by, err := f.action(a)
	if err != nil {
		return err
	}
	conn, v, err := f.find(ctx, a)
	if err != nil {
		return err
	}
	if v.State.Final() {
		return badUsage("%s: %s has ended: it is %s. Nothing was done.", u.Name, v.WorkflowID, v.State)
	}
	conn.Ask(ctx, &v)
	given, err := argument(by, v)
	if err != nil {
		return err
	}
	status, err := send(ctx, a, conn, v, u, given)
	if err != nil {
		return err
	}
	a.acted(acted{
		WorkflowID: v.WorkflowID, Action: u.Name, By: by.Operator, Why: by.Reason, Message: status.Message, Plan: &status,
		next: a.self.Command("plan", "show", v.WorkflowID),
	})
	return nil
}

// isText reports whether a field of the request that stopped a plan is text, by the schema of its operation.
func isText(v runs.View, field string) bool {
	if v.Plan == nil {
		return true
	}
	i := slices.IndexFunc(v.Plan.Steps, func(s plans.StepStatus) bool { return s.Name == v.Plan.Step })
	if i < 0 {
		return true
	}
	operation := v.Plan.Steps[i].Operation
	if undoing := !slices.Contains(v.Plan.Actions, plans.UndoUpdate.Name); undoing {
		operation = v.Plan.Steps[i].UndoOperation
	}
	if _, known := workflows.OperationOf(operation); !known {
		return true
	}
	var schema jsonschema.Schema
	if json.Unmarshal(workflows.RequestSchema(operation), &schema) != nil {
		return true
	}
	of, known := schema.Properties.Get(field)
	return !known || of.Type == "string"
}
