package plans

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
	"github.com/carrierflow/carrierflow/workflows"
)

// planSchema is the schema of a plan, published and enforced.
var planSchema = schema.Input[Plan]("plan", "Several operations, one order", "plan", map[string]string{
	undoPattern: `must be "nothing", "cannot" or an operation`,
})

// Validate returns everything that is wrong with a plan, each fault with its place, exactly as the workflow does.
func Validate(p Plan) []carriers.Fault {
	raw, err := json.Marshal(p)
	if err != nil {
		return []carriers.Fault{{Problem: "the plan cannot be written as JSON"}}
	}
	_, faults := Read(raw)
	return faults
}

// Read reads a plan in JSON form and returns everything that is wrong with it, each fault with its place, for example
// steps[1].from.phoneNumber.
func Read(raw json.RawMessage) (p Plan, faults []carriers.Fault) {
	for _, fault := range planSchema.Check(raw) {
		faults = append(faults, carriers.Fault{Field: place(fault.Field), Problem: fault.Problem})
	}
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on raw alone
	if err := json.Unmarshal(raw, &p); err != nil {
		if len(faults) == 0 { // what a schema cannot express
			faults = []carriers.Fault{{Problem: "the plan cannot be read: a number is too large"}}
		}
		return p, faults
	}
	if len(p.Steps) <= MaxSteps {
		c := &checker{plan: p, sources: NewSources(p)}
		faults = append(faults, c.check()...)
	}
	return p, faults
}

var index = regexp.MustCompile(`\.([0-9]+)(\.|$)`)

// place writes the path of a fault in a list as steps[1].name.
func place(path string) string {
	head, tail, found := strings.Cut(path, ".")
	if !found || head != "steps" {
		return path
	}
	return head + index.ReplaceAllString("."+tail, "[$1]$2")
}

func (c *checker) check() []carriers.Fault {
	irreversible := c.plan.irreversible()
	for i, s := range c.plan.Steps {
		at := fmt.Sprintf("steps[%d]", i)
		c.checkName(at, i)
		o, known := workflows.OperationOf(s.Operation)
		if !known {
			if s.Operation != "" { // else the schema names it
				c.add(at+".operation", "there is no operation %s", carriers.Redact(s.Operation))
			}
			continue
		}
		scope := scope{before: i, known: i, last: irreversible}
		if irreversible >= 0 && i > irreversible {
			scope.known = irreversible
		}
		c.checkCall(at, s.Call, scope)
		c.checkExpect(at, s)
		c.checkUndo(at, s, o.Info().Kind, scope)
	}
	for _, name := range sortedKeys(c.plan.Results) {
		all := len(c.plan.Steps)
		c.typeOf("results."+carriers.Redact(name), c.plan.Results[name], scope{before: all, known: all})
	}
	return c.faults
}

// irreversible is the first step that cannot be undone; -1 when there is none.
func (p Plan) irreversible() int {
	return slices.IndexFunc(p.Steps, func(s Step) bool {
		o, known := workflows.OperationOf(s.Operation)
		return s.Irreversible() && !(known && o.Info().Kind == carriers.KindRead) // a read with that is a fault of its own
	})
}

func (c *checker) checkName(at string, i int) {
	s := c.plan.Steps[i]
	switch earlier := slices.IndexFunc(c.plan.Steps[:i], func(e Step) bool { return e.Name == s.Name }); {
	case s.Name == "": // the schema names it
	case !nameForm.MatchString(s.Name):
		c.add(at+".name", "must be of lower-case letters, digits and single dashes")
	case s.Name == valuesSource:
		c.add(at+".name", "must not be %q, which stands for the values of the plan", valuesSource)
	case taken.MatchString(s.Name):
		c.add(at+".name", "must not end like the reference of a repetition or of an undo (-2, -undo)")
	case earlier >= 0:
		c.add(at+".name", "is the name of steps[%d] too", earlier)
	case carriers.ValidReference(c.plan.Reference) && !carriers.ValidReference(s.longestReference(c.plan.Reference)):
		c.add(at+".name", "makes references that are too long: %d characters with that of the plan, at most 36; shorten one of the two", len(s.longestReference(c.plan.Reference)))
	}
}

func (c *checker) checkUndo(at string, s Step, kind carriers.Kind, scope scope) {
	switch {
	case kind == carriers.KindRead && s.UndoKind() != UndoNothing:
		c.add(at+".undo", "a read changes nothing: leave undo out")
	case kind == carriers.KindChange && s.Undo == nil:
		c.add(at+".undo", `is required for a change: an operation, "nothing" or "cannot"`)
	case s.UndoKind() != UndoBy:
	default:
		o, known := workflows.OperationOf(s.Undo.Operation)
		switch {
		case s.Undo.Operation == "": // the schema names it
		case !known:
			c.add(at+".undo.operation", "there is no operation %s", carriers.Redact(s.Undo.Operation))
		case o.Info().Kind == carriers.KindRead:
			c.add(at+".undo.operation", "%s is a read, which undoes nothing", s.Undo.Operation)
		default:
			scope.itself = true
			c.checkCall(at+".undo", s.Undo.Call, scope)
		}
	}
}

func (c *checker) checkExpect(at string, s Step) {
	for _, field := range sortedKeys(s.Expect) {
		where := at + ".expect." + carriers.Redact(field)
		path, ok := parseSelector("answer." + field)
		if !ok {
			c.add(where, "is no path of a field, such as line.status or sims.0.status")
			continue
		}
		kind, ok := typeAt(shapes[s.Operation].result(), path.path)
		switch {
		case !ok:
			c.add(where, "%s answers no such field", s.Operation)
		case kind != "string" && kind != "boolean" && kind != "integer" && kind != "number":
			c.add(where, "is of type %s, which cannot be compared", kind)
		case len(s.Expect[field]) == 0:
			c.add(where, "must list at least one value")
		case slices.ContainsFunc(s.Expect[field], func(value any) bool { return !fits(typeOfAny(value), kind) }):
			c.add(where, "is of type %s, which is not the type of every value that is expected", kind)
		}
	}
}

// typeOfAny is the type of a value that was read from JSON.
func typeOfAny(value any) string {
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on value alone
	written, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return typeOf(written)
}
