package schema

import (
	"fmt"
	"strings"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/carrierflow/carrierflow/carriers"
)

// faults describes what is wrong with an input. The library's messages repeat the values, which may be personal, so the
// messages are our own.
type faults struct {
	patterns map[string]string
	// of is what has the fields.
	of string
}

// collect appends the causes of an error, at every depth, to what is found.
func (f faults) collect(e *validator.ValidationError, found []carriers.Fault) []carriers.Fault {
	at := strings.Join(e.InstanceLocation, ".")
	add := func(field, problem string, args ...any) {
		found = append(found, carriers.Fault{Field: carriers.Redact(field), Problem: fmt.Sprintf(problem, args...)}) // the name of an unknown field may be a misplaced value
	}
	inside := func(name string) string { return strings.TrimPrefix(at+"."+name, ".") }
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			add(inside(name), "is required")
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			add(inside(name), "is required with %s", k.Prop)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			add(inside(name), "is not a field of this %s", f.of)
		}
	case *kind.OneOf, *kind.AnyOf:
		alternatives(e, add, at)
		return found
	case *kind.Type:
		add(at, "must be of type %s", strings.Join(k.Want, " or "))
	case *kind.Pattern:
		if words, ok := f.patterns[k.Want]; ok {
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
	case *kind.MinItems:
		add(at, "must have at least %d items", k.Want)
	case *kind.MaxItems:
		add(at, "must have at most %d items", k.Want)
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
		found = f.collect(cause, found)
	}
	return found
}

// oneOf lists the values that a field may have.
func oneOf(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}

// alternatives describes the failure of a "one of" or "any of".
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
		add(at, "give only one of the fields of which one is required")
	case exactly:
		add(at, "exactly one of %s is required", strings.Join(missing, ", "))
	default:
		add(at, "at least one of %s is required", strings.Join(missing, ", "))
	}
}
