package main

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// flags makes a struct type with one kong flag per field, in order. A flag that is not given stays nil.
func (f form) flags() []reflect.StructField {
	made := make([]reflect.StructField, len(f.fields))
	for i, field := range f.fields {
		made[i] = reflect.StructField{Name: "Field" + strconv.Itoa(i), Type: typeOf(field.kind), Tag: reflect.StructTag(f.tag(field))}
	}
	return made
}

// typeOf is the Go type of a flag. All but the switches stay text until input.go makes JSON of them, so that a mistyped
// number is named together with every other fault.
func typeOf(k kind) reflect.Type {
	switch {
	case k == option:
		return reflect.TypeFor[*bool]()
	case k.repeatable():
		return reflect.TypeFor[[]string]()
	}
	return reflect.TypeFor[*string]()
}

func (f form) tag(of field) string {
	help := of.help
	if of.usual != "" {
		help += " (default: " + of.usual + ")"
	}
	switch {
	case of.flag == referenceFlag:
		help += "; made up when left out"
	case of.required:
		help += " (required)"
	case slices.ContainsFunc(f.oneOf, func(one field) bool { return one.flag == of.flag }):
		help += " (" + f.alternatives() + ")"
	}
	tag := fmt.Sprintf("name:%q help:%q", of.flag, strings.ReplaceAll(help, "$", "$$")) // kong reads ${…} in help
	if plural := kebab(of.path[len(of.path)-1]); plural != of.flag {
		tag += fmt.Sprintf(" aliases:%q", plural)
	}
	switch of.kind {
	case option:
		tag += ` negatable:""`
	case objects, entries:
		tag += ` sep:"none"` // a comma is a part of the value
	}
	if of.placeholder != "" {
		tag += fmt.Sprintf(" placeholder:%q", of.placeholder)
	}
	if of.group != "" {
		tag += fmt.Sprintf(" group:%q", strings.ToUpper(of.group[:1])+of.group[1:]+":")
	}
	return tag
}

var (
	// A first letter alone belongs to the word behind it: eSIM is one word.
	wordStart    = regexp.MustCompile(`([a-z0-9]{2})([A-Z])`)
	acronymsWord = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
)

// kebab writes a JSON name or an operation's name as a flag or command: billCycleStartDay is bill-cycle-start-day,
// eSIMDeliveryMethod is esim-delivery-method, new_icc is new-icc.
func kebab(name string) string {
	name = acronymsWord.ReplaceAllString(wordStart.ReplaceAllString(name, "$1-$2"), "$1-$2")
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}
