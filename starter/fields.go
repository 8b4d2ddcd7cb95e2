package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// referenceFlag is the one field that is required and yet may be left out, because a reference can be made up.
const referenceFlag = "reference"

// kind is how a flag is typed and what JSON becomes of it.
type kind int

const (
	plain   kind = iota // a string
	integer             // digits, as a number
	truth               // true or false, to be given explicitly because there is no default
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

// field is one field of an operation's input as a flag. Everything in it is read from the operation's schema, so that
// no flag is written twice.
type field struct {
	// path is where the field stands in the input, for example timings, pollEvery.
	path []string
	// flag is the flag's name without dashes.
	flag string
	kind kind
	help string
	// group is the name of the object the field stands in; "" on the top level.
	group string
	// required tells that the input is not valid without the field.
	required bool
	// usual is what holds when the field is left out, if that is the same for all.
	usual string
	// placeholder stands for the value in the help.
	placeholder string
}

// name is the field's path as faults have it: "timings.pollEvery".
func (f field) name() string { return strings.Join(f.path, ".") }

// form is an operation's input as flags.
type form struct {
	fields []field
	// oneOf are the fields of which one has to be given, exactly one or at least one.
	oneOf   []field
	exactly bool
}

// formOf reads an operation's schema.
func formOf(d workflows.Definition) (form, error) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(d.Schema(), &schema); err != nil {
		return form{}, fmt.Errorf("the schema of %s: %w", d.Type, err)
	}
	fields := fieldsOf(&schema, nil)
	var usual document
	if err := json.Unmarshal(encode(workflows.DefaultTimings(d.Type)), &usual); err != nil {
		return form{}, fmt.Errorf("the default timings of %s: %w", d.Type, err)
	}
	for i, field := range fields {
		var at carriers.Duration
		if len(field.path) == 2 && field.path[0] == "timings" && json.Unmarshal(usual[field.path[1]], &at) == nil {
			fields[i].usual = at.String()
		}
	}
	f := form{fields: fields, exactly: len(schema.OneOf) > 0}
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
		f := field{path: at, help: p.Value.Description, required: len(path) == 0 && slices.Contains(schema.Required, p.Key)}
		f.kind = kindOf(p.Value, f.required)
		f.flag = kebab(p.Key)
		if f.kind.repeatable() {
			f.flag = strings.TrimSuffix(f.flag, "s") // each use of the flag gives one
		}
		if len(path) > 0 {
			f.group = path[0]
		}
		f.help += bounds(p.Value)
		f.placeholder = placeholders[f.kind]
		if p.Value.Pattern == durationPattern {
			f.placeholder = "DURATION"
		}
		fields = append(fields, f)
	}
	return fields
}

func kindOf(s *jsonschema.Schema, required bool) kind {
	switch s.Type {
	case "integer":
		return integer
	case "boolean":
		if required {
			return truth
		}
		return option
	case "object":
		if s.AdditionalProperties != nil {
			return entries
		}
		return object
	case "array":
		if s.Items != nil && s.Items.Type == "object" {
			return objects
		}
		return list
	}
	return plain
}

// bounds says which values a field takes, as far as its schema lists them.
func bounds(s *jsonschema.Schema) string {
	enum := s.Enum
	if s.Items != nil {
		enum = s.Items.Enum
	}
	switch {
	case len(enum) == 1 && strings.Contains(s.Description, fmt.Sprint(enum[0])):
		return "" // said
	case len(enum) > 0:
		words := make([]string, len(enum))
		for i, v := range enum {
			words[i] = fmt.Sprint(v)
		}
		return "; one of " + strings.Join(words, ", ")
	case s.Minimum != "" && s.Maximum != "":
		return fmt.Sprintf("; %s to %s", s.Minimum, s.Maximum)
	}
	return ""
}

// named finds the field that a path is in: "timings.pollEvery", "services.DATA", "include.0". Its flag is empty when
// there is none.
func (f form) named(path string) field {
	for _, candidate := range f.fields {
		if name := candidate.name(); path == name || strings.HasPrefix(path, name+".") {
			return candidate
		}
	}
	return field{}
}

// alternatives says in words which flags name the same thing.
func (f form) alternatives() string {
	how := "at least"
	if f.exactly {
		how = "exactly"
	}
	return how + " one of " + f.oneOfFlags()
}

// oneOfFlags lists the flags of which one has to be given.
func (f form) oneOfFlags() string {
	flags := make([]string, len(f.oneOf))
	for i, one := range f.oneOf {
		flags[i] = "--" + one.flag
	}
	return strings.Join(flags, ", ")
}

// names reports whether the input gives the fields of which one has to be given as it should.
func (f form) names(doc document) bool {
	given := 0
	for _, one := range f.oneOf {
		if doc[one.path[0]] != nil {
			given++
		}
	}
	return len(f.oneOf) == 0 || given == 1 || given > 1 && !f.exactly
}
