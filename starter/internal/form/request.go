package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Request makes the request of the flags, over the JSON object in the file that input names. given is the struct with the fields
// [Form.Flags]. Everything that is wrong with it is one error, which names the flags.
func (f Form) Request(given reflect.Value, input string, stdin io.Reader, reference func() string) (json.RawMessage, error) {
	doc, err := readDocument(input, stdin)
	if err != nil {
		return nil, err
	}
	faults := ""
	unread := map[string]bool{} // flags whose text could not be read; they are not missing
	for i, field := range f.fields {
		value := given.Field(i)
		if value.IsNil() {
			continue
		}
		if err := field.fill(doc, value); err != nil {
			unread[field.flag] = true
			faults += fmt.Sprintf("\n  --%s: %v", field.flag, err)
		}
	}
	if doc[Reference] == nil {
		doc.Set(Reference, reference())
	}
	for _, fault := range workflows.Validate(f.operation, doc.JSON()) {
		switch {
		case unread[f.named(fault.Field).flag]:
		case fault.Field != "":
			faults += "\n  " + f.place(fault.Field, input != "") + ": " + inWords(fault)
		case f.complete(doc):
			faults += "\n  " + fault.Problem
		default:
			faults += "\n  " + f.alternatives() + ": " + fault.Problem
		}
	}
	if faults != "" {
		return nil, errors.New("the input is not valid, nothing was started:" + faults)
	}
	return doc.JSON(), nil
}

// inWords is what is wrong with a field, without a pattern where there are words for it.
func inWords(fault carriers.Fault) string {
	switch {
	case strings.Contains(fault.Problem, carriers.ReferencePattern):
		return "must be 1 to 36 of A-Z a-z 0-9 . _ -"
	case strings.Contains(fault.Problem, durationPattern):
		return "must be a duration such as 90s, 48h or 7d"
	}
	return fault.Problem
}

// place names a field by its flag, and also by its name where a file was read.
func (f Form) place(name string, fromFile bool) string {
	flag := f.named(name).flag
	switch {
	case flag == "":
		return name
	case fromFile && flag != name:
		return "--" + flag + " (" + name + ")"
	}
	return "--" + flag
}

// fill puts what was given for the field into the document. Text that is not of the field's type stays a JSON string, because then
// the validation of the request names it.
func (f field) fill(doc Document, given reflect.Value) error {
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
	for _, text := range given.Interface().([]string) {
		switch f.kind {
		case list:
			items = append(items, encode(text))
		case objects:
			more, err := readList(text)
			if err != nil {
				return err
			}
			items = append(items, more...)
		case entries:
			if err := f.fillEntries(doc, text); err != nil {
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
			return json.RawMessage(given), nil
		}
	case object:
		return readJSON(given)
	}
	return encode(given), nil
}

// fillEntries adds key=value to an object, or every entry of a JSON object. Of the values, true and false become booleans and
// everything else text.
func (f field) fillEntries(doc Document, given string) error {
	all := Document{}
	if strings.HasPrefix(given, "{") || strings.HasPrefix(given, "@") {
		data, err := readJSON(given)
		if err != nil {
			return err
		}
		if json.Unmarshal(data, &all) != nil {
			return errors.New("must be KEY=VALUE or a JSON object")
		}
	} else {
		key, text, found := strings.Cut(given, "=")
		if !found || key == "" {
			return errors.New("must be KEY=VALUE, for example DATA=true")
		}
		if all.Set(key, text); text == "true" || text == "false" {
			all[key] = json.RawMessage(text)
		}
	}
	for key, value := range all {
		if err := doc.set(append(slices.Clone(f.path), key), value); err != nil {
			return err
		}
	}
	return nil
}

// readList reads one JSON value, or the items of a JSON array.
func readList(given string) (items []json.RawMessage, err error) {
	data, err := readJSON(given)
	if err != nil || !bytes.HasPrefix(data, []byte("[")) {
		return []json.RawMessage{data}, err
	}
	err = json.Unmarshal(data, &items)
	return items, err
}

// Arguments writes a request as flags: what [Form.Request] reads the same request from.
func (f Form) Arguments(request carriers.Request) (arguments []string) {
	var doc Document
	if json.Unmarshal(encode(request), &doc) != nil {
		return nil
	}
	for _, field := range f.fields {
		value := doc.at(field.path)
		if value == nil {
			continue
		}
		flag := "--" + field.flag
		switch field.kind {
		case option:
			if string(value) == "false" {
				flag = "--no-" + field.flag
			}
			arguments = append(arguments, flag)
		case list, objects:
			var items []json.RawMessage
			_ = json.Unmarshal(value, &items)
			for _, item := range items {
				arguments = append(arguments, flag+"="+plainText(item))
			}
		case entries:
			var all Document
			_ = json.Unmarshal(value, &all)
			for _, key := range slices.Sorted(maps.Keys(all)) {
				arguments = append(arguments, flag+"="+key+"="+plainText(all[key]))
			}
		default:
			arguments = append(arguments, flag+"="+plainText(value))
		}
	}
	return arguments
}

// plainText is a JSON string without its quotes, and any other value as it is.
func plainText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
