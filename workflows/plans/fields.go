package plans

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
)

// Merge are the fields of an object with further ones, which win.
func Merge(fields, further carriers.Object) carriers.Object {
	all, more := decode(fields), decode(further)
	for _, field := range sortedKeys(more) {
		all[field] = more[field]
	}
	return encode(all)
}

// encode writes fields, which are JSON already.
func encode(fields map[string]json.RawMessage) carriers.Object {
	//workflowcheck:ignore flagged for what the runtime does below reflection; encoding/json writes the keys in order
	text, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("writing fields that were read from JSON: %v", err))
	}
	return text
}

// decode reads the fields of an object; none of what is no object.
func decode(object carriers.Object) map[string]json.RawMessage {
	fields := map[string]json.RawMessage{}
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on object alone
	if len(object) > 0 && json.Unmarshal(object, &fields) != nil || fields == nil {
		return map[string]json.RawMessage{}
	}
	return fields
}

// sortedKeys are the keys of a map, in order.
func sortedKeys[V any](m map[string]V) []string {
	//workflowcheck:ignore the order of the iteration is lost by sorting
	return slices.Sorted(maps.Keys(m))
}

// quoted is a text as JSON.
func quoted(text string) json.RawMessage {
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on text alone
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text can be written
	}
	return raw
}
