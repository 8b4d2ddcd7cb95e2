package plans

import (
	"bytes"
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// UndoKind is how a step is undone.
type UndoKind string

// The ways in which a step is undone.
const (
	// UndoBy: another operation undoes it.
	UndoBy UndoKind = "operation"
	// UndoNothing: nothing has to be done, for example because undoing an earlier step undoes this one too.
	UndoNothing UndoKind = "nothing"
	// UndoCannot: it cannot be undone. Once such a step was started, the plan is past its point of no return.
	UndoCannot UndoKind = "cannot"
)

// Undo says what undoes a step. In JSON it is "nothing", "cannot", or the operation as an object.
type Undo struct {
	Kind UndoKind
	// Call is the operation, for UndoBy. Its selectors may also select from the result of the step that it undoes.
	Call
}

// MarshalJSON writes a word or the operation.
func (u Undo) MarshalJSON() ([]byte, error) {
	if u.Kind == UndoNothing || u.Kind == UndoCannot {
		return json.Marshal(string(u.Kind))
	}
	return json.Marshal(u.Call)
}

// UnmarshalJSON reads a word or the operation.
func (u *Undo) UnmarshalJSON(data []byte) error {
	*u = Undo{}
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '"' {
		var word string
		if err := json.Unmarshal(data, &word); err != nil {
			return err
		}
		u.Kind = UndoKind(word) // the schema of a plan refuses any other word, and names it beside the other faults
		return nil
	}
	u.Kind = UndoBy
	return json.Unmarshal(data, &u.Call)
}

// JSONSchema allows the two words and an operation. It is one schema and not a choice of several, so that a fault inside the operation
// is named as such.
func (Undo) JSONSchema() *jsonschema.Schema {
	reflector := jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true, RequiredFromJSONSchemaTags: true}
	s := reflector.Reflect(Call{})
	s.Version, s.Type, s.Pattern = "", "", undoPattern
	s.Extras = map[string]any{"type": []string{"string", "object"}}
	return s
}

const undoPattern = "^(nothing|cannot)$"
