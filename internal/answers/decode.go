package answers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/carrierflow/carrierflow/carriers"
)

// Decode reads exactly one JSON value from a plain body. Fields that into does not have are ignored. Numbers keep their
// digits: in an interface value they are a json.Number. Where into is a struct or a map, a list with exactly one object is
// read as that object. Likewise, where a field is a list of objects, a single object is read as a list of one, as some
// libraries write it, if it has a field in common with the elements of the list. null is neither an object nor a list.
//
// The error says why the body cannot be read. It names a field, never a value and never a Go type.
func Decode(body []byte, into any) error {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return errors.New("not JSON (it is empty)")
	case body[0] == '<':
		return errors.New("not JSON (a web page)")
	}
	wanted := reflect.TypeOf(into).Elem()
	if isObject(wanted) && body[0] == '[' {
		var list []json.RawMessage
		if err := decode(body, &list); err != nil {
			return describeError(err, wanted)
		}
		if len(list) != 1 || list[0][0] != '{' {
			return fmt.Errorf("not a JSON object, but a list of %d", len(list))
		}
		body = list[0]
	}
	if string(body) == "null" {
		return wrongKind(wanted)
	}
	for range maxSingleObjects {
		err := decode(body, into)
		listed := withSingleAsList(body, err)
		if listed == nil {
			return describeError(err, wanted)
		}
		body = listed
	}
	return errors.New("too many lists are written as a single object")
}

// maxSingleObjects bounds how many lists may be written as a single object (ours).
const maxSingleObjects = 100

// withSingleAsList returns the body with brackets around the object that err found in place of a list. It is nil when err
// is another error, or when the object is not an element of the list.
func withSingleAsList(body []byte, err error) []byte {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Field == "" || wrong.Value != "object" || wrong.Type.Kind() != reflect.Slice || wrong.Type.Elem().Kind() != reflect.Struct {
		return nil
	}
	start := int(wrong.Offset) - 1 // the error's offset is after the opening brace
	if start < 0 || start >= len(body) || body[start] != '{' {
		return nil
	}
	var object json.RawMessage
	if json.NewDecoder(bytes.NewReader(body[start:])).Decode(&object) != nil || !sharesField(object, wrong.Type.Elem()) {
		return nil
	}
	end := start + len(object)
	return slices.Concat(body[:start], []byte("["), body[start:end], []byte("]"), body[end:])
}

// sharesField reports whether an object has a field in common with a struct.
func sharesField(object []byte, t reflect.Type) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(object, &fields) != nil {
		return false
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		for field := range fields {
			if name != "" && strings.EqualFold(name, field) {
				return true
			}
		}
	}
	return false
}

// decode reads the first value and checks that nothing follows it.
func decode(body []byte, into any) error {
	// A decoder copies the body. Only a decoder keeps the digits of a number in an interface value, and says of a body that it
	// cannot read whether something follows the first value.
	if !hasInterface(reflect.TypeOf(into)) && json.Unmarshal(body, into) == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errFollowed
	}
	return nil
}

// withInterface are the types that were looked at, and whether they hold an interface value.
var withInterface sync.Map // of reflect.Type to bool

// hasInterface reports whether a value of a type can hold an interface value, at any depth.
func hasInterface(t reflect.Type) bool {
	if known, found := withInterface.Load(t); found {
		return known.(bool)
	}
	found := findInterface(t, map[reflect.Type]bool{})
	withInterface.Store(t, found)
	return found
}

func findInterface(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return findInterface(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if findInterface(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

var errFollowed = errors.New("not JSON (something follows the first value)")

// describeError describes an error without the text of encoding/json, which contains values and Go types.
func describeError(err error, wanted reflect.Type) error {
	switch {
	case err == nil || errors.Is(err, errFollowed):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("not JSON (it ends early)")
	}
	if _, syntax := errors.AsType[*json.SyntaxError](err); syntax {
		return errors.New("not JSON")
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !ok:
		return errors.New("a field is not of the documented kind")
	case wrong.Field == "":
		return wrongKind(wanted)
	}
	return fmt.Errorf("field %q is not %s", wrong.Field, kind(wrong.Type))
}

// wrongKind is the error for a body that is a value of another kind.
func wrongKind(wanted reflect.Type) error {
	switch {
	case isObject(wanted):
		return errors.New("not a JSON object")
	case wanted.Kind() == reflect.Slice:
		return errors.New("not a JSON list")
	}
	return errors.New("not the documented JSON value")
}

func isObject(t reflect.Type) bool { return t.Kind() == reflect.Struct || t.Kind() == reflect.Map }

// kind names the expected kind of a field in the terms of JSON.
func kind(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[carriers.Object](), isObject(t):
		return "an object"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		return "a list"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr:
		return "a whole number in its range"
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		return "a number in its range"
	}
	return "of the documented kind"
}
