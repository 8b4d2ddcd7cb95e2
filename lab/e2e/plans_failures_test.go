package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// stepFault is a way to make a step fail.
type stepFault struct {
	// scenario is the sandbox's for the request of a change; reads are refused.
	scenario string
	failure  workflows.FailureType
	// unclear tells that it is not known then whether the step is in effect, and recorded that the carrier has the request.
	unclear, recorded bool
	concerns          func(plans.Step) bool
}

var stepFaults = map[string]stepFault{
	"refused":       {scenario: "refuse-400", failure: workflows.CarrierRejected, concerns: func(plans.Step) bool { return true }},
	"failed later":  {scenario: "delayed-error", failure: workflows.CarrierFailed, recorded: true, concerns: isChange},
	"not in effect": {scenario: "not-in-effect", failure: workflows.NotInEffect, unclear: true, recorded: true, concerns: isChange},
	"taken in part": {scenario: "part-left-out", failure: workflows.PartlyTaken, recorded: true, concerns: func(s plans.Step) bool { return s.Operation == "stn.SetServices" }},
}

func isChange(s plans.Step) bool { return !isRead(s) }

// rule is the sandbox's rule that makes a step of a plan fail.
func (f stepFault) rule(p plans.Plan, s plans.Step) sandbox.Rule {
	r := sandbox.Rule{Carrier: "stn", Scenario: f.scenario}
	switch s.Operation {
	case "stn.GetSIM":
		card, _ := plans.NewSources(p).Select("values.card")
		r.Operation, r.Line = "query-simcard", unquoted(card)
	case "stn.GetSubscription":
		number, _ := plans.NewSources(p).Select("values.number")
		r.Operation, r.Line = "query-subscription", unquoted(number)
	default:
		r.Reference = carriers.ShortReference(plans.StepReference(p.Reference, s.Name, 1), 15)
	}
	return r
}

func unquoted(text []byte) string { return string(text[1 : len(text)-1]) }

// Each shipped plan ends right when each of its steps is made to fail, in each way: before the point of no return everything is undone,
// in reverse; where it is passed, and where it is not known what is in effect, the plan waits for an operator. Nothing is sent twice.
func TestPlansWhoseStepsFail(t *testing.T) {
	t.Parallel()
	for name := range shipped {
		steps := shippedPlan(t, name).Steps
		for i, s := range steps {
			for how, fault := range stepFaults {
				if !fault.concerns(s) {
					continue
				}
				t.Run(name+", "+s.Name+" "+how, func(t *testing.T) {
					t.Parallel()
					p := shippedPlan(t, name)
					require.NoError(t, world.Direct(fault.rule(p, s)))
					id := startPlan(t, p).GetID()
					passed := slices.ContainsFunc(p.Steps[:i], plans.Step.Irreversible)
					partly := fault.failure == workflows.PartlyTaken
					if fault.unclear || passed {
						stops(t, p, i, fault, passed || s.Irreversible())
					} else {
						planUntil(t, id, plans.PhaseEnded)
						f := planFails(t, id)
						require.Equal(t, plans.PlanUndone, workflows.FailureType(f.Type), f.Message)
						require.Equal(t, string(fault.failure), f.Steps[i].Failure)
						requireUndone(t, p, i, partly)
					}
					_, recorded := sent(t, plans.StepReference(p.Reference, s.Name, 1))
					require.Equal(t, fault.recorded, recorded)
				})
			}
		}
	}
}

// requireUndone requires that the changes before a step were made and undone, and that nothing came after it. partly tells that the step
// itself was in effect in part.
func requireUndone(t *testing.T, p plans.Plan, failed int, partly bool) {
	t.Helper()
	for i, s := range p.Steps {
		undone := i < failed || i == failed && partly
		switch {
		case isRead(s):
			continue
		case i < failed:
			requireInEffect(t, plans.StepReference(p.Reference, s.Name, 1))
		case i > failed:
			requireNotSent(t, plans.StepReference(p.Reference, s.Name, 1))
		}
		if reference := plans.UndoReference(p.Reference, s.Name, 1); undone && s.UndoKind() == plans.UndoBy {
			requireInEffect(t, reference)
		} else {
			requireNotSent(t, reference)
		}
	}
}

// stops requires that a plan waits for an operator at a step, with nothing undone and nothing later sent. Then an operator decides: where
// it is clear that nothing is in effect the step is repeated, and the plan completes; else what can be undone is.
func stops(t *testing.T, p plans.Plan, at int, fault stepFault, noReturn bool) {
	t.Helper()
	id, s := plans.WorkflowID(p.Reference), p.Steps[at]
	status := planUntil(t, id, plans.PhaseStopped)
	require.Equal(t, s.Name, status.Step)
	require.Equal(t, noReturn, status.NoReturn)
	require.Equal(t, string(fault.failure), status.Steps[at].Failure)
	require.Equal(t, []workflows.Attention{workflows.AttentionPlanStopped}, status.Attention)
	for i, other := range p.Steps {
		requireNotSent(t, plans.UndoReference(p.Reference, other.Name, 1))
		if i > at {
			requireNotSent(t, plans.StepReference(p.Reference, other.Name, 1))
		}
	}
	if !fault.unclear {
		if isRead(s) {
			require.NoError(t, world.Undirect(fault.rule(p, s)))
		}
		_, err := plans.ContinueUpdate.Send(stack.Context(t), world.client, id, plans.Continue{OperatorAction: byTest, Step: s.Name})
		require.NoError(t, err)
		planUntil(t, id, plans.PhaseEnded)
		_, err = plans.Await(stack.Context(t), world.client, id)
		require.NoError(t, err)
		requireInEffect(t, plans.StepReference(p.Reference, s.Name, 2))
		return
	}
	_, err := plans.UndoUpdate.Send(stack.Context(t), world.client, id, plans.UndoArgument{OperatorAction: byTest})
	require.NoError(t, err)
	planUntil(t, id, plans.PhaseEnded)
	f := planFails(t, id)
	require.Equal(t, plans.PlanPartlyUndone, workflows.FailureType(f.Type), f.Message)
	require.Contains(t, f.Left, s.Name)
	for i, other := range p.Steps[:at] {
		if other.UndoKind() == plans.UndoBy {
			requireInEffect(t, plans.UndoReference(p.Reference, other.Name, 1))
			require.Equal(t, plans.StepUndone, f.Steps[i].State)
		}
	}
}
