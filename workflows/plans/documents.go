package plans

import (
	"maps"
	"reflect"

	"github.com/carrierflow/carrierflow/internal/schema"
)

// Documents returns the JSON Schemas (2020-12) of plans by their names, which are those of their files in docs/schemas: "plan" (the
// input), "plan.result", "plan.failure", "plan.status" (the answer to the query status), and
// "plan.update.confirm" and "plan.update.confirm.answer": an update's argument and its answer.
func Documents() map[string][]byte {
	all := map[string][]byte{
		"plan":         planSchema.Document(),
		"plan.result":  schema.Output("plan.result", "What a completed plan returns", reflect.TypeFor[Result]()),
		"plan.failure": schema.Output("plan.failure", "The details of a plan that did not complete", reflect.TypeFor[Failure]()),
		"plan.status":  schema.Output("plan.status", "How far a plan is", reflect.TypeFor[PlanStatus]()),
	}
	for _, schemas := range []map[string][]byte{
		ConfirmUpdate.Schemas(schemaPrefix), ContinueUpdate.Schemas(schemaPrefix), SkipUpdate.Schemas(schemaPrefix), UndoUpdate.Schemas(schemaPrefix), LeaveUpdate.Schemas(schemaPrefix),
	} {
		maps.Copy(all, schemas)
	}
	return all
}
