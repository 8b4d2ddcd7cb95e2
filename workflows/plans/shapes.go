package plans

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/workflows"
)

// shape is what selectors are checked against: the published schemas of an operation.
type shape struct{ request, result func() *jsonschema.Schema }

// shapes are the shapes of all operations. Each schema is read once, when it is first needed.
var shapes = readShapes()

func readShapes() map[string]shape {
	read := map[string]shape{}
	for _, o := range workflows.Operations() {
		read[o.Info().Type] = shape{
			request: sync.OnceValue(func() *jsonschema.Schema { return parseSchema(workflows.RequestSchema(o.Info().Type)) }),
			result:  sync.OnceValue(func() *jsonschema.Schema { return parseSchema(workflows.ResultSchema(o)) }),
		}
	}
	return read
}

// parseSchema reads one of our own schemas.
func parseSchema(document []byte) *jsonschema.Schema {
	var s jsonschema.Schema
	if err := json.Unmarshal(document, &s); err != nil {
		panic(fmt.Sprintf("reading a schema of our own: %v", err))
	}
	return &s
}

// typeAt is the type of the value at a path; ok is false when the schema has no such path, or no type there.
func typeAt(s *jsonschema.Schema, path []string) (kind string, ok bool) {
	for _, word := range path {
		_, number := strconv.Atoi(word)
		switch {
		case s.Type == "array" && number == nil && s.Items != nil:
			s = s.Items
		case s.Properties != nil:
			if s, ok = s.Properties.Get(word); !ok {
				return "", false
			}
		default:
			return "", false
		}
	}
	return s.Type, s.Type != ""
}

// typeOf is the type of a value.
func typeOf(value json.RawMessage) string {
	value = bytes.TrimSpace(value)
	switch {
	case len(value) == 0 || value[0] == 'n':
		return "null"
	case value[0] == '{':
		return "object"
	case value[0] == '[':
		return "array"
	case value[0] == '"':
		return "string"
	case value[0] == 't' || value[0] == 'f':
		return "boolean"
	case bytes.ContainsAny(value, ".eE"):
		return "number"
	}
	return "integer"
}

// fits reports whether a value of a type can be given where another type is wanted.
func fits(given, wanted string) bool {
	return given == wanted || given == "integer" && wanted == "number"
}

// placeholders stand for values that are not known yet while a request is checked.
var placeholders = map[string]json.RawMessage{
	"string": json.RawMessage(`"0"`), "integer": json.RawMessage(`1`), "number": json.RawMessage(`1`), "boolean": json.RawMessage(`true`),
	"object": json.RawMessage(`{}`), "array": json.RawMessage(`[]`),
}
