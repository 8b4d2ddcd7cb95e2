// Package schema makes JSON Schemas (2020-12) of Go types, and checks requests and arguments against the same schemas that
// are published.
//
// It is below package workflows: the Go type in a carrier's folder defines the carrier's request.
package schema

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/carrierflow/carrierflow/carriers"
)

// LargestInput bounds an input, and with it every free object in it, in bytes (ours). Each activity gets the request
// together with the carrier's answer, and Temporal refuses payloads above 2 MiB: a larger input could be sent once, and
// then no check could be started.
const LargestInput = 64 << 10

// Schema is the schema of an input. It is made when it is first needed, because a program needs few of them, and all
// together take longer than the rest of its start. It can be used by several goroutines at once.
type Schema struct {
	document func() []byte
	compiled func() *validator.Schema
	// patterns describe the regular expressions in words.
	patterns map[string]string
	// of is what has the fields: an operation, unless something else is said.
	of string
	// request distinguishes the schema of a request, which has timings, from that of an update's argument.
	request bool
}

// Of makes the schema of an operation's request.
func Of(a carriers.Adapter, o carriers.Operation) *Schema {
	s := build(o.Info().Type, o.Info().Title, reflect.TypeOf(o.NewRequest()).Elem())
	s.patterns, s.request = a.Patterns, true
	return s
}

// Argument makes the schema of an update's argument.
func Argument[T any](name, title string) *Schema { return build(name, title, reflect.TypeFor[T]()) }

// Input makes the schema of an input that is no operation's request. of is what has its fields, for messages, and patterns describe
// its regular expressions in words.
func Input[T any](name, title, of string, patterns map[string]string) *Schema {
	s := build(name, title, reflect.TypeFor[T]())
	s.of, s.patterns = of, patterns
	return s
}

func build(name, title string, t reflect.Type) *Schema {
	s := &Schema{document: sync.OnceValue(func() []byte { return document(forInputs, name, title, t) })}
	s.compiled = sync.OnceValue(func() *validator.Schema { return compile(name, s.document()) })
	return s
}

// compile panics for a document that is no schema, which is a mistake in the program.
func compile(name string, document []byte) (compiled *validator.Schema) {
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(document))
	if err == nil {
		compiler := validator.NewCompiler()
		compiler.AssertFormat()
		if err = compiler.AddResource(id(name), parsed); err == nil {
			compiled, err = compiler.Compile(id(name))
		}
	}
	if err != nil {
		panic(fmt.Sprintf("the schema of %s does not compile: %v", name, err))
	}
	return compiled
}

// Document is the published schema. It panics, as [Schema.Check] does, for a type that no schema can be made of, which is a
// mistake in the program.
func (s *Schema) Document() []byte { return s.document() }

// Output writes the schema of a result or an answer: new fields and new values may be added to it later.
func Output(name, title string, t reflect.Type) []byte { return document(forOutputs, name, title, t) }

// Read checks an input against the schema and reads it into a value. It returns everything that is wrong with it, in a
// stable order. When anything is wrong, nothing is read.
func (s *Schema) Read(input []byte, into any) []carriers.Fault {
	if faults := s.Check(input); len(faults) > 0 {
		return faults
	}
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on input alone
	if err := json.Unmarshal(input, into); err != nil { // what a schema cannot express
		return []carriers.Fault{{Problem: "the input cannot be read: a number is too large or written with a fraction or exponent, or a duration is too long"}}
	}
	return nil
}

// Check returns everything that is wrong with an input, in a stable order.
func (s *Schema) Check(input []byte) []carriers.Fault {
	switch {
	case len(input) > LargestInput:
		return []carriers.Fault{{Problem: fmt.Sprintf("the input has %d bytes; at most %d are taken", len(input), LargestInput)}}
	case len(bytes.TrimSpace(input)) == 0:
		return []carriers.Fault{{Problem: "the input is missing"}}
	}
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on input alone
	value, err := validator.UnmarshalJSON(bytes.NewReader(input))
	if err != nil {
		return []carriers.Fault{{Problem: "the input is not JSON"}}
	}
	var found []carriers.Fault
	//workflowcheck:ignore it ranges over maps, which shuffles the causes of a fault and nothing else; the faults are sorted. The
	// schema is made once, of a type alone, so it does not matter which run is the first to need it.
	if invalid, ok := s.compiled().Validate(value).(*validator.ValidationError); ok {
		found = faults{s.patterns, cmp.Or(s.of, "operation")}.collect(invalid, nil)
	}
	if s.request {
		found = append(found, timingFaults(input, found)...)
	}
	slices.SortFunc(found, func(a, b carriers.Fault) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(found)
}

// timingFaults are the timings that are out of bounds, except those that the schema refuses already.
func timingFaults(input []byte, known []carriers.Fault) (found []carriers.Fault) {
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on input alone
	for _, fault := range carriers.TimingFaults(input) {
		if !slices.ContainsFunc(known, func(k carriers.Fault) bool { return k.Field == fault.Field }) {
			found = append(found, fault)
		}
	}
	return found
}

// id is the $id under which a schema is published.
func id(name string) string { return "urn:carrierflow:schema:" + name }

// How Go types become schemas: every schema is complete, in one file.
var (
	// forInputs refuses unknown fields. Tags say what is required; a caller may leave out the rest.
	forInputs = &jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true, RequiredFromJSONSchemaTags: true}
	// forOutputs allows fields that are added later. Fields that are always written are required.
	forOutputs = &jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true, AllowAdditionalProperties: true}
)

// document writes the schema of a Go type.
func document(reflector *jsonschema.Reflector, name, title string, t reflect.Type) []byte {
	schema := reflector.ReflectFromType(t)
	schema.ID = jsonschema.ID(id(name))
	schema.Title = name
	schema.Description = title + "."
	if reference, ok := schema.Properties.Get("reference"); ok && reflector == forInputs {
		reference.Pattern = carriers.ReferencePattern
		reference.Description = cmp.Or(reference.Description, "your own id of the operation, unique per carrier; starting twice with one reference sends once")
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("the schema of %s cannot be written: %v", name, err)) // it consists of texts and numbers
	}
	return append(text, '\n')
}

// Open is the schema of a text whose known values are only examples.
func Open[S ~string](known ...S) *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string"}
	for _, value := range known {
		text.Examples = append(text.Examples, value)
	}
	return text
}
