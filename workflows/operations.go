package workflows

import (
	"encoding/json"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/schema"
)

// schemas are the schemas of all requests, by operation. Each is made when it is first needed.
var schemas = buildSchemas()

func buildSchemas() map[string]*schema.Schema {
	built := map[string]*schema.Schema{}
	for _, a := range registry.Carriers() {
		for _, o := range a.Operations {
			built[o.Info().Type] = schema.Of(a, o)
		}
	}
	return built
}

// Operations lists every operation.
func Operations() []carriers.Operation { return registry.Operations() }

// OperationOf finds an operation by its type; ok is false if there is none.
func OperationOf(operation string) (o carriers.Operation, ok bool) {
	return registry.Operation(operation)
}

// RequestSchema is the JSON Schema (2020-12) of an operation's request, generated from its Go type. The same schema
// validates requests.
func RequestSchema(operation string) []byte { return schemas[operation].Document() }

// Validate checks a request in JSON form and returns everything that is wrong with it, exactly as the workflow does.
func Validate(operation string, request json.RawMessage) []carriers.Fault {
	o, known := registry.Operation(operation)
	if !known {
		return []carriers.Fault{{Problem: "there is no operation " + operation}}
	}
	return schemas[operation].Read(request, o.NewRequest())
}

// Description is what is known about a valid request before anything is sent.
type Description struct {
	carriers.Description
	// Summary describes the request in one line: "Suspend line …8901 at <carrier>". It contains the last four characters of
	// the line.
	Summary string
}

// Describe reads a request in JSON form. begins is when the operation begins. An invalid request is a [*Failure] of the
// type [InvalidRequest] that names all its faults.
func Describe(operation string, request json.RawMessage, begins time.Time) (Description, error) {
	faults := Validate(operation, request)
	if len(faults) > 0 {
		f := InvalidInput(operation, request, faults)
		return Description{}, &f
	}
	o, _ := registry.Operation(operation)
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on its arguments alone
	read, err := o.Describe(request, begins)
	if err != nil { // the schema accepts more than the Go type
		f := InvalidInput(operation, request, []carriers.Fault{{Problem: err.Error()}})
		return Description{}, &f
	}
	d := Description{Description: read, Summary: read.Summary}
	if d.Line != "" {
		d.Summary += " " + lastFour(d.Line)
	}
	d.Summary += " at " + CarrierName(o.Info().Carrier())
	return d, nil
}

// CarrierName is a carrier's name as people write it.
func CarrierName(c carriers.Carrier) string {
	a, _ := registry.Carrier(c)
	return a.Name
}

func lastFour(identifier string) string {
	characters := []rune(identifier)
	if len(characters) <= 4 {
		return identifier
	}
	return "…" + string(characters[len(characters)-4:])
}
