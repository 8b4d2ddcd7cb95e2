package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Document is a JSON object whose values are kept byte by byte, so that no number in it changes on the way.
type Document map[string]json.RawMessage

// JSON writes the document.
func (d Document) JSON() json.RawMessage { return encode(d) }

// Set puts a text on the top level.
func (d Document) Set(name, text string) { d[name] = encode(text) }

// set puts a value at a path and makes the objects on the way to it.
func (d Document) set(path []string, value json.RawMessage) error {
	if len(path) > 1 {
		inner := Document{}
		if there := d[path[0]]; there != nil && json.Unmarshal(there, &inner) != nil {
			return fmt.Errorf("%s is not a JSON object in the input", path[0])
		}
		if inner == nil { // null
			inner = Document{}
		}
		if err := inner.set(path[1:], value); err != nil {
			return err
		}
		value = encode(inner)
	}
	d[path[0]] = value
	return nil
}

// at is the value at a path, nil when there is none.
func (d Document) at(path []string) json.RawMessage {
	if len(path) == 1 {
		return d[path[0]]
	}
	var inner Document
	_ = json.Unmarshal(d[path[0]], &inner)
	return inner.at(path[1:])
}

// readDocument reads the file that --input names, "-" being the standard input; without one it is empty.
func readDocument(name string, stdin io.Reader) (Document, error) {
	var data []byte
	var err error
	switch name {
	case "":
		return Document{}, nil
	case "-":
		data, err = io.ReadAll(stdin)
	default:
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading --input: %w", err)
	}
	var doc Document
	if json.Unmarshal(data, &doc) != nil || doc == nil {
		return nil, fmt.Errorf("--input %s is not a JSON object, nothing was started", name)
	}
	return doc, nil
}

// readJSON reads JSON text, or the file that "@name" names.
func readJSON(given string) (json.RawMessage, error) {
	data := []byte(given)
	if given != "" && given[0] == '@' {
		var err error
		if data, err = os.ReadFile(given[1:]); err != nil {
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
