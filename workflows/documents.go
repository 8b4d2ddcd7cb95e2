package workflows

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"
)

// Documents returns every JSON Schema (2020-12) of the contract by its name, which is that of its file in docs/schemas:
//
//   - "stn.SetServices": an operation's input
//   - "dish.GetSubscription.result": what a read returns; "result.change": what every change returns
//   - "failure": the details of a failure
//   - "update.resolve" and "update.resolve.answer": an update's argument and its answer
//   - "signal.callback": a signal's payload
//   - "FollowUp.result": what the workflow returns that keeps what an operation left behind
//   - "UnmatchedCallback.result": what the workflow returns that keeps callbacks for no known operation
//
// Inputs and arguments are closed: a field that the schema does not name is refused. What comes back is open: new fields
// and new values may be added.
func Documents() map[string][]byte {
	all := map[string][]byte{
		"failure":                  output[Failure]("failure", "The details of every failure"),
		"UnmatchedCallback.result": output[UnmatchedResult]("UnmatchedCallback.result", "The callbacks for which there is no operation"),
		"FollowUp.result":          output[FollowUpResult]("FollowUp.result", "What an operation left behind, once it was acknowledged"),
		CallbackSignal.document():  output[Callback](CallbackSignal.document(), "A carrier's notice of an outcome"),
		SeenSignal.document():      output[Seen](SeenSignal.document(), "An operator has dealt with unmatched callbacks, or with what an operation left behind"),
	}
	for _, d := range operations {
		all[d.Type] = d.Schema()
		all[d.result()] = d.ResultSchema()
	}
	for _, u := range updates {
		answer := u.schema() + ".answer"
		all[u.schema()] = schemas[u.schema()].document
		all[answer] = document(forOutputs, answer, "The answer to the update "+u.name, reflect.TypeOf(u.answer))
	}
	return all
}

// ResultSchema returns what the operation returns when it completes, as a JSON Schema (2020-12). It is the same for all
// changes.
func (d Definition) ResultSchema() []byte {
	if d.Kind == Change {
		return output[Result](d.result(), "What an operation returns that changes something")
	}
	return document(forOutputs, d.result(), d.Title+": the answer", reflect.TypeOf(d.workflow).Out(0))
}

// result is the name of the schema of what the operation returns.
func (d Definition) result() string {
	if d.Kind == Change {
		return "result.change"
	}
	return d.Type + ".result"
}

// document is the name of the schema of the signal's payload.
func (s Signal[T]) document() string { return "signal." + s.Name }

// JSONSchema names the types there are; others may come.
func (FailureType) JSONSchema() *jsonschema.Schema {
	return open(InvalidRequest, CarrierRejected, CarrierFailed, ServicesIgnored, RiskDenied, NotInEffect, CarrierUnauthorized,
		DeadlineExceeded, OutcomeUnknown, ResolvedFailed, Canceled, CanceledAfterSubmit)
}

// JSONSchema names the values there are; others may come.
func (DecidedBy) JSONSchema() *jsonschema.Schema {
	return open(ByAcknowledgement, ByCallback, ByCheck, ByOperator)
}

// open is a text of which the known values are only examples.
func open[S ~string](known ...S) *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string"}
	for _, value := range known {
		text.Examples = append(text.Examples, value)
	}
	return text
}

// How Go types become schemas: every schema stands alone, in one file.
var (
	// forInputs refuses fields it does not know, and says in tags what is required: a caller may leave out the rest.
	forInputs = &jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true, RequiredFromJSONSchemaTags: true}
	// forOutputs allows fields that are added later. Required is what is always written.
	forOutputs = &jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true, AllowAdditionalProperties: true}
)

func output[T any](name, title string) []byte {
	return document(forOutputs, name, title, reflect.TypeFor[T]())
}

// document writes the schema of a Go type.
func document(reflector *jsonschema.Reflector, name, title string, t reflect.Type) []byte {
	schema := reflector.ReflectFromType(t)
	schema.ID = jsonschema.ID(schemaID(name))
	schema.Title = name
	schema.Description = title + "."
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("the schema of %s cannot be written: %v", name, err)) // it holds nothing but texts and numbers
	}
	return append(text, '\n')
}
