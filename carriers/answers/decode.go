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

	"github.com/carrierflow/carrierflow/carriers"
)

// Decode reads exactly one JSON value from a plain body. Fields that into does not have are ignored, and numbers keep
// their digits: in an interface value they are a json.Number. Where into is a struct or a map, a list that holds exactly
// one object is read as that object. Likewise a field that is a list of objects may be a single one, as some libraries
// write a list of one, if it has a field in common with what the list holds. null is neither an object nor a list.
//
// The error says in words why the body cannot be read. It names a field, never a value and never a type of ours.
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
			return inWords(err, wanted)
		}
		if len(list) != 1 || list[0][0] != '{' {
			return fmt.Errorf("not a JSON object, but a list of %d", len(list))
		}
		body = list[0]
	}
	if string(body) == "null" {
		return notWanted(wanted)
	}
	for range mostSingles {
		err := decode(body, into)
		listed := withSingleAsList(body, err)
		if listed == nil {
			return inWords(err, wanted)
		}
		body = listed
	}
	return errors.New("too many lists are not written as lists")
}

// mostSingles bounds how many lists may be written as a single object (ours).
const mostSingles = 100

// withSingleAsList returns the body with brackets around the object that err says stands for a list; nil when it says
// something else, or when the object is not what the list would hold.
func withSingleAsList(body []byte, err error) []byte {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Field == "" || wrong.Value != "object" || wrong.Type.Kind() != reflect.Slice || wrong.Type.Elem().Kind() != reflect.Struct {
		return nil
	}
	start := int(wrong.Offset) - 1 // the error's is behind the opening brace
	if start < 0 || start >= len(body) || body[start] != '{' {
		return nil
	}
	var object json.RawMessage
	if json.NewDecoder(bytes.NewReader(body[start:])).Decode(&object) != nil || !shares(object, wrong.Type.Elem()) {
		return nil
	}
	end := start + len(object)
	return slices.Concat(body[:start], []byte("["), body[start:end], []byte("]"), body[end:])
}

// shares reports whether an object has a field that a struct has too.
func shares(object []byte, t reflect.Type) bool {
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

// decode reads the first value and sees that nothing follows it.
func decode(body []byte, into any) error {
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

var errFollowed = errors.New("not JSON (something follows the first value)")

// inWords says what is wrong without the words of encoding/json, which show values and Go types.
func inWords(err error, wanted reflect.Type) error {
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
		return notWanted(wanted)
	}
	return fmt.Errorf("field %q is not %s", wrong.Field, kind(wrong.Type))
}

// notWanted is the error for a body that is a value of another kind.
func notWanted(wanted reflect.Type) error {
	switch {
	case isObject(wanted):
		return errors.New("not a JSON object")
	case wanted.Kind() == reflect.Slice:
		return errors.New("not a JSON list")
	}
	return errors.New("not the documented JSON value")
}

func isObject(t reflect.Type) bool { return t.Kind() == reflect.Struct || t.Kind() == reflect.Map }

// kind names what is wanted of a field in the words of JSON.
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
