package workflows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// Fault is one thing that is wrong with an input.
type Fault struct {
	// Field is the path of the field, for example "services" or "timings.deadline"; empty for the input as a whole.
	Field string `json:"field" jsonschema_description:"path of the field, for example timings.deadline; empty for the input as a whole"`
	// Problem says what is wrong, without repeating the value.
	Problem string `json:"problem" jsonschema_description:"what is wrong, without repeating the value"`
}

// String returns "field: problem".
func (f Fault) String() string {
	if f.Field == "" {
		return f.Problem
	}
	return f.Field + ": " + f.Problem
}

// Schema returns the operation's input as a JSON Schema (2020-12), generated from its Go type. It is the very schema
// that the workflow enforces.
func (d Definition) Schema() []byte { return schemas[d.Type].document }

// Validate checks an input in JSON form and returns everything that is wrong with it, exactly as the workflow does.
func (d Definition) Validate(input []byte) []Fault { return read(d.Type, input, d.newInput()) }

// schema is the schema of an operation's input or an update's argument, published and compiled.
type schema struct {
	document []byte
	compiled *validator.Schema
}

// schemas are built once, when the program starts: validation is then a pure function, as workflow code has to be.
var schemas = buildSchemas()

func buildSchemas() map[string]schema {
	built := map[string]schema{}
	add := func(name, title string, v any) {
		s, err := buildSchema(name, title, v)
		if err != nil {
			panic(fmt.Sprintf("the schema of %s does not compile: %v", name, err))
		}
		built[name] = s
	}
	for _, d := range operations {
		add(d.Type, d.Title, d.newInput())
	}
	for _, u := range updates {
		add(u.schema(), u.title, u.argument)
	}
	return built
}

// schemaID is the $id under which a schema is published.
func schemaID(name string) string { return "urn:carrierflow:schema:" + name }

func buildSchema(name, title string, v any) (schema, error) {
	document := document(forInputs, name, title, reflect.TypeOf(v))
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return schema{}, err
	}
	compiler := validator.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(schemaID(name), parsed); err != nil {
		return schema{}, err
	}
	compiled, err := compiler.Compile(schemaID(name))
	return schema{document, compiled}, err
}

// check returns every fault, in a stable order.
func (s schema) check(input []byte) []Fault {
	if len(bytes.TrimSpace(input)) == 0 {
		return []Fault{{Problem: "the input is missing"}}
	}
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on input alone
	value, err := validator.UnmarshalJSON(bytes.NewReader(input))
	if err != nil {
		return []Fault{{Problem: "the input is not JSON"}}
	}
	//workflowcheck:ignore it ranges over maps, which shuffles the causes of a fault and nothing else; the faults are sorted
	invalid, ok := s.compiled.Validate(value).(*validator.ValidationError)
	if !ok {
		return nil
	}
	return inOrder(collect(invalid, nil))
}

// inOrder sorts faults and drops repeated ones.
func inOrder(found []Fault) []Fault {
	slices.SortFunc(found, func(a, b Fault) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(found)
}

// collect walks down to the causes and appends them to what is found. The messages are our own, because the library's repeat the values, and those may be
// personal.
func collect(e *validator.ValidationError, found []Fault) []Fault {
	at := strings.Join(e.InstanceLocation, ".")
	add := func(field, problem string, args ...any) {
		found = append(found, Fault{carriers.Redact(field), fmt.Sprintf(problem, args...)}) // a field that is none may be a value
	}
	inside := func(name string) string { return strings.TrimPrefix(at+"."+name, ".") }
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			add(inside(name), "is required")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			add(inside(name), "is not a field of this operation")
		}
	case *kind.OneOf, *kind.AnyOf:
		alternatives(e, add, at)
		return found
	case *kind.Type:
		add(at, "must be of type %s", strings.Join(k.Want, " or "))
	case *kind.Pattern:
		if words, ok := dish.Spellings[k.Want]; ok {
			add(at, "%s", words)
		} else {
			add(at, "must match %s", k.Want)
		}
	case *kind.Enum:
		add(at, "must be one of %s", oneOf(k.Want))
	case *kind.Const:
		add(at, "must be %v", k.Want)
	case *kind.MinLength:
		add(at, "must have at least %d characters", k.Want)
	case *kind.MaxLength:
		add(at, "must have at most %d characters, has %d", k.Want, k.Got)
	case *kind.Minimum:
		add(at, "must be at least %s", k.Want.RatString())
	case *kind.Maximum:
		add(at, "must be at most %s", k.Want.RatString())
	case *kind.MinProperties:
		add(at, "must have at least %d entries", k.Want)
	case *kind.UniqueItems:
		add(at, "must not repeat an item")
	case *kind.Format:
		add(at, "must be a valid %s", k.Want)
	default:
		if len(e.Causes) == 0 {
			add(at, "does not meet the schema")
		}
	}
	for _, cause := range e.Causes {
		found = collect(cause, found)
	}
	return found
}

// oneOf lists the values that a field may have.
func oneOf(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return list(words)
}

// alternatives words the failure of a "one of" or "any of".
func alternatives(e *validator.ValidationError, add func(string, string, ...any), at string) {
	var missing, types []string
	for _, cause := range e.Causes {
		switch k := cause.ErrorKind.(type) {
		case *kind.Required:
			missing = append(missing, k.Missing...)
		case *kind.Type:
			types = append(types, k.Want...)
		}
	}
	one, exactly := e.ErrorKind.(*kind.OneOf)
	switch {
	case len(types) > 0:
		add(at, "must be of type %s", strings.Join(types, " or "))
	case exactly && len(one.Subschemas) > 1:
		add(at, "give only one of the fields that name the line")
	case exactly:
		add(at, "exactly one of %s is required", strings.Join(missing, ", "))
	default:
		add(at, "at least one of %s is required", strings.Join(missing, ", "))
	}
}

// admit lets an operation in: its input meets the schema, and its workflow id is the one that keeps a reference from being
// used twice and that callbacks are sent to.
func admit[I Input](ctx workflow.Context, operation string, raw []byte) (in I, faults []Fault) {
	if in, faults = decode[I](operation, raw); len(faults) > 0 {
		return in, faults
	}
	want := WorkflowID(CarrierOf(operation), in.Common().Reference)
	if workflow.GetInfo(ctx).WorkflowExecution.ID != want {
		faults = []Fault{{Field: "reference", Problem: "needs the workflow id " + want + ", without which nothing keeps it from being sent twice"}}
	}
	return in, faults
}

// decode checks an input against its schema and reads it.
func decode[I Input](operation string, raw []byte) (in I, faults []Fault) {
	faults = read(operation, raw, &in)
	return in, faults
}

// largestInput bounds an input, and with it every free object in it, in bytes (ours). The request travels on to each activity, with
// what the carrier has answered beside it, and Temporal refuses payloads above 2 MiB: an input that just fits would be sent once
// and then never be asked about.
const largestInput = 64 << 10

// read checks an input or an argument against its schema and reads it.
func read(operation string, raw []byte, into any) []Fault {
	if len(raw) > largestInput {
		return []Fault{{Problem: fmt.Sprintf("the input has %d bytes; at most %d are taken", len(raw), largestInput)}}
	}
	faults := schemas[operation].check(raw)
	if _, input := into.(Input); input {
		faults = inOrder(append(faults, timingFaults(raw, faults)...))
	}
	if len(faults) > 0 {
		return faults
	}
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on raw alone
	if err := json.Unmarshal(raw, into); err != nil { // what a schema cannot say
		return []Fault{{Problem: "the input cannot be read: a number is too large or written with a fraction or exponent, or a duration is too long"}}
	}
	return nil
}

// referenceIn reads the reference of an input that may be invalid; "" unless it can be a reference.
func referenceIn(raw []byte) string {
	var in struct {
		Reference json.RawMessage `json:"reference"`
	}
	var reference string
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on raw alone
	readable := json.Unmarshal(raw, &in) == nil && json.Unmarshal(in.Reference, &reference) == nil
	if !readable || !carriers.ValidReference(reference) {
		return ""
	}
	return reference
}
