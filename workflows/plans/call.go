package plans

import (
	"encoding/json"
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Call is an operation with its request.
type Call struct {
	// Operation is the operation type.
	Operation string `json:"operation" jsonschema:"required,minLength=1" jsonschema_description:"the operation type"`
	// Request is the request, without its reference and without the fields of From.
	Request carriers.Object `json:"request,omitempty" jsonschema_description:"the request, without reference and without the fields in from"`
	// From fills fields of the request: the name of the field, and the selector of its value.
	From map[string]string `json:"from,omitempty" jsonschema_description:"fields of the request whose values are selected: name of the field, and selector such as values.card or line.line.number"`
}

// RequestOf is a request as a [Call] has it: without its reference, which the plan gives it.
func RequestOf(request carriers.Request) Call {
	text, err := json.Marshal(request)
	fields := map[string]json.RawMessage{}
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		panic(fmt.Sprintf("a %T cannot be written as a JSON object: %v", request, err)) // requests are flat structs
	}
	delete(fields, "reference")
	return Call{Operation: request.Operation(), Request: encode(fields)}
}

// Complete makes the request of a call: with its reference, the fields that are selected, and corrections of an operator, which
// override both. It returns everything that is wrong with the request, among it the values that are missing.
func (c Call) Complete(reference string, sources Sources, corrections carriers.Object) (json.RawMessage, []carriers.Fault) {
	fields, corrected := decode(c.Request), decode(corrections)
	var faults []carriers.Fault
	for _, field := range sortedKeys(c.From) {
		if _, given := corrected[field]; given {
			continue
		}
		value, ok := sources.Select(c.From[field])
		if !ok {
			faults = append(faults, carriers.Fault{Field: field, Problem: "the value that it is taken from is missing: " + carriers.Redact(c.From[field])})
			continue
		}
		fields[field] = value
	}
	for _, field := range sortedKeys(corrected) {
		fields[field] = corrected[field]
		if string(corrected[field]) == "null" {
			delete(fields, field) // a correction may also take a field away
		}
	}
	fields["reference"] = quoted(reference)
	if len(faults) > 0 { // what is missing would be reported again in other words
		return nil, faults
	}
	request := json.RawMessage(encode(fields))
	return request, workflows.Validate(c.Operation, request)
}
