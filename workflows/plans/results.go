package plans

import (
	"encoding/json"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Result is what a completed plan returns. Its Results may be personal.
type Result struct {
	Reference string       `json:"reference" jsonschema_description:"the caller's id of the plan"`
	Title     string       `json:"title,omitempty" jsonschema_description:"what the plan does"`
	Steps     []StepStatus `json:"steps" jsonschema_description:"every step, and how it ended: done, or skipped by an operator"`
	// Results are the values that the plan selects in its field of this name.
	Results   carriers.Object `json:"results,omitempty" jsonschema_description:"the values that the plan selects in its field of this name; may be personal"`
	Decisions []Decision      `json:"decisions,omitempty" jsonschema_description:"what operators decided, in order"`
	EndedAt   time.Time       `json:"endedAt" jsonschema_description:"when the plan completed"`
}

// Results are the values that a plan selects for its result. A value that is missing is left out.
func (s Sources) Results(p Plan) carriers.Object {
	if len(p.Results) == 0 {
		return nil
	}
	selected := map[string]json.RawMessage{}
	for _, name := range sortedKeys(p.Results) {
		if value, ok := s.Select(p.Results[name]); ok {
			selected[name] = value
		}
	}
	return encode(selected)
}
