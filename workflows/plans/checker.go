package plans

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// checker finds what the schema of a plan cannot express.
type checker struct {
	plan    Plan
	sources Sources
	faults  []carriers.Fault
}

func (c *checker) add(field, problem string, args ...any) {
	c.faults = append(c.faults, carriers.Fault{Field: field, Problem: fmt.Sprintf(problem, args...)})
}

// scope is what the selectors of a step may select from.
type scope struct {
	// before is the step itself: only steps before it have a result.
	before int
	// known is the first step whose result must not be selected because of the point of no return, and last the irreversible step.
	known, last int
	// itself allows the result of the step itself, for what undoes it.
	itself bool
}

// checkCall checks a request with the same rules as the operation itself. What is selected from a result is not known yet: only its
// type is checked, and a placeholder stands for it.
func (c *checker) checkCall(at string, call Call, in scope) {
	request := shapes[call.Operation].request()
	fields := decode(call.Request)
	if _, given := fields["reference"]; given {
		c.add(at+".request.reference", "is made by the plan: leave it out")
	}
	selected := map[string]bool{} // and whether the value is known
	for _, field := range sortedKeys(call.From) {
		where := at + ".from." + carriers.Redact(field)
		wanted, ok := request.Properties.Get(field)
		switch {
		case !ok || field == "reference":
			c.add(where, "%s has no such field that can be selected", call.Operation)
			continue
		case fields[field] != nil:
			c.add(where, "is given in request as well")
			continue
		}
		kind, value := c.typeOf(where, call.From[field], in)
		if kind != "" && wanted.Type != "" && !fits(kind, wanted.Type) {
			c.add(where, "is of type %s and the field of type %s", kind, wanted.Type)
			kind, value = "", nil
		}
		if selected[field] = value != nil; value == nil {
			value = placeholders[wanted.Type]
		}
		fields[field] = value
	}
	fields["reference"] = quoted("checked")
	for _, fault := range workflows.Validate(call.Operation, json.RawMessage(encode(fields))) {
		field, _, _ := strings.Cut(fault.Field, ".")
		switch known, isSelected := selected[field]; {
		case isSelected && !known: // it is about the placeholder
		case isSelected:
			c.add(at+".from."+fault.Field, "%s", fault.Problem)
		case fault.Field == "":
			c.add(at+".request", "%s", fault.Problem)
		default:
			c.add(at+".request."+fault.Field, "%s", fault.Problem)
		}
	}
}

// typeOf is the type of the value that a selector names, and the value itself where it is known. The type is "" when the selector has a
// fault, which is then added.
func (c *checker) typeOf(at, text string, in scope) (kind string, value json.RawMessage) {
	s, ok := parseSelector(text)
	if !ok {
		c.add(at, "is no selector: write values.NAME, or STEP.PATH such as line.line.number")
		return "", nil
	}
	if s.source == valuesSource {
		value, ok := c.sources.Select(text)
		if !ok {
			c.add(at, "the plan has no %s", carriers.Redact(text))
			return "", nil
		}
		return typeOf(value), value
	}
	i := slices.IndexFunc(c.plan.Steps, func(step Step) bool { return step.Name == s.source })
	switch {
	case i < 0:
		c.add(at, "there is no step %s", carriers.Redact(s.source))
		return "", nil
	case i == in.before && in.itself:
	case i >= in.before:
		c.add(at, "selects from step %s, which is the step itself or comes later: a cycle", s.source)
		return "", nil
	case i >= in.known:
		c.add(at, "selects from step %s; what follows step %s, which cannot be undone, has to be known before it: select from values or from a step before that",
			s.source, c.plan.Steps[in.last].Name)
		return "", nil
	}
	result := shapes[c.plan.Steps[i].Operation].result
	if result == nil {
		return "", nil // an unknown operation, which is a fault of its own
	}
	if kind, ok = typeAt(result(), s.path); !ok {
		c.add(at, "%s returns no %s of a known type", c.plan.Steps[i].Operation, strings.Join(s.path, "."))
		return "", nil
	}
	return kind, nil
}
