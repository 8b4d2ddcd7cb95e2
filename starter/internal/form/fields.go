// Package form makes command-line flags of an operation's request, and a request of the flags that were given. Everything is read
// from the operation's schema, so that no flag is written twice.
package form

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Reference is the one field that is required and yet may be left out, because a reference can be made up.
const Reference = "reference"

// kind is how a flag is typed and what JSON becomes of it.
type kind int

const (
	plain   kind = iota // a string
	integer             // digits, as a number
	truth               // true or false; there is no default, so it has to be given
	option              // --x or --no-x
	object              // a JSON object, as text or @file
	list                // a list of strings
	objects             // a list of JSON objects
	entries             // key=value, into an object
)

// placeholders stand for the values in the help.
var placeholders = map[kind]string{
	plain: "TEXT", integer: "N", truth: "true|false", object: "JSON|@FILE", list: "TEXT", objects: "JSON|@FILE", entries: "KEY=VALUE",
}

// durationPattern is how the schemas mark a duration.
var durationPattern = carriers.Duration(0).JSONSchema().Pattern

// repeatable kinds can be given several times.
func (k kind) repeatable() bool { return k == list || k == objects || k == entries }

// field is one field of a request as a flag.
type field struct {
	// path is where the field stands in the request, for example timings, pollEvery.
	path []string
	// flag is the flag's name without dashes.
	flag string
	kind kind
	help string
	// required tells that the request is not valid without the field.
	required bool
	// usual is the operation's own value when the field is left out.
	usual string
	// placeholder stands for the value in the help.
	placeholder string
}

// name is the field's path as faults have it: "timings.pollEvery".
func (f field) name() string { return strings.Join(f.path, ".") }

// Form is the request of an operation as flags.
type Form struct {
	operation string
	fields    []field
	// oneOf are the fields of which one has to be given, exactly one or at least one.
	oneOf   []field
	exactly bool
}

// Of reads an operation's schema.
func Of(info carriers.Info) (Form, error) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(workflows.RequestSchema(info.Type), &schema); err != nil {
		return Form{}, fmt.Errorf("the schema of %s: %w", info.Type, err)
	}
	f := Form{operation: info.Type, fields: fieldsOf(&schema, nil), exactly: len(schema.OneOf) > 0}
	usual := Document{"timings": encode(info.Timings)}
	for i, field := range f.fields {
		var at carriers.Duration
		if len(field.path) > 1 && json.Unmarshal(usual.at(field.path), &at) == nil {
			f.fields[i].usual = at.String()
		}
	}
	for _, alternative := range slices.Concat(schema.OneOf, schema.AnyOf) {
		for _, name := range alternative.Required {
			f.oneOf = append(f.oneOf, f.named(name))
		}
	}
	return f, nil
}

// fieldsOf lists the fields of an object. An object with fields of its own becomes a group of flags.
func fieldsOf(schema *jsonschema.Schema, path []string) (fields []field) {
	for p := schema.Properties.Oldest(); p != nil; p = p.Next() {
		at := append(slices.Clone(path), p.Key)
		if p.Value.Properties != nil && p.Value.Properties.Len() > 0 {
			fields = append(fields, fieldsOf(p.Value, at)...)
			continue
		}
		f := field{path: at, flag: Kebab(p.Key), help: p.Value.Description + bounds(p.Value), required: len(path) == 0 && slices.Contains(schema.Required, p.Key)}
		f.kind = kindOf(p.Value, f.required)
		if f.kind.repeatable() {
			f.flag = strings.TrimSuffix(f.flag, "s") // each use of the flag gives one
		}
		f.placeholder = placeholders[f.kind]
		if p.Value.Pattern == durationPattern {
			f.placeholder = "DURATION"
		}
		fields = append(fields, f)
	}
	return fields
}

func kindOf(s *jsonschema.Schema, required bool) kind {
	switch {
	case s.Type == "integer":
		return integer
	case s.Type == "boolean" && required:
		return truth
	case s.Type == "boolean":
		return option
	case s.Type == "object" && s.AdditionalProperties != nil:
		return entries
	case s.Type == "object":
		return object
	case s.Type == "array" && s.Items != nil && s.Items.Type == "object":
		return objects
	case s.Type == "array":
		return list
	}
	return plain
}

// bounds says which values a field takes, as far as its schema lists them and its description does not.
func bounds(s *jsonschema.Schema) string {
	enum := s.Enum
	if s.Items != nil {
		enum = s.Items.Enum
	}
	switch {
	case len(enum) == 1 && strings.Contains(s.Description, fmt.Sprint(enum[0])):
		return ""
	case len(enum) > 0:
		words := make([]string, len(enum))
		for i, value := range enum {
			words[i] = fmt.Sprint(value)
		}
		return "; one of " + strings.Join(words, ", ")
	case s.Minimum != "" && s.Maximum != "":
		return fmt.Sprintf("; %s to %s", s.Minimum, s.Maximum)
	}
	return ""
}

// named finds the field that a path is in: "timings.pollEvery", "services.DATA", "include.0". Its flag is empty when there is
// none.
func (f Form) named(path string) field {
	for _, candidate := range f.fields {
		if name := candidate.name(); path == name || strings.HasPrefix(path, name+".") {
			return candidate
		}
	}
	return field{}
}

// alternatives lists the flags of which one has to be given.
func (f Form) alternatives() string {
	flags := make([]string, len(f.oneOf))
	for i, one := range f.oneOf {
		flags[i] = "--" + one.flag
	}
	return strings.Join(flags, ", ")
}

// complete reports whether a request gives as many of the fields of which one has to be given as it should.
func (f Form) complete(doc Document) bool {
	given := 0
	for _, one := range f.oneOf {
		if doc[one.path[0]] != nil {
			given++
		}
	}
	return len(f.oneOf) == 0 || given == 1 || given > 1 && !f.exactly
}

// Flags are the fields of a struct type with one kong flag per field of the request, in order. A flag that is not given stays
// nil.
func (f Form) Flags() []reflect.StructField {
	made := make([]reflect.StructField, len(f.fields))
	for i, field := range f.fields {
		made[i] = reflect.StructField{Name: "Field" + strconv.Itoa(i), Type: typeOf(field.kind), Tag: reflect.StructTag(f.tag(field))}
	}
	return made
}

// typeOf is the Go type of a flag. All but the switches stay text until JSON is made of them, so that a mistyped number is named
// together with every other fault.
func typeOf(k kind) reflect.Type {
	switch {
	case k == option:
		return reflect.TypeFor[*bool]()
	case k.repeatable():
		return reflect.TypeFor[[]string]()
	}
	return reflect.TypeFor[*string]()
}

func (f Form) tag(of field) string {
	help := of.help
	if of.usual != "" {
		help += " (default: " + of.usual + ")"
	}
	switch {
	case of.flag == Reference:
		help += "; made up when left out"
	case of.required:
		help += " (required)"
	case slices.ContainsFunc(f.oneOf, func(one field) bool { return one.flag == of.flag }):
		how := "at least"
		if f.exactly {
			how = "exactly"
		}
		help += " (" + how + " one of " + f.alternatives() + ")"
	}
	tag := fmt.Sprintf("name:%q help:%q placeholder:%q", of.flag, strings.ReplaceAll(help, "$", "$$"), of.placeholder) // kong reads ${…} in help
	if plural := Kebab(of.path[len(of.path)-1]); plural != of.flag {
		tag += fmt.Sprintf(" aliases:%q", plural)
	}
	switch of.kind {
	case option:
		tag += ` negatable:""`
	case objects, entries:
		tag += ` sep:"none"` // a comma is a part of the value
	}
	if len(of.path) > 1 {
		tag += fmt.Sprintf(" group:%q", strings.ToUpper(of.path[0][:1])+of.path[0][1:]+":")
	}
	return tag
}

var (
	// A first letter alone belongs to the word behind it: eSIM is one word.
	wordStart    = regexp.MustCompile(`([a-z0-9]{2})([A-Z])`)
	acronymsWord = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
)

// Kebab writes a JSON name or an operation's name as a flag or command: billCycleStartDay is bill-cycle-start-day,
// eSIMDeliveryMethod is esim-delivery-method, new_icc is new-icc.
func Kebab(name string) string {
	name = acronymsWord.ReplaceAllString(wordStart.ReplaceAllString(name, "$1-$2"), "$1-$2")
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}
