package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// document is a JSON object whose values are kept byte by byte, so that no number in it changes on the way.
type document map[string]json.RawMessage

// set puts a value at a path and makes the objects on the way to it.
func (d document) set(path []string, value json.RawMessage) error {
	if len(path) > 1 {
		inner := document{}
		if there := d[path[0]]; there != nil && json.Unmarshal(there, &inner) != nil {
			return fmt.Errorf("%s is not a JSON object in the input", path[0])
		}
		if inner == nil { // null
			inner = document{}
		}
		if err := inner.set(path[1:], value); err != nil {
			return err
		}
		value = encode(inner)
	}
	d[path[0]] = value
	return nil
}

// input makes the operation's input of the flags, over the JSON that --input names. Everything that is wrong with it is
// one error, which names the flags.
func (c *command) input(stdin io.Reader, reference func() string) ([]byte, error) {
	doc, err := readDocument(c.options.Input, stdin)
	if err != nil {
		return nil, err
	}
	var faults []string
	unread := map[string]bool{} // flags whose text could not be read; they are not missing
	for i, f := range c.form.fields {
		given := c.flags.Field(i)
		if given.IsNil() {
			continue
		}
		if err := f.fill(doc, given); err != nil {
			unread[f.flag] = true
			faults = append(faults, fmt.Sprintf("\n  --%s: %v", f.flag, err))
		}
	}
	if doc[referenceFlag] == nil {
		doc[referenceFlag] = encode(reference())
	}
	input := []byte(encode(doc))
	for _, fault := range c.definition.Validate(input) {
		switch {
		case unread[c.form.named(fault.Field).flag]:
		case fault.Field != "":
			faults = append(faults, "\n  "+c.place(fault.Field)+": "+inWords(fault))
		case c.form.names(doc):
			faults = append(faults, "\n  "+fault.Problem)
		default:
			faults = append(faults, "\n  "+c.form.oneOfFlags()+": "+fault.Problem)
		}
	}
	if len(faults) == 0 {
		return input, nil
	}
	return nil, badUsage("the input is not valid, nothing was started:%s\n%q shows every flag.",
		strings.Join(faults, ""), c.name()+" --help")
}

// inWords is what is wrong with a field, without a pattern where there are words for it.
func inWords(fault workflows.Fault) string {
	switch {
	case strings.Contains(fault.Problem, carriers.ReferencePattern):
		return "must be 1 to 36 of A-Z a-z 0-9 . _ -"
	case strings.Contains(fault.Problem, durationPattern):
		return "must be a duration such as 90s, 48h or 7d"
	}
	return fault.Problem
}

// place names a field as the user knows it: by its flag, and by its name in the file that --input names.
func (c *command) place(name string) string {
	flag := c.form.named(name).flag
	switch {
	case flag == "":
		return name
	case c.options.Input != "" && flag != name:
		return "--" + flag + " (" + name + ")"
	}
	return "--" + flag
}

// readDocument reads the file that --input names, "-" being the standard input; without one it is empty.
func readDocument(name string, stdin io.Reader) (document, error) {
	if name == "" {
		return document{}, nil
	}
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, badUsage("reading --input: %v", err)
	}
	var doc document
	if json.Unmarshal(data, &doc) != nil || doc == nil {
		return nil, badUsage("--input %s is not a JSON object, nothing was started", name)
	}
	return doc, nil
}

// fill puts what was given for the field into the document. Text that is not of the field's type stays a JSON string,
// because then the validation of the input names it.
func (f field) fill(doc document, given reflect.Value) error {
	if f.kind == option {
		return doc.set(f.path, encode(given.Elem().Bool()))
	}
	if !f.kind.repeatable() {
		value, err := f.value(given.Elem().String())
		if err != nil {
			return err
		}
		return doc.set(f.path, value)
	}
	items := []json.RawMessage{}
	for _, given := range given.Interface().([]string) {
		switch f.kind {
		case list:
			items = append(items, encode(given))
		case objects:
			more, err := readList(given)
			if err != nil {
				return err
			}
			items = append(items, more...)
		case entries:
			if err := f.fillEntries(doc, given); err != nil {
				return err
			}
		}
	}
	if f.kind == entries {
		return nil
	}
	return doc.set(f.path, encode(items))
}

// value makes JSON of the text of a flag that stands for one value.
func (f field) value(given string) (json.RawMessage, error) {
	switch f.kind {
	case integer:
		if n, err := strconv.ParseInt(given, 10, 64); err == nil {
			return encode(n), nil
		}
	case truth:
		if given == "true" || given == "false" {
			return encode(given == "true"), nil
		}
	case object:
		return readJSON(given)
	}
	return encode(given), nil
}

// fillEntries adds key=value to an object, or every entry of a JSON object. Of the values, true and false become
// booleans and everything else text.
func (f field) fillEntries(doc document, given string) error {
	if strings.HasPrefix(given, "{") || strings.HasPrefix(given, "@") {
		data, err := readJSON(given)
		if err != nil {
			return err
		}
		var all document
		if json.Unmarshal(data, &all) != nil {
			return errors.New("must be KEY=VALUE or a JSON object")
		}
		for key, value := range all {
			if err := doc.set(append(slices.Clone(f.path), key), value); err != nil {
				return err
			}
		}
		return nil
	}
	key, text, found := strings.Cut(given, "=")
	if !found || key == "" {
		return errors.New("must be KEY=VALUE, for example DATA=true")
	}
	value := encode(text)
	if text == "true" || text == "false" {
		value = encode(text == "true")
	}
	return doc.set(append(slices.Clone(f.path), key), value)
}

// readList reads one JSON value, or the items of a JSON array.
func readList(given string) ([]json.RawMessage, error) {
	data, err := readJSON(given)
	if err != nil || !bytes.HasPrefix(data, []byte("[")) {
		return []json.RawMessage{data}, err
	}
	var items []json.RawMessage
	err = json.Unmarshal(data, &items)
	return items, err
}

// readJSON reads JSON text, or the file that "@name" names.
func readJSON(given string) (json.RawMessage, error) {
	data := []byte(given)
	if name, ok := strings.CutPrefix(given, "@"); ok {
		var err error
		if data, err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	if !json.Valid(data) {
		return nil, errors.New("is not JSON; give JSON text, or @FILE with JSON in it")
	}
	return bytes.TrimSpace(data), nil
}

// encode writes a value that cannot fail to be written. Nothing is escaped for web pages.
func encode(value any) json.RawMessage {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("encoding a checked value: %v", err))
	}
	return bytes.TrimSpace(b.Bytes())
}
