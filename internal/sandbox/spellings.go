package sandbox

import (
	"cmp"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Answers says what other implementations may change in a carrier's good answers without changing their meaning.
type Answers struct {
	// Fields are the fields that can be written in another way, by their names, wherever they are in an answer.
	Fields map[string]Field
	// Opaque names the fields whose inside is left alone, because it has names of its own.
	Opaque []string
	// Lists names the lists that may be replaced by their only item.
	Lists []string
	// Listings are the lists that an answer is there for. They may be null.
	Listings []Listing
}

// Listing is a list at the top of an answer.
type Listing struct {
	Name string
	// MayBeAbsent: the list may be left out as well.
	MayBeAbsent bool
}

// Field says in which other ways the value of a field can be written.
type Field struct {
	// Spell writes a text in another way that means the same; nil does not.
	Spell func(text string, random *rand.Rand) string
	// Digits returns the digits of a text that is a number to an implementation that does not declare its columns; nil: a
	// text stays a text.
	Digits func(text string) string
	// Number: a number may be text, or have a fraction of zero. With Spell, a number may be spelled as its text is.
	Number bool
}

// The fields that carriers have in common.
var (
	// FieldICCID is a SIM card number.
	FieldICCID = Field{Spell: otherICCID, Digits: same, Number: true}
	// FieldGPSI is a phone number with its country code, as 3GPP writes it.
	FieldGPSI = Field{Spell: otherGPSI, Digits: same}
	// FieldPhoneNumber is a national phone number, with or without a dash.
	FieldPhoneNumber = Field{Spell: otherNumber, Digits: withoutDash}
	// FieldReference is the caller's reference.
	FieldReference = Field{Spell: otherReference, Digits: same}
	// FieldPaddedID is an identifier of the carrier's that can have a space before or after it.
	FieldPaddedID = Field{Spell: padded}
	// FieldDigits is an identifier that is a text.
	FieldDigits = Field{Digits: same}
	// FieldWord is a status word.
	FieldWord = Field{Spell: otherCase}
	// FieldTime is a moment.
	FieldTime = Field{Spell: otherTime}
	// FieldNumber is a number.
	FieldNumber = Field{Number: true}
)

func same(text string) string { return text }

// each visits every field of a body, always in the same order, and replaces its value by what the visitor returns.
func (m *message) each(visit func(name string, value any) any) {
	walk(m.body, m.carrier.Answers.Opaque, visit)
}

func walk(node any, opaque []string, visit func(string, any) any) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			walk(item, opaque, visit)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(node)) {
			if slices.Contains(opaque, name) {
				continue
			}
			walk(node[name], opaque, visit) // first: a visitor may replace a list by its only item
			node[name] = visit(name, node[name])
		}
	}
}

// spelledOtherwise spells what a good answer says in other ways.
func spelledOtherwise(m *message, random *rand.Rand) {
	if !good(m.status) {
		return
	}
	m.each(func(name string, value any) any {
		field := m.carrier.Answers.Fields[name]
		text, isText := value.(string)
		if number, isNumber := value.(json.Number); isNumber && field.Number {
			text, isText = number.String(), true
		}
		if !isText || field.Spell == nil {
			return value
		}
		return field.Spell(text, random)
	})
}

// numbersForText turns digits into numbers, and numbers into text or into numbers with a fraction of zero.
func numbersForText(m *message, random *rand.Rand) {
	if !good(m.status) {
		return
	}
	m.each(func(name string, value any) any {
		field := m.carrier.Answers.Fields[name]
		switch value := value.(type) {
		case string:
			if field.Digits == nil || !allDigits(field.Digits(value)) {
				return value
			}
			return json.Number(cmp.Or(strings.TrimLeft(field.Digits(value), "0"), "0"))
		case json.Number:
			if !field.Number || !allDigits(value.String()) {
				return value
			}
			return []any{value.String(), json.Number(value.String() + ".0")}[random.IntN(2)]
		}
		return value
	})
}
