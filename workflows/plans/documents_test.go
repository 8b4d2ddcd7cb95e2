package plans

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// The JSON of the types of plans meets the published schemas, with every field set.
func TestWhatIsWrittenMeetsTheSchemas(t *testing.T) {
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	by := workflows.OperatorAction{Operator: "alex", Reason: "ticket 4711"}
	steps := []StepStatus{
		{Name: "line", Operation: "stn.NewSubscription", State: StepDone, WorkflowID: "stn:p-line", UndoWorkflowID: "stn:p-line-undo", UndoOperation: "stn.Terminate", Undo: UndoBy, Failure: "CarrierFailed", Message: "no"},
		{Name: "swap", Operation: "stn.SwapSIM", State: StepPending, Undo: UndoCannot},
	}
	decisions := []Decision{{OperatorAction: by, Update: "skip", Step: "line", At: at}}
	status := PlanStatus{
		Reference: "p", Title: "A line", Phase: PhaseStopped, Step: "line", Steps: steps, NoReturn: true, Attention: []workflows.Attention{workflows.AttentionPlanStopped},
		Actions: []string{"undo"}, Decisions: decisions, Failure: FailureType(PlanLeft), Message: "Stopped.",
	}
	samples := map[string][]any{
		"plan":                        {json.RawMessage(base)},
		"plan.result":                 {Result{Reference: "p", Title: "A line", Steps: steps, Results: carriers.Object(`{"number":"06"}`), Decisions: decisions, EndedAt: at}},
		"plan.failure":                {Failure{Type: FailureType(PlanUndone), Reference: "p", Steps: steps, Undone: []string{"line"}, Left: []string{"swap"}, Decisions: decisions, Message: "no"}, InvalidPlan(Plan{}, Validate(Plan{}))},
		"plan.status":                 {status, PlanStatus{}},
		"plan.update.confirm":         {Confirm{by, "swap"}},
		"plan.update.confirm.answer":  {status},
		"plan.update.continue":        {Continue{by, "swap", carriers.Object(`{"phoneNumber":null}`)}, Continue{OperatorAction: by}},
		"plan.update.continue.answer": {status},
		"plan.update.skip":            {Skip{by, "swap"}},
		"plan.update.skip.answer":     {status},
		"plan.update.undo":            {UndoArgument{by, "undo"}, UndoArgument{OperatorAction: by}},
		"plan.update.undo.answer":     {status},
		"plan.update.leave":           {by},
		"plan.update.leave.answer":    {status},
	}
	documents := Documents()
	require.ElementsMatch(t, slices.Collect(maps.Keys(documents)), slices.Collect(maps.Keys(samples)), "every schema is compared with something")
	for name, values := range samples {
		parsed, err := validator.UnmarshalJSON(bytes.NewReader(documents[name]))
		require.NoError(t, err)
		compiler := validator.NewCompiler()
		require.NoError(t, compiler.AddResource(name, parsed))
		compiled, err := compiler.Compile(name)
		require.NoError(t, err)
		for _, value := range values {
			text, err := json.Marshal(value)
			require.NoError(t, err)
			instance, err := validator.UnmarshalJSON(bytes.NewReader(text))
			require.NoError(t, err)
			require.NoError(t, compiled.Validate(instance), "%s: %s", name, text)
		}
	}
}
